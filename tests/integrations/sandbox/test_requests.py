"""Amend, invalidate and file anew, consult: over HTTP, with the real gateway and the real sandbox."""

import pytest
from django.utils import timezone

from filings import selectors
from filings.models import Filing
from filings.services import amending, comparing, consulting, drafting, invalidating, submission
from tenants.scope import tenant_scope
from tests import factories
from tests.integrations.sandbox.test_delivery import AIR, Gateway, gateway

__all__ = ["gateway"]  # the fixture
pytestmark = pytest.mark.django_db(transaction=True)
BY = factories.ALICE
WEIGHT = "consignmentMasterLevel/consignmentHouseLevel/totalGrossMass"


def file(gateway: Gateway, word: str = "REQUESTS-1") -> Filing:
    filing = gateway.file("forwarder", AIR, word)
    assert filing.state == "registered"
    return filing


def amend(gateway: Gateway, filing: Filing, description: str) -> Filing:
    """Start an amendment, change the description of the first goods item, and send it."""
    with tenant_scope(filing.operator_id):
        draft = amending.start(filing=filing, by=BY, at=timezone.now())
        document = selectors.document_of(draft)
        path = next(path for path in document.message.by_path if path.endswith("goodsItem/commodity/descriptionOfGoods"))
        document.set(path, description)
        drafting.change(filing=draft, document=document, revision=draft.revision, by=BY, at=timezone.now())
        assert [change.after for change in comparing.changes(draft)] == [description]
        submission.submit(filing=draft, by=BY, at=timezone.now())
    gateway.exchange()
    return gateway.reloaded(draft)


def test_an_accepted_amendment_is_what_customs_has(gateway: Gateway) -> None:
    filing = file(gateway)

    amendment = amend(gateway, filing, "Spare parts for printing machines")

    filing = gateway.reloaded(filing)
    assert (amendment.state, amendment.errors) == ("done", [])
    assert (filing.state, filing.assessment) == ("registered", "again")
    with tenant_scope(filing.operator_id):
        assert selectors.in_force(filing).pk == amendment.pk
        assert [change.after for change in comparing.changes(amendment)] == ["Spare parts for printing machines"]
        again = amending.start(filing=filing, by=BY, at=timezone.now())
        assert comparing.changes(again) == []  # the next one starts from what was accepted


def test_a_refused_amendment_leaves_the_accepted_version_as_it_was(gateway: Gateway) -> None:
    filing = file(gateway, "LF-A-N01-1")

    amendment = amend(gateway, filing, "Spare parts for printing machines")

    assert amendment.state == "rejected"
    assert amendment.errors
    assert gateway.reloaded(filing).state == "registered"
    with tenant_scope(filing.operator_id):
        assert selectors.in_force(filing).pk == filing.pk
        corrected = drafting.copy(filing=amendment, by=BY, at=timezone.now())
        assert (corrected.about_id, corrected.mrn) == (filing.pk, filing.mrn)


def test_invalidate_and_file_anew_keeps_the_link_and_waits_for_customs(gateway: Gateway) -> None:
    filing = file(gateway)
    with tenant_scope(filing.operator_id):
        made = invalidating.file_anew(filing=filing, reason="Wrong carrier", by=BY, at=timezone.now())
        with pytest.raises(submission.StillInForce):
            submission.submit(filing=made.draft, by=BY, at=timezone.now())
        with pytest.raises(invalidating.AskedBefore):
            invalidating.invalidate(filing=filing, reason="Once more", by=BY, at=timezone.now())

    gateway.exchange()

    assert (gateway.reloaded(made.request).state, gateway.reloaded(filing).state) == ("done", "invalidated")
    with tenant_scope(filing.operator_id):
        submission.submit(filing=made.draft, by=BY, at=timezone.now())
    gateway.exchange()
    draft = gateway.reloaded(made.draft)
    assert (draft.state, draft.replaces_id) == ("registered", filing.pk)
    assert draft.mrn not in {"", filing.mrn}


def test_a_refused_invalidation_leaves_the_filing_in_force(gateway: Gateway) -> None:
    filing = file(gateway, "LF-Q04-N01-1")
    with tenant_scope(filing.operator_id):
        request = invalidating.invalidate(filing=filing, reason="Not needed", by=BY, at=timezone.now())

    gateway.exchange()

    assert (gateway.reloaded(request).state, gateway.reloaded(filing).state) == ("rejected", "registered")


def test_a_consultation_shows_what_customs_knows_and_merges_what_comes_again(gateway: Gateway) -> None:
    filing = file(gateway)
    gateway.let_time_pass()
    amend(gateway, filing, "Spare parts for printing machines")
    with tenant_scope(filing.operator_id):
        before = selectors.timeline(filing).count()
        request = consulting.consult(filing=filing, again=True, by=BY, at=timezone.now())

    gateway.exchange()

    request = gateway.reloaded(request)
    assert request.state == "done"
    assert {entity["type"] for entity in request.result} >= {"ENF"}
    assert len(gateway.arrived("IE3N10")) == 2  # it came again
    with tenant_scope(filing.operator_id):
        lines = [event.kind for event in selectors.timeline(filing)][before:]
    assert lines == ["requested", "noted"]  # the question and its answer, nothing twice
