"""Each page about filings once, for those who may see it and those who may not."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from filings import samples, selectors
from filings.lifecycle import State
from filings.messages import catalogue, json, xml
from filings.models import Filing
from filings.services import responses
from tests import factories
from tests.filings.web.desk import Desk, posted_by

SHOWING = ["", "rows/", "{pk}/", "{pk}/now/", "{pk}/document.xml", "{pk}/document.json"]
PAGES = [*SHOWING, "new/", "upload/", "{pk}/edit/", "{pk}/part/?at=representative"]
DEEDS = ["new/IE3F26/", "upload/", "{pk}/edit/", "{pk}/submit/", "{pk}/send-again/", "{pk}/copy/", "{pk}/discard/"]


def registered() -> Filing:
    filing = factories.sent()
    responses.register(filing=filing, document=factories.registration(filing), message_id="r@test", at=factories.later(3))
    return filing


def rejected() -> Filing:
    filing = factories.sent()
    document = factories.rejection(filing, path="/IE3F26/declarant/name")
    responses.reject(filing=filing, document=document, message_id="r@test", at=factories.later(3))
    return filing


def everything() -> list[Filing]:
    return list(Filing.objects.all())


@pytest.mark.parametrize("page", PAGES)
def test_a_filer_sees_every_page(page: str, alice: Desk) -> None:
    filing = alice.make(factories.draft)

    assert alice.get(page.format(pk=filing.pk)).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_reader_sees_pages_that_only_show(page: str, alice: Desk, rita: Desk) -> None:
    filing = alice.make(factories.draft)

    assert rita.get(page.format(pk=filing.pk)).status_code == (200 if page in SHOWING else 403)


@pytest.mark.parametrize("page", DEEDS)
def test_a_reader_does_nothing(page: str, alice: Desk, rita: Desk) -> None:
    filing = alice.make(factories.draft)

    assert rita.post(page.format(pk=filing.pk)).status_code == 403
    assert alice.kept(filing).state == State.DRAFT
    assert alice.make(everything) == [filing]


@pytest.mark.parametrize("page", [*PAGES, *DEEDS])
def test_a_stranger_finds_nothing(page: str, alice: Desk, charlie: Desk) -> None:
    filing = alice.make(factories.draft)

    assert charlie.get(page.format(pk=filing.pk)).status_code == 404


def test_a_visitor_is_asked_to_sign_in(alice: Desk, client: Any) -> None:
    answer = client.get(alice.address())

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


@pytest.mark.parametrize("page", ["", "new/", "upload/", "{pk}/", "{pk}/edit/?check=1"])
def test_a_page_needs_no_inline_script_or_style(page: str, alice: Desk) -> None:
    filing = alice.make(factories.draft)

    html = alice.get(page.format(pk=filing.pk)).content.decode()

    assert "<style" not in html
    assert " style=" not in html
    assert " onclick=" not in html
    assert all("src=" in tag.partition(">")[0] for tag in html.split("<script")[1:])


# --- The list ---------------------------------------------------------------------------------------------------------------


def test_the_list_counts_states_and_shows_those_asked_for(alice: Desk) -> None:
    draft, waiting = alice.make(factories.draft), alice.make(factories.submitted)

    html = alice.get("?state=queued").content.decode()

    assert waiting.lrn in html
    assert draft.lrn not in html
    assert "Draft <b>1</b>" in html
    assert "All <b>2</b>" in html


def test_the_search_finds_the_beginning_of_a_number(alice: Desk) -> None:
    first, second = alice.make(factories.draft, LRN="ALPHA1"), alice.make(factories.draft, LRN="BETA1")

    html = alice.get("?q=ALP").content.decode()

    assert first.lrn in html
    assert second.lrn not in html


def test_a_search_answers_htmx_with_the_results_alone(alice: Desk) -> None:
    html = alice.get("?q=ALP", headers={"HX-Request": "true", "HX-Target": "results"}).content.decode()

    assert "<html" not in html
    assert "Nothing fits" in html


@pytest.mark.parametrize("query", ["?page=abc", "?page=99", "?sort=nonsense", "?state=nonsense", "?type=%00", "?q=%25_'"])
def test_an_odd_address_still_shows_a_list(query: str, alice: Desk) -> None:
    alice.make(factories.draft)

    assert alice.get(query).status_code == 200


def test_only_a_list_with_waiting_filings_asks_again(alice: Desk) -> None:
    alice.make(factories.draft)
    quiet = alice.get().content.decode()
    waiting = alice.make(factories.submitted)
    busy = alice.get().content.decode()

    assert "every 2s" not in quiet
    assert f"rows/?id={waiting.pk}%3Aqueued" in busy


def test_a_row_comes_again_once_its_state_changed(alice: Desk) -> None:
    filing = alice.make(factories.sent)

    same = alice.get(f"rows/?id={filing.pk}:sent").content.decode()
    changed = alice.get(f"rows/?id={filing.pk}:queued").content.decode()

    assert f"row-{filing.pk}" not in same
    assert f'id="row-{filing.pk}" hx-swap-oob="true"' in changed
    assert "With customs" in changed


# --- Starting and uploading ---------------------------------------------------------------------------------------------------


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


# --- One filing ---------------------------------------------------------------------------------------------------------------


def test_the_page_of_a_waiting_filing_asks_again_until_something_happened(alice: Desk) -> None:
    filing = alice.make(factories.submitted)
    seen = alice.get(f"{filing.pk}/").context["seen"]

    same = alice.get(f"{filing.pk}/now/?seen={seen}")
    changed = alice.get(f"{filing.pk}/now/?seen=draft-1")

    assert same.status_code == 204
    assert "every 2s" in changed.content.decode()
    assert changed["HX-Trigger"] == "filing-changed"


def test_a_registered_filing_shows_its_mrn_and_rests(alice: Desk) -> None:
    filing = alice.make(registered)

    html = alice.get(f"{filing.pk}/").content.decode()

    assert factories.MRN in html
    assert "every 2s" not in html


def test_a_rejected_filing_names_the_place_in_words_and_offers_a_copy(alice: Desk) -> None:
    filing = alice.make(rejected)

    html = alice.get(f"{filing.pk}/").content.decode()
    answer = alice.post(f"{filing.pk}/copy/")

    assert "What customs found wrong" in html
    assert "Declarant \u203a Name" in html
    assert "Correct in a copy" in html
    assert answer.url.endswith(f"/edit/?corrects={filing.pk}")
    assert "What customs said" in alice.client.get(answer.url).content.decode()


def test_a_draft_is_submitted_from_its_page(alice: Desk) -> None:
    filing = alice.make(factories.draft)

    alice.post(f"{filing.pk}/submit/")

    assert alice.kept(filing).state == State.QUEUED


def test_a_draft_with_errors_is_not_submitted_but_shown(alice: Desk) -> None:
    filing = alice.make(factories.draft, declarant__name=None)

    answer = alice.post(f"{filing.pk}/submit/")

    assert answer.url == alice.address(f"{filing.pk}/edit/?check=1")
    assert alice.kept(filing).state == State.DRAFT


def test_errors_may_go_to_the_sandbox_only_where_the_setting_allows(alice: Desk, settings: Any) -> None:
    filing = alice.make(factories.draft, declarant__name=None)

    settings.SUBMIT_DESPITE_FINDINGS = False
    hidden = alice.get(f"{filing.pk}/").content.decode()
    alice.post(f"{filing.pk}/submit/", {"despite": "yes"})
    refused = alice.kept(filing).state
    settings.SUBMIT_DESPITE_FINDINGS = True
    alice.post(f"{filing.pk}/submit/", {"despite": "yes"})

    assert "in spite of" not in hidden
    assert refused == State.DRAFT
    assert alice.kept(filing).state == State.QUEUED


def test_a_filing_that_was_not_delivered_can_be_sent_again(alice: Desk) -> None:
    filing = alice.make(factories.failed)

    alice.post(f"{filing.pk}/send-again/")

    assert alice.kept(filing).state == State.QUEUED


def test_a_submitted_filing_cannot_be_discarded_and_its_form_leads_to_its_page(alice: Desk) -> None:
    filing = alice.make(factories.submitted)

    alice.post(f"{filing.pk}/discard/")

    assert alice.kept(filing).state == State.QUEUED
    assert alice.get(f"{filing.pk}/edit/").url == alice.address(f"{filing.pk}/")


def test_a_draft_is_discarded(alice: Desk) -> None:
    filing = alice.make(factories.draft)

    alice.post(f"{filing.pk}/discard/")

    assert alice.make(everything) == []


def test_the_content_can_be_downloaded(alice: Desk) -> None:
    filing = alice.make(factories.draft, LRN="A/B\"1")

    answer = alice.get(f"{filing.pk}/document.xml")

    assert xml.read(answer.content).value("LRN") == 'A/B"1'
    assert answer["Content-Disposition"] == 'attachment; filename="IE3F26-A_B_1.xml"'
    assert alice.get(f"{filing.pk}/document.pdf").status_code == 404


# --- The form -----------------------------------------------------------------------------------------------------------------


def form_of(desk: Desk, filing: Filing) -> dict[str, Any]:
    return posted_by(desk.get(f"{filing.pk}/edit/").content.decode())


def test_saving_keeps_what_is_wrong(alice: Desk) -> None:
    filing = alice.make(factories.draft)
    data = form_of(alice, filing) | {"declarant.identificationNumber": "far too long for this field"}

    alice.post(f"{filing.pk}/edit/", data)

    assert alice.kept(filing).document["declarant"]["identificationNumber"] == "far too long for this field"


def test_autosave_answers_with_the_new_revision_alone(alice: Desk) -> None:
    filing = alice.make(factories.draft)
    data = form_of(alice, filing) | {"LRN": "TYPED", "deed": "autosave"}

    html = alice.post(f"{filing.pk}/edit/", data, headers={"HX-Request": "true"}).content.decode()

    assert 'id="revision" value="2"' in html
    assert "Saved" in html
    assert "<form" not in html


def test_checking_puts_findings_beside_the_field_and_links_to_it(alice: Desk) -> None:
    filing = alice.make(factories.draft)
    data = form_of(alice, filing) | {"declarant.identificationNumber": "X" * 18, "deed": "check"}

    html = alice.post(f"{filing.pk}/edit/", data).content.decode()

    assert 'href="#f-declarant.identificationNumber"' in html
    assert 'id="w-declarant.identificationNumber"' in html
    assert 'aria-invalid="true"' in html


def test_a_finding_on_a_folded_occurrence_links_to_its_page(alice: Desk) -> None:
    document = samples.sample("IE3F26", houses=60)
    document.set("consignmentMasterLevel/consignmentHouseLevel[42]/consignee/name", "N" * 71)
    filing = alice.make(lambda: factories.drafting.create(document=document, by=factories.ALICE, at=factories.NOW, source="web"))

    html = alice.get(f"{filing.pk}/edit/?check=1").content.decode()

    place = "consignmentMasterLevel.consignmentHouseLevel.41"
    assert f'href="?check=1&amp;at={place}#f-{place}.consignee.name"' in html


def test_submitting_from_the_form_saves_first(alice: Desk) -> None:
    filing = alice.make(factories.draft)
    data = form_of(alice, filing) | {"declarant.name": "New Name", "deed": "submit"}

    answer = alice.post(f"{filing.pk}/edit/", data)

    kept = alice.kept(filing)
    assert answer.url == alice.address(f"{filing.pk}/")
    assert (kept.state, kept.document["declarant"]["name"]) == (State.QUEUED, "New Name")


def test_submitting_with_errors_shows_them_and_keeps_the_input(alice: Desk) -> None:
    filing = alice.make(factories.draft)
    data = form_of(alice, filing) | {"declarant.name": "", "deed": "submit"}

    answer = alice.post(f"{filing.pk}/edit/", data)

    assert answer.status_code == 422
    assert alice.kept(filing).state == State.DRAFT
    assert "declarant" in alice.kept(filing).document


def test_lrn_and_date_are_not_missed_before_submitting_gives_them(alice: Desk) -> None:
    filing = alice.make(factories.draft, LRN=None, documentIssueDate=None)

    html = alice.get(f"{filing.pk}/edit/?check=1").content.decode()

    assert "Nothing found" in html


def test_a_conflict_is_told_and_nothing_typed_is_lost(alice: Desk) -> None:
    filing = alice.make(factories.draft)
    mine = form_of(alice, filing) | {"declarant.name": "Mine"}
    alice.post(f"{filing.pk}/edit/", form_of(alice, filing) | {"declarant.name": "Theirs"})

    answer = alice.post(f"{filing.pk}/edit/", mine)

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "changed meanwhile" in html
    assert 'value="Mine"' in html
    assert alice.kept(filing).document["declarant"]["name"] == "Theirs"

    alice.post(f"{filing.pk}/edit/", posted_by(html) | {"overwrite": "2"})

    assert alice.kept(filing).document["declarant"]["name"] == "Mine"


def test_a_conflict_while_typing_leaves_the_form_alone(alice: Desk) -> None:
    filing = alice.make(factories.draft)
    mine = form_of(alice, filing) | {"declarant.name": "Mine", "deed": "autosave"}
    alice.post(f"{filing.pk}/edit/", form_of(alice, filing) | {"declarant.name": "Theirs"})

    answer = alice.post(f"{filing.pk}/edit/", mine, headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert "<fieldset" not in answer.content.decode()


def test_a_group_can_be_added(alice: Desk) -> None:
    filing = alice.make(factories.draft)
    place = "consignmentMasterLevel.consignmentHouseLevel.0.goodsItem"

    html = alice.get(f"{filing.pk}/part/?at={place}.7").content.decode()

    assert f'name="{place}.7.commodity.descriptionOfGoods"' in html
    assert f"part/?at={place}.8" in html


@pytest.mark.parametrize("place", ["", "nonsense", "LRN", "consignmentMasterLevel.consignmentHouseLevel", "declarant.name"])
def test_what_is_no_group_cannot_be_added(place: str, alice: Desk) -> None:
    filing = alice.make(factories.draft)

    assert alice.get(f"{filing.pk}/part/?at={place}").status_code == 404


def test_text_is_shown_as_text(alice: Desk) -> None:
    filing = alice.make(factories.draft, declarant__name='"><script>alert(1)</script>')

    html = alice.get(f"{filing.pk}/edit/?check=1").content.decode()

    assert "<script>alert" not in html
