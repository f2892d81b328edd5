"""References of submitted filings are remembered for their time, within one operator."""

from datetime import timedelta
from typing import Any

from filings import selectors
from filings.models import Filing, UsedReference
from filings.rules.book import Finding
from filings.services import responses, submission
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, NOW, draft, later, rejection, submitted

MASTER = "consignmentMasterLevel__transportDocumentMasterLevel__documentNumber"
EORI = "declarant__identificationNumber"
PLACE = "/IE3F12/" + MASTER.replace("__", "/")


def told(filing: Filing, days: float = 0.0) -> list[Finding]:
    at = NOW + timedelta(days=days)
    return [one for one in selectors.findings_in(selectors.document_of(filing), but_for=filing, at=at) if one.code == "81"]


def test_a_master_document_used_before_is_told_with_the_filing_and_does_not_stop_another(acme: Any) -> None:
    first = submitted("IE3F12", **{MASTER: "MBL-1"})
    again = draft("IE3F12", **{MASTER: "MBL-1"})

    [finding] = told(again)
    assert (finding.path, finding.severity) == (PLACE, "warning")
    assert f"on 2026-11-23 in the filing with LRN {first.lrn}" in finding.sentence
    assert finding in selectors.findings_of(again)

    submission.submit(filing=again, by=ALICE, at=later(5))
    assert told(first)  # each names the other, none itself
    assert told(again)


def test_another_number_or_another_declarant_is_fine(acme: Any) -> None:
    submitted("IE3F12", **{MASTER: "MBL-1"})

    assert told(draft("IE3F12", **{MASTER: "MBL-2"})) == []
    assert told(draft("IE3F12", **{MASTER: "MBL-1", EORI: "DE987654321"})) == []


def test_it_may_come_back_after_its_time(acme: Any) -> None:
    submitted("IE3F12", **{MASTER: "MBL-1"})
    again = draft("IE3F12", **{MASTER: "MBL-1"})

    assert told(again, days=365)
    assert told(again, days=367) == []


def test_a_draft_and_a_rejected_filing_use_nothing_up(acme: Any) -> None:
    first = submitted("IE3F12", **{MASTER: "MBL-1"})
    draft("IE3F12", **{MASTER: "MBL-2"})
    responses.reject(filing=first, document=rejection(first), message_id="no@test", at=later(2))

    assert told(draft("IE3F12", **{MASTER: "MBL-1"})) == []
    assert told(draft("IE3F12", **{MASTER: "MBL-2"})) == []


def test_every_house_of_a_filing_is_remembered_not_only_the_first(acme: Any) -> None:
    first = submitted("IE3F32")
    numbers = {house["transportDocumentHouseLevel"]["documentNumber"] for house in _houses(first)}

    assert set(first.used_references.values_list("number", flat=True)) == numbers
    assert len(told(draft("IE3F32"))) == len(numbers)
    assert told(draft("IE3F32"), days=93) == []


def test_what_another_operator_used_is_not_told(db: None) -> None:
    one, other = factories.operator("one"), factories.operator("other")
    with tenant_scope(one.pk):
        submitted("IE3F12", **{MASTER: "MBL-1"})

    with tenant_scope(other.pk):
        assert told(draft("IE3F12", **{MASTER: "MBL-1"})) == []
        assert not UsedReference.objects.exists()


def test_a_number_no_database_takes_is_not_asked_for(acme: Any) -> None:
    document = factories.document("IE3F12", **{MASTER: "A\x00B"})

    assert [one.code for one in selectors.findings_in(document) if one.path == PLACE].count("81") == 0


def test_the_question_uses_the_index_under_row_level_security(acme: Any) -> None:
    filing = draft("IE3F12")
    UsedReference.objects.bulk_create(
        UsedReference(filing=filing, kind="master document", party="DE1", number=f"M{number}", at=NOW) for number in range(5000)
    )

    plan = UsedReference.objects.filter(number__in=["M1", "M2"], party__in=["DE1"], at__gt=NOW - timedelta(1)).explain()

    assert any("Index Cond" in line and "number" in line for line in plan.splitlines())


def _houses(filing: Filing) -> list[dict[str, Any]]:
    houses: list[dict[str, Any]] = filing.document["consignmentMasterLevel"]["consignmentHouseLevel"]
    return houses
