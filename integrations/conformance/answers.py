"""What a run sent and what came back: handing over, reading again, and matching answers with what is expected."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from filings import outbox, selectors
from filings.messages import xml
from filings.messages.document import Document
from filings.models import Filing, OutboxMessage
from filings.rules import book
from filings.samples.stories import anew
from filings.services import drafting, submission
from integrations.conformance import casting, writing
from integrations.conformance.models import Run, RunStep
from integrations.conformance.scripts import EORI_OF, NUMBER_OF
from integrations.conformance.shapes import Step
from integrations.conformance.writing import Missing, filled
from integrations.models import Exchange, InboundMessage
from tenants.actors import Actor
from tenants.models import Operator

# Consumers whose messages of ours are kept as rows of their own, about the filing they change or ask about.
KEPT: Final = frozenset({"filing", "consultation"})
REFUSALS: Final = frozenset({"reject", "refuse"})


def hand_over(document: Document, *, about: Filing | None, via: str, by: Actor, at: datetime) -> OutboxMessage:
    """Submit a message as the product does: a filing, a request about one, or anything else with the same checks.

    :param via: PartyId of the connection it takes
    :raises HasFindings: if it has errors
    """
    message = document.message
    if selectors.can_be_filed(message) or (about is not None and message.consumer in KEPT):
        kept = None if about is None or selectors.can_be_filed(message) else {"about": about}
        filing = drafting.create(document=document, by=by, at=at, source="api", kept=kept)
        submission.submit(filing=filing, by=by, at=at, via="" if kept else via)  # what is about a filing goes its way
        found: OutboxMessage = OutboxMessage.objects.filter(filing=filing).latest("created_at")
        return found
    findings = book.findings(document)
    if book.errors(findings):
        raise submission.HasFindings(findings)
    payload = xml.write(document)
    return outbox.put(filing=about, message_type=message.id, payload=payload, priority=message.priority, via=via, at=at)


def written(held: Run, step: Step, *, salt: str = "", at: datetime) -> tuple[Document, Filing | None]:
    """Return the message of a step, and the filing it is about.

    :param salt: for other numbers than those of the run
    :raises Missing: if an earlier step did not bring what it needs
    """
    operator: Operator = Operator.objects.get(pk=str(held.operator_id))
    about = RunStep.objects.filter(run=held, name=step.about).first() if step.about else None
    document = writing.write(
        step,
        eori=operator.eori,
        operator_id=operator.pk,
        before=said(about) if about else None,
        read=lambda name, message, path: value(held, name, message, path, salt=salt),
        salt=salt or str(held.played),
        recast=lambda told: casting.recast(told, held),
        at=at,
    )
    return document, about.filing if about else None


def actor(held: Run) -> Actor:
    """Return in whose name a run does what it does."""
    return Actor(name=f"Conformance kit for {held.requested_by}"[:120], role="system", operator_id=held.operator_id)


def said(row: RunStep) -> Document:
    """Return the message a step sent.

    :raises Missing: if it sent none
    """
    payload = OutboxMessage.objects.filter(message_id=row.message_id).values_list("payload", flat=True).first()
    if not payload:
        raise Missing(f"Step {row.name} sent nothing.")
    return _read(bytes(payload), row)


def value(held: Run, name: str, message: str, path: str, *, salt: str = "") -> str:
    """Return a value of what an earlier step sent or of an answer to it; the EORI of a part; the number told instead of another.

    :param salt: for other numbers than those of the run
    :raises Missing: if it is not there
    """
    if name == EORI_OF:
        return casting.eori(held, path)
    if name == NUMBER_OF:
        return anew.renumbered(path, salt or str(held.played))
    row = RunStep.objects.get(run=held, name=name)
    if row.player:
        raise Missing(f"Step {name} is what {row.player} sent.")
    if message:
        came = next((each for each in row.expected if each["message"] == message and each.get("id")), None)
        if came is None:
            raise Missing(f"Step {name} got no {message}.")
        found = _content(UUID(came["id"]), row).value(path)
    else:
        found = said(row).value(path)
    if not found:
        raise Missing(f"{message or 'The message'} of step {name} says nothing at {path}.")
    return found


def match(held: Run, row: RunStep, *, at: datetime) -> list[str]:
    """Put what came beside what the step expects, and return what is still missing."""
    used = {each["id"] for step in RunStep.objects.filter(run=held) for each in step.expected if each.get("id")}
    for each in row.expected:
        if each.get("id"):
            continue
        values = {path: _filled(held, text) for path, text in each["values"].items()}
        for came in _came(held):
            if str(came.pk) not in used and came.message_type == each["message"] and _says(came, values, row):
                used.add(str(came.pk))
                each |= {
                    "id": str(came.pk),
                    "message_id": came.message_id,
                    "received_at": came.received_at.isoformat(),
                    "seen_at": at.isoformat(),
                }
                break
    return [each["message"] for each in row.expected if not each.get("id")] + [*_not_shown(held, row)]


def _not_shown(held: Run, row: RunStep) -> Iterator[str]:
    """Yield what filings do not show yet, in words."""
    for place, value in row.shows.items():
        name, _, facet = place.partition(":")
        filing = RunStep.objects.get(run=held, name=name).filing
        shown = getattr(filing, facet, "")
        if shown != value:
            yield f"{facet} “{value}” of {name} (it is “{shown or 'unknown'}”)"


def unexpected(held: Run, row: RunStep) -> str:
    """Return what customs says against a message of the step that nobody expected it to refuse; empty if nothing."""
    expected = {each["message"] for each in row.expected}
    for came in _came(held).filter(ref_to_message_id=row.message_id) if row.message_id else ():
        document = _content(came.pk, row)
        if document.message.event in REFUSALS and came.message_type not in expected:
            return f"Customs refuses the message with {came.message_type}: {'; '.join(_errors(document)) or 'no reason given'}"
    return ""


def receipted(row: RunStep) -> bool:
    """Say whether customs' receipt for the message of a step is there."""
    return Exchange.objects.filter(message_id=row.message_id, state=Exchange.State.RECEIPTED).exists()


