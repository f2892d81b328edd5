"""Each page about filings once, for those who may see it and those who may not."""

from typing import Any

import pytest

from filings.lifecycle import State
from filings.messages import xml
from filings.models import Filing
from filings.services import responses
from tests import factories
from tests.filings.web.desk import Desk

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
    filing = alice.make(factories.draft, LRN='A/B"1')

    answer = alice.get(f"{filing.pk}/document.xml")

    assert xml.read(answer.content).value("LRN") == 'A/B"1'
    assert answer["Content-Disposition"] == 'attachment; filename="IE3F26-A_B_1.xml"'
    assert alice.get(f"{filing.pk}/document.pdf").status_code == 404
