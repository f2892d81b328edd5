"""Voyages and flights: entered, changed, their calls, and which filings come with them.

A filing comes with a voyage because somebody said so (`Filing.voyage`), or because it names the same vessel or flight and
the same estimated arrival. The second are only remembered by name when the estimate changes or the arrival is notified.
"""

import datetime as dates
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from filings.deadlines.crossing import MODES, key_of
from filings.lifecycle import State
from filings.messages.numbers import is_imo
from filings.models import Call, Filing, Voyage
from filings.services.voyages import found as voyages_found
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError

PLACE: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
OFFICE: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{6}")
# By mode (CL018): what the number of the means looks like, and what is said when it does not.
NUMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "1": (r"IMO[0-9]{7}", "The IMO number is IMO and seven digits, of which the last is a check digit."),
    "8": (r"[0-9]{8}", "The ENI number has eight digits."),
    "4": (r"[A-Z0-9]{3,17}", "The flight number has letters and digits only, at most 17, such as LH8401."),
}


class BadVoyage(DomainError):
    """This cannot be a voyage or a flight."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field

    def detail(self) -> dict[str, object]:
        """Return which field is wrong."""
        return {"field": self.field}


class VoyageKnown(DomainError):
    """There is a voyage or flight with this number and this estimated arrival."""

    def __init__(self, known: UUID | None = None) -> None:
        super().__init__()
        self.known = known

    def detail(self) -> dict[str, object]:
        """Return the id of the one there is."""
        return {"voyage": str(self.known)} if self.known else {}


class ArrivalNotified(DomainError):
    """Its arrival was notified to customs, so it is kept."""


class EntryIsFixed(DomainError):
    """The call at the first place of entry cannot be taken away; change its place and office instead."""


class ComesWithIt(DomainError):
    """The filing itself names this vessel or flight with this arrival; change or invalidate the filing."""


class NoFilingOfItsOwn(DomainError):
    """Only filings come with a voyage, not requests about them."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Given:
    """A voyage or flight as somebody enters it; place and office are those of its first entry."""

    mode: str
    number: str
    eta: datetime
    office: str = ""
    place: str = ""
    name: str = ""
    reference: str = ""
    date: dates.date | None = None

    def tidy(self) -> "Given":
        """Return it in one spelling.

        :raises BadVoyage: if a part of it cannot be right.
        """
        if self.mode not in MODES:
            raise BadVoyage("mode", "Only the arrival of vessels and aircraft is notified; choose one of those modes.")
        number = key_of(self.mode, self.number)[2:]
        pattern, sentence = NUMBERS[self.mode]
        if not re.fullmatch(pattern, number) or (number.startswith("IMO") and self.mode == "1" and not is_imo(number)):
            raise BadVoyage("number", sentence)
        if self.eta.tzinfo is None:
            raise BadVoyage("eta", "The arrival needs its zone, such as 2026-12-01T08:15:00Z.")
        eta = self.eta.replace(second=self.eta.second, microsecond=0)
        texts = {name: " ".join(getattr(self, name).split()) for name in ("name", "reference")}
        place, office = tidy_place(self.place), tidy_office(self.office)
        return Given(self.mode, number, eta, office, place, texts["name"][:70], texts["reference"][:35], self.date)


def tidy_place(text: str) -> str:
    """Return a UN/LOCODE in one spelling, or nothing.

    :raises BadVoyage: if it is none.
    """
    found = "".join(text.split()).upper()
    if found and not PLACE.fullmatch(found):
        raise BadVoyage("place", "A place is a UN/LOCODE: two letters of the country and three of the place, such as NLRTM.")
    return found


def tidy_office(text: str) -> str:
    """Return the number of a customs office in one spelling, or nothing.

    :raises BadVoyage: if it is none.
    """
    found = "".join(text.split()).upper()
    if found and not OFFICE.fullmatch(found):
        raise BadVoyage("office", "A customs office has eight signs: two letters of the country, six letters or digits.")
    return found


@transaction.atomic
def create(*, given: Given, by: Actor, at: datetime) -> Voyage:
    """Enter a voyage or flight with its call at the first place of entry; filings that name it come with it.

    :raises BadVoyage: if a part of it cannot be right.
    :raises VoyageKnown: if there is one of this number and arrival.
    """
    tidy = given.tidy()
    made: Voyage = Voyage.objects.create(
        mode=tidy.mode, number=tidy.number, name=tidy.name, reference=tidy.reference, date=tidy.date,
        created_at=at, created_by=by.name[:120], changed_at=at,
    )  # fmt: skip
    call = Call(
        voyage=made, journey_key=made.key, is_entry=True, place=tidy.place, office=tidy.office, eta=tidy.eta, changed_at=at
    )
    save_call(call)
    count = remember(made)
    audit.record("voyage.created", target=made, by=by, at=at, detail={"number": made.number, "filings": count})
    return made


