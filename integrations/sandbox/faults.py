"""Faults on the wire: rows of what goes wrong, for whom, and how often or until when; kinds in faults.toml.

Each is used up in a transaction of its own, before the answer it spoils: a refusal that undoes what was stored does not
undo that it happened. Every fault ends by itself.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from django.db.models import F, Q, QuerySet
from lxml import etree

from filings.messages import safexml
from filings.messages.document import Unreadable
from filings.messages.safexml import UnsafeXml
from integrations import as4
from integrations.sandbox import expired, large, profile, reading
from integrations.sandbox.clock import TABLES
from integrations.sandbox.models import REASON, Answer, Fault, Party
from integrations.sandbox.office import Office
from integrations.sandbox.reply import Reply
from tenants.scope import every_tenant

SECURITY: Final = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}Security"
DIGEST: Final = re.compile(rb"(DigestValue>)[^<]+(<)")
OTHER_DIGEST: Final = rb"\g<1>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\g<2>"  # SHA-256 of nothing
LONGEST: Final = timedelta(hours=24)
MOST_TIMES: Final = 1000
MOST_SECONDS: Final = 3600


class NoSuchFault(LookupError):
    """There is no such kind; see faults.toml."""


class NotAllowed(Exception):
    """The fault would hit others, or would not end; the text says which."""


@dataclass(frozen=True)
class Kind:
    """One table of faults.toml."""

    name: str
    words: str
    product: str
    moment: str
    line: bool = False
    seconds: int = 0
    status: int = 200
    type: str = ""
    text: str = ""
    cut: bool = False
    code: str = ""
    detail: str = ""
    receipt: str = ""


@dataclass(frozen=True)
class Sender:
    """Whose message it is. declarant: asked only if a fault is for one operator."""

    party: Party | None
    message_type: str = ""
    declarant: Callable[[], str] = str


def kinds() -> tuple[Kind, ...]:
    """Return every kind, in table order."""
    return tuple(_kinds().values())


def kind(name: str) -> Kind:
    """Return one kind.

    :raises NoSuchFault: if there is none of that name
    """
    try:
        return _kinds()[name]
    except KeyError:
        raise NoSuchFault(name) from None


def put(
    name: str,
    *,
    at: datetime,
    party: Party | None = None,
    eori: str = "",
    message_type: str = "",
    seconds: int | None = None,
    times: int | None = None,
    until: datetime | None = None,
) -> Fault:
    """Let something go wrong from now on; without a number or an end it happens once.

    :param seconds: how long it delays, where it does; else the kind's own
    :raises NoSuchFault: if there is no such kind
    :raises NotAllowed: if it lasts too long
    """
    found = kind(name)
    times = 1 if times is None and until is None else times
    if (times or 1) > MOST_TIMES or (until or at) > at + LONGEST or (seconds or 0) > MOST_SECONDS:
        raise NotAllowed(f"A fault ends after {MOST_TIMES} times or a day at the latest, and delays by an hour at most.")
    row: Fault = Fault.objects.create(
        party=party,
        eori=eori,
        message_type=message_type,
        kind=found.name,
        seconds=found.seconds if seconds is None else seconds,
        remaining=times,
        until=until,
        created_at=at,
    )
    return row


def live(*, at: datetime) -> QuerySet[Fault]:
    """Return the faults that still happen."""
    rows: QuerySet[Fault] = Fault.objects.select_related("party").exclude(remaining=0).exclude(until__lte=at)
    return rows


def take(moment: str, sender: Sender, *, at: datetime) -> tuple[Kind, Fault] | None:
    """Return the fault that happens to a message now, and count it."""
    with every_tenant(REASON):
        found = peek(moment, sender, at=at)
        if found is not None:
            count(found[1])
        return found


def peek(moment: str, sender: Sender, *, at: datetime) -> tuple[Kind, Fault] | None:
    """Return the fault that would happen to a message now; call it inside every_tenant()."""
    names = [each.name for each in kinds() if each.moment == moment]
    mine = Q(party=None) | Q(party=sender.party)
    rows = live(at=at).select_for_update(of=("self",)).filter(mine, kind__in=names, message_type__in=["", sender.message_type])
    declarant: str | None = None
    for row in rows.order_by("created_at", "pk"):
        if row.eori and declarant is None:
            declarant = sender.declarant()
        if row.eori in {"", declarant}:
            return kind(row.kind), row
    return None


def count(fault: Fault) -> None:
    """Use a fault up by one."""
    Fault.objects.filter(pk=fault.pk).update(happened=F("happened") + 1, remaining=F("remaining") - 1)


# --- At the access point ---------------------------------------------------------------------------------------------------


def sender_of(received: as4.Received, *, at: datetime) -> Sender:
    """Return whose message it is by what it says; its seal is checked elsewhere."""
    with every_tenant(REASON):
        if received.user is not None:
            party = Party.objects.filter(party_id=received.user.sender.id).first()
            return Sender(party, received.user.action, lambda: _declarant(received, party, at))
        party_id = (received.mpc or "").removeprefix(profile.CHANNEL_PREFIX)
        return Sender(Party.objects.filter(party_id=party_id).first())


def slowness(sender: Sender, *, at: datetime) -> float:
    """Return how many seconds to wait before the answer is written."""
    found = take("pace", sender, at=at)
    return float(found[1].seconds) if found else 0


def instead(sender: Sender, ref_to: str, *, at: datetime) -> Reply | None:
    """Return what a message gets instead of being taken, if something.

    :raises As4Error: if that is a signed error
    """
    found = take("request", sender, at=at)
    if found is None:
        return None
    if found[0].code:
        raise as4.As4Error(found[0].code, found[0].detail, ref_to=ref_to)
    return _plain(found[0])


def spoiled(sender: Sender, received: as4.Received, *, here: Office, at: datetime) -> Reply | None:
    """Return what comes in place of the receipt of a message that was taken, if something."""
    found = take("receipt", sender, at=at)
    if found is None:
        return None
    if not found[0].receipt:
        return _plain(found[0])
    return RECEIPTS[found[0].receipt](received, here, at)


def lateness(sender: Sender, *, at: datetime) -> timedelta:
    """Return how much later than usual a message is judged; call it inside every_tenant()."""
    found = take("judging", sender, at=at)
    return timedelta(seconds=found[1].seconds) if found else timedelta()


def disturbing(party: Party, *, at: datetime) -> Fault | None:
    """Return the fault that disturbs the order of a party's answers, if there is one; call it inside every_tenant()."""
    names = [each.name for each in kinds() if each.moment == "order"]
    rows = live(at=at).filter(Q(party=None) | Q(party=party), kind__in=names)
    return rows.order_by("created_at", "pk").first()


