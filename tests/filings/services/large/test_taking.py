"""From the bytes of an upload to a draft: stored before it is read, true only when all of it is."""

import gzip
from typing import Any

import pytest

from filings.messages import xml as messages
from filings.models import Filing
from filings.models.large import Check, CheckFinding, FilingPart, Upload, UploadPiece
from filings.services.large import intake, parts, queue, rows, work
from filings.services.large.intake import Arrival
from tenants.models import AuditEvent, Operator
from tenants.scope import tenant_scope
from tests.factories import ALICE, NOW, later
from tests.filings.services.large import bench

HOUSE = "consignmentMasterLevel/consignmentHouseLevel"


def test_an_upload_is_stored_before_it_is_read(operator: Operator, no_bell: list[str]) -> None:
    data = bench.xml()

    upload = bench.arrived(operator, data)

    with tenant_scope(operator.pk):
        assert intake.opened(upload).read() == data
        assert (upload.size, upload.filing) == (len(data), None)
        assert Check.objects.get(upload=upload).state == Check.State.WAITING
        assert AuditEvent.objects.filter(deed="upload.received", target_id=str(upload.pk)).exists()
    assert no_bell == [queue.BELL]


def test_the_file_of_an_upload_is_read_at_any_place(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "PIECE", 1_000)
    data = bench.xml(3)
    file = intake.opened(bench.arrived(operator, data))

    assert file.seek(0, 2) == len(data)
    file.seek(1_990)
    assert file.read(20) == data[1_990:2_010]
    file.seek(0)
    assert file.read() == data


def test_a_checked_upload_becomes_a_draft_in_parts(operator: Operator) -> None:
    data = bench.xml()

    check, filing = bench.checked(operator, data)

    assert filing is not None
    assert (check.state, check.errors, check.warnings, check.percent) == ("done", 0, 0, 100)
    assert (check.message_type, check.all_parts, check.done_parts) == (bench.MESSAGE, bench.HOUSES, bench.HOUSES)
    assert (filing.parts_path, filing.parts_count) == (HOUSE, bench.HOUSES)
    document = messages.read(data)
    assert filing.lrn == document.value("LRN")
    [*houses] = document.nodes(f"{HOUSE}/transportDocumentHouseLevel/documentNumber")
    assert [part.reference for part in bench.parts(filing)] == [house.text for house in houses]
    assert HOUSE.split("/")[1] not in filing.document["consignmentMasterLevel"]
    with tenant_scope(operator.pk):
        assert b"".join(parts.xml_of(filing)) == messages.write(document)
        assert [event.kind for event in filing.events.all()] == ["drafted"]


@pytest.mark.parametrize("message", ["IE3F20", "IE3F43", "IE3F50", "IE3F12"])
def test_other_messages_keep_what_they_have_most_of(message: str, operator: Operator, settings: Any) -> None:
    settings.FILING_IN_PARTS_FROM = 1_000
    data = bench.xml(12, message=message)

    filing = bench.drafted(operator, data)

    assert filing.in_parts
    with tenant_scope(operator.pk):
        assert b"".join(parts.xml_of(filing)) == messages.write(messages.read(data))


def test_a_small_upload_becomes_an_ordinary_draft(operator: Operator) -> None:
    data = bench.xml(2)

    check, filing = bench.checked(operator, data)

    assert filing is not None
    assert not filing.in_parts
    assert check.state == "done"
    with tenant_scope(operator.pk):
        assert not FilingPart.objects.exists()


def test_findings_are_kept_with_their_house(operator: Operator) -> None:
    data = bench.xml().replace(b"<totalGrossMass>", b"<totalGrossMass>x", 40)

    check, filing = bench.checked(operator, data)

    assert filing is not None
    with tenant_scope(operator.pk):
        found = list(CheckFinding.objects.filter(check_row=check))
    inside = [one for one in found if one.part]
    assert check.errors == len(found) >= 39
    assert {one.part for one in inside} == {part.number for part in bench.parts(filing) if part.errors}
    assert all(f"consignmentHouseLevel[{one.part}]/" in one.path for one in inside)
    assert [one.number for one in found] == list(range(1, len(found) + 1))


