"""What the pages show of a case: codes with their names, places in words, what is asked beside what the filing says."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from filings import selectors as filing_selectors
from filings.messages import catalogue
from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.models import Filing
from filings.services.large import parts
from filings.web.reading import Pointed, pointed
from referrals import selectors
from referrals.lifecycle import BEING_WRITTEN, MAY_ANSWER
from referrals.models import Case, Request
from referrals.reference import AMEND, Kind, kinds

METHODS: Final = "CL724"
RESULTS: Final = "CL726"
PERSONS: Final = "CL729"


@dataclass(frozen=True)
class Asked:
    """One request as people read it."""

    request: Request
    kind: Kind
    methods: list[str] = field(default_factory=list)
    place: Pointed | None = None

    @property
    def may_answer(self) -> bool:
        """Say whether an answer may be begun."""
        return self.request.state in MAY_ANSWER

    @property
    def amends(self) -> bool:
        """Say whether an amendment answers it."""
        return self.kind.deed == AMEND

    @property
    def is_being_written(self) -> bool:
        """Say whether its answer is a draft."""
        return self.request.state in BEING_WRITTEN


def asked(case: Case) -> list[Asked]:
    """Return the requests of a case as people read them."""
    content = _content(case.filing)
    return [
        Asked(
            request,
            kinds()[request.kind],
            methods=named(METHODS, request.asks.get("methods") or []),
            place=_place(case.filing, content, request.pointer) if content and request.pointer else None,
        )
        for request in case.requests.select_related("answer")
    ]


def named(list_id: str, codes: list[str]) -> list[str]:
    """Return codes with their names."""
    names = catalogue.code_list(list_id).names
    return [f"{names.get(code, '')} ({code})".strip() for code in codes]


def choices(list_id: str) -> list[tuple[str, str]]:
    """Return the codes of a list to choose from."""
    names = catalogue.code_list(list_id).names
    return [(code, f"{name} ({code})") for code, name in names.items()]


def kinds_of(case: Case) -> list[Kind]:
    """Return the kinds of a case."""
    return [kinds()[code] for code in case.kinds.split()]


def files_by_request(answer: Filing) -> dict[str, list[Any]]:
    """Return the files of an answer by the reference of the request."""
    found: dict[str, list[Any]] = {}
    for row in selectors.files_of(answer):
        found.setdefault(row.belongs_to, []).append(row)
    return found


def _content(filing: Filing | None) -> Document | None:
    """Return what customs has; of a filing kept in parts what is around them."""
    if filing is None or not filing.mrn:
        return None
    has = filing_selectors.in_force(filing)
    return parts.frame_of(has) if has.in_parts else filing_selectors.document_of(has)


def _place(filing: Filing | None, content: Document, pointer: str) -> Pointed:
    """Return a place in words with what stands there, in a part, too."""
    found = pointed(content, Finding(pointer, "", "", "warning", ""))
    return replace(found, value=parts.said_at(filing_selectors.in_force(filing), pointer) or found.value) if filing else found
