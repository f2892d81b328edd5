"""Assessments that come part by part add up to the whole: in any order, twice, and again after an amendment."""

from itertools import permutations
from typing import Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from filings.messages.document import Document
from filings.models import AssessedPart, Assessment, Filing, FilingPart
from filings.models.assessment import Kind
from filings.services import assessing, responses
from tests import factories
from tests.factories import MRN, answer, later

pytestmark = pytest.mark.usefixtures("acme")

HOUSES: Final = ("HAWB-1", "HAWB-2", "HAWB-3")


def filed() -> Filing:
    """Return a registered filing with houses HAWB-1, HAWB-2 and HAWB-3."""
    filing = factories.sent("IE3F20")
    responses.register(filing=filing, document=factories.registration(filing), message_id="r", at=later(3))
    master = filing.document["consignmentMasterLevel"]
    house = master["consignmentHouseLevel"][0]
    master["consignmentHouseLevel"] = [
        {**house, "transportDocumentHouseLevel": {"documentNumber": number, "type": "N703"}} for number in HOUSES
    ]
    # A screening names a house document as well, and is no house.
    filing.document["hrcmScreeningResults"] = [{"transportDocumentHouseLevel": {"documentNumber": "SCREENED-1"}}]
    filing.save(update_fields=["document"])
    return filing


def assessed(*houses: str, minute: int = 0, mrn: str = MRN) -> Document:
    """Return the message that names houses as assessed."""
    made = answer("IE3N03", MRN=mrn, completionDate=f"2026-11-23T10:{minute:02}:00Z")
    for number, house in enumerate(houses, 1):
        made.set(f"assessmentComplete/transportDocument[{number}]/documentNumber", house)
    return made


def hear(filing: Filing, document: Document, number: int) -> None:
    responses.note(filing=Filing.objects.get(pk=filing.pk), document=document, message_id=f"n{number}", at=later(10 + number))


def standing(filing: Filing) -> tuple[str, dict[str, tuple[int, int]]]:
    filing.refresh_from_db()
    return filing.assessment, assessing.counts(filing)


def test_one_house_after_the_other_makes_the_whole() -> None:
    filing, seen = filed(), []

    for number, house in enumerate(HOUSES):
        hear(filing, assessed(house, minute=number), number)
        seen.append(standing(filing))

    assert seen == [("listed", {"house": (1, 3)}), ("listed", {"house": (2, 3)}), ("complete", {"house": (3, 3)})]
    line = filing.events.get(kind="assessed")
    assert line.sentence == "Customs assessed 3 of 3 houses so far, in several messages."
    assert filing.events.filter(kind="noted").count() == 1


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5], ids=str)
def test_any_order_and_twice_end_the_same(order: tuple[int, ...]) -> None:
    filing = filed()
    amended = answer("IE3N10", MRN=MRN, completionDate="2026-11-23T10:05:00Z")
    heard = [assessed("HAWB-1", "HAWB-2", minute=1), amended, assessed("HAWB-2", minute=7), assessed("HAWB-1", minute=9)]

    for number in (*order, *order):
        hear(filing, heard[number], number)

    assert standing(filing) == ("listed", {"house": (2, 3)})
    row = Assessment.objects.get(filing=filing, kind=Kind.HOUSE)
    assert [reference for _, reference in assessing.left(filing, row)] == ["HAWB-3"]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_what_was_complete_before_an_amendment_is_so_no_longer(order: tuple[int, ...]) -> None:
    filing = filed()
    amended = answer("IE3N10", MRN=MRN, completionDate="2026-11-23T10:05:00Z")
    heard = [assessed(*HOUSES, minute=1), amended, assessed("HAWB-2", minute=7)]

    for number in order:
        hear(filing, heard[number], number)

    assert standing(filing) == ("listed", {"house": (1, 3)})


def test_an_assessment_of_everything_lists_nothing() -> None:
    filing = filed()

    hear(filing, assessed(), 1)

    assert standing(filing) == ("complete", {})


def test_parts_of_somebody_elses_filing_count_for_nothing() -> None:
    filing = filed()

    hear(filing, assessed("HAWB-1", mrn="26BE000000000002T8"), 1)

    assert standing(filing) == ("", {})


def test_a_house_the_filing_does_not_have_does_not_make_it_complete() -> None:
    filing = filed()

    hear(filing, assessed("HAWB-1", "HAWB-2", "ELSE-1", minute=1), 1)

    assert standing(filing) == ("listed", {"house": (2, 3)})


def test_a_filing_in_parts_is_neither_rewritten_nor_counted_through() -> None:
    filing = filed()
    FilingPart.objects.bulk_create(
        FilingPart(filing=filing, number=number, reference=f"HAWB-{number}", document={}) for number in range(1, 61)
    )
    Filing.objects.filter(pk=filing.pk).update(parts_path="consignmentMasterLevel/consignmentHouseLevel", parts_count=60)
    costs = []

    for number in range(1, 61):
        with CaptureQueriesContext(connection) as asked:
            hear(filing, assessed(f"HAWB-{number}", minute=number % 60), number)
        costs.append(len(asked))
        assert not any("filings_filingpart" in each["sql"] and "UPDATE" in each["sql"] for each in asked)

    assert standing(filing) == ("complete", {"house": (60, 60)})
    assert max(costs[2:]) == costs[2]  # the last message costs what the third did
    assert AssessedPart.objects.filter(filing=filing).count() == 60
    assert filing.events.count() < 10


def test_what_is_left_is_told_page_by_page() -> None:
    filing = filed()
    FilingPart.objects.bulk_create(
        FilingPart(filing=filing, number=number, reference=f"HAWB-{number}", document={}) for number in range(1, 31)
    )
    Filing.objects.filter(pk=filing.pk).update(parts_path="consignmentMasterLevel/consignmentHouseLevel", parts_count=30)
    hear(filing, assessed(*(f"HAWB-{number}" for number in range(1, 21)), minute=1), 1)
    filing.refresh_from_db()
    row = Assessment.objects.get(filing=filing)

    first = assessing.left(filing, row, most=6)
    second = assessing.left(filing, row, after=first[-1][0], most=6)

    assert [reference for _, reference in (*first, *second)] == [f"HAWB-{number}" for number in range(21, 31)]
