"""Which houses of a filing customs asks about, and which must not be loaded: what the table of houses filters by."""

from filings.models import Filing
from filings.services.houses import states
from filings.services.houses.states import HouseState, Named
from referrals import selectors
from referrals.models import Goods


def asked(filing: Filing) -> Named:
    """Return the houses that an open request of customs names."""
    rows = selectors.waiting_about(filing).exclude(house="").order_by()
    return Named(houses=frozenset(rows.values_list("house", flat=True)))


def forbidden(filing: Filing) -> Named:
    """Return the houses that must not be loaded, and the containers and receptacles whose houses must not."""
    rows = Goods.objects.filter(case__filing=filing, forbidden=True).order_by()
    named = list(rows.values_list("kind", "number"))
    houses = frozenset(number for kind, number in named if kind == Goods.Kind.HOUSE)
    return Named(houses, frozenset(number for kind, number in named if kind in {Goods.Kind.CONTAINER, Goods.Kind.RECEPTACLE}))


def register() -> None:
    """Answer for these states from now on."""
    states.register(HouseState.ASKED, asked)
    states.register(HouseState.FORBIDDEN, forbidden)
