"""API keys: shown once, kept as a hash, revocable."""

import hashlib
import secrets
from datetime import datetime

from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import ApiKey
from tenants.scope import every_tenant

SCHEME = "lf"


class NameMissing(DomainError):
    """Give the key a name, so that you know later which system uses it."""


def issue(*, name: str, by: Actor, at: datetime) -> tuple[ApiKey, str]:
    """Make a key for the operator in scope; return its row and, for the only time, its text.

    The text is ``lf_<prefix>_<secret>`` with 256 random bits, so a plain SHA-256 is a safe hash of it.

    :raises NameMissing: without a name.
    """
    if not name.strip():
        raise NameMissing
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(name=name.strip(), prefix=prefix, digest=_digest(secret), created_at=at)
    audit.record("key.issued", target=key, by=by, at=at, detail={"prefix": prefix})
    return key, f"{SCHEME}_{prefix}_{secret}"


def revoke(*, key: ApiKey, by: Actor, at: datetime) -> None:
    """Make a key useless from now on; doing it twice changes nothing."""
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record("key.revoked", target=key, by=by, at=at, detail={"prefix": key.prefix})


def holder(*, text: str, at: datetime) -> ApiKey | None:
    """Return the valid key that a text is, or nothing; notes once a minute that it was used."""
    scheme, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if scheme != SCHEME or not secret:
        return None
    with every_tenant("a key names its operator"):
        key: ApiKey | None = ApiKey.objects.select_related("operator").filter(prefix=prefix, revoked_at=None).first()
        if key is None or not secrets.compare_digest(key.digest, _digest(secret)):
            return None
        if key.last_used_at is None or (at - key.last_used_at).total_seconds() > 60:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
        return key


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
