"""From a draft kept in parts to the gateway: what is checked is what will be sent."""

from typing import Any

import pytest
from isal import igzip

from filings import selectors
from filings.lifecycle import NotAllowed, State
from filings.messages import xml as messages
from filings.models import Filing, OutboxMessage, UsedReference
from filings.models.large import Check, CheckFinding, FilingPart
from filings.rules import uniqueness
from filings.services import drafting, submission
from filings.services.large import parts, queue, submitting
from tenants.models import AuditEvent, Operator
from tenants.scope import tenant_scope
from tests.factories import ALICE, NOW
from tests.filings.services.large import bench


def submit(filing: Filing, **how: Any) -> Check:
    """Ask to submit a filing, let the worker do it, and return the check."""
    with tenant_scope(filing.operator_id):  # type: ignore[arg-type]
        submission.submit(filing=filing, by=ALICE, at=NOW, **how)
        check: Check = Check.objects.get(filing=filing)
    bench.work_off()
    with tenant_scope(filing.operator_id):  # type: ignore[arg-type]
        check.refresh_from_db()
        filing.refresh_from_db()
    return check


def without_lrn() -> bytes:
    document = messages.read(bench.xml())
    document.set("LRN", None)
    return messages.write(document)


def test_submitting_queues_the_xml_that_was_checked(operator: Operator, no_bell: list[str]) -> None:
    data = bench.xml()
    filing = bench.drafted(operator, data)

    check = submit(filing)

    assert (check.state, check.errors, check.refusal, filing.state) == ("done", 0, "", State.QUEUED)
    with tenant_scope(operator.pk):
        row = OutboxMessage.objects.get(filing=filing)
        assert row.encoding == "gzip"
        assert igzip.decompress(bytes(row.payload)) == messages.write(messages.read(data))
        kinds = [event.kind for event in filing.events.all()]
        deeds = set(AuditEvent.objects.filter(target_id=str(filing.pk)).values_list("deed", flat=True))
    assert kinds == ["drafted", "submitted"]
    assert {"filing.submission_asked", "filing.submitted"} <= deeds


def test_it_stays_a_draft_until_the_worker_is_done(operator: Operator) -> None:
    filing = bench.drafted(operator)

    with tenant_scope(operator.pk):
        submission.submit(filing=filing, by=ALICE, at=NOW)
        assert filing.state == State.DRAFT
        with pytest.raises(queue.StillAtWork):
            submission.submit(filing=filing, by=ALICE, at=NOW)


def test_lrn_and_date_are_filled_in_as_ever(operator: Operator) -> None:
    filing = bench.drafted(operator, without_lrn())

    check = submit(filing)

    assert (check.errors, filing.state) == (0, State.QUEUED)
    assert filing.lrn.startswith("261123")
    with tenant_scope(operator.pk):
        sent = messages.read(igzip.decompress(bytes(OutboxMessage.objects.get().payload)))
    assert sent.value("LRN") == filing.lrn == filing.document["LRN"]


def test_errors_keep_it_a_draft_and_use_nothing_up(operator: Operator) -> None:
    filing = bench.drafted(operator, without_lrn().replace(b"<totalGrossMass>", b"<totalGrossMass>x", 3))

    check = submit(filing)

    assert (check.state, check.errors > 0, filing.state, filing.lrn) == ("done", True, State.DRAFT, "")
    with tenant_scope(operator.pk):
        assert not OutboxMessage.objects.exists()
        assert not UsedReference.objects.exists()
        assert CheckFinding.objects.filter(check_row=check).count() == check.errors
        assert "stays a draft" in filing.events.last().sentence


def test_errors_may_be_sent_outside_production(operator: Operator, settings: Any) -> None:
    filing = bench.drafted(operator, bench.xml().replace(b"<totalGrossMass>", b"<totalGrossMass>x", 3))
    settings.SUBMIT_DESPITE_FINDINGS = False
    with tenant_scope(operator.pk), pytest.raises(submission.NotInProduction):
        submission.submit(filing=filing, by=ALICE, at=NOW, despite_findings=True)
    settings.SUBMIT_DESPITE_FINDINGS = True

    check = submit(filing, despite_findings=True)

    assert check.errors
    assert filing.state == State.QUEUED


def test_references_are_used_up_and_told_the_next_time(operator: Operator) -> None:
    data = bench.xml()
    first = bench.drafted(operator, data)
    submit(first)

    check, _ = bench.checked(operator, data.replace(b"<LRN>", b"<LRN>X", 1))

    with tenant_scope(operator.pk):
        used = set(UsedReference.objects.values_list("kind", "party", "number", "beside"))
        found = list(CheckFinding.objects.filter(check_row=check))
    references = uniqueness.references(messages.read(data))
    assert used == {(one.kind, one.party, one.number, one.beside) for one in references}
    assert len(references) >= bench.HOUSES
    assert check.errors == 0
    assert {one.part for one in found} == set(range(1, bench.HOUSES + 1))
    assert all(first.lrn in one.sentence for one in found)


