"""All that can be said about a document: structure, rules, conditions and layers, in the order of the document.

    findings(document)  ->  [Finding(path, code, rule, severity, sentence, repair), …]
    findings(amendment, previous=filing_as_accepted, used=was_used)     what needs history, when it is given
    findings(document, layers=NONE)                                     what the specification asks, and no more

This is what every door calls. What the structural check says about a place comes before, and instead of, what a
rule would say about the same place; a rule goes before a layer in the same way.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from filings.messages.check import MISSING, check, is_fine
from filings.messages.document import Document, Groups
from filings.messages.finding import Finding
from filings.rules import layers as beyond
from filings.rules import plan
from filings.rules.history import Used, amended, used_before
from filings.rules.layers import ALL, Layers
from filings.rules.order import in_document_order
from filings.rules.repairs import mended
from filings.rules.uniqueness import Uses, reused

__all__ = ["ALL", "NONE", "Finding", "Layers", "errors", "findings"]

NONE: Final = Layers(frozenset())


def findings(
    document: Document,
    *,
    previous: Document | None = None,
    used: Used | None = None,
    uses: Uses | None = None,
    layers: Layers = ALL,
) -> list[Finding]:
    """Return everything that is wrong or doubtful in a document, by place, each thing once.

    previous: for an amendment, the filing as customs last accepted it. used: says whether a party used a
    reference before. uses: finds where references were used that may not come back within a time. layers: which
    checks beyond the specification are on, and their stop words.
    """
    groups = Groups()
    # Nearly every document takes the quick look; what is wrong with the others, the long one tells.
    structure = [] if is_fine(document, groups) else mended(check(document), document)
    others = plan.run(document, layers, groups)
    if previous is not None and document.message.amends:
        others += amended(document, previous)
    if used is not None:
        others += used_before(document, used)
    others = not_yet_told(others, structure)
    if uses is not None:
        # Told beside what a layer says about the same number: it is no fault of the number.
        others += not_yet_told(list(reused(document, uses)), structure)
    return in_document_order(document.message, [*structure, *others])


def not_yet_told(found: list[Finding], structure: list[Finding]) -> list[Finding]:
    """Return findings but for those at a place with a fault of a deeper kind, or in a group that is missing."""
    if not found:
        return found
    faulty = {finding.path for finding in errors(structure)}
    missing = {finding.path for finding in structure if finding.code == MISSING}
    left = [one for one in found if one.path not in faulty and missing.isdisjoint(_groups_of(one.path))]
    broken = {one.path for one in left if one.rule not in beyond.layers()}
    return [one for one in left if one.rule not in beyond.layers() or one.path not in broken]


def _groups_of(path: str) -> Iterator[str]:
    """Yield the paths of the groups an element is in."""
    while path := path.rpartition("/")[0]:
        yield path


def errors(found: Iterable[Finding]) -> list[Finding]:
    """Return the findings that stop a message from being sent: all but warnings."""
    return [finding for finding in found if finding.severity == "error"]
