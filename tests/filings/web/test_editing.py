"""The form of a draft: saved, checked, submitted, and shared by two."""

from typing import Any

import pytest

from filings import samples
from filings.lifecycle import State
from filings.models import Filing
from filings.services import drafting
from tests import factories
from tests.filings.web.desk import Desk, posted_by


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
    assert 'id="w-declarant-identificationNumber"' in html
    assert 'aria-invalid="true"' in html


def test_a_finding_on_a_folded_occurrence_links_to_its_page(alice: Desk) -> None:
    document = samples.sample("IE3F26", houses=60)
    document.set("consignmentMasterLevel/consignmentHouseLevel[42]/consignee/name", "N" * 71)
    filing = alice.make(lambda: drafting.create(document=document, by=factories.ALICE, at=factories.NOW, source="web"))

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
