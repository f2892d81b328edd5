"""Hand a draft to the gateway, and hand it over again when it did not arrive."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.db import transaction

from filings import lifecycle, outbox, selectors, ways
from filings.lifecycle import Event, State
from filings.messages import xml
from filings.messages.document import Document
from filings.models import Filing, UsedReference
from filings.rules import book, uniqueness
from filings.rules.book import Finding
from filings.services import drafting, telling
from filings.services.shipments import keeping
from tenants import audit
from tenants.actors import SYSTEM, Actor
from tenants.errors import DomainError

PUT_OFF: Final = "put_off"  # kind of the event that says who wants an amendment to leave after the registration
LRN_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: people read an LRN out on the phone
# Events of messages that wait for nothing, and nothing for them: a question, an answer to a request of customs.
OUT_OF_TURN: Final = frozenset({"ask", "answer"})
LRN_RANDOM: Final = 14  # with the six digits of the date 20 of the 22 characters allowed; 70 random bits


class HasFindings(DomainError):
    """The filing has errors; correct them and send it again."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__()
        self.findings = findings

    def detail(self) -> dict[str, object]:
        """Return everything found, warnings too."""
        return {"findings": [finding.as_dict() for finding in self.findings]}


class NotInProduction(DomainError):
    """A filing with errors can be sent to customs' test system only, and this is the real one."""

    status = HTTPStatus.FORBIDDEN


class NeverRegistered(DomainError):
    """Customs has not registered the filing that it amends, and will not; correct that one and file it anew."""


class StillInForce(DomainError):
    """Customs has not confirmed that the filing it replaces is invalidated; submit it once it has, so that both never count."""