def exchange(row: RunStep) -> Exchange | None:
    """Return what went over the wire for a step."""
    found: Exchange | None = Exchange.objects.filter(message_id=row.message_id).first() if row.message_id else None
    return found


def inbound(pk: str) -> InboundMessage | None:
    """Return a message of customs."""
    found: InboundMessage | None = InboundMessage.objects.filter(pk=pk).first()
    return found


def _came(held: Run) -> Any:
    """Return what customs said about the messages of a run, the oldest first."""
    steps = RunStep.objects.filter(run=held)
    filings = [pk for pk in steps.values_list("filing_id", flat=True) if pk]
    ids = [each for each in steps.values_list("message_id", flat=True) if each]
    routed = InboundMessage.objects.filter(state=InboundMessage.State.ROUTED, received_at__gte=held.requested_at)
    found = routed.filter(filing_id__in=filings) | routed.filter(ref_to_message_id__in=ids)
    return found.order_by("received_at", "pk")


def _filled(held: Run, text: str) -> str:
    operator = Operator.objects.get(pk=str(held.operator_id))
    return filled(text, eori=operator.eori, read=lambda name, message, path: value(held, name, message, path))


def _says(came: InboundMessage, values: dict[str, str], row: RunStep) -> bool:
    if not values:
        return True
    document = _content(came.pk, row)
    return all(text in document.values(path) for path, text in values.items())


def _content(pk: UUID, row: RunStep) -> Document:
    return _read(bytes(InboundMessage.objects.values_list("payload", flat=True).get(pk=pk)), row)


def _read(payload: bytes, row: RunStep) -> Document:
    """Return a message in the message set of the step's filing."""
    if row.filing is None:
        return xml.read(payload)
    return xml.read(payload, message_set=row.filing.message_set, version=row.filing.version)


def _errors(document: Document) -> Iterator[str]:
    for node in document.root.named("error"):
        parts = [each.text for each in node.walk() if each.text and not each.children]
        yield ", ".join(parts)[:200]
