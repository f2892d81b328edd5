"""What a check says about one place of a document."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault.

    path: XPath from the root, an index only where the element may repeat.
    code: functional error code (CL723). rule: id of the rule or condition broken, "" for structure.
    severity: "error" or "warning". sentence: what is wrong and what to do, for people.
    repair: the value that would put it right, "" where that takes a person.
    """

    path: str
    code: str
    rule: str
    severity: str
    sentence: str
    repair: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding for JSON."""
        return asdict(self)


def repairs(found: Iterable[Finding]) -> dict[str, str]:
    """Return the value proposed for each place that has one, by path, in the order of the findings.

    Of two proposals for one place the first counts: it comes from the deeper kind of fault.
    """
    proposed: dict[str, str] = {}
    for finding in found:
        if finding.repair:
            proposed.setdefault(finding.path, finding.repair)
    return proposed
