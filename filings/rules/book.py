"""All that can be said about a document: structure first, then rules and conditions.

    findings(document)  ->  [Finding(path, code, rule, severity, sentence), …]

This is what every door calls. A checker is a function of a document; checkers run in the order of
CHECKERS, so that findings about structure come first.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from filings.messages.check import check
from filings.messages.document import Document
from filings.messages.finding import Finding

__all__ = ["CHECKERS", "Finding", "errors", "findings"]

Checker = Callable[[Document], Iterable[Finding]]

CHECKERS: Final[Sequence[Checker]] = (check,)


def findings(document: Document) -> list[Finding]:
    """Return everything that is wrong or doubtful in a document."""
    return [finding for checker in CHECKERS for finding in checker(document)]


def errors(found: Iterable[Finding]) -> list[Finding]:
    """Return the findings that stop a message from being sent: all but warnings."""
    return [finding for finding in found if finding.severity == "error"]
