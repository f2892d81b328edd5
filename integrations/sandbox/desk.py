"""What people may see and ask of the sandbox: the verbs and questions behind its page and its interface for programs.

Each takes `who`: the operator whose people ask, who sees and touches only what its EORI declared or represents, or
staff, who see everything.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from integrations.sandbox import clock, faults, scenarios
from integrations.sandbox.clock import TABLES
from integrations.sandbox.models import Answer, Fault, Party, Received, Registration, SandboxSettings, Scenario

SHOWN: Final = 100
SPEEDS: Final = (1, 86_400)
USUAL_SPEED: Final = 60


class NotFound(LookupError):
    """There is no such thing, or it is somebody else's."""


class Refused(ValueError):
    """It cannot be done; the text says why."""


@dataclass(frozen=True)
class Who:
    """Who asks. eori: of the operator, empty for staff. party_id: of the access point it has to itself, if it has one.

    mrns: filings the product knows to be the operator's, whoever declares in them.
    """

    eori: str = ""
    party_id: str = ""
    mrns: tuple[str, ...] = ()

    @property
    def is_staff(self) -> bool:
        """Say whether it is one of the sandbox's own people."""
        return not self.eori


STAFF: Final = Who()


# --- Questions -------------------------------------------------------------------------------------------------------------


def registrations(who: Who, *, text: str = "") -> QuerySet[Registration]:
    """Return what was registered, the latest first; those whose LRN, MRN, type or declarant begin with a text."""
    rows: QuerySet[Registration] = Registration.objects.select_related("party", "refers_to")
    if not who.is_staff:
        mine = Q(mrn__in=who.mrns) | Q(refers_to__mrn__in=who.mrns)
        rows = rows.filter(Q(declarant=who.eori) | Q(representative=who.eori) | mine)
    if text:
        rows = rows.filter(
            Q(lrn__istartswith=text) | Q(mrn__istartswith=text) | Q(message_type__iexact=text) | Q(declarant__istartswith=text)
        )
    return rows.order_by("-registered_at")


def registration(who: Who, pk: UUID) -> Registration:
    """Return one registration.

    :raises NotFound: if there is none of that id for the one who asks
    """
    found = registrations(who).filter(pk=pk).select_related("party", "received", "current", "arrived_with").first()
    if found is None:
        raise NotFound("There is no such registration.")
    return found


def answers(who: Who, *, registration: Registration | None = None) -> QuerySet[Answer]:
    """Return what customs said, the latest first, without octets."""
    rows: QuerySet[Answer] = Answer.objects.select_related("party").defer("body", "payload", "receipt")
    if not who.is_staff:
        rows = rows.filter(Q(eori=who.eori) | Q(registration__mrn__in=who.mrns, eori=F("registration__declarant")))
    return rows.filter(registration=registration) if registration else rows


def octets(who: Who, kind: str, pk: UUID, part: str) -> tuple[str, bytes]:
    """Return media type and octets of a message: its content, or what went over the wire, or the receipt.

    :raises NotFound: if there is none of that id for the one who asks
    """
    row = _message(who, kind, pk)
    content = {"xml": row.payload, "wire": row.body, "receipt": row.receipt}.get(part)
    if not content:
        raise NotFound("There is nothing of this kind.")
    types = {"xml": "application/xml", "wire": row.content_type}
    return types.get(part, "application/soap+xml"), bytes(content)


def _message(who: Who, kind: str, pk: UUID) -> Any:
    if kind == "answers":
        row = answers(who).filter(pk=pk).defer(None).first()
    elif kind == "messages":
        mine = registrations(who).filter(Q(received=pk) | Q(current=pk))
        row = Received.objects.filter(pk=pk).first() if who.is_staff or mine.exists() else None
    else:
        row = None
    if row is None:
        raise NotFound("There is no such message.")
    return row


def attached(who: Who) -> QuerySet[Scenario]:
    """Return the scenarios that wait for a message."""
    rows: QuerySet[Scenario] = Scenario.objects.select_related("party").exclude(remaining=0)
    return rows if who.is_staff else rows.filter(eori=who.eori)


def faults_of(who: Who, *, at: datetime) -> QuerySet[Fault]:
    """Return the faults that still happen."""
    rows = faults.live(at=at)
    if who.is_staff:
        return rows
    own = Q(party__party_id=who.party_id, eori="") if who.party_id else Q(pk=None)
    return rows.filter(Q(eori=who.eori) | own)


@cache
def deed_words() -> Mapping[str, str]:
    """Return what each deed is in words."""
    return tomllib.loads((TABLES / "deeds.toml").read_text(encoding="utf-8"))


# --- Verbs -----------------------------------------------------------------------------------------------------------------


