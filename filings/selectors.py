"""Questions about filings, answered inside an operator's scope."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from filings import lifecycle
from filings.lifecycle import State
from filings.messages import catalogue, json
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.models import Filing, FilingEvent, UsedReference
from filings.rules import book
from filings.rules.book import Finding
from filings.rules.uniqueness import Reference, Use, Uses
from tenants.errors import DomainError

SOON: Final = timedelta(hours=4)
REUSED: Final = "94"  # CL723: LRN used before
MRN: Final = "MRN"
REUSE_RULE: Final = "R3003"
SUBMIT: Final = "submit"  # event of the messages that have an LRN of their own: filings, arrivals


def filing(pk: UUID) -> Filing:
    """Return one filing.

    :raises Filing.DoesNotExist: if the operator has none of that id.
    """
    found: Filing = Filing.objects.get(pk=pk)
    return found


def filings(
    *,
    state: str = "",
    message_type: str = "",
    lrn: str = "",
    mrn: str = "",
    created_after: datetime | None = None,
    text: str = "",
    fact: str = "",
    due: str = "",
) -> QuerySet[Filing]:
    """Return the filings that fit, newest first, without their documents; requests about them and arrivals are no filings.

    :param fact: what customs said besides, facet and value with a colon between (`filings.lifecycle.FACTS`).
    :param lrn: how the LRN begins; likewise `mrn`, and `text` for any of LRN, MRN, transport document and declarant.
    :param due: "open" for what customs does not have yet and must, "soon" for what of it is due within four hours, "late"
        for what was due before.
    """
    found: QuerySet[Filing] = Filing.objects.filter(about=None, notifies=None).defer("document")
    facet, _, value = fact.partition(":")
    if lifecycle.fact(facet, value):
        found = found.filter(**{facet: value})
    exact = {"state": state, "message_type": message_type, "created_at__gt": created_after}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if lrn:
        found = found.filter(lrn__begins_with=lrn)
    if mrn:
        found = found.filter(mrn__begins_with=mrn)
    if due:
        found = found.filter(due_at__isnull=False, state__in=lifecycle.NOT_YET_WITH_CUSTOMS, **_due(due))
    if text:
        columns = ("lrn", "mrn", "transport_document", "declarant")
        found = found.filter(Q(*((f"{column}__begins_with", text) for column in columns), _connector=Q.OR))
    return found


def _due(which: str) -> dict[str, datetime]:
    """Return the conditions on the moment by which a filing is due."""
    now = timezone.now()
    return {"open": {}, "late": {"due_at__lt": now}, "soon": {"due_at__gte": now, "due_at__lt": now + SOON}}[which]


def timeline(filing: Filing) -> QuerySet[FilingEvent]:
    """Return what happened to a filing, oldest first."""
    events: QuerySet[FilingEvent] = FilingEvent.objects.filter(filing=filing)
    return events


def requests_of(filing: Filing) -> QuerySet[Filing]:
    """Return the requests about a filing, oldest first: amendments, invalidations, consultations."""
    found: QuerySet[Filing] = Filing.objects.filter(about=filing).order_by("created_at", "pk")
    return found


def awaiting(filing: Filing, message_type: str) -> Filing | None:
    """Return the oldest request about a filing that is under way and may be answered by a message of that type."""
    waiting = requests_of(filing).filter(state__in=[*lifecycle.WAITING, State.FAILED]).defer("document")
    fitting = [each for each in waiting.order_by("submitted_at") if message_type in message_of(each).answered_by]
    # What is only answered when it is wrong waits for ever: what waits for a yes or no comes first.
    return next(iter(sorted(fitting, key=lambda each: each.needs_no_yes)), None)


def in_force(filing: Filing) -> Filing:
    """Return the row whose document customs has: the last amendment it accepted, else the filing itself."""
    done = requests_of(filing).filter(state=State.DONE).order_by("-submitted_at")
    return next((each for each in done if message_of(each).amends), filing)


def amended_by(amendment: Filing) -> Filing:
    """Return the version an amendment is made against: what is in force, of a sent one what was when it was sent.

    Of a filing that waits for its registration it is the filing itself, which customs will have.
    """
    about = amendment.about
    if about is None:
        raise ValueError("A filing of its own amends none.")
    if amendment.submitted_at is None:
        return in_force(about)
    earlier = requests_of(about).filter(state=State.DONE, submitted_at__lt=amendment.submitted_at)
    return next((each for each in earlier.order_by("-submitted_at") if message_of(each).amends), about)


def previous_of(filing: Filing) -> Document | None:
    """Return what customs has, for an amendment; nothing for everything else."""
    return document_of(in_force(filing.about)) if filing.about and message_of(filing).amends else None


def can_be_filed(message: Message) -> bool:
    """Say whether a message starts a filing of its own: an ENS, not an amendment of one, an answer or a request."""
    return message.is_sent and message.consumer == "filing" and message.event == SUBMIT


def message_of(filing: Filing) -> Message:
    """Return the message a filing is, in the edition it was drafted in."""
    return catalogue.message(filing.message_type, filing.message_set, filing.version)


class KeptInParts(DomainError):
    """This filing is too large to be held at once; look at its parts one by one, or take it as XML."""


def document_of(filing: Filing) -> Document:
    """Return what a filing says.

    :raises KeptInParts: if that is too much to be held at once (filings.services.large.parts).
    """
    if filing.in_parts:
        raise KeptInParts
    return json.from_json({filing.message_type: filing.document}, message_set=filing.message_set, version=filing.version)


def findings_of(filing: Filing) -> list[Finding]:
    """Return everything that is wrong or doubtful in a filing; of a draft, what submitting would leave so."""
    document = document_of(filing)
    return findings_before_submit(document, filing) if filing.is_draft else findings_in(document, but_for=filing)


def findings_before_submit(document: Document, filing: Filing | None = None) -> list[Finding]:
    """Return what has to be mended in a document before it can be submitted; `filing` is the one it belongs to."""
    by_us = {f"/{document.message.root_name}/{path}" for path in filled_by_submit(document)}
    return [finding for finding in findings_in(document, but_for=filing) if finding.path not in by_us]


def filled_by_submit(document: Document) -> list[str]:
    """Return the paths of what is missing and submitting fills in: the reference, the date, the MRN an amendment is of."""
    message = document.message
    ours = [path for path in (message.reference, message.date) if path and path != MRN]
    ours += [MRN] if message.amends and MRN in message.by_path else []
    return [path for path in ours if not (document.value(path) or "").strip()]


def findings_in(document: Document, *, but_for: Filing | None = None, at: datetime | None = None) -> list[Finding]:
    """Return everything that is wrong or doubtful in a document; `but_for` is the filing it belongs to, `at` else now.

    An amendment is also compared with what customs has.
    """
    previous = previous_of(but_for) if but_for else None
    found = book.findings(document, previous=previous, uses=uses(but_for, at or timezone.now()))
    return [*found, *reused_reference(document, but_for)]


def uses(but_for: Filing | None, at: datetime) -> Uses:
    """Return what finds references among the operator's other filings that customs did not reject."""

    def used(references: Sequence[Reference], days: int) -> Mapping[Reference, Use]:
        # What is no text was never sent, and the database does not take it.
        told = [reference for reference in references if (reference.number + reference.party).isprintable()]
        rows = UsedReference.objects.filter(
            number__in={reference.number for reference in told},
            party__in={reference.party for reference in told},
            at__gt=at - timedelta(days=days),
        )
        rows = rows.exclude(filing__state__in=[State.REJECTED, State.INVALIDATED])
        if but_for:
            kin = [but_for.pk, but_for.about_id, but_for.replaces_id]
            rows = rows.exclude(filing__in=[pk for pk in kin if pk])
        fields = ("kind", "party", "number", "beside", "filing__lrn", "at")
        found = {Reference(*key): Use(lrn, when) for *key, lrn, when in rows.order_by("at").values_list(*fields)}
        return {reference: found[reference] for reference in references if reference in found}

    return used


def reused_reference(document: Document, but_for: Filing | None) -> list[Finding]:
    """Return the finding that the declarant used the LRN before (R3003); after a refusal it is only doubtful."""
    message = document.message
    lrn, declarant = document.value(message.reference), document.value(message.party)
    if not (message.is_sent and message.event == SUBMIT and lrn and declarant):
        return []
    before = Filing.objects.filter(lrn=lrn, declarant=declarant).exclude(state=State.DRAFT)
    states = set(before.exclude(pk=but_for.pk if but_for else None).values_list("state", flat=True))
    if not states:
        return []
    only_refused = states == {State.REJECTED.value}
    sentence = (
        f"You used “{lrn}” in a filing that customs rejected; customs may ask for a new one, so leave it out to get one."
        if only_refused
        else f"You used “{lrn}” before and a declarant may use it only once; choose another, or leave it out to get one."
    )
    severity = "warning" if only_refused else "error"
    return [Finding(f"/{message.root_name}/{message.reference}", REUSED, REUSE_RULE, severity, sentence)]
