"""The nine stories told by their own companies, each an operator of its own: filed, linked, assessed; and gone wrong."""

from dataclasses import dataclass

import pytest
from django.utils import timezone

from filings import linking
from filings.lifecycle import State
from filings.messages.document import Document
from filings.models import Filing
from filings.samples.stories import anew
from filings.services import drafting, submission
from integrations.sandbox import assessing
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.integrations.conformance.test_runs import quiet
from tests.integrations.sandbox.test_delivery import Gateway, gateway
from tests.integrations.sandbox.world import prefer

__all__ = ["gateway", "quiet"]  # fixtures
STORIES = sorted({name.partition("/")[0] for name in anew.names()})
UPPER = {"full", "master"}


@dataclass
class Told:
    """A filing of a story, and what its company has of it."""

    document: Document
    filing: Filing

    @property
    def is_assessed_as_a_whole(self) -> bool:
        message = self.document.message
        return message.level in UPPER and any(each.per != assessing.PRELOADING for each in assessing.phases(message.sci))


def companies(gateway: Gateway, documents: list[Document]) -> dict[str, Operator]:
    """Return the operator of each declarant, made where there is none, who wants to hear everything."""
    here = {operator.eori: operator for operator in gateway.operators.values()}
    for eori in {document.value(document.message.party) or "" for document in documents} - set(here):
        slug = eori.lower()
        here[eori] = Operator.objects.create(slug=slug, name=slug.upper(), eori=eori, created_at=timezone.now())
        gateway.operators[slug] = here[eori]
    prefer("NL12", *here)
    return here


def tell(gateway: Gateway, story: str, *, without: frozenset[str] = frozenset(), word: str = "") -> list[Told]:
    """Let every company file what is its part; `without`: messages that nobody files; a word for the first filing."""
    names = [name for name in anew.names() if name.startswith(f"{story}/")]
    documents = [anew.told_anew(name, salt=story, at=timezone.now()) for name in names]
    mine = companies(gateway, documents)
    told = []
    for number, document in enumerate(each for each in documents if each.message.id not in without):
        document.set("LRN", f"{word}-{number}" if word and not number else submission.new_lrn(timezone.now()))
        operator = mine[document.value(document.message.party) or ""]
        with tenant_scope(operator.pk):
            filing = drafting.create(document=document, by=factories.ALICE, at=timezone.now(), source="api")
            submission.submit(filing=filing, by=factories.ALICE, at=timezone.now())
        gateway.exchange()
        told.append(Told(document, filing))
    return told


def after(gateway: Gateway, told: list[Told]) -> list[Told]:
    return [Told(each.document, gateway.reloaded(each.filing)) for each in told]


def is_complete(each: Told, told: list[Told]) -> bool:
    offered = {key for other in told for key in linking.offers(other.document, mrn=other.filing.mrn)}
    return all(each_one.keys & offered for each_one in linking.expectations(each.document) if each_one.completes != "no")


@pytest.mark.django_db
@pytest.mark.parametrize("story", STORIES)
def test_what_its_companies_file_is_registered_linked_and_assessed(gateway: Gateway, story: str) -> None:
    told = tell(gateway, story)
    gateway.let_time_pass()
    told = after(gateway, told)

    assert {each.filing.state for each in told} == {State.REGISTERED}, [each.filing.errors for each in told]
    assert len({each.filing.operator_id for each in told}) == len({each.filing.declarant for each in told})
    for each in told:
        if each.is_assessed_as_a_whole:
            assert (each.filing.assessment == "complete") == is_complete(each, told), each.document.message.id


@pytest.mark.django_db
@pytest.mark.parametrize("story", STORIES)
def test_a_refused_filing_is_told_to_its_company_alone(gateway: Gateway, story: str) -> None:
    told = after(gateway, tell(gateway, story, word="LF-N99"))

    # What gets no MRN of its own goes down with the filing it refers to.
    others = [each for each in told[1:] if each.document.message.new_mrn]
    assert told[0].filing.state == State.REJECTED
    assert told[0].filing.errors
    assert {each.filing.state for each in others} <= {State.REGISTERED}
    assert not any(each.filing.errors for each in others)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("story", "missing"),
    [("01-deep-sea-consolidation", {"IE3F14", "IE3F15", "IE3F16"}), ("03-general-air-cargo", {"IE3F22", "IE3F26"})],
)
def test_who_named_somebody_that_does_not_file_is_told(gateway: Gateway, story: str, missing: set[str]) -> None:
    told = tell(gateway, story, without=frozenset(missing))
    gateway.let_time_pass()
    gateway.let_time_pass("linking_expires")

    told = after(gateway, told)
    waiting = [each for each in told if each.document.message.level in UPPER and not is_complete(each, told)]
    assert waiting
    assert {each.filing.completeness for each in waiting} == {"incomplete"}
    assert "complete" not in {each.filing.assessment for each in waiting}
