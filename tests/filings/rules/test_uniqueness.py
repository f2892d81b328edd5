"""References that may not come back within a time, without a database: what is read, what is told, what is excepted."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from filings.messages import catalogue
from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.rules import book, uniqueness
from filings.rules.uniqueness import Reference, Use
from tests.filings.rules.material import samples

USE = Use("BEFORE-1", datetime(2026, 5, 4, 12, tzinfo=UTC))
STANDS = [(message.id, window) for message in catalogue.messages() for window in uniqueness.windows(message)]


def all_used(references: Sequence[Reference], _days: int) -> Mapping[Reference, Use]:
    return dict.fromkeys(references, USE)


def told(document: Document) -> list[Finding]:
    return [one for one in book.findings(document, uses=all_used) if one.code == "81"]


def test_the_table_stands_in_filings_with_the_indicators_it_names() -> None:
    by_kind: dict[str, set[str]] = {}
    for message, window in STANDS:
        by_kind.setdefault(window.kind, set()).add(message.removeprefix("IE3"))

    assert by_kind["item"] == {"F43"}
    assert by_kind["house document"] == {"F30", "F32", "F34"}
    assert by_kind["master document"] >= {"F10", "F11", "F12", "F13", "F20", "F21", "F27", "F42", "F45", "F50", "F51"}
    assert not {message for message, _ in STANDS if message.startswith("IE3A")}


@pytest.mark.parametrize(("message", "window"), STANDS)
def test_a_reference_used_before_is_told_at_its_element_and_never_stops_the_filing(
    message: str, window: uniqueness.Window
) -> None:
    document = samples(message)[0]
    for path in (window.split, window.previous):
        if document.value(path):
            document.set(path, None)

    found = told(document)

    assert {one.path.replace("[1]", "") for one in found} >= {f"/{message}/{window.path}"}
    assert {one.severity for one in found} == {"warning"}
    number = document.value(window.path)
    assert f"used “{number}”" in found[0].sentence
    assert "on 2026-05-04 in the filing with LRN BEFORE-1" in found[0].sentence


def test_nothing_is_told_of_what_was_not_used() -> None:
    document = samples("IE3F10")[0]

    assert book.findings(document, uses=lambda _references, _days: {}) == book.findings(document)


def test_a_split_consignment_may_repeat_the_reference_of_the_filing_it_names() -> None:
    document = samples("IE3F10")[0]
    document.set("splitConsignment/splitConsignmentIndicator", "1")
    document.set("splitConsignment/previousMRN", None)
    assert told(document)

    document.set("splitConsignment/previousMRN", "26BE000000000001T7")
    assert told(document) == []

    document.set("splitConsignment/splitConsignmentIndicator", "0")
    assert told(document)


def test_the_indicator_is_enough_where_the_message_cannot_name_the_other_filing() -> None:
    document = samples("IE3F20")[0]
    document.set("splitConsignment/splitConsignmentIndicator", "1")

    assert told(document) == []


def test_a_house_is_its_document_with_its_ucr() -> None:
    document = samples("IE3F32")[1]
    house = "consignmentMasterLevel/consignmentHouseLevel[1]"
    document.set(f"{house}/referenceNumberUCR/referenceNumberUCR", "UCR-1")
    [first, *_] = uniqueness.references(document)

    assert (first.kind, first.beside) == ("house document", "UCR-1")
    assert first.number == document.value(f"{house}/transportDocumentHouseLevel/documentNumber")
    assert "with UCR “UCR-1”" in told(document)[0].sentence


def test_without_a_party_nothing_is_asked() -> None:
    document = samples("IE3F10")[0]
    document.set("declarant/identificationNumber", None)

    assert uniqueness.references(document) == []
