"""Notify the arrival of a voyage or flight: what it brings is proposed with warnings, chosen, checked and sent.

A notification is a message of its own with its own LRN and MRN (docs/decisions/0023): a row of filings that `notifies` a
call, which lists of filings leave out. It is checked, sent, answered and followed like a filing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from filings import selectors
from filings.deadlines.crossing import MODES, crossing
from filings.lifecycle import State
from filings.messages import catalogue, json
from filings.messages.catalogue import Message
from filings.models import ArrivalNotice, Call, Filing
from filings.services import drafting, submission
from filings.services.arrivals import proposed
from filings.services.arrivals.proposed import Line
from filings.services.editions import edition_for
from filings.services.voyages import found as voyages_found
from filings.services.voyages import voyages
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError

CONSUMER: Final = "arrival"
UNDER_WAY: Final = (State.QUEUED, State.SENT, State.FAILED)
TOLD: Final = (*UNDER_WAY, State.REGISTERED)


class By(StrEnum):
    """How customs finds what arrived (R3048: one of them)."""

    MRN = "mrn"
    DOCUMENT = "document"
    JOURNEY = "journey"


BY_WORDS: Final[Mapping[By, tuple[str, str]]] = {
    By.MRN: ("A list of MRNs", "recommended, as it does not depend on what the filings say of the arrival."),
    By.DOCUMENT: ("A list of transport documents", "for filings whose MRN you do not have; the estimated arrival is sent, too."),
    By.JOURNEY: ("Means of transport and estimated arrival alone", "only if every filing names exactly this arrival."),
}


class NothingListed(DomainError):
    """Choose at least one filing, or list an MRN or a transport document."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CannotBeListed(DomainError):
    """This filing has nothing to be listed by: no MRN, or no transport document."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotifiedBefore(DomainError):
    """The arrival was notified before, with everything that is listed here; customs takes it once."""


class NotificationUnderWay(DomainError):
    """A notification of this arrival is on its way; wait for customs' answer."""


class NotTheEntry(DomainError):
    """Arrival is notified once, at the first place of entry."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Contact:
    """A party and how customs reaches it. kind: CL707 (EM e-mail, TE telephone)."""

    eori: str
    kind: str
    address: str

    def content(self) -> dict[str, Any]:
        """Return it as it stands in the message."""
        return {"identificationNumber": self.eori, "communication": [{"identifier": self.address, "type": self.kind}]}


@dataclass(frozen=True)
class Given:
    """What somebody chose: when it arrived and where, who notifies, and what came.

    filings: ids of own filings. mrns, documents (number and type): of others. notify: parties that shall be told, too.
    """

    arrived_at: datetime
    notifier: Contact
    by: By = By.MRN
    office: str = ""
    filings: Collection[UUID] = ()
    mrns: Sequence[str] = ()
    documents: Sequence[tuple[str, str]] = ()
    notify: Sequence[Contact] = field(default=())


@transaction.atomic
def draft(*, call: Call, given: Given, by: Actor, at: datetime, source: str = "web") -> Filing:
    """Draft the notification of an arrival; it takes the place of an earlier draft.

    :raises NotTheEntry: if it is a later call.
    :raises voyages.BadVoyage: if it arrives in the future, or the office is none.
    :raises NothingListed: if nothing is listed, but for customs' finding it by the journey.
    :raises CannotBeListed: if a filing that was chosen has no MRN, or no document.
    :raises NotificationUnderWay: if one waits for its answer.
    :raises NotifiedBefore: if everything listed was told to customs before.
    """
    if not call.is_entry:
        raise NotTheEntry
    call = Call.objects.select_for_update().get(pk=call.pk)
    before = list(Filing.objects.filter(notifies=call).order_by("created_at"))
    if any(State(each.state) in UNDER_WAY for each in before):
        raise NotificationUnderWay
    voyages.remember(call.voyage)
    content = _content(call, given, at=at)
    _refuse_twice(content, given.by, [each for each in before if State(each.state) in TOLD])
    for each in before:
        if each.is_draft:
            drafting.discard(filing=each, by=by, at=at)
    message = message_at(at, call.operator_id)
    document = json.from_json({message.id: content}, message_set=message.message_set, version=message.version)
    made = drafting.create(document=document, by=by, at=at, source=source, kept={"notifies": call})
    if given.office and not call.office:
        voyages.change(voyage=call.voyage, fields={"office": given.office}, by=by, at=at)
    audit.record("voyage.arrival_drafted", target=call.voyage, by=by, at=at, detail={"notification": str(made.pk)})
    return made


@transaction.atomic
def notify(*, call: Call, given: Given, by: Actor, at: datetime, source: str = "web", despite_findings: bool = False) -> Filing:
    """Draft the notification and submit it at once; raise as `draft` and `submission.submit`."""
    made = draft(call=call, given=given, by=by, at=at, source=source)
    submission.submit(filing=made, by=by, at=at, despite_findings=despite_findings)
    voyages.arrived(call=call, arrived_at=given.arrived_at, by=by, at=at)
    return made


def message_at(at: datetime, operator_id: UUID | None) -> Message:
    """Return the message that notifies an arrival, in the edition now in force for the operator."""
    found = next(each for each in catalogue.messages() if each.is_sent and each.consumer == CONSUMER)
    return catalogue.message(found.id, *edition_for(found.id, at=at, operator_id=operator_id))


def listed(notification: Filing) -> tuple[frozenset[str], frozenset[str]]:
    """Return the MRNs and the numbers of the transport documents that a notification lists."""
    document = selectors.document_of(notification)
    return frozenset(document.values("relatedMRN/identification")), frozenset(
        document.values("relatedTransportDocument/documentNumber")
    )


def told_of(notification: Filing) -> list[Filing]:
    """Return the operator's filings that a notification is about: those it lists, else all that name the arrival it names."""
    call = notification.notifies
    if call is None:
        return []
    mrns, documents = listed(notification)
    if mrns:
        return list(Filing.objects.filter(mrn__in=mrns, about=None, notifies=None))
    found = voyages_found.filings_of(call.voyage)
    if documents:
        return list(found.filter(transport_document__in=documents))
    return list(found.filter(journey_key=call.journey_key, arrives_at=crossing(notification.document).eta))


