"""Drafts from a choice and from files."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from filings import samples, selectors
from filings.lifecycle import State
from filings.messages import catalogue, json, xml
from filings.models import Filing
from tests.filings.web.desk import Desk


def everything() -> list[Filing]:
    return list(Filing.objects.all())


def test_every_message_that_starts_a_filing_can_be_chosen(alice: Desk) -> None:
    html = alice.get("new/").content.decode()

    for message in catalogue.messages():
        assert (f"new/{message.id}/" in html) is selectors.can_be_filed(message)


def test_the_choice_can_be_searched(alice: Desk) -> None:
    html = alice.get("new/?q=express+road").content.decode()

    assert "new/IE3F34/" in html
    assert "new/IE3F10/" not in html


def test_a_new_draft_knows_whose_it_is_and_what_it_is(alice: Desk) -> None:
    answer = alice.post("new/IE3F26/")

    [filing] = alice.make(everything)
    assert answer.url == alice.address(f"{filing.pk}/edit/")
    assert filing.document == {
        "SpecificCircumstanceIndicator": "F26",
        "declarant": {"identificationNumber": alice.operator.eori},
    }


@pytest.mark.parametrize("message", ["IE3A26", "IE3R01", "IE9999"])
def test_what_is_no_filing_cannot_be_started(message: str, alice: Desk) -> None:
    assert alice.post(f"new/{message}/").status_code == 404


def test_files_become_drafts_and_a_bad_one_says_why(alice: Desk) -> None:
    made = samples.sample("IE3F26", seed=1)
    files = [
        SimpleUploadedFile("good.xml", xml.write(made)),
        SimpleUploadedFile("good.json", json.write(samples.sample("IE3F50", seed=2))),
        SimpleUploadedFile("bad.xml", b"<IE3F26><LRN>"),
    ]

    html = alice.post("upload/", {"files": files}).content.decode()

    assert sorted(each.message_type for each in alice.make(everything)) == ["IE3F26", "IE3F50"]
    assert "bad.xml" in html
    assert "Not taken over" in html


def test_an_uploaded_file_without_errors_can_be_submitted_at_once(alice: Desk) -> None:
    good = io.BytesIO(xml.write(samples.sample("IE3F26", seed=1)))
    broken = samples.sample("IE3F26", seed=2)
    broken.set("declarant/name", None)

    alice.post("upload/", {"files": [good, io.BytesIO(xml.write(broken))], "submit": "yes"})

    assert sorted(each.state for each in alice.make(everything)) == [State.DRAFT, State.QUEUED]


def test_an_upload_without_a_file_says_so(alice: Desk) -> None:
    answer = alice.post("upload/", headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "Choose at least one file." in answer.content.decode()
