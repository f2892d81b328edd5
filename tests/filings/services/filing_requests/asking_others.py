"""Two operators, one of which asks the other: what tests of filing requests stand on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from filings import samples
from filings.models import Filing, FilingRequest
from filings.services import drafting
from filings.services.filing_requests import filing_requests, keys, sending
from tenants.actors import Actor
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import NOW

CARRIER = Actor(name="Carla", role="filer")
FORWARDER = Actor(name="Frits", role="filer")
DUE = NOW + timedelta(days=3)
MAIL = "ens@forwarder.example"
HOUSE = "IE3F15"


@dataclass
class Pair:
    """A carrier and the forwarder its master bill expects; third has nothing to do with them."""

    carrier: Operator
    forwarder: Operator
    third: Operator
    master: Filing

    def send(self, **changes: Any) -> FilingRequest:
        """Return a request of the carrier to the forwarder."""
        given: dict[str, Any] = {
            "asked_eori": self.forwarder.eori, "mail": MAIL, "message_type": HOUSE, "combination": "sea-house", "key": {},
            "due_at": DUE, "filing": self.master, "by": CARRIER, "at": NOW, **changes,
        }  # fmt: skip
        with tenant_scope(self.carrier.pk):
            return sending.send(**given)

    def accept(self, request: FilingRequest, **options: Any) -> Filing:
        """Return the draft with which the forwarder accepts."""
        with tenant_scope(self.forwarder.pk):
            return filing_requests.accept(request=request, by=FORWARDER, at=factories.later(60), **options)

    def seen_by(self, operator: Operator, request: FilingRequest) -> FilingRequest | None:
        """Return the request as an operator sees it, if it does."""
        with tenant_scope(operator.pk):
            found: FilingRequest | None = FilingRequest.objects.filter(pk=request.pk).first()
            return found


def pair() -> Pair:
    """Return a carrier with a draft of a master bill that names the forwarder."""
    carrier, forwarder, third = (factories.operator(name) for name in ("carrier", "forwarder", "third"))
    with tenant_scope(carrier.pk):
        document = samples.sample("IE3F12", seed=1)
        document.set("declarant/identificationNumber", carrier.eori)
        document.set("consignmentMasterLevel/carrier/identificationNumber", carrier.eori)
        document.set("consignmentMasterLevel/supplementaryDeclarant/identificationNumber", forwarder.eori)
        master = drafting.create(document=document, by=CARRIER, at=NOW, source="web")
    return Pair(carrier, forwarder, third, master)


def forget_message(two: Pair, request: FilingRequest) -> None:
    """Let a request be for a message that no message set has any more."""
    with tenant_scope(two.carrier.pk):
        FilingRequest.objects.filter(pk=request.pk).update(message_type="IE3F99")


def house_of(master: Filing, eori: str) -> Any:
    """Return a house bill that links with a master bill."""
    document = samples.sample(HOUSE, seed=1)
    how = keys.combination("sea-house", document.message)
    keys.prefill(document, how, keys.asked_for(_document(master))[0].key)
    document.set("declarant/identificationNumber", eori)
    return document


def _document(filing: Filing) -> Any:
    from filings import selectors

    return selectors.document_of(filing)
