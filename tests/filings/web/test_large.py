"""Pages about what is large: uploads that a worker checks, findings, houses one by one."""

import csv
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from filings.messages import xml as messages
from filings.models import Filing
from filings.models.large import Check, FilingPart, Upload
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.filings.services.large import bench
from tests.filings.web.desk import Desk, desk, posted_by


@pytest.fixture(autouse=True)
def small_is_large(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.small_is_large(settings, monkeypatch, octets=20_000)


@pytest.fixture
def operator(transactional_db: None) -> Operator:
    return factories.operator("acme")


@pytest.fixture
def alice(operator: Operator) -> Desk:
    return desk(operator, "alice", "filer")


def faulty() -> bytes:
    return bench.xml().replace(b"<totalGrossMass>", b"<totalGrossMass>x", 60)


def upload(alice: Desk, *files: tuple[str, bytes], **values: str) -> Any:
    return alice.post("upload/", {"files": [SimpleUploadedFile(name, data) for name, data in files], **values})


def kept(alice: Desk, model: Any) -> Any:
    with tenant_scope(alice.operator.pk):
        return model.objects.get()


def test_a_large_file_is_stored_and_a_small_one_is_a_draft_at_once(alice: Desk) -> None:
    page = upload(alice, ("large.xml", bench.xml()), ("small.xml", bench.xml(2, seed=4))).content.decode()

    stored = kept(alice, Upload)
    assert stored.name == "large.xml"
    assert f"/upload/{stored.pk}/" in page
    assert "it is being checked" in page
    assert kept(alice, Filing).source == "upload"


def test_the_page_of_an_upload_follows_its_check(alice: Desk) -> None:
    upload(alice, ("large.xml", bench.xml()))
    stored = kept(alice, Upload)
    with tenant_scope(alice.operator.pk):
        Check.objects.update(state="running", phase="checking", done_parts=20, all_parts=60)

    page = alice.get(f"upload/{stored.pk}/").content.decode()
    same = alice.get(f"upload/{stored.pk}/now/?seen=running-checking-20")
    with tenant_scope(alice.operator.pk):
        Check.objects.update(state="waiting")
    bench.work_off()
    after = alice.get(f"upload/{stored.pk}/now/?seen=running-checking-20").content.decode()

    assert "Being checked: 20 of 60 house consignments" in page
    assert 'value="33"' in page
    assert 'hx-trigger="every 1s"' in page
    assert same.status_code == 204
    assert "Nothing found." in after
    assert "hx-get" not in after
    assert f"/filings/{kept(alice, Filing).pk}/" in after


def test_what_cannot_be_read_is_told_on_the_page(alice: Desk) -> None:
    upload(alice, ("large.xml", bench.xml()[:-10]))
    bench.work_off()

    page = alice.get(f"upload/{kept(alice, Upload).pk}/").content.decode()

    assert "not well-formed" in page
    assert "Open the filing" not in page


def test_findings_are_filtered_and_paged(alice: Desk) -> None:
    upload(alice, ("large.xml", faulty()))
    bench.work_off()
    check = kept(alice, Check)

    page = alice.get(f"upload/{kept(alice, Upload).pk}/").content.decode()
    third = alice.get(f"checks/{check.pk}/findings/?part=3").content.decode()
    second_page = alice.get(f"checks/{check.pk}/findings/?page=2", headers={"HX-Request": "true"}).content.decode()
    none = alice.get(f"checks/{check.pk}/findings/?severity=warning&part=3").content.decode()

    assert f"Page 1 of {-(-check.errors // 50)}" in page
    assert third.count("consignmentHouseLevel[") == third.count("consignmentHouseLevel[3]") > 0
    assert second_page.lstrip().startswith('<div id="findings-table"')
    assert "Nothing fits" in none


def test_findings_are_files_as_well(alice: Desk) -> None:
    upload(alice, ("large.xml", faulty()))
    bench.work_off()
    check = kept(alice, Check)

    rows = list(csv.DictReader(io.StringIO(alice.get(f"checks/{check.pk}/findings.csv").getvalue().decode())))
    listed = json.loads(alice.get(f"checks/{check.pk}/findings.json?part=5").getvalue())
    none = json.loads(alice.get(f"checks/{check.pk}/findings.json?part=999").getvalue())

    assert len(rows) == check.errors + check.warnings
    assert rows[0]["path"].startswith("/IE3F32/")
    assert {each["part"] for each in listed} == {5}
    assert none == []


def test_the_page_of_a_filing_shows_what_is_around_its_houses(alice: Desk) -> None:
    filing = bench.drafted(alice.operator)

    page = alice.get(f"{filing.pk}/").content.decode()

    assert "Nothing found." in page
    assert filing.lrn in page
    assert f"/filings/{filing.pk}/parts/" in page
    assert "Content as JSON" not in page


def test_houses_are_found_and_paged(alice: Desk) -> None:
    filing = bench.drafted(alice.operator, faulty().replace(b"totalGrossMass>x", b"totalGrossMass>", 30))
    seventh = bench.parts(filing)[6]

    first = alice.get(f"{filing.pk}/parts/", headers={"HX-Request": "true"}).content.decode()
    rest = alice.get(f"{filing.pk}/parts/?after=50").content.decode()
    one = alice.get(f"{filing.pk}/parts/?q={seventh.reference}").content.decode()
    with_findings = alice.get(f"{filing.pk}/parts/?faulty=1").content.decode()
    none = alice.get(f"{filing.pk}/parts/?q=nothing").content.decode()

    assert (first.count("data-row-link"), rest.count("data-row-link"), one.count("data-row-link")) == (50, 10, 1)
    assert "?after=50" in first
    assert 0 < with_findings.count("data-row-link") < 60
    assert "None fits" in none


def test_one_house_is_changed_in_its_form_and_checked_at_once(alice: Desk) -> None:
    filing = bench.drafted(alice.operator)
    address = f"{filing.pk}/parts/7/"
    page = alice.get(address).content.decode()
    form = posted_by(page)
    [mass] = [name for name in form if name.endswith("consignmentHouseLevel.0.totalGrossMass")]
    before = bench.parts(filing)[6].document

    same = alice.post(address, form)
    with tenant_scope(alice.operator.pk):
        assert FilingPart.objects.get(number=7).document == before
    alice.post(address, {**form, mass: "heavy"})
    after = alice.get(address).content.decode()
    conflict = alice.post(address, {**form, mass: "12"})

    assert same.status_code == 302
    with tenant_scope(alice.operator.pk):
        changed = FilingPart.objects.get(number=7)
    assert changed.document == {**before, "totalGrossMass": "heavy"}
    assert changed.errors
    assert "1 finding" in after
    assert 'aria-invalid="true"' in after
    assert conflict.status_code == 409
    assert "changed the filing" in conflict.content.decode()
    assert 'value="12"' in conflict.content.decode()


def test_what_is_around_the_houses_is_changed_in_its_form(alice: Desk) -> None:
    filing = bench.drafted(alice.operator)
    page = alice.get(f"{filing.pk}/edit/", follow=True).content.decode()
    form = posted_by(page)

    alice.post(f"{filing.pk}/frame/", form)
    untouched = alice.kept(filing)
    alice.post(f"{filing.pk}/frame/", {**form, "LRN": "ANOTHER1"})

    assert "consignmentHouseLevel" not in " ".join(form)
    assert (untouched.document, untouched.revision) == (filing.document, 1)
    changed = alice.kept(filing)
    assert (changed.lrn, changed.document["LRN"], changed.revision) == ("ANOTHER1", "ANOTHER1", 2)
    assert len(bench.parts(filing)) == bench.HOUSES


def test_a_filing_is_checked_again_and_submitted_in_the_background(alice: Desk) -> None:
    filing = bench.drafted(alice.operator)

    alice.post(f"{filing.pk}/check/")
    waiting = alice.get(f"{filing.pk}/").content.decode()
    bench.work_off()
    answer = alice.post(f"{filing.pk}/submit/", follow=True).content.decode()
    bench.work_off()

    assert "Waiting for its turn" in waiting
    assert "Check again" not in waiting
    assert "written and checked as a whole" in answer
    assert alice.kept(filing).state == "queued"


def test_the_xml_is_a_stream_and_json_is_refused_in_words(alice: Desk) -> None:
    filing = bench.drafted(alice.operator)

    xml = alice.get(f"{filing.pk}/document.xml")
    refused = alice.get(f"{filing.pk}/document.json")

    assert xml.streaming
    assert b"".join(xml.streaming_content) == messages.write(messages.read(bench.xml()))
    assert refused.status_code == 409
    assert "too large" in refused.content.decode()


def test_a_reader_sees_houses_and_changes_none(alice: Desk) -> None:
    filing = bench.drafted(alice.operator)
    rita = desk(alice.operator, "rita", "reader")
    address = f"{filing.pk}/parts/7/"

    page = rita.get(address)

    assert page.status_code == 200
    assert "it can only be read" in page.content.decode()
    assert rita.post(address, {"revision": "1"}).status_code == 403
    assert rita.post(f"{filing.pk}/check/").status_code == 403


def test_nobody_else_sees_any_of_it(alice: Desk) -> None:
    filing = bench.drafted(alice.operator, faulty())
    check, stored = kept(alice, Check), kept(alice, Upload)
    charlie = Client()
    other = factories.operator("other")
    charlie.force_login(factories.member(other, "charlie"))
    pages = [
        f"upload/{stored.pk}/", f"upload/{stored.pk}/now/", f"checks/{check.pk}/findings/", f"checks/{check.pk}/findings.csv",
        f"{filing.pk}/parts/", f"{filing.pk}/parts/1/", f"{filing.pk}/frame/",
    ]  # fmt: skip

    for page in pages:
        assert charlie.get(f"/o/other/filings/{page}").status_code == 404, page
        assert charlie.get(f"/o/acme/filings/{page}").status_code == 404, page