class CannotBeWritten(DomainError):
    """The filing holds something that XML cannot express."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@transaction.atomic
def submit(*, filing: Filing, by: Actor, at: datetime, despite_findings: bool = False, via: str = "") -> None:
    """Queue a draft for customs and record who sent it: filing, event, audit line and outbox row, or none of them.

    What only the moment of sending can know is filled in if it is missing: the LRN, the date of issue, the MRN it amends.
    An amendment of a filing that waits for its registration stays a draft and leaves once that is there.
    One kept in parts stays a draft until a worker has checked and written it (filings.services.large.submitting).

    :param despite_findings: send it with its errors, to see what customs' test system answers.
    :param via: PartyId of the connection to take; without it the one the filing has, else the operator's usual one.
    :raises lifecycle.NotAllowed: if it was submitted before.
    :raises HasFindings: if there are errors and nobody asked to send it despite them.
    :raises NotInProduction: if somebody asked, where filings go to the real system.
    :raises StillInForce: if it replaces a filing that still counts.
    :raises NeverRegistered: if it amends a filing that customs will not register.
    :raises CannotBeWritten: if it cannot even be put into XML.
    :raises UnknownWay: if the operator has no such connection.
    """
    if despite_findings and not settings.SUBMIT_DESPITE_FINDINGS:
        raise NotInProduction
    filing.lock()
    lifecycle.step(State(filing.state), Event.SUBMIT)  # before anything is said about its content
    telling.leaving(filing=filing, by=by, at=at)
    if filing.replaces and State(filing.replaces.state) in lifecycle.IN_FORCE:
        raise StillInForce
    if via:
        take(filing=filing, via=via, by=by, at=at)
    if filing.in_parts:
        from filings.services.large import submitting

        submitting.ask(filing=filing, by=by, at=at, submit=True, despite=despite_findings)
        return
    document = selectors.document_of(filing)
    if waits_for_registration(filing):
        if book.errors(findings := selectors.findings_before_submit(document, filing)) and not despite_findings:
            raise HasFindings(findings)
        put_off(filing, by=by, at=at, despite_findings=despite_findings)
        return
    filled = complete(document, at=at, mrn=filing.about.mrn if filing.about else "")
    findings = selectors.findings_in(document, but_for=filing, at=at)
    errors = book.errors(findings)
    if errors and not despite_findings:
        raise HasFindings(findings)
    message = document.message
    payload = _payload(document)
    revision = filing.revision + 1 if filled else filing.revision

    filing.advance(Event.SUBMIT, at=at, submitted_at=at, revision=revision, when_registered=False, **drafting.contents(document))
    if filing.about_id is None:
        _use_up(filing, document, at=at)
    row = outbox.put(
        filing=filing,
        message_type=message.id,
        payload=payload,
        priority=message.priority,
        at=at,
        in_turn=message.event not in OUT_OF_TURN,
    )
    detail = {"message_id": row.message_id, "lrn": filing.lrn, "errors": len(errors)}
    filing.happened("submitted", sentence(filing, len(errors)), by=by, at=at, detail=detail)
    tell_what_it_is_about(filing, by=by, at=at)
    audit.record("filing.submitted", target=filing, by=by, at=at, detail=detail)
    keeping.keep(filing=filing, at=at, content=False)
    telling.moved(filing=filing, at=at)


def waits_for_registration(filing: Filing) -> bool:
    """Say whether a draft amends a filing that has no MRN yet."""
    return bool(selectors.message_of(filing).amends and filing.about is not None and not filing.about.mrn)


def put_off(filing: Filing, *, by: Actor, at: datetime, despite_findings: bool) -> None:
    """Let an amendment leave by itself once customs has registered what it amends (filings.services.after_registration).

    :raises NeverRegistered: if customs will not.
    """
    if filing.about is None or State(filing.about.state) not in lifecycle.WAITING:
        raise NeverRegistered
    if filing.when_registered:
        return
    filing.when_registered = True
    filing.save(update_fields=["when_registered"])
    words = f"It leaves by itself as soon as customs has registered the filing {filing.about.lrn}."
    filing.happened(PUT_OFF, words, by=by, at=at, detail={"despite_findings": despite_findings})
    audit.record("filing.put_off", target=filing, by=by, at=at, detail={"about": filing.about.lrn})
    telling.moved(filing=filing, at=at)


def keep_back(filing: Filing, words: str, *, at: datetime) -> None:
    """Let an amendment that was to leave after the registration stay a draft, and say why."""
    filing.when_registered = False
    filing.save(update_fields=["when_registered"])
    filing.happened("stayed", words[:400], by=SYSTEM, at=at)
    audit.record("filing.stayed", target=filing, by=SYSTEM, at=at)
    telling.moved(filing=filing, at=at)


def tell_what_it_is_about(request: Filing, *, by: Actor, at: datetime) -> None:
    """Let the timeline of a filing say that a request about it is on its way."""
    if request.about is not None:
        words = f"{selectors.message_of(request).title} is on its way to customs."
        request.about.happened("requested", words, by=by, at=at, detail={"filing": str(request.pk), "reason": request.reason})


@transaction.atomic
def take(*, filing: Filing, via: str, by: Actor, at: datetime) -> None:
    """Choose the connection over which a draft will leave; messages about it later leave over the same.

    :param via: its PartyId, or nothing for the operator's usual one.
    :raises lifecycle.NotAllowed: if it was submitted before.
    :raises UnknownWay: if the operator has no such connection.
    """
    filing.lock()
    lifecycle.step(State(filing.state), Event.SUBMIT)
    if filing.via == ways.chosen(via):
        return
    filing.via = via
    filing.save(update_fields=["via"])
    words = f"It will be sent over the connection {via}." if via else "It will be sent over the usual connection."
    filing.happened("way_chosen", words, by=by, at=at)
    audit.record("filing.way_chosen", target=filing, by=by, at=at, detail={"via": via})


@transaction.atomic
def send_again(*, filing: Filing, by: Actor, at: datetime) -> None:
    """Queue a filing that did not arrive once more: the same bytes under the same message id.

    :raises lifecycle.NotAllowed: if it is not one that was given up.
    """
    filing.lock()
    filing.advance(Event.RESEND, at=at)
    outbox.revive(filing=filing, at=at)
    filing.happened("resent", "Queued again; customs gets the same message.", by=by, at=at)
    audit.record("filing.resent", target=filing, by=by, at=at, detail={"lrn": filing.lrn})
    telling.moved(filing=filing, at=at)


def new_lrn(at: datetime) -> str:
    """Return an LRN nobody used: the date, so that people see its age, and 70 random bits.

    Customs never accepts an LRN twice from one declarant (R3003), and a declarant's own systems may make LRNs too;
    so it is drawn, not counted.
    """
    return f"{at.astimezone(UTC):%y%m%d}" + "".join(secrets.choice(LRN_ALPHABET) for _ in range(LRN_RANDOM))


def complete(document: Document, *, at: datetime, mrn: str = "") -> bool:
    """Fill in the LRN, the date of issue and the MRN of what it amends if they are missing; say whether one was."""
    message = document.message
    issued = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    values = {message.reference: new_lrn(at), message.date: issued, selectors.MRN: mrn}  # the last is the reference of some
    missing = [path for path in selectors.filled_by_submit(document) if values[path]]
    for path in missing:
        document.set(path, values[path])
    return bool(missing)


def _use_up(filing: Filing, document: Document, *, at: datetime) -> None:
    """Remember which references the filing used, so that the next one that repeats them is told."""
    room = {field.name: field.max_length for field in UsedReference._meta.fields}
    rows = [
        {name: value[: room[name]] for name, value in asdict(reference).items()} for reference in uniqueness.references(document)
    ]
    UsedReference.objects.bulk_create((UsedReference(filing=filing, at=at, **row) for row in rows), batch_size=1000)


def _payload(document: Document) -> bytes:
    try:
        return xml.write(document)
    except xml.Unwritable as error:
        raise CannotBeWritten(str(error)) from error


def sentence(filing: Filing, errors: int) -> str:
    under = f"LRN {filing.lrn}" if filing.lrn else f"MRN {filing.mrn}"
    if not errors:
        return f"Submitted under {under}."
    count = "1 error" if errors == 1 else f"{errors} errors"
    return f"Submitted under {under} despite {count}, to see what customs answers."
