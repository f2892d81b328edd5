"""Propose the value that would put a structural fault right, where that takes no person."""

import re
from collections.abc import Iterator
from dataclasses import replace

from filings.messages.catalogue import Element
from filings.messages.document import Document, steps
from filings.messages.finding import Finding


def mended(found: list[Finding], document: Document) -> list[Finding]:
    """Return findings with a repair where one is certain: blanks, upper case, a decimal comma, a known date."""
    return [_mended(finding, document) for finding in found]


def _mended(finding: Finding, document: Document) -> Finding:
    path = finding.path.removeprefix(f"/{document.message.root_name}").lstrip("/")
    spec = document.message.by_path.get("/".join(name for name, _ in steps(path)))
    if spec is None or spec.format is None:
        return finding
    nodes = document.nodes(path)
    given = (nodes[0].given or "") if nodes else ""
    repair = proposal(spec, given) if given.strip() else ""
    return replace(finding, repair=repair) if repair else finding


def proposal(spec: Element, given: str) -> str:
    """Return the first simple change of a value that the element takes, "" if none does."""
    is_code = spec.codes is not None or (spec.format is not None and spec.format.kind in ("letters", "digits"))
    return next((value for value in _candidates(given, is_code=is_code) if value != given and spec.quick(value)), "")


def _candidates(given: str, *, is_code: bool) -> Iterator[str]:
    """Yield simple changes; what is written between the parts of a code means nothing, but between words it does."""
    trimmed = given.strip()
    yield trimmed
    if is_code:
        yield trimmed.upper()
        yield re.sub(r"[\s/-]", "", trimmed).upper()
    if re.fullmatch(r"[0-9]*,[0-9]+", trimmed):
        yield f"{trimmed.partition(',')[0] or '0'}.{trimmed.partition(',')[2]}"
    if re.fullmatch(r"\.[0-9]+", trimmed):
        yield f"0{trimmed}"
    if match := re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.0+)?Z", trimmed):
        yield f"{match[1]}T{match[2]}{match[3] or ':00'}Z"
