"""What customs says to a notification of arrival: registered, this one cannot arrive, these goods are controlled.

Messages come early, late, twice and in any order. The notification's own state is moved by the same table as a filing's;
what is said about what came is a row for each thing said, once.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from filings import lifecycle, selectors
from filings.deadlines.voyage import read_moment
from filings.lifecycle import State
from filings.messages.document import Document, Node
from filings.models import ArrivalNotice, Filing
from filings.services import learning, responses
from filings.services.arrivals import arrivals
from filings.services.words import sentence
from tenants.actors import CUSTOMS

ADVICE: Final = Path(__file__).parent / "tables" / "wrong_states.csv"
FACETS: Final = frozenset({"arrival", "control"})
ARRIVED: Final = "activeBorderTransportMeans/actualDateAndTimeOfArrival"
ANNOUNCE: Final = "announce_arrival"
HOUSES: Final = "transportDocumentHouse/documentNumber"
MASTER: Final = "transportDocument/documentNumber"
NOT_OURS: Final = "It is none of your filings: whoever filed it must put it right. Tell them MRN and transport document."
# Elements of a control that name goods, and what to call them; a group that is not listed is only passed through.
GOODS: Final = {
    "goodsItemNumber": "item {}",
    "containerIdentificationNumber": "container {}",
    "receptacleIdentificationNumber": "receptacle {}",
    "shippingMarks": "marks {}",
    "typeOfPackages": "packages of type {}",
    "identificationNumber": "means of transport {}",
}
HOUSE: Final = "consignmentHouseLevel"
HOUSE_DOCUMENT: Final = "transportDocumentHouseLevel"


@dataclass(frozen=True)
class Advice:
    """Why a filing could not arrive, as far as we can tell, and what to do."""

    cause: str
    deed: str


@transaction.atomic
def registered(*, filing: Filing, document: Document, message_id: str, at: datetime) -> None:
    """Record that customs registered a notification, and on each filing it is about that its arrival was announced.

    :raises responses.NoMrn: if the answer has none.
    """
    if filing.notifies_id is None:
        responses.note(filing=filing, document=document, message_id=message_id, at=at)
        return
    responses.register(filing=filing, document=document, message_id=message_id, at=at)
    if State(filing.state) is not State.REGISTERED:  # it was refused before; a person looks at it
        return
    _remember_arrival(filing, at=at)
    fact = lifecycle.fact_of(ANNOUNCE)
    dated = learning.moment(document) or at
    for each in sorted(arrivals.told_of(filing), key=lambda one: one.pk):  # in one order, so that nobody waits in a ring
        each.lock()
        told = each.events.filter(kind="arrival_announced", detail__notification=str(filing.pk)).exists()
        if fact is None or told or State(each.state) not in lifecycle.IN_FORCE:
            continue
        each.learn(fact, at=dated)
        sentence = f"Its arrival was notified; customs registered the notification under MRN {filing.mrn}."
        detail = {"notification": str(filing.pk)}
        each.happened("arrival_announced", sentence, by=CUSTOMS, at=at, message_id=message_id, detail=detail)


def _remember_arrival(notification: Filing, *, at: datetime) -> None:
    """Keep when it arrived, as customs was told, where nobody entered that."""
    call = notification.notifies
    told = read_moment(selectors.document_of(notification).value(ARRIVED))
    if call is not None and call.arrived_at is None and told is not None:
        call.arrived_at, call.changed_at = told, at
        call.save(update_fields=["arrived_at", "changed_at"])


def hear(*, document: Document, message_id: str, at: datetime, filing: Filing | None = None) -> ArrivalNotice | None:
    """Keep what customs says about goods that arrive; what says the same again is kept once, anything else not at all.

    :param filing: the operator's own that it is about, if there is one.
    """
    fact = lifecycle.fact_of(document.message.event)
    if fact is None or fact.facet not in FACETS:
        return None
    with transaction.atomic():
        return _heard(filing, document, message_id, at=at)


def _heard(filing: Filing | None, document: Document, message_id: str, *, at: datetime) -> ArrivalNotice | None:
    mine = filing if filing is not None and filing.notifies_id is None and filing.about_id is None else None
    notification = filing if filing is not None and filing.notifies_id else _notification(document, mine)
    notice = ArrivalNotice(
        event=document.message.event,
        message_type=document.message.id,
        message_id=message_id,
        content=learning.content(document),
        mrn=_value(document, "MRN")[:18],
        transport_document=_value(document, MASTER)[:128],
        filing=mine,
        notification=notification,
        detail=_detail(document),
        dated_at=learning.moment(document) or at,
        heard_at=at,
    )
    ArrivalNotice.objects.bulk_create([notice], ignore_conflicts=True)
    found: ArrivalNotice = ArrivalNotice.objects.get(content=notice.content)
    _complete(found, mine, notification)
    if notification is not None and found.message_id == message_id:
        _tell(notification, document, found, message_id, at=at)
    return found


def advice(notice: ArrivalNotice) -> Advice:
    """Return why a filing could not arrive, and what to do; the first row of the table that fits the filing as it stands."""
    filing = notice.filing
    if filing is None:
        return Advice("", NOT_OURS)
    found = next((row for row in _advice() if not row["column"] or getattr(filing, row["column"]) == row["value"]), None)
    return Advice(found["cause"], found["deed"]) if found else Advice("", "")


def notices_for(filing: Filing) -> QuerySet[ArrivalNotice]:
    """Return what customs said about the arrival of a filing, or to a notification."""
    return ArrivalNotice.objects.filter(Q(filing=filing) | Q(notification=filing)).order_by("dated_at")


# --- Whose notification it follows -----------------------------------------------------------------------------------------


def _notification(document: Document, mine: Filing | None) -> Filing | None:
    """Return the notification that a message follows: by its own MRN, by what it lists, by the voyage of the filing."""
    mrn, number = _value(document, "MRN"), _value(document, MASTER)
    sent = Filing.objects.filter(notifies__isnull=False).exclude(state__in=[State.DRAFT, State.REJECTED])
    lists: list[dict[str, Any]] = []
    if mrn:
        lists += [{"mrn": mrn}, {"document__relatedMRN__contains": [{"identification": mrn}]}]
    if number:
        lists.append({"document__relatedTransportDocument__contains": [{"documentNumber": number}]})
    if mine is not None and mine.voyage_id:
        lists.append({"notifies__voyage": mine.voyage_id})
    for fitting in lists:
        found: Filing | None = sent.filter(**fitting).order_by("-submitted_at").first()
        if found is not None:
            return found
    return None


def _complete(notice: ArrivalNotice, mine: Filing | None, notification: Filing | None) -> None:
    """Add what a second copy of a message lets us know: the first may have come before the filing was found."""
    missing: dict[str, Filing] = {}
    if mine is not None and notice.filing_id is None:
        missing["filing"] = mine
    if notification is not None and notice.notification_id is None:
        missing["notification"] = notification
    for name, value in missing.items():
        setattr(notice, name, value)
    if missing:
        notice.save(update_fields=list(missing))


def _tell(notification: Filing, document: Document, notice: ArrivalNotice, message_id: str, *, at: datetime) -> None:
    """Add a line to the timeline of the notification."""
    notification.lock()
    if notification.events.filter(message_id=message_id).exists():
        return
    detail = {"message": document.message.id, "notice": str(notice.pk)}
    notification.happened(
        "noted", sentence(document, answers=notification.message_type), by=CUSTOMS, at=at, message_id=message_id, detail=detail
    )


# --- What it says ------------------------------------------------------------------------------------------------------


def _detail(document: Document) -> dict[str, Any]:
    """Return what a message says, by what people ask: errors and houses; office, time, places and goods of the controls."""
    known = document.message.by_path
    found: dict[str, Any] = {}
    if responses.ERROR in known:
        found["errors"] = responses.errors_of(document)
    if HOUSES in known:
        found["houses"] = document.values(HOUSES)
    if "customsOfficeOfFirstEntry/referenceNumber" in known:
        found["office"] = _value(document, "customsOfficeOfFirstEntry/referenceNumber")
    if "control" in known:
        found["office"] = _value(document, "customsOfficeOfControl/referenceNumber")
        found["scheduled"] = _value(document, "scheduledControlDate")
        found["controls"] = [_control(Document(document.message, node)) for node in document.nodes("control")]
    return found


def _control(control: Document) -> dict[str, Any]:
    """Return one control: where, and which goods, a line for each thing to be presented."""
    place = " ".join(
        value for name in ("placeOfExamination", "referenceNumber") if (value := control.value(f"examinationPlace/{name}"))
    )
    subject = control.root.first("controlSubject")
    goods = list(dict.fromkeys(_goods(subject))) if subject else []
    return {"place": place, "goods": goods}


def _goods(node: Node, inside: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield a line for each innermost thing below a node, with what it is in: the house, the item."""
    for group in node.children:
        if not group.children or group.name == HOUSE_DOCUMENT:
            continue
        if group.name == HOUSE:
            document = group.first(HOUSE_DOCUMENT)
            number = document.first("documentNumber") if document else None
            names = [f"house {number.text if number else '?'}"]
        else:
            names = [GOODS[one.name].format(one.text) for one in group.children if one.name in GOODS and one.text]
        below = list(_goods(group, (*inside, *names)))
        yield from below or ([", ".join((*inside, *names))] if names else [])


def _value(document: Document, path: str) -> str:
    return (document.value(path) or "").strip() if path in document.message.by_path else ""


@cache
def _advice() -> tuple[dict[str, str], ...]:
    with ADVICE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
