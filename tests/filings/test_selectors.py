"""Questions stay quick for an operator with many filings: they reach their rows through an index."""

from typing import Any

import pytest
from django.db import connection

from filings import selectors
from filings.models import Filing
from tests.factories import NOW, draft

MANY = 5000


@pytest.fixture
def many(acme: Any) -> None:
    """Thousands of filings, made at one stroke."""
    common = {"message_type": "IE3F26", "message_set": "HTI", "version": "2.02", "document": {}}
    Filing.objects.bulk_create(
        Filing(**common, lrn=f"L{number:06}", mrn=f"26BE{number:06}", created_at=NOW, changed_at=NOW) for number in range(MANY)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze filings_filing")


@pytest.mark.parametrize("query", [{"lrn": "L0001"}, {"mrn": "26BE0001"}, {"text": "L0001"}])
def test_a_search_by_prefix_uses_indexes_under_row_level_security(many: None, query: dict[str, Any]) -> None:
    found = selectors.filings(**query)

    assert found.count() == 100
    conditions = [line for line in found.order_by().explain().splitlines() if "Index Cond" in line]
    assert conditions
    assert all("~>=~" in condition for condition in conditions)  # a range of the prefix, not all rows of the operator


def test_text_is_looked_for_at_the_start_of_each_number(acme: Any) -> None:
    by_lrn, by_declarant = draft(LRN="NEEDLE-1"), draft(declarant__identificationNumber="NEEDLE2")
    by_document = draft(consignmentMasterLevel__consignmentHouseLevel__transportDocumentHouseLevel__documentNumber="NEEDLE3")
    draft(LRN="A-NEEDLE")

    assert set(selectors.filings(text="NEEDLE")) == {by_lrn, by_declarant, by_document}


def test_lists_leave_the_documents_in_the_database(acme: Any) -> None:
    draft()

    assert selectors.filings().get().get_deferred_fields() == {"document"}
