"""The form of a person outside: what was typed, now or on an earlier visit, checked, kept and drawn."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now

from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.messages.finding import Finding
from filings.models import FilingRequest
from filings.services.filing_requests import form, outside, unfinished
from filings.services.filing_requests.unfinished import ChangedMeanwhile, Kept
from tenants.actors import Actor
from tenants.errors import DomainError

FIELD: Final = "f:"
LONGEST_NUMBER: Final = 9


@dataclass(frozen=True)
class Typed:
    """What stands in the form of one page. page, revision: which page it is, and what was kept when it began.

    adds: path of a group to be given once more.
    """

    asked: FilingRequest
    message: Message
    fields: Mapping[str, str]
    revision: int
    page: str
    adds: str = ""

    @cached_property
    def fixed(self) -> Mapping[str, str]:
        """Return the values of the linking key by path."""
        return form.fixed_values(self._begun(), self.asked.combination)

    @cached_property
    def document(self) -> Document:
        """Return the document with what was typed; empty groups that were opened stay."""
        return form.read(self._begun(), self.fixed, self.fields, self.adds)

    @property
    def filled(self) -> Document:
        """Return what is to be checked and handed over."""
        return form.filled(self.document)

    def _begun(self) -> Document:
        return form.first(self.message, self.asked.key, self.asked.combination, self.asked.asked_eori)


@dataclass(frozen=True)
class Told:
    """What the page says beside the form: of the check, of what was kept, and of somebody else with the same link."""

    refusal: str = ""
    good: str = ""
    findings: list[Finding] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    begins: bool = False  # the page begins with what was kept on an earlier visit
    meanwhile: "Meanwhile | None" = None


@dataclass(frozen=True)
class Meanwhile:
    """What somebody else with the link did. differs: group, label, mine and theirs; taken: fields taken over from them."""

    differs: list[tuple[str, str, str, str]]
    taken: int
    is_gone: bool


def posted(request: HttpRequest, asked: FilingRequest, message: Message) -> Typed:
    """Return what a page posts."""
    fields = {name.removeprefix(FIELD): str(text) for name, text in request.POST.items() if name.startswith(FIELD)}
    revision, deed = request.POST.get("revision", ""), request.POST.get("deed", "")
    known = revision.isascii() and revision.isdigit() and len(revision) <= LONGEST_NUMBER
    page = unfinished.page_of(request.POST.get("page", "")) or secrets.token_hex(16)
    adds = deed.removeprefix("add:") if deed.startswith("add:") else ""
    return Typed(asked, message, fields, int(revision) if known else 0, page, adds)


def begun(asked: FilingRequest, message: Message) -> tuple[Typed, Kept]:
    """Return the form for a new page, with what was kept on an earlier visit."""
    kept = unfinished.kept(asked)
    return Typed(asked, message, kept.fields, kept.revision, secrets.token_hex(16)), kept


def keep(typed: Typed, by: Actor) -> Kept:
    """Keep what was typed; nothing is kept of a form in which nothing was.

    :raises ChangedMeanwhile, unfinished.TooMuchTyped, RequestClosed: if it cannot be kept.
    """
    if not typed.revision and not any(typed.fields.values()):
        return Kept()
    fields = typed.fields if not typed.adds else {**typed.fields, typed.adds: typed.fields.get(typed.adds, "")}
    return unfinished.keep(
        request=typed.asked, fields=fields, revision=typed.revision, page=typed.page, by=by, at=now()
    )  # fmt: skip


def kept_by_itself(request: HttpRequest, typed: Typed, by: Actor) -> HttpResponse:
    """Keep what is typed while it is typed, and return the line that says so."""
    try:
        context: dict[str, Any] = {"kept": keep(typed, by)}
    except ChangedMeanwhile:
        return render(request, "filings/outside/_kept.html", {"meanwhile": True}, status=HTTPStatus.CONFLICT)
    except DomainError as refusal:
        return render(request, "filings/outside/_kept.html", {"refusal": refusal.message}, status=refusal.status)
    return render(request, "filings/outside/_kept.html", context)


def kept_page(request: HttpRequest, typed: Typed, by: Actor, told: Told) -> HttpResponse:
    """Keep what was typed, and draw the page with it; what stands against keeping is told on it."""
    try:
        kept = keep(typed, by)
    except ChangedMeanwhile as refusal:
        return both(request, typed, refusal.now_kept, told)
    except DomainError as refusal:
        return page(request, typed, replace(told, refusal=told.refusal or refusal.message))
    return page(request, replace(typed, revision=kept.revision), replace(told, kept=kept))


def both(request: HttpRequest, typed: Typed, theirs: Kept, told: Told) -> HttpResponse:
    """Draw the page with what was typed here, and with what somebody else kept: where they differ, both are shown."""
    mine = typed.fields
    taken = {name: text for name, text in theirs.fields.items() if text and not mine.get(name)}
    merged = replace(typed, fields={**theirs.fields, **mine, **taken}, revision=theirs.revision)
    differs = [
        (row.group, row.label, row.value, text)
        for row in form.rows(merged.document, merged.fixed, [])
        if not row.fixed and (text := theirs.fields.get(row.name, "")) and text.strip() != row.value
    ]
    meanwhile = Meanwhile(differs, len(taken), is_gone=not theirs.revision)
    return page(request, merged, replace(told, good="", kept=theirs, meanwhile=meanwhile))


def page(request: HttpRequest, typed: Typed, told: Told) -> HttpResponse:
    """Draw the page of the request with its form."""
    rows = form.rows(typed.document, typed.fixed, told.findings)
    shown = {finding for row in rows for finding in row.wrong}
    context = {
        "asked": typed.asked,
        "message": typed.message,
        "groups": [(name, list(group)) for name, group in groupby(rows, key=lambda row: row.group)],
        "more": form.more(typed.document, rows),
        "others": [each for each in told.findings if each.sentence not in shown],
        "typed": typed,
        "told": told,
        "largest": outside.LARGEST,
    }
    status = HTTPStatus.CONFLICT if told.meanwhile else HTTPStatus.UNPROCESSABLE_ENTITY if told.refusal else HTTPStatus.OK
    return render(request, "filings/outside/request.html", context, status=status)
