"""Houses told apart by where they stand with customs: the same for a document and for a filing kept in parts."""

from datetime import timedelta
from typing import Any, Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from filings.models import AssessedPart, Assessment, Filing, FilingPart
from filings.models.assessment import Kind
from filings.services import amending, responses
from filings.services.houses import table
from filings.services.houses.states import HouseState
from filings.services.houses.table import Wanted
from tests import factories
from tests.factories import ALICE, NOW, answer, later
from tests.referrals.asking import asked, forbidden, registered

pytestmark = pytest.mark.usefixtures("acme")

HOUSES: Final = ("HAWB-1", "HAWB-2", "HAWB-3", "HAWB-4")
CONTAINER: Final = "MSCU1234566"
PATH: Final = "consignmentMasterLevel/consignmentHouseLevel"


def whole() -> Filing:
    """Return a registered filing with four houses; the third comes in a container."""
    filing = registered("IE3F20")
    master = filing.document["consignmentMasterLevel"]
    house = {name: value for name, value in master["consignmentHouseLevel"][0].items() if name != "transportEquipment"}
    master["consignmentHouseLevel"] = [
        {**house, "transportDocumentHouseLevel": {"documentNumber": number, "type": "N703"}} for number in HOUSES
    ]
    master["consignmentHouseLevel"][2]["transportEquipment"] = [{"containerIdentificationNumber": CONTAINER}]
    filing.save(update_fields=["document"])
    return filing


def in_parts() -> Filing:
    """Return the same filing kept in parts."""
    filing = whole()
    houses = filing.document["consignmentMasterLevel"].pop("consignmentHouseLevel")
    FilingPart.objects.bulk_create(
        FilingPart(filing=filing, number=number, reference=HOUSES[number - 1], document=house)
        for number, house in enumerate(houses, 1)
    )
    filing.parts_path, filing.parts_count = PATH, len(houses)
    filing.save(update_fields=["document", "parts_path", "parts_count"])
    assert filing.in_parts
    return filing


def assess(filing: Filing, *houses: str, minute: int = 0) -> None:
    """Let customs name houses as assessed, or say nothing of houses: then it means the whole."""
    made = answer("IE3N03", MRN=filing.mrn, completionDate=f"2026-11-23T10:{minute:02}:00Z")
    for number, house in enumerate(houses, 1):
        made.set(f"assessmentComplete/transportDocument[{number}]/documentNumber", house)
    responses.note(filing=Filing.objects.get(pk=filing.pk), document=made, message_id=f"n{minute}", at=later(30 + minute))


def numbers(filing: Filing, state: HouseState, **wanted: Any) -> list[int]:
    found = Filing.objects.get(pk=filing.pk)
    rows = table.page(found, Wanted(state=state, **wanted), table.columns(found))
    assert all(state in row.states for row in rows)
    return [row.number for row in rows]


BOTH = pytest.mark.parametrize("make", [whole, in_parts])


@BOTH
def test_what_customs_named_as_fine_is_told_from_what_it_did_not(make: Any) -> None:
    filing = make()
    assert numbers(filing, HouseState.NOT_ASSESSED) == [1, 2, 3, 4]

    assess(filing, "HAWB-2", "HAWB-4")

    assert numbers(filing, HouseState.ASSESSED) == [2, 4]
    assert numbers(filing, HouseState.NOT_ASSESSED) == [1, 3]
    assert numbers(filing, HouseState.NOT_ASSESSED, after=1) == [3]
    assert numbers(filing, HouseState.ASSESSED, text="HAWB-4") == [4]


@BOTH
def test_an_assessment_of_the_whole_is_one_of_every_house(make: Any) -> None:
    filing = make()

    assess(filing)

    assert numbers(filing, HouseState.ASSESSED) == [1, 2, 3, 4]
    assert numbers(filing, HouseState.NOT_ASSESSED) == []


@BOTH
def test_what_was_assessed_before_an_amendment_is_not_any_more(make: Any) -> None:
    filing = make()
    assess(filing, "HAWB-2")

    Assessment.objects.filter(filing=filing).update(since=NOW + timedelta(days=1))

    assert numbers(filing, HouseState.ASSESSED) == []


@BOTH
def test_a_house_is_asked_about_until_the_request_is_closed(make: Any) -> None:
    filing = make()
    case = asked(filing, "RFI")
    assert numbers(filing, HouseState.ASKED) == [1]

    case.requests.update(state="set_aside")

    assert numbers(filing, HouseState.ASKED) == []


@BOTH
def test_a_house_must_not_be_loaded_by_its_document_or_by_a_container_in_it(make: Any) -> None:
    filing = make()
    assert numbers(filing, HouseState.FORBIDDEN) == []

    forbidden(filing, CONTAINER, "MSCU7654321")

    assert numbers(filing, HouseState.FORBIDDEN) == [1, 3]


def test_nothing_is_offered_before_customs_has_the_filing() -> None:
    draft = factories.draft("IE3F20")

    assert table.states_offered(draft) == []
    assert table.states_offered(whole()) == list(HouseState)
    for state in HouseState:
        assert numbers(draft, state) == []


def test_an_amendment_shows_what_customs_said_of_the_filing_it_is_about() -> None:
    filing = whole()
    assess(filing, "HAWB-3")

    draft = amending.start(filing=Filing.objects.get(pk=filing.pk), by=ALICE, at=later(60), source="web")

    assert numbers(draft, HouseState.ASSESSED) == [3]


@pytest.mark.parametrize("state", list(HouseState))
def test_every_state_is_found_by_an_index(state: HouseState) -> None:
    """Parts of other filings, of which there are many more, are never read."""
    filings = [in_parts(), *(registered("IE3F20", mrn=f"26BE00000000000{number:03}") for number in range(3))]
    for filing in filings:
        FilingPart.objects.bulk_create(
            FilingPart(filing=filing, number=number, reference=f"H-{number}", document={}) for number in range(10, 2_010)
        )
        AssessedPart.objects.bulk_create(
            AssessedPart(filing=filing, kind=Kind.HOUSE, reference=f"H-{number}", assessed_at=NOW)
            for number in range(10, 2_010, 2)
        )
        Assessment.objects.create(filing=filing, kind=Kind.HOUSE, total=2_000, done=1_000, last_at=NOW)
    forbidden(filings[0], CONTAINER)
    asked(filings[0], "RFI")
    with connection.cursor() as cursor:
        cursor.execute("analyze filings_filingpart, filings_assessedpart")
    found = Filing.objects.get(pk=filings[0].pk)
    with CaptureQueriesContext(connection) as queries:
        rows = table.page(found, Wanted(state=state), table.columns(found))

    plans = []
    for statement in [each["sql"] for each in queries if each["sql"].startswith("SELECT") and "part" in each["sql"]]:
        with connection.cursor() as cursor:
            cursor.execute(f"explain {statement}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))

    assert rows
    assert plans
    assert not [plan for plan in plans if "Seq Scan on filings_filingpart" in plan or "Seq Scan on filings_assessedpart" in plan]