def provoke(who: Who, pk: UUID, *, name: str = "", script: Mapping[str, Any] | None = None, at: datetime) -> str:
    """Let customs do something about a registration now, and return what came of it.

    :param name: a deed, or a verdict whose steps begin; or a script of one's own
    :raises NotFound: if there is no such registration
    :raises Refused: if that cannot be done to it
    """
    found = registration(who, pk)
    try:
        if script is not None:
            name = scenarios.write(script, at=at, eori=who.eori)
        name, _, partly = name.partition("_partly")
        options = {"partly": True} if _ else {}
        return scenarios.provoke(found, name + partly, at=at, options=options)
    except scenarios.UnknownVerdict:
        raise Refused(f"There is no deed or verdict {name!r}.") from None
    except (scenarios.NotPossible, scenarios.BadScript) as error:
        raise Refused(str(error)) from None


def attach(
    who: Who,
    *,
    at: datetime,
    verdict: str = "",
    script: Mapping[str, Any] | None = None,
    party_id: str = "",
    lrn: str = "",
    message_type: str = "",
    times: int | None = 1,
) -> Scenario:
    """Let what comes next get a verdict, or a script of one's own.

    :raises Refused: if there is no such verdict, or the script is not understood
    """
    try:
        if script is not None:
            verdict = scenarios.write(script, at=at, eori=who.eori)
        party = _party(party_id) if who.is_staff else None
        return scenarios.attach(
            verdict, at=at, party=party, eori=who.eori, lrn=lrn[:22], message_type=message_type[:8], times=times
        )
    except scenarios.UnknownVerdict:
        raise Refused(f"There is no verdict {verdict!r}.") from None
    except scenarios.BadScript as error:
        raise Refused(str(error)) from None


def detach(who: Who, pk: int) -> None:
    """Take a scenario back.

    :raises NotFound: if there is none of that id for the one who asks
    """
    row = attached(who).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such scenario.")
    scenarios.detach(row)


def put_fault(
    who: Who,
    kind: str,
    *,
    at: datetime,
    party_id: str = "",
    message_type: str = "",
    seconds: int | None = None,
    times: int | None = None,
    minutes: int | None = None,
) -> Fault:
    """Let something go wrong on the wire; once, unless a number or a time is given.

    An operator's faults hit its own messages. What hits a whole access point is for those who have one to themselves.

    :raises Refused: if there is no such kind, it would hit others, or it would not end
    """
    until = at + timedelta(minutes=minutes) if minutes else None
    limits: dict[str, Any] = {"message_type": message_type[:8], "seconds": seconds, "times": times, "until": until}
    try:
        is_of_line = faults.kind(kind).line
        if who.is_staff:
            return faults.put(kind, at=at, party=_party(party_id), **limits)
        if not is_of_line:
            return faults.put(kind, at=at, eori=who.eori, **limits)
        if not who.party_id:
            raise Refused("This hits everybody at the access point you share with others; ask the service desk for it.")
        return faults.put(kind, at=at, party=_party(who.party_id), **limits)
    except faults.NoSuchFault:
        raise Refused(f"There is no fault {kind!r}.") from None
    except faults.NotAllowed as error:
        raise Refused(str(error)) from None


def end_fault(who: Who, pk: int, *, at: datetime) -> None:
    """End a fault.

    :raises NotFound: if there is none of that id for the one who asks
    """
    row = faults_of(who, at=at).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such fault.")
    Fault.objects.filter(pk=row.pk).update(until=at)


def set_speed(who: Who, speed: int, *, at: datetime) -> None:
    """Let customs' clock run so many times as fast as ours, for everybody.

    :raises Refused: by operators, and for speeds out of bounds
    """
    _only_staff(who)
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise Refused(f"The speed is a number from {SPEEDS[0]} to {SPEEDS[1]}.")
    clock.set_speed(speed, at=at)


def reset(who: Who, *, at: datetime) -> None:
    """End all scenarios and faults of the one who asks; of staff for everybody, and the clock runs as usual again.

    What was registered stays: it is what the product's records speak of.
    """
    for row in list(attached(who)):
        scenarios.detach(row)
    Fault.objects.filter(pk__in=[row.pk for row in faults_of(who, at=at)]).update(until=at)
    if who.is_staff:
        clock.set_speed(USUAL_SPEED, at=at)


def speed() -> int:
    """Return how fast customs' clock runs."""
    row = SandboxSettings.objects.first()
    return row.speed if row else USUAL_SPEED


def _party(party_id: str) -> Party | None:
    if not party_id:
        return None
    found: Party | None = Party.objects.filter(party_id=party_id).first()
    if found is None:
        raise Refused("There is no such party.")
    return found


def _only_staff(who: Who) -> None:
    if not who.is_staff:
        raise Refused("The clock is everybody's; ask the service desk.")