def test_what_submitting_fills_in_is_no_finding(operator: Operator) -> None:
    document = messages.read(bench.xml())
    document.set("LRN", None)

    check, filing = bench.checked(operator, messages.write(document))

    assert (check.errors, filing and filing.lrn) == (0, "")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data[:-20], "well-formed"),
        (lambda data: data.replace(b"IE3F32", b"IE3X99"), "no message"),
        (lambda data: data.replace(b"<IE3F32", b"<!DOCTYPE IE3F32 []><IE3F32", 1), "DOCTYPE"),
    ],
)
def test_what_cannot_be_read_to_its_end_leaves_only_the_reason(spoil: Any, reason: str, operator: Operator) -> None:
    check, filing = bench.checked(operator, spoil(bench.xml()))

    assert filing is None
    assert check.state == "done"
    assert reason in check.refusal
    with tenant_scope(operator.pk):
        assert not FilingPart.objects.exists()
        assert not Filing.objects.exists()
        assert Upload.objects.get().size


def test_an_amendment_of_a_filing_nobody_knows_is_checked_and_not_drafted(operator: Operator) -> None:
    check, filing = bench.checked(operator, bench.xml(message="IE3A32"))

    assert filing is None
    assert "You have no filing with MRN" in check.refusal
    assert check.message_type == "IE3A32"
    with tenant_scope(operator.pk):
        assert not FilingPart.objects.exists()


def test_two_masters_with_houses_are_refused_in_words(operator: Operator) -> None:
    data = bench.xml()
    start, end = data.index(b"<consignmentMasterLevel>"), data.index(b"</IE3F32>")
    data = data[:end] + data[start:end] + data[end:]

    check, filing = bench.checked(operator, data)

    assert filing is None
    assert "more than one group" in check.refusal
    with tenant_scope(operator.pk):
        assert not FilingPart.objects.exists()


# --- Arriving --------------------------------------------------------------------------------------------------------------


def test_gzip_is_unpacked_as_it_arrives(operator: Operator) -> None:
    data = bench.xml()
    two_members = gzip.compress(data[:30_000]) + gzip.compress(data[30_000:])

    upload = bench.arrived(operator, two_members, packed=True, length=len(two_members))

    with tenant_scope(operator.pk):
        assert intake.opened(upload).read() == data


@pytest.mark.parametrize(
    ("data", "how", "refusal"),
    [
        (b"", {}, intake.UploadEmpty),
        (b"<a/>", {"length": 5}, intake.UploadCutShort),
        (b"no gzip at all", {"packed": True}, intake.UploadNotGzip),
        (gzip.compress(b"<a/>" * 900)[:-6], {"packed": True}, intake.UploadNotGzip),
        (gzip.compress(b"<a/>") + b"rest", {"packed": True}, intake.UploadNotGzip),
        (b"", {"packed": True}, intake.UploadNotGzip),
        (b"<" * 5_001, {}, intake.UploadTooLarge),
        (gzip.compress(b"<" * 3_000_000), {"packed": True}, intake.UploadTooLarge),
        (b"<a/>", {"key": "x" * 201}, intake.UploadKeyUnusable),
    ],
)
def test_what_does_not_arrive_whole_is_refused_and_not_kept(
    data: bytes, how: dict[str, Any], refusal: type[Exception], operator: Operator, settings: Any
) -> None:
    settings.LARGE_UPLOAD_LIMIT = 5_000

    with pytest.raises(refusal):
        bench.arrived(operator, data, **how)

    with tenant_scope(operator.pk):
        assert not Upload.objects.exists()
        assert not UploadPiece.objects.exists()


def test_the_same_key_with_the_same_bytes_is_the_same_upload(operator: Operator) -> None:
    data = bench.xml(3)
    first = bench.arrived(operator, data, key="k1")

    again = bench.arrived(operator, gzip.compress(data), key="k1", packed=True)

    assert again.pk == first.pk
    with pytest.raises(intake.UploadKeyReused):
        bench.arrived(operator, data + b" ", key="k1")
    with tenant_scope(operator.pk):
        assert Upload.objects.count() == Check.objects.count() == 1


