"""All that can be said about a document: structure, then rules and conditions, in the order of the document.

    findings(document)  ->  [Finding(path, code, rule, severity, sentence, repair), …]

This is what every door calls. A checker is a function of a document. What the structural check says
about a place comes before, and instead of, what a rule would say about the same place.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from filings.messages.check import check
from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.rules import plan
from filings.rules.order import in_document_order

__all__ = ["CHECKERS", "Finding", "errors", "findings"]

Checker = Callable[[Document], Iterable[Finding]]

CHECKERS: Final[Sequence[Checker]] = (plan.run,)


def findings(document: Document) -> list[Finding]:
    """Return everything that is wrong or doubtful in a document, by place, each thing once."""
    structure = check(document)
    others = [finding for checker in CHECKERS for finding in checker(document)]
    if others:
        faulty = {finding.path for finding in structure}
        others = [finding for finding in others if finding.path not in faulty]
    return in_document_order(document.message, [*structure, *others])


def errors(found: Iterable[Finding]) -> list[Finding]:
    """Return the findings that stop a message from being sent: all but warnings."""
    return [finding for finding in found if finding.severity == "error"]
