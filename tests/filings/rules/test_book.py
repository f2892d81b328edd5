"""The book puts structure first."""

from filings.messages import catalogue
from filings.messages.check import check
from filings.messages.finding import Finding
from filings.rules import book
from tests.filings.messages import building


def test_structure_comes_first() -> None:
    document = building.full(catalogue.message("IE3F25"))
    document.set("LRN", None)
    structure = check(document)

    assert structure
    assert book.findings(document)[: len(structure)] == structure


def test_warnings_do_not_stop_a_message() -> None:
    error = Finding("/IE3F25", "13", "", "error", "No.")
    warning = Finding("/IE3F25", "39", "", "warning", "Hm.")

    assert book.errors([warning, error]) == [error]