def test_an_lrn_used_before_is_an_error(operator: Operator) -> None:
    submit(bench.drafted(operator))

    check, _ = bench.checked(operator, bench.xml())

    with tenant_scope(operator.pk):
        first = CheckFinding.objects.filter(check_row=check).first()
    assert (first.rule, first.severity) == ("R3003", "error")


def test_a_change_while_it_is_checked_stops_the_submission(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    filing = bench.drafted(operator)
    unzipped = parts.unzipped

    def changed(data: bytes) -> Any:
        Filing.objects.filter(pk=filing.pk).update(revision=7)
        return unzipped(data)

    monkeypatch.setattr(parts, "unzipped", changed)
    check = submit(filing)

    assert check.state == "done"
    assert "changed the filing" in check.refusal
    assert filing.state == State.DRAFT


def test_what_is_too_large_compressed_is_not_sent(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    filing = bench.drafted(operator)
    monkeypatch.setattr(submitting, "MOST_SENT", 100)

    check = submit(filing)

    assert "20 MB" in check.refusal
    assert filing.state == State.DRAFT


class Killed(BaseException):
    """SIGKILL, as near as a test can get."""


def test_a_worker_killed_at_the_last_moment_is_taken_over(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    from filings.services.large import work
    from tests.factories import later

    filing = bench.drafted(operator)
    with tenant_scope(operator.pk):
        submission.submit(filing=filing, by=ALICE, at=NOW)

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as fatal:
        fatal.setattr(queue, "end", die)
        with pytest.raises(Killed):
            work.do_next(clock=lambda: NOW)
    with tenant_scope(operator.pk):
        assert not OutboxMessage.objects.exists()

    assert work.do_next(clock=lambda: later(20))

    with tenant_scope(operator.pk):
        assert OutboxMessage.objects.count() == 1
        filing.refresh_from_db()
        assert filing.state == State.QUEUED
        assert [event.kind for event in filing.events.all()].count("submitted") == 1


def test_an_upload_may_ask_to_be_submitted(operator: Operator) -> None:
    _, filing = bench.checked(operator, bench.xml(), submit=True)
    faulty = bench.xml(seed=3).replace(b"<totalGrossMass>", b"<totalGrossMass>x", 1)
    _, other = bench.checked(operator, faulty, submit=True)

    assert filing is not None
    assert other is not None
    assert (filing.state, other.state) == (State.QUEUED, State.DRAFT)


def test_a_draft_is_checked_again_without_submitting(operator: Operator) -> None:
    filing = bench.drafted(operator)
    with tenant_scope(operator.pk):
        part = FilingPart.objects.get(filing=filing, number=5)
        part.document["totalGrossMass"] = "heavy"
        part.save()
        submitting.ask(filing=filing, by=ALICE, at=NOW, submit=False)

    bench.work_off()

    with tenant_scope(operator.pk):
        check = parts.latest_check(filing)
        assert check is not None
        assert check.errors >= 1
        part.refresh_from_db()
        assert part.errors >= 1
        assert list(parts.parts_in(filing, with_findings=True)) == [part]
        assert not UsedReference.objects.exists()
    assert filing.state == State.DRAFT


def test_what_was_submitted_is_not_submitted_again(operator: Operator) -> None:
    filing = bench.drafted(operator)
    submit(filing)

    with tenant_scope(operator.pk), pytest.raises(NotAllowed):
        submission.submit(filing=filing, by=ALICE, at=NOW)


def test_a_copy_has_the_parts_and_no_lrn(operator: Operator) -> None:
    filing = bench.drafted(operator)

    with tenant_scope(operator.pk):
        copied = drafting.copy(filing=filing, by=ALICE, at=NOW)

        assert copied.lrn == ""
        assert [part.document for part in bench.parts(copied)] == [part.document for part in bench.parts(filing)]
        assert copied.parts_count == filing.parts_count


def test_a_discarded_draft_takes_its_parts_along(operator: Operator) -> None:
    filing = bench.drafted(operator)

    with tenant_scope(operator.pk):
        drafting.discard(filing=filing, by=ALICE, at=NOW)

        assert not FilingPart.objects.exists()


def test_what_needs_the_whole_is_refused_in_words(operator: Operator) -> None:
    filing = bench.drafted(operator)

    with tenant_scope(operator.pk), pytest.raises(selectors.KeptInParts) as refusal:
        selectors.document_of(filing)

    assert "too large" in refusal.value.message