def test_an_upload_that_is_still_arriving_keeps_its_key(operator: Operator) -> None:
    with tenant_scope(operator.pk):
        Upload.objects.create(name="a", source="api", by="x", key="k1", created_at=NOW, touched_at=NOW)
    arrival = Arrival("a", "api", key="k1")

    with pytest.raises(intake.UploadStillArriving):
        intake.receive(pieces=[b"<a/>"], arrival=arrival, operator_id=operator.pk, by=ALICE, at=later(5))
    upload, is_new = intake.receive(pieces=[b"<a/>"], arrival=arrival, operator_id=operator.pk, by=ALICE, at=later(60))

    assert is_new
    assert upload.complete_at


def test_uploads_nobody_needs_are_removed(operator: Operator) -> None:
    data = bench.xml()
    old, running = bench.arrived(operator, data), bench.arrived(operator, data)
    with tenant_scope(operator.pk):
        Upload.objects.create(name="a", source="api", by="x", created_at=NOW, touched_at=NOW)
        Check.objects.filter(upload=old).update(state="done", done_at=NOW)

    assert intake.clear(at=later(60)) == 0
    assert intake.clear(at=NOW + intake.ABANDONED + 2 * intake.ABANDONED) == 1
    assert intake.clear(at=NOW + 2 * intake.KEPT) == 1

    with tenant_scope(operator.pk):
        assert list(Upload.objects.all()) == [running]
        assert not UploadPiece.objects.exclude(upload=running).exists()


# --- Killed ----------------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """SIGKILL, as near as a test can get: no handler of the product runs."""


@pytest.mark.parametrize("moment", ["insert_parts", "insert_findings"])
def test_a_killed_worker_leaves_nothing_half_done(moment: str, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = bench.arrived(operator, bench.xml())

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as fatal:
        fatal.setattr(rows, moment, die)
        with pytest.raises(Killed):
            work.do_next(clock=lambda: NOW)
    early = work.do_next(clock=lambda: later(14))
    with tenant_scope(operator.pk):
        assert not FilingPart.objects.exists()

    assert work.do_next(clock=lambda: later(16))

    assert not early
    with tenant_scope(operator.pk):
        assert Filing.objects.count() == 1
        assert FilingPart.objects.count() == bench.HOUSES
        assert Check.objects.get(upload=upload).attempts == 2


def test_a_worker_that_comes_back_late_changes_nothing(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.arrived(operator, bench.xml())
    late = queue.claim(at=NOW)
    assert late is not None
    assert work.do_next(clock=lambda: later(16))

    monkeypatch.setattr(queue, "claim", lambda *, at: late)
    work.do_next(clock=lambda: later(17))

    with tenant_scope(operator.pk):
        assert Filing.objects.count() == 1
        assert FilingPart.objects.count() == bench.HOUSES


def test_a_fault_of_ours_is_tried_again_and_then_told(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = bench.arrived(operator, bench.xml())

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(rows, "insert_parts", fail)
    times = [work.do_next(clock=lambda seconds=seconds: later(seconds)) for seconds in (0, 1, 20, 21, 90, 200)]

    assert times == [True, False, True, False, True, False]
    with tenant_scope(operator.pk):
        check = Check.objects.get(upload=upload)
    assert check.state == Check.State.FAILED
    assert "fault of ours" in check.refusal


def test_progress_and_lease_are_written_while_it_works(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    from filings.rules import streamed

    upload = bench.arrived(operator, bench.xml())
    monkeypatch.setattr(queue, "TELL_EVERY", 0.01)
    monkeypatch.setattr(streamed, "STRIDE", 5)
    monkeypatch.setattr(rows, "BATCH", 5)
    insert, seen = rows.insert_parts, list[tuple[str, int, int]]()

    def watched(*args: Any) -> None:
        insert(*args)
        time.sleep(0.1)
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            seen.append(pool.submit(look).result())

    def look() -> tuple[str, int, int]:
        from django.db import connection

        try:
            with tenant_scope(operator.pk):
                check = Check.objects.get(upload=upload)
                assert not FilingPart.objects.exists(), "what is staged is seen by nobody"
                return check.phase, check.done_parts, check.all_parts
        finally:
            connection.close()

    monkeypatch.setattr(rows, "insert_parts", watched)
    bench.work_off()

    assert {phase for phase, *_ in seen[:-1]} == {"checking"}
    assert [done for _, done, _ in seen[1:-1]] == list(range(5, bench.HOUSES, 5))
    assert {of for *_, of in seen[1:]} == {bench.HOUSES}
