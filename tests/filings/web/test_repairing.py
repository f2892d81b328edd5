"""What a finding proposes is accepted and taken back in the form, with submit buttons alone."""

from typing import Any

import pytest

from filings import samples
from filings.models import Filing
from filings.services import drafting
from tests import factories
from tests.filings.web.desk import Desk, posted_by

COUNTRY, PARTY = "declarant.address.country", "declarant.identificationNumber"


@pytest.fixture
def filing(alice: Desk) -> Filing:
    """A draft with two faults that have a repair."""
    made: Filing = alice.make(factories.draft, declarant__identificationNumber="nl851746302", declarant__address__country="nl")
    return made


def shown(desk: Desk, filing: Filing) -> str:
    html: str = desk.get(f"{filing.pk}/edit/?check=1").content.decode()
    return html


def press(desk: Desk, filing: Filing, html: str, deed: str, **typed: Any) -> str:
    """Return the page after a button of the form, with what was typed before."""
    answer = desk.post(f"{filing.pk}/edit/?check=1", posted_by(html) | typed | {"deed": deed})
    assert answer.status_code == 200
    after: str = answer.content.decode()
    return after


def declarant(desk: Desk, filing: Filing) -> dict[str, Any]:
    found: dict[str, Any] = desk.kept(filing).document["declarant"]
    return found


def test_a_repair_has_a_button_beside_its_field_and_all_have_one_in_the_summary(alice: Desk, filing: Filing) -> None:
    html = shown(alice, filing)

    assert f'value="repair:{PARTY}"' in html
    assert "Use “NL851746302”" in html
    assert "Apply all <span data-count>2</span> repairs" in html


def test_without_findings_asked_for_there_is_no_button(alice: Desk, filing: Filing) -> None:
    assert "repair:" not in alice.get(f"{filing.pk}/edit/").content.decode()


def test_a_repair_is_put_in_and_nothing_typed_is_lost(alice: Desk, filing: Filing) -> None:
    html = press(alice, filing, shown(alice, filing), f"repair:{PARTY}", **{"declarant.name": "Typed meanwhile"})

    kept = declarant(alice, filing)
    assert (kept["identificationNumber"], kept["name"], kept["address"]["country"]) == ("NL851746302", "Typed meanwhile", "nl")
    assert 'value="NL851746302"' in html
    assert 'Changed from “<span class="was" data-was>nl851746302</span>”' in html
    assert "Apply all" not in html


def test_a_repair_is_taken_back(alice: Desk, filing: Filing) -> None:
    html = press(alice, filing, shown(alice, filing), f"repair:{PARTY}")

    html = press(alice, filing, html, f"undo:{PARTY}")

    assert declarant(alice, filing)["identificationNumber"] == "nl851746302"
    assert "Undone: " in html
    assert f'value="repair:{PARTY}"' in html


def test_all_repairs_are_put_in_and_taken_back_at_once(alice: Desk, filing: Filing) -> None:
    html = press(alice, filing, shown(alice, filing), "repair:")

    assert "Nothing found" in html
    assert alice.kept(filing).revision == 2

    press(alice, filing, html, "undo:")

    kept = declarant(alice, filing)
    assert (kept["identificationNumber"], kept["address"]["country"]) == ("nl851746302", "nl")


def test_after_taking_one_back_the_other_can_still_be(alice: Desk, filing: Filing) -> None:
    html = press(alice, filing, shown(alice, filing), "repair:")
    html = press(alice, filing, html, f"undo:{COUNTRY}")

    assert declarant(alice, filing)["identificationNumber"] == "NL851746302"

    press(alice, filing, html, f"undo:{PARTY}")

    assert declarant(alice, filing)["identificationNumber"] == "nl851746302"


def test_what_the_reader_corrected_meanwhile_stays(alice: Desk, filing: Filing) -> None:
    html = press(alice, filing, shown(alice, filing), f"repair:{PARTY}", **{PARTY: "NL123456789"})

    assert declarant(alice, filing)["identificationNumber"] == "NL123456789"
    assert "Nothing was changed" in html


def test_repairs_reach_folded_occurrences_and_come_back(alice: Desk) -> None:
    document = samples.sample("IE3F26", houses=60)
    place = "consignmentMasterLevel/consignmentHouseLevel[42]/goodsItem[1]/weight/grossMass"
    document.set(place, "2,5")
    document.set("declarant/address/country", "nl")
    made = alice.make(lambda: drafting.create(document=document, by=factories.ALICE, at=factories.NOW, source="web"))

    def weight() -> str:
        houses = alice.kept(made).document["consignmentMasterLevel"]["consignmentHouseLevel"]
        return str(houses[41]["goodsItem"][0]["weight"]["grossMass"])

    before = weight()
    html = press(alice, made, shown(alice, made), "repair:")
    assert (before, weight()) == ("2,5", "2.5")

    press(alice, made, html, "undo:")
    assert weight() == before


def test_a_repair_after_somebody_elses_change_is_a_conflict(alice: Desk, filing: Filing) -> None:
    html = shown(alice, filing)
    alice.post(f"{filing.pk}/edit/", posted_by(html) | {"declarant.name": "Theirs"})

    answer = alice.post(f"{filing.pk}/edit/", posted_by(html) | {"deed": f"repair:{PARTY}", "declarant.name": "Mine"})

    assert answer.status_code == 409
    assert 'value="Mine"' in answer.content.decode()
    assert declarant(alice, filing)["identificationNumber"] == "nl851746302"


@pytest.mark.parametrize("name", ["_before.nonsense", "_before.", "_before.declarant", "_before.0.LRN", "_before.declarant.[1"])
def test_made_up_names_of_former_values_do_no_harm(alice: Desk, filing: Filing, name: str) -> None:
    before = alice.kept(filing).document

    press(alice, filing, shown(alice, filing), "undo:LRN", **{name: "text"})

    assert alice.kept(filing).document == before


def test_what_is_proposed_is_shown_as_text(alice: Desk) -> None:
    made = alice.make(factories.draft, declarant__name=' "><script>alert(1)</script> ')

    html = press(alice, made, shown(alice, made), "repair:")

    assert "<script>alert" not in html


def test_the_page_of_a_draft_says_what_one_click_repairs(alice: Desk, rita: Desk, filing: Filing) -> None:
    html = alice.get(f"{filing.pk}/").content.decode()

    assert html.count("Can be repaired with one click") == 2
    assert f"edit/?check=1#f-{PARTY}" in html
    assert "one click" not in rita.get(f"{filing.pk}/").content.decode()
