"""Stories told once more: right in themselves, with numbers nobody used, and linked as before."""

from datetime import UTC, datetime

import pytest

from filings import linking
from filings.rules import book
from filings.samples.stories import anew

LATER = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", anew.names())
def test_a_filing_told_anew_passes_the_check(name: str) -> None:
    assert book.errors(book.findings(anew.told_anew(name, salt="x", at=LATER))) == []


def test_the_numbers_are_others_for_another_salt_and_the_same_for_the_same() -> None:
    [name] = [each for each in anew.names() if each.endswith("IE3F12-master-bill")]
    number = "consignmentMasterLevel/transportDocumentMasterLevel/documentNumber"

    first, again, other = (anew.told_anew(name, salt=salt, at=LATER).value(number) for salt in ("a", "a", "b"))

    assert first == again != other
    assert first is not None
    assert first.startswith("NDML")


def test_what_was_linked_is_linked() -> None:
    for salt in ("one", "two"):
        told = [anew.told_anew(name, salt=salt, at=LATER) for name in anew.names() if name.startswith("01-")]
        expected = [each for document in told for each in linking.expectations(document)]
        offered = {key for document in told for key in linking.offers(document)}

        assert expected
        assert all(each.keys & offered for each in expected)


@pytest.mark.parametrize(
    ("number", "kind"),
    [("459-55208716", "is_awb"), ("RA473124829NO", "is_s10"), ("TRISTANLAMSAAUN64107001000087", "is_receptacle")],
)
def test_a_number_stays_one_of_its_kind(number: str, kind: str) -> None:
    from filings.messages import numbers

    made = anew.renumbered(number, "salt")

    assert made != number
    assert getattr(numbers, kind)(made)


def test_a_story_is_told_on_the_day_it_is_told() -> None:
    [name] = [each for each in anew.names() if each.endswith("IE3F12-master-bill")]
    here = anew.told_anew(name, salt="x", at=LATER)

    assert (here.value("documentIssueDate") or "")[:7] in {"2027-02", "2027-01"}