@transaction.atomic
def change(*, voyage: Voyage, fields: Mapping[str, Any], by: Actor, at: datetime) -> bool:
    """Change name, reference, date, and place and office of the first entry; say whether anything is new.

    The number and the estimate are no mere description: filings are found by them.

    :raises BadVoyage: if place or office cannot be right, or the number was meant to change.
    """
    if unknown := set(fields) - {"name", "reference", "date", "place", "office"}:
        raise BadVoyage(min(unknown), "This is not changed here: enter another voyage, or a new estimate of the arrival.")
    entry = Call.objects.select_for_update().get(voyage=voyage, is_entry=True)
    wanted = dict(fields)
    if "place" in wanted:
        wanted["place"] = tidy_place(wanted["place"])
    if "office" in wanted:
        wanted["office"] = tidy_office(wanted["office"])
    rows = {name: entry if name in {"place", "office"} else voyage for name in wanted}
    changed = sorted(name for name, row in rows.items() if getattr(row, name) != wanted[name])
    if not changed:
        return False
    for name in changed:
        setattr(rows[name], name, wanted[name])
    voyage.changed_at = entry.changed_at = at
    voyage.save()
    save_call(entry)
    audit.record("voyage.changed", target=voyage, by=by, at=at, detail={"changed": changed})
    return True


@transaction.atomic
def delete(*, voyage: Voyage, by: Actor, at: datetime) -> None:
    """Remove a voyage; its filings stay, and so do drafts of nothing that was sent.

    :raises ArrivalNotified: if customs was told of its arrival.
    """
    notifications = Filing.objects.filter(notifies__voyage=voyage)
    if notifications.exclude(state=State.DRAFT).exists():
        raise ArrivalNotified
    notifications.delete()
    audit.record("voyage.deleted", target=voyage, by=by, at=at, detail={"number": voyage.number})
    voyage.delete()


@transaction.atomic
def add_call(*, voyage: Voyage, eta: datetime, place: str, office: str, by: Actor, at: datetime) -> Call:
    """Add a place the voyage goes to after its first entry.

    :raises BadVoyage: if place, office or time cannot be right.
    """
    if eta.tzinfo is None:
        raise BadVoyage("eta", "The arrival needs its zone, such as 2026-12-01T08:15:00Z.")
    if not place.strip():
        raise BadVoyage("place", "Say where it calls: a UN/LOCODE such as DEHAM.")
    call = Call(
        voyage=voyage, journey_key=voyage.key, place=tidy_place(place), office=tidy_office(office), eta=eta, changed_at=at
    )
    call.save()
    audit.record("voyage.call_added", target=voyage, by=by, at=at, detail={"place": call.place})
    return call


@transaction.atomic
def remove_call(*, call: Call, by: Actor, at: datetime) -> None:
    """Take away a later call.

    :raises EntryIsFixed: if it is the first entry.
    """
    if call.is_entry:
        raise EntryIsFixed
    audit.record("voyage.call_removed", target=call.voyage, by=by, at=at, detail={"place": call.place})
    call.delete()


@transaction.atomic
def arrived(*, call: Call, arrived_at: datetime | None, by: Actor, at: datetime) -> None:
    """Keep when it really arrived at a call, or that it has not; customs is told by the notification alone.

    :raises BadVoyage: if that is in the future, or names no zone.
    """
    if arrived_at and (arrived_at.tzinfo is None or arrived_at > at):
        raise BadVoyage("arrived_at", "Say when it arrived, with the zone; that cannot be later than now.")
    if call.arrived_at == arrived_at:
        return
    call.arrived_at, call.changed_at = arrived_at, at
    call.save(update_fields=["arrived_at", "changed_at"])
    audit.record("voyage.arrived", target=call.voyage, by=by, at=at, detail={"call": str(call.pk)})


def remember(voyage: Voyage) -> int:
    """Remember by name the filings that come with a voyage because of what they say; return how many."""
    return voyages_found.named_by_filings(voyage).update(voyage=voyage)


@transaction.atomic
def take_in(*, voyage: Voyage, filings: Iterable[Filing], by: Actor, at: datetime) -> int:
    """Let filings come with a voyage, whatever they say; return for how many that is new.

    :raises NoFilingOfItsOwn: if one is a request or an arrival.
    """
    count = 0
    for filing in filings:
        filing.lock()
        if filing.about_id or filing.notifies_id:
            raise NoFilingOfItsOwn
        if filing.voyage_id == voyage.pk:
            continue
        filing.voyage = voyage
        filing.save(update_fields=["voyage"])
        filing.happened("voyage", f"It comes with {voyage.thing} {voyage}.", by=by, at=at, detail={"voyage": str(voyage.pk)})
        audit.record("filing.voyage_set", target=filing, by=by, at=at, detail={"voyage": str(voyage.pk)})
        count += 1
    return count


@transaction.atomic
def take_out(*, voyage: Voyage, filing: Filing, by: Actor, at: datetime) -> None:
    """Let a filing come with a voyage no more.

    :raises ComesWithIt: if the filing itself says that it does.
    """
    filing.lock()
    if filing.journey_key == voyage.key and filing.arrives_at == voyage.entry.eta:
        raise ComesWithIt
    if filing.voyage_id != voyage.pk:
        return
    filing.voyage = None
    filing.save(update_fields=["voyage"])
    words = f"It does not come with {voyage.thing} {voyage} any more."
    filing.happened("voyage", words, by=by, at=at, detail={"voyage": None})
    audit.record("filing.voyage_unset", target=filing, by=by, at=at, detail={"voyage": str(voyage.pk)})


def save_call(call: Call) -> None:
    """Save a first entry.

    :raises VoyageKnown: if another voyage has its number and arrival.
    """
    same = Call.objects.filter(is_entry=True, journey_key=call.journey_key, eta=call.eta).exclude(pk=call.pk)
    if known := same.first():
        raise VoyageKnown(known.voyage_id)
    try:
        with transaction.atomic():
            call.save()
    except IntegrityError as error:  # somebody entered it at this very moment
        raise VoyageKnown from error
