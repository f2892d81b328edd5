"""What the form shows and posts back unchanged is the same document, for every filing there is."""

from typing import Any

import pytest

from filings import samples, selectors
from filings.messages import catalogue
from filings.messages.fields import fields
from filings.models import Filing
from filings.services import drafting
from filings.web import posted
from tests import factories
from tests.filings.web.desk import Desk, posted_by

FILED = [message.id for message in catalogue.messages() if selectors.can_be_filed(message)]


def stored(desk: Desk, message: str, **how: Any) -> Filing:
    made = samples.sample(message, **how)
    filing: Filing = desk.make(drafting.create, document=made, by=factories.ALICE, at=factories.NOW, source="web")
    return filing


@pytest.mark.parametrize(("message", "size"), [*((each, "full") for each in FILED), ("IE3F26", "minimal"), ("IE3F50", "minimal")])
def test_a_form_posted_as_shown_changes_nothing(message: str, size: str, alice: Desk) -> None:
    filing = stored(alice, message, size=size, seed=3)
    shown = alice.get(f"{filing.pk}/edit/").content.decode()

    answer = alice.post(f"{filing.pk}/edit/", posted_by(shown))

    assert answer.status_code == 302
    kept = alice.kept(filing)
    assert kept.document == filing.document
    assert kept.revision == 1


@pytest.mark.parametrize("message", FILED)
def test_a_form_filled_from_nothing_gives_the_document(message: str) -> None:
    made = samples.sample(message, size="full", seed=5)
    content = made.to_json()[message]

    values = dict(pairs(content, ""))

    assert posted.document_from({}, values, fields(made.message)) == content


def test_a_form_with_many_houses_shows_them_folded_and_keeps_them(alice: Desk) -> None:
    filing = stored(alice, "IE3F26", houses=60)
    shown = alice.get(f"{filing.pk}/edit/").content.decode()

    data = posted_by(shown)
    alice.post(f"{filing.pk}/edit/", {**data, "declarant.name": ["Another Name"]})

    assert len(data) < 300
    kept = alice.kept(filing).document
    assert kept["declarant"]["name"] == "Another Name"
    assert kept["consignmentMasterLevel"] == filing.document["consignmentMasterLevel"]


def test_one_of_many_houses_is_changed_on_its_own_page(alice: Desk) -> None:
    filing = stored(alice, "IE3F26", houses=60)
    place = "consignmentMasterLevel.consignmentHouseLevel.37"
    data = posted_by(alice.get(f"{filing.pk}/edit/", data={"at": place}).content.decode())

    alice.post(f"{filing.pk}/edit/?at={place}", {**data, f"{place}.totalGrossMass": ["77.5"]})

    before = filing.document["consignmentMasterLevel"]["consignmentHouseLevel"]
    after = alice.kept(filing).document["consignmentMasterLevel"]["consignmentHouseLevel"]
    assert after[37] == {**before[37], "totalGrossMass": "77.5"}
    assert after[:37] + after[38:] == before[:37] + before[38:]


def pairs(value: object, name: str) -> list[tuple[str, str]]:
    """Return a document as names and values, written by other means than the form's."""
    if isinstance(value, str):
        return [(name, value)]
    steps = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    return [pair for step, below in steps for pair in pairs(below, f"{name}.{step}" if name else str(step))]
