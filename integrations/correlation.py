"""Whose message it is: by the message of ours that it answers, then LRN or MRN, then transport document, then EORI.

One access point may serve many operators, and customs tells some things to several of them: the filer, and as a copy the
carrier; the notifier of an arrival, the notify party, the filer. tables/addressees.csv says to whom a type may be
addressed and in which order. The same content coming again soon under another message id is the next one's copy.
What comes over an operator's own connection is that operator's.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

from django.db import connection as database
from django.db.models import QuerySet

from filings.lifecycle import State
from filings.messages import xml
from filings.messages.document import Document, Unreadable
from filings.models import Filing
from integrations.models import CONTENT, Connection, Exchange, InboundMessage
from tenants.models import Operator

TABLE: Final = Path(__file__).parent / "tables" / "addressees.csv"
# References that name filings, and the columns that hold them; the ICD puts LRN or MRN into the functional reference.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {"LRN": ("lrn",), "MRN": ("mrn",), "functionalReference": ("lrn", "mrn")}
MASTER_DOCUMENTS: Final = ("transportDocument/documentNumber", "referralRequestDetails/transportDocumentMaster/documentNumber")
REFUSALS: Final = frozenset({"reject", "refuse"})
SOMETHING_ELSE: Final = "?"  # it answers a message about the filing whose type nobody knows any more
COPIES_WITHIN: Final = timedelta(hours=1)
CARRIER: Final = "carrier/identificationNumber"
MRN_LENGTH: Final = 18
FIRST, LAST = "first", "last"


class Parked(Exception):
    """A person must look at the message; the text says why. unknown: the MRN it names, if no filing of ours has that yet."""

    def __init__(self, why: str, *, unknown: str = "") -> None:
        super().__init__(why)
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class About:
    """Whose message it is: operator, filing if it has one, and the type of our message that it answers, if it names one.

    unknown: the MRN it names, if no filing of ours has that yet; the registration may still be on its way. repeated: everybody
    it may be for was told the same before.
    """

    operator_id: UUID
    filing_id: UUID | None = None
    answers: str = ""
    unknown: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Addressees:
    """To whom a type of message goes: to whoever has the filing it names (first, last or no), and to these parties."""

    filing: str = FIRST
    parties: tuple[str, ...] = ()


def about(row: InboundMessage) -> About:
    """Return whose message it is; call it inside every_tenant().

    :raises Parked: if nothing fits, or more than one filing.
    """
    exchange = _answered(row)
    if exchange is not None and not _was_told(row, exchange.operator_id, exchange.filing_id):
        return About(cast(UUID, exchange.operator_id), exchange.filing_id, exchange.message_type)
    try:
        document = xml.read(bytes(row.payload))
    except Unreadable as error:
        raise Parked(f"It cannot be read and answers no message of ours: {error}") from error
    own = Connection.objects.values_list("operator_id", flat=True).get(pk=row.connection_id)
    first: About | None = None
    for each in _candidates(document, own=own):
        if not _was_told(row, each.operator_id, each.filing_id):
            return each if each.filing_id else replace(each, unknown=_unknown(document))
        first = first or each
    if first is None:
        why, mrn = "It names no filing of ours, and no operator of ours.", _unknown(document)
        raise Parked(f"{why} It is read again if a filing gets the MRN {mrn} within a day." if mrn else why, unknown=mrn)
    return replace(first, repeated=True)  # the first of them sees that


def is_anothers(row: InboundMessage, about: About) -> bool:
    """Say whether the same was given to whom a message is about since that was found out, so that this is somebody else's copy.

    Who asks keeps everybody else who asks about the same content waiting until its transaction ends: of two copies that come
    together one is for the filer and one for the carrier.
    """
    if row.message_type not in _table() or about.repeated:
        return False
    with database.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"copy {_digest(row).hex()}"])
    return _was_told(row, about.operator_id, about.filing_id)


def _answered(row: InboundMessage) -> Exchange | None:
    """Return the message of ours that it answers, if it was sent over the same connection."""
    if not row.ref_to_message_id:
        return None
    ours = Exchange.objects.filter(message_id=row.ref_to_message_id, connection_id=row.connection_id)
    found: Exchange | None = ours.only("operator", "filing", "message_type").first()
    return found


def _was_told(row: InboundMessage, operator_id: UUID | None, filing_id: UUID | None) -> bool:
    """Say whether the same content was given to an operator a short while ago; a type without copies never counts."""
    if row.message_type not in _table():
        return False
    before = InboundMessage.objects.filter(
        operator_id=operator_id,
        connection_id=row.connection_id,
        message_type=row.message_type,
        state=InboundMessage.State.ROUTED,
        received_at__gte=row.received_at - COPIES_WITHIN,
    )
    if filing_id is not None:
        before = before.filter(filing_id=filing_id)
    return bool(before.annotate(content=CONTENT).filter(content=_digest(row)).exists())


def _digest(row: InboundMessage) -> bytes:
    return hashlib.sha256(bytes(row.payload)).digest()


def _candidates(document: Document, *, own: UUID | None) -> Iterator[About]:
    """Yield who may be meant, in order, each operator once."""
    addressees = _table().get(document.message.id, Addressees())
    named = None if addressees.filing == "no" else _by_reference(document, own=own)
    parties = (_place(document, each.pk) for each in _operators(_eoris(document, addressees, named)))
    order = chain(parties, [named]) if addressees.filing == LAST else chain([named], parties)
    seen: set[UUID] = set()
    for found in chain(order, (_place(document, own) for _ in range(1) if own)):
        if found is not None and found.operator_id not in seen and own in {None, found.operator_id}:
            seen.add(found.operator_id)
            yield found


def _eoris(document: Document, addressees: Addressees, named: About | None) -> Iterator[str]:
    """Yield the EORIs of the parties a message may be for; a carrier it does not name is the one of the filing it names."""
    for path in addressees.parties:
        values = document.values(path) if path in document.message.by_path else []
        if not values and path == CARRIER and named is not None:
            values = list(_carriers(Filing.objects.values_list("document", flat=True).get(pk=named.filing_id)))
        yield from values


def _carriers(content: Any) -> Iterator[str]:
    """Yield the carriers of a filing's content."""
    if isinstance(content, list):
        for one in content:
            yield from _carriers(one)
    elif isinstance(content, dict):
        for name, one in content.items():
            if name == "carrier" and isinstance(one, dict) and (eori := one.get("identificationNumber")):
                yield str(eori)
            else:
                yield from _carriers(one)


