"""Drafts are repaired as their findings propose, and never by more than that."""

import pytest

from filings import selectors
from filings.messages.finding import Finding, repairs
from filings.models import Filing, FilingEvent
from filings.services import drafting, submission
from tenants.models import AuditEvent
from tests.factories import ALICE, draft, later

pytestmark = pytest.mark.usefixtures("acme")

PARTY = "/IE3F26/declarant/identificationNumber"
COUNTRY = "/IE3F26/declarant/address/country"
WEIGHT = "consignmentMasterLevel/consignmentHouseLevel[1]/goodsItem[1]/weight/grossMass"


def broken() -> Filing:
    """Return a draft with two faults that a machine can repair and one that takes a person."""
    return draft(
        declarant__identificationNumber="nl851746302",
        declarant__address__country="nl",
        declarant__name="N" * 71,
    )


def told(filing: Filing) -> list[str]:
    return list(FilingEvent.objects.filter(filing=filing).values_list("kind", flat=True))


def test_repair_puts_in_everything_that_is_proposed() -> None:
    filing = broken()

    count = drafting.repair(filing=filing, paths=None, by=ALICE, at=later(1))

    filing.refresh_from_db()
    declarant = filing.document["declarant"]
    assert count == 2
    assert (declarant["identificationNumber"], declarant["address"]["country"]) == ("NL851746302", "NL")
    assert (filing.declarant, filing.revision, filing.changed_at) == ("NL851746302", 2, later(1))
    assert [finding.path for finding in selectors.findings_of(filing)] == ["/IE3F26/declarant/name"]
    assert declarant["name"] == "N" * 71


def test_repair_leaves_one_event_and_one_audit_line() -> None:
    filing = broken()

    drafting.repair(filing=filing, paths=None, by=ALICE, at=later(1))

    assert told(filing) == ["drafted", "repaired"]
    line = AuditEvent.objects.get(deed="filing.repaired")
    assert line.detail == {"revision": 2, "count": 2, "paths": [PARTY, COUNTRY]}


def test_repair_of_one_place_leaves_the_others() -> None:
    filing = broken()

    assert drafting.repair(filing=filing, paths=[COUNTRY, COUNTRY], by=ALICE, at=later(1)) == 1

    declarant = filing.document["declarant"]
    assert (declarant["identificationNumber"], declarant["address"]["country"]) == ("nl851746302", "NL")


def test_repair_reaches_the_occurrence_it_is_meant_for() -> None:
    place = WEIGHT.replace("goodsItem[1]", "goodsItem[2]")
    filing = draft("IE3F26")
    document = selectors.document_of(filing)
    document.set(place.replace("weight/grossMass", "goodsItemNumber"), "2")
    document.set(place, "2,5")
    drafting.change(filing=filing, document=document, revision=1, by=ALICE, at=later(1))

    drafting.repair(filing=filing, paths=[f"/IE3F26/{place}"], by=ALICE, at=later(2))

    repaired = selectors.document_of(filing)
    assert repaired.value(place) == "2.5"
    assert repaired.value(WEIGHT) == document.value(WEIGHT)


def test_repair_of_a_place_without_a_proposal_is_refused_and_changes_nothing() -> None:
    filing = broken()

    with pytest.raises(drafting.NoRepair) as refusal:
        drafting.repair(filing=filing, paths=[COUNTRY, "/IE3F26/declarant/name", "nonsense["], by=ALICE, at=later(1))

    assert refusal.value.detail() == {"paths": ["/IE3F26/declarant/name", "nonsense["]}
    filing.refresh_from_db()
    assert (filing.revision, filing.document["declarant"]["address"]["country"]) == (1, "nl")


def test_repair_without_proposals_changes_nothing() -> None:
    filing = draft()

    assert drafting.repair(filing=filing, paths=None, by=ALICE, at=later(1)) == 0

    assert (filing.revision, told(filing)) == (1, ["drafted"])


def test_repair_goes_by_the_draft_as_it_stands_now() -> None:
    filing = broken()
    stale = selectors.filing(filing.pk)
    document = selectors.document_of(filing)
    document.set("declarant/address/country", "BE")
    drafting.change(filing=filing, document=document, revision=1, by=ALICE, at=later(1))

    with pytest.raises(drafting.NoRepair):
        drafting.repair(filing=stale, paths=[COUNTRY], by=ALICE, at=later(2))


def test_repair_refuses_what_was_submitted() -> None:
    filing = draft()
    submission.submit(filing=filing, by=ALICE, at=later(1))

    with pytest.raises(drafting.NotADraft):
        drafting.repair(filing=filing, paths=None, by=ALICE, at=later(2))


def test_of_two_proposals_for_a_place_the_first_counts() -> None:
    found = [
        Finding("/a/b", "12", "", "error", "Upper case.", "X"),
        Finding("/a/c", "12", "", "error", "Takes a person."),
        Finding("/a/b", "12", "R1", "warning", "Something else.", "Y"),
    ]

    assert repairs(found) == {"/a/b": "X"}