def comes_again(answer: Answer, *, at: datetime) -> bool:
    """Say whether an answer whose receipt came is offered once more; each at most once."""
    sender = Sender(answer.party, answer.action, lambda: answer.eori)
    return answer.receipt is None and take("repeat", sender, at=at) is not None


@dataclass(frozen=True)
class Stale:
    """A seal that has expired, and how long customs takes to notice and seal its message anew."""

    seal: as4.Seal
    until_sealed_anew: timedelta


def stale_seal(sender: Sender, *, here: Office, at: datetime) -> Stale | None:
    """Return what customs seals its message to somebody with by mistake, if a fault wants that."""
    found = take("sealing", sender, at=at)
    if found is None:
        return None
    with every_tenant(REASON):
        return Stale(expired.seal(here.seal), timedelta(seconds=found[1].seconds))


def _plain(found: Kind) -> Reply:
    return Reply(found.status, found.type, found.text.encode(), cut=found.cut)


def _declarant(received: as4.Received, party: Party | None, at: datetime) -> str:
    """Return the party that declares, empty if the payload cannot be read."""
    try:
        payload = as4.unpack(received, hold=large.HOLD)[0]
        document = reading.read(payload.packed or payload.data, reading.calendar(at, party))
    except (as4.As4Error, Unreadable, UnsafeXml, IndexError):
        return ""
    return document.value(document.message.party) or ""


# --- Receipts that prove nothing -------------------------------------------------------------------------------------------


def _receipt(received: as4.Received, seal: as4.Seal, at: datetime) -> Reply:
    wire = as4.build_receipt(received=received, message_id=as4.new_message_id(profile.HOST), at=at, seal=seal)
    return Reply(200, wire.content_type, wire.body)


def _digests(received: as4.Received, here: Office, at: datetime) -> Reply:
    altered = tuple(replace(each, xml=DIGEST.sub(OTHER_DIGEST, each.xml)) for each in received.references)
    return _receipt(replace(received, references=altered), here.seal, at)


def _other(received: as4.Received, here: Office, at: datetime) -> Reply:
    return _receipt(replace(received, message_id=as4.new_message_id(profile.HOST)), here.seal, at)


def _unsigned(received: as4.Received, here: Office, at: datetime) -> Reply:
    sealed = _receipt(received, here.seal, at)
    root = safexml.parse(sealed.body, blanks=True)
    for security in list(root.iter(SECURITY)):
        parent = security.getparent()
        if parent is not None:
            parent.remove(security)
    return Reply(200, sealed.content_type, etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _expired(received: as4.Received, here: Office, at: datetime) -> Reply:
    with every_tenant(REASON):
        seal = expired.seal(here.seal)
    return _receipt(received, seal, at)


RECEIPTS: Final[Mapping[str, Callable[[as4.Received, Office, datetime], Reply]]] = {
    "digests": _digests,
    "other": _other,
    "unsigned": _unsigned,
    "expired": _expired,
}


@cache
def _kinds() -> Mapping[str, Kind]:
    rows = tomllib.loads((TABLES / "faults.toml").read_text(encoding="utf-8"))["faults"]
    return {name: Kind(name=name, **row) for name, row in rows.items()}
