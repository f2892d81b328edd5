import re

import pytest
from pytest_django import Settings

from filings import lifecycle, selectors
from filings.messages import catalogue, xml
from filings.messages.json import from_json
from filings.models import Filing, OutboxMessage
from filings.rules import book
from filings.services import drafting, responses, submission
from tenants.models import AuditEvent
from tests.factories import ALICE, NOW, draft, failed, later, rejection, submitted

pytestmark = pytest.mark.usefixtures("acme")

FILED = [message.id for message in catalogue.messages() if selectors.can_be_filed(message)]


@pytest.mark.parametrize("message", FILED)
def test_submit_queues_every_filing_of_the_catalogue(message: str) -> None:
    filing = draft(message)

    submission.submit(filing=filing, by=ALICE, at=later(1))

    filing.refresh_from_db()
    row = filing.outbox.get()
    assert (filing.state, filing.submitted_at) == ("queued", later(1))
    assert (row.message_type, row.state, row.priority) == (message, "waiting", catalogue.message(message).priority)
    assert xml.read(bytes(row.payload)).to_json() == {message: filing.document}
    assert AuditEvent.objects.filter(deed="filing.submitted", target_id=str(filing.pk)).count() == 1
    assert [event.kind for event in selectors.timeline(filing)] == ["drafted", "submitted"]


def test_submit_gives_an_lrn_and_a_date_where_none_were_given() -> None:
    filing = draft(LRN=None, documentIssueDate=None)

    submission.submit(filing=filing, by=ALICE, at=later(1))

    assert re.fullmatch(r"261123[0-9A-Z]{14}", filing.lrn)
    assert filing.document["LRN"] == filing.lrn
    assert filing.document["documentIssueDate"] == "2026-11-23T09:30:01Z"
    assert filing.revision == 2


def test_what_submit_fills_in_is_no_finding_of_a_draft() -> None:
    filing = draft(LRN=None, documentIssueDate="")

    assert selectors.findings_of(filing) == []


def test_new_lrns_differ_and_fit() -> None:
    made = {submission.new_lrn(NOW) for _ in range(1000)}

    assert len(made) == 1000
    assert all(len(lrn) <= 22 for lrn in made)


def test_submit_refuses_a_filing_with_errors_and_changes_nothing() -> None:
    filing = draft(LRN=None, declarant__identificationNumber=None)

    with pytest.raises(submission.HasFindings) as refusal:
        submission.submit(filing=filing, by=ALICE, at=later(1))

    listed = refusal.value.detail()["findings"]
    assert isinstance(listed, list)
    assert [finding["path"] for finding in listed] == ["/IE3F26/declarant/identificationNumber"]
    assert (filing.state, filing.lrn) == ("draft", "")
    assert not OutboxMessage.objects.exists()
    assert not AuditEvent.objects.filter(deed="filing.submitted").exists()


def test_submit_twice_is_not_allowed_and_leaves_one_message() -> None:
    filing = submitted()

    with pytest.raises(lifecycle.NotAllowed):
        submission.submit(filing=selectors.filing(filing.pk), by=ALICE, at=later(2))

    assert filing.outbox.count() == 1


def test_submit_despite_findings_says_so_in_the_timeline_and_the_trail() -> None:
    filing = draft(declarant__identificationNumber=None)

    submission.submit(filing=filing, by=ALICE, at=later(1), despite_findings=True)

    assert filing.state == "queued"
    assert "despite 1 error" in filing.events.get(kind="submitted").sentence
    assert AuditEvent.objects.get(deed="filing.submitted").detail["errors"] == 1


def test_submit_despite_findings_is_refused_in_production(settings: Settings) -> None:
    settings.SUBMIT_DESPITE_FINDINGS = False
    filing = draft(declarant__identificationNumber=None)

    with pytest.raises(submission.NotInProduction):
        submission.submit(filing=filing, by=ALICE, at=later(1), despite_findings=True)


def test_what_no_message_knows_is_sent_when_asked() -> None:
    odd = from_json({"IE3F26": {"LRN": "ODD-1", "surprise": "x"}})
    filing = drafting.create(document=odd, by=ALICE, at=NOW, source="web")

    submission.submit(filing=filing, by=ALICE, at=later(1), despite_findings=True)

    assert b"<surprise>x</surprise>" in bytes(filing.outbox.get().payload)


def test_what_xml_cannot_hold_is_refused_even_when_asked() -> None:
    odd = from_json({"IE3F26": {"LRN": "A\u0001B"}})
    filing = drafting.create(document=odd, by=ALICE, at=NOW, source="web")

    with pytest.raises(submission.CannotBeWritten, match="U\\+0001"):
        submission.submit(filing=filing, by=ALICE, at=later(1), despite_findings=True)


def test_a_declarants_lrn_is_used_once() -> None:
    submitted(LRN="ONCE")

    again = draft(LRN="ONCE")

    found = [(finding.path, finding.code, finding.rule) for finding in book.errors(selectors.findings_of(again))]
    assert found == [("/IE3F26/LRN", "94", "R3003")]
    with pytest.raises(submission.HasFindings):
        submission.submit(filing=again, by=ALICE, at=later(3))


def test_the_lrn_of_a_rejected_filing_is_only_doubtful() -> None:
    first = submitted(LRN="ONCE")
    responses.reject(filing=first, document=rejection(first), message_id="no@test", at=later(2))

    again = draft(LRN="ONCE")

    assert [finding.severity for finding in selectors.findings_of(again)] == ["warning"]


def test_drafts_may_share_an_lrn() -> None:
    draft(LRN="TWICE")

    assert selectors.findings_of(draft(LRN="TWICE")) == []


def test_send_again_queues_the_same_bytes_under_the_same_id() -> None:
    filing = failed()
    before = filing.outbox.get()

    submission.send_again(filing=filing, by=ALICE, at=later(9))

    after = filing.outbox.get()
    assert filing.state == "queued"
    assert (after.state, after.due_at, after.message_id) == ("waiting", later(9), before.message_id)
    assert bytes(after.payload) == bytes(before.payload)
    assert AuditEvent.objects.filter(deed="filing.resent").count() == 1


def test_send_again_is_only_for_what_was_given_up() -> None:
    filing: Filing = submitted()

    with pytest.raises(lifecycle.NotAllowed):
        submission.send_again(filing=filing, by=ALICE, at=later(2))
