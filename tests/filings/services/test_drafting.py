import uuid

import pytest

from filings import selectors
from filings.messages.json import from_json
from filings.models import Filing, FilingEvent
from filings.services import drafting, submission
from tenants.models import AuditEvent, Operator
from tests.factories import ALICE, NOW, answer, document, draft, later, submitted

pytestmark = pytest.mark.usefixtures("acme")


def trail() -> list[str]:
    return list(AuditEvent.objects.order_by("at").values_list("deed", flat=True))


def test_create_keeps_the_document_and_what_it_is_found_by() -> None:
    given = document("IE3F12", LRN="ACME-1")

    filing = drafting.create(document=given, by=ALICE, at=NOW, source="api")

    filing.refresh_from_db()
    assert {"IE3F12": filing.document} == given.to_json()
    assert (filing.state, filing.lrn, filing.source, filing.revision) == ("draft", "ACME-1", "api", 1)
    assert filing.declarant == given.value("declarant/identificationNumber")
    assert filing.transport_document == given.value("consignmentMasterLevel/transportDocumentMasterLevel/documentNumber")
    assert trail() == ["filing.drafted"]


def test_a_house_filing_is_found_by_its_house_document() -> None:
    filing = draft("IE3F26")

    house = "consignmentMasterLevel/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber"
    assert filing.transport_document == selectors.document_of(filing).value(house)


def test_create_keeps_what_no_message_knows() -> None:
    odd = {"IE3F26": {"LRN": "X" * 90, "surprise": {"inner": ["a", "b"]}, "declarant": "text in a group"}}

    filing = drafting.create(document=from_json(odd), by=ALICE, at=NOW, source="web")

    filing.refresh_from_db()
    assert {"IE3F26": filing.document} == odd
    assert filing.lrn == "X" * 64


@pytest.mark.parametrize("message", ["IE3A26", "IE3R01", "IE3Q04", "IE3N06"])
def test_create_refuses_messages_that_start_no_filing(message: str) -> None:
    with pytest.raises(drafting.NotAFiling, match=message):
        drafting.create(document=answer(message), by=ALICE, at=NOW, source="web")


def test_change_counts_the_revision() -> None:
    filing = draft()

    drafting.change(filing=filing, document=document(LRN="NEW"), revision=1, by=ALICE, at=later(1))

    filing.refresh_from_db()
    assert (filing.lrn, filing.revision, filing.changed_at) == ("NEW", 2, later(1))
    assert trail() == ["filing.drafted", "filing.changed"]


def test_change_to_the_same_content_changes_nothing() -> None:
    filing = draft()

    drafting.change(filing=filing, document=selectors.document_of(filing), revision=1, by=ALICE, at=later(1))

    assert filing.revision == 1
    assert trail() == ["filing.drafted"]


def test_change_refuses_an_old_revision_and_tells_the_one_in_force() -> None:
    filing = draft()
    stale = selectors.filing(filing.pk)
    drafting.change(filing=filing, document=document(LRN="FIRST"), revision=1, by=ALICE, at=later(1))

    with pytest.raises(drafting.ChangedMeanwhile) as refusal:
        drafting.change(filing=stale, document=document(LRN="SECOND"), revision=1, by=ALICE, at=later(2))

    assert refusal.value.detail() == {"revision": 2}
    assert selectors.filing(filing.pk).lrn == "FIRST"


def test_change_refuses_another_message() -> None:
    with pytest.raises(drafting.OtherMessage):
        drafting.change(filing=draft("IE3F26"), document=document("IE3F12"), revision=1, by=ALICE, at=later(1))


def test_a_submitted_filing_is_neither_changed_nor_discarded() -> None:
    filing = submitted()

    with pytest.raises(drafting.NotADraft):
        drafting.change(filing=filing, document=document(), revision=filing.revision, by=ALICE, at=later(2))
    with pytest.raises(drafting.NotADraft):
        drafting.discard(filing=filing, by=ALICE, at=later(2))


def test_discard_leaves_only_the_trail(acme: Operator) -> None:
    filing = draft(LRN="GONE")
    pk = filing.pk

    drafting.discard(filing=filing, by=ALICE, at=later(1))

    assert not Filing.objects.exists()
    assert not FilingEvent.objects.exists()
    last = AuditEvent.objects.get(deed="filing.discarded")
    assert (last.target_id, last.actor, last.detail["lrn"]) == (str(pk), "Alice", "GONE")


def test_copy_leaves_out_the_lrn_and_the_date() -> None:
    original = submitted()

    made = drafting.copy(filing=original, by=ALICE, at=later(5))

    assert (made.state, made.lrn, made.source) == ("draft", "", "copy")
    left_out = original.document.keys() - made.document.keys()
    assert left_out == {"LRN", "documentIssueDate"}
    assert original.events.get(kind="copied").detail == {"filing": str(made.pk)}


def test_a_copy_can_be_submitted_at_once() -> None:
    made = drafting.copy(filing=submitted(), by=ALICE, at=later(5))

    submission.submit(filing=made, by=ALICE, at=later(6))

    assert made.lrn


def test_events_of_one_moment_keep_their_order() -> None:
    filing = draft()
    for number in range(20):
        filing.happened("changed", str(number), by=ALICE, at=NOW)

    told = [event.sentence for event in selectors.timeline(filing)][1:]

    assert told == [str(number) for number in range(20)]


def test_an_unknown_filing_is_not_found() -> None:
    with pytest.raises(Filing.DoesNotExist):
        selectors.filing(uuid.uuid4())
