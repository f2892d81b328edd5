"""Over which connections an operator's filings may leave: told by whoever runs them, chosen by name.

Filings know no connections. The gateway registers what it offers when the program starts; a filing keeps the name
of the one that was chosen, and without a name it takes the operator's usual one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from tenants.errors import DomainError


@dataclass(frozen=True, slots=True)
class Way:
    """A connection to customs. name: its PartyId; environment: where it leads, in words; is_usual: taken without a name."""

    name: str
    title: str
    environment: str
    is_usual: bool


class UnknownWay(DomainError):
    """You have no connection with this PartyId; leave it out for the usual one, or take one of those you have."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, offered: list[Way]) -> None:
        super().__init__()
        self._offered = offered

    def detail(self) -> dict[str, object]:
        """Return the names there are."""
        return {"connections": [way.name for way in self._offered]}


def _nothing() -> list[Way]:
    return []


_offer: Callable[[], list[Way]] = _nothing


def register(offer: Callable[[], list[Way]]) -> None:
    """Name the function that returns what the operator in scope may use, the usual one first."""
    global _offer  # noqa: PLW0603 (set once, when the program starts)
    _offer = offer


def offered() -> list[Way]:
    """Return the connections the operator in scope may use, the usual one first."""
    return _offer()


def chosen(name: str) -> str:
    """Return the name if the operator in scope may use it; nothing stands for the usual one.

    :raises UnknownWay: if it may not.
    """
    if name and name not in (found := {way.name: way for way in offered()}):
        raise UnknownWay(list(found.values()))
    return name


def still(name: str) -> str:
    """Return the name while it is offered, and nothing afterwards: what follows a filing then takes the usual way."""
    return name if name and any(way.name == name for way in offered()) else ""
