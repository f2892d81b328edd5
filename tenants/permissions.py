"""What a role may do: a role is a named set of permissions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """A thing one may or may not do."""

    FILING_VIEW = "filing.view"
    FILING_DRAFT = "filing.draft"
    FILING_SUBMIT = "filing.submit"
    KEYS_MANAGE = "keys.manage"


_READER: Final = frozenset({Permission.FILING_VIEW})
_FILER: Final = _READER | {Permission.FILING_DRAFT, Permission.FILING_SUBMIT}
_ADMIN: Final = _FILER | {Permission.KEYS_MANAGE}

ROLES: Final[Mapping[str, frozenset[Permission]]] = {
    "reader": _READER,
    "filer": _FILER,
    "client": _FILER,
    "admin": _ADMIN,
    "staff": _ADMIN,
    "system": frozenset(Permission),
}


def allowed(role: str) -> frozenset[Permission]:
    """Return what a role may do; an unknown role may do nothing."""
    return ROLES.get(role, frozenset())