def _content(call: Call, given: Given, *, at: datetime) -> dict[str, Any]:
    """Return the message as it will be written, in the order of its table."""
    if given.arrived_at.tzinfo is None or given.arrived_at > at:
        raise voyages.BadVoyage("arrived_at", "Say when it arrived, with the zone; that cannot be later than now.")
    office = voyages.tidy_office(given.office) or call.office
    if not office:
        raise voyages.BadVoyage("office", "Say at which customs office of first entry it arrived.")
    voyage = call.voyage
    mode = MODES[voyage.mode]
    means: dict[str, Any] = {}
    if mode.identification:
        means |= {"identificationNumber": voyage.number, "typeOfIdentification": mode.identification}
    means |= {"ModeOfTransport": voyage.mode, "actualDateAndTimeOfArrival": _iso(given.arrived_at)}
    if given.by is not By.MRN:  # with MRNs nothing is looked for by the estimate, so nothing can differ from it
        means["estimatedDateAndTimeOfArrival"] = _iso(call.eta)
    if not mode.identification:
        means[mode.element] = voyage.number
    content: dict[str, Any] = {
        "notifyParty": [each.content() for each in given.notify],
        "activeBorderTransportMeans": means,
        **_listed(call, given),
        "personNotifyingTheArrival": given.notifier.content(),
        "actualCustomsOfficeOfFirstEntry": {"referenceNumber": office},
    }
    return {name: value for name, value in content.items() if value}


def _listed(call: Call, given: Given) -> dict[str, Any]:
    """Return the group that lists what came."""
    if given.by is By.JOURNEY:
        return {}
    lines = {line.filing.pk: line for line in proposed.lines(call)}
    chosen = [lines[pk] for pk in lines if pk in set(given.filings)]
    if given.by is By.MRN:
        _must_have(chosen, "mrn")
        mrns = list(dict.fromkeys([*(line.mrn for line in chosen), *(_tight(each) for each in given.mrns if each.strip())]))
        if not mrns:
            raise NothingListed
        return {"relatedMRN": [{"identification": each} for each in mrns]}
    _must_have(chosen, "number")
    pairs = [*((line.number, line.kind) for line in chosen), *((number.strip(), kind) for number, kind in given.documents)]
    if not pairs:
        raise NothingListed
    return {"relatedTransportDocument": [{"documentNumber": number, "type": kind} for number, kind in dict.fromkeys(pairs)]}


def _must_have(lines: Sequence[Line], name: str) -> None:
    for line in lines:
        if not getattr(line, name):
            raise CannotBeListed(f"{line.words} has no {'MRN' if name == 'mrn' else 'transport document'} to be listed by.")


def _refuse_twice(content: Mapping[str, Any], how: By, told: Sequence[Filing]) -> None:
    if not told:
        return
    if how is By.JOURNEY:
        raise NotifiedBefore
    before = [listed(each) for each in told]
    refused = ArrivalNotice.objects.filter(notification__in=told, detail__has_key="errors")
    anew = {text for pair in refused.values_list("mrn", "transport_document") for text in pair}  # these did not arrive
    mrns = {each["identification"] for each in content.get("relatedMRN", ())}
    numbers = {each["documentNumber"] for each in content.get("relatedTransportDocument", ())}
    if mrns | numbers <= {each for lists in before for known in lists for each in known} - anew:
        raise NotifiedBefore


def _tight(text: str) -> str:
    return "".join(text.split()).upper()


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