def _by_reference(document: Document, *, own: UUID | None) -> About | None:
    """Return the one submitted filing that has a reference of the document and its party.

    :raises Parked: if there are several.
    """
    for reference in reversed(document.message.references):  # an MRN, which stands last, says more than an LRN
        value = document.value(reference)
        if not value or reference not in COLUMNS:
            continue
        for column in COLUMNS[reference]:
            # An MRN is that of the filing; requests about it carry it, too. A reference of ours is the message's own.
            sent = _sent(own, requests=column == "lrn").filter(**{column: value})
            found = list(sent.order_by("-submitted_at")[:20])
            if reference != "MRN":
                # An LRN is unique for its declarant only: that of somebody else, in a copy, may be one of ours too.
                found = _of_declarant(document, found)
            if len(found) > 1:
                found = _of_party(document, found)
            if len(found) == 1:
                # A refusal that names the filing by its MRN alone refuses something later: an amendment, an invalidation.
                later = document.message.event in REFUSALS and column == "mrn" and not document.value("LRN")
                return About(cast(UUID, found[0].operator_id), found[0].pk, SOMETHING_ELSE if later else "")
            if found:
                raise Parked(f"More than one filing has the {reference} it names.")
    return None


def _unknown(document: Document) -> str:
    """Return the MRN a document names if no filing of ours has it: customs' messages may overtake each other."""
    mrn = (document.value("MRN") or "").strip() if "MRN" in document.message.by_path else ""
    return "" if len(mrn) != MRN_LENGTH or _sent(None).filter(mrn=mrn).exists() else mrn


def _place(document: Document, operator_id: UUID) -> About:
    """Return the operator with its filing that the document is about: by MRN, else by master transport document."""
    sent = _sent(operator_id)
    mrn = document.value("MRN") if "MRN" in document.message.by_path else None
    found = sent.filter(mrn=mrn).first() if mrn else None
    for path in MASTER_DOCUMENTS:
        number = document.value(path) if path in document.message.by_path else None
        if found is None and number:
            found = sent.filter(transport_document=number).order_by("-submitted_at").first()
    return About(operator_id, found.pk if found else None, SOMETHING_ELSE if found else "")


def _sent(operator_id: UUID | None, *, requests: bool = False) -> "QuerySet[Filing]":
    sent: QuerySet[Filing] = Filing.objects.exclude(state=State.DRAFT).only("operator", "declarant")
    sent = sent if requests else sent.filter(about=None)
    return sent.filter(operator_id=operator_id) if operator_id else sent


def _operators(eoris: Iterable[str]) -> Iterator[Operator]:
    """Yield the operators that have these EORIs, in their order, once something is asked of them."""
    wanted = list(dict.fromkeys(eoris))
    known = {each.eori: each for each in Operator.objects.filter(eori__in=wanted)}
    yield from (known[eori] for eori in wanted if eori in known)


def _of_declarant(document: Document, filings: list[Filing]) -> list[Filing]:
    """Leave out filings of other declarants than the one the document names, where it names one."""
    party = document.value(document.message.party) if document.message.party else None
    if not party:
        return filings
    operators = {each.pk for each in _operators([party])}
    return [each for each in filings if each.declarant in {"", party} or each.operator_id in operators]


def _of_party(document: Document, filings: list[Filing]) -> list[Filing]:
    """Return the filings of the operator whose EORI the document names."""
    party = document.value(document.message.party) if document.message.party else None
    operators = {each.pk for each in _operators([party] if party else [])}
    return [filing for filing in filings if filing.operator_id in operators] or filings


@cache
def _table() -> Mapping[str, Addressees]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["message"]: Addressees(row["filing"], tuple(row["parties"].split())) for row in csv.DictReader(file)}
