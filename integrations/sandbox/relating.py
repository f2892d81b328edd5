"""How filings come together: keys, links, and the states that follow from them (L4-ICS2-02-01).

The keys are those of filings.linking. Whoever changes what belongs together holds one lock until the end of the
transaction, so that two filings judged at once see each other.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import F, Q, QuerySet

from filings import linking
from filings.messages.document import Document
from integrations.sandbox import clock, facts, letters, reading
from integrations.sandbox.case import Case
from integrations.sandbox.models import Link, LinkingKey, Registration, Timer
from integrations.sandbox.registry import ARRIVED, BEFORE_ARRIVAL, GONE, PRESENTED

LOCK: Final = 7_311_744  # of pg_advisory_xact_lock
COMPLETE: Final = "11"
PENDING: Final = "10"
CONSIDERED: Final = "12"
EXPIRES: Final = "linking_expires"
DEPTH: Final = 6  # levels of filings; more are a circle


def relate(registration: Registration, document: Document, *, case: Case) -> list[Registration]:
    """Take a new or amended filing in, bring what it touches to its state, and return what became ready for analysis."""
    if linking.effect(document.message) is None:
        return []
    rows = keys_of(registration, document)
    if not rows:
        return settle([registration], case=case)
    touched = _unlink(registration)
    LinkingKey.objects.bulk_create(rows, batch_size=2000)
    _link(registration, at=case.at)
    return settle([registration, *touched, *_neighbours(registration)], case=case)


def keys_of(registration: Registration, document: Document) -> list[LinkingKey]:
    """Return the keys by which a filing expects others and can be found, not kept yet."""
    offered = linking.offers(document, mrn=registration.number)
    rows = [LinkingKey(registration=registration, side=LinkingKey.Side.LOWER, key=key) for key in sorted(offered)]
    for number, one in enumerate(linking.expectations(document), 1):
        rows += [
            LinkingKey(
                registration=registration,
                side=LinkingKey.Side.UPPER,
                key=key,
                number=number,
                party=one.party,
                completes=one.completes,
            )
            for key in sorted(one.keys)
        ]
    return rows


def forget(registration: Registration, *, case: Case) -> list[Registration]:
    """Take a filing out that is no more, and let what belonged to it fall back."""
    return settle(_unlink(registration), case=case)


def settle(touched: list[Registration], *, case: Case) -> list[Registration]:
    """Bring filings, and those above them, to the state that follows; return what is ready for analysis.

    What stands beside or below them keeps its state; where the state of an ENS changed, all that belongs to it is looked at.
    """
    concerned: dict[object, Registration] = {}
    for start in touched:
        if start.pk not in concerned:
            concerned |= {each.pk: each for each in _upwards(start) if each.pk not in concerned}
    before = {pk: each.state for pk, each in concerned.items()}
    for each in concerned.values():
        _set_state(each, case=case)
    belonging: dict[object, Registration] = {}
    for pk, each in concerned.items():
        if each.state != before[pk] and pk not in belonging and is_master(each):
            belonging |= {one.pk: one for one in family(each)}
    concerned = belonging | concerned
    return [each for each in concerned.values() if is_ready(each)]


def ready(registration: Registration) -> list[Registration]:
    """Return what is ready for analysis of all that belongs to the same ENS."""
    return [each for each in family(registration) if is_ready(each)]


def is_ready(registration: Registration) -> bool:
    """Say whether the full analysis may begin: its ENS is complete, or taken as complete."""
    return any(each.state in {COMPLETE, CONSIDERED, ARRIVED, PRESENTED} for each in _upwards(registration) if is_master(each))


def missing(registration: Registration) -> list[str]:
    """Return who was named by a filing to file the next level and has not, each once."""
    named = LinkingKey.objects.filter(registration=registration, side=LinkingKey.Side.UPPER, completes="every").exclude(party="")
    there = set().union(*_met(registration).values())
    return list(dict.fromkeys(row.party for row in named.order_by("number") if row.number not in there))


def expire(registration: Registration, detail: dict[str, int], *, case: Case) -> str:
    """Do what customs does when the time for linking is over: tell the filers and who is missing, go on with what is there."""
    if registration.state not in {PENDING, CONSIDERED}:
        return "complete meanwhile"
    count = _tell_missing(registration, case=case)
    if registration.state == PENDING:
        registration.state = CONSIDERED
        registration.save(update_fields=["state"])
    number = detail.get("reminder", 0)
    if count and number < clock.times("reminders"):
        due_at = case.at + clock.minutes(clock.times("reminder"), speed=case.here.speed)
        clock.schedule(registration, EXPIRES, due_at=due_at, detail={"reminder": number + 1})
    return f"not complete, {count} missing"


def family(registration: Registration) -> list[Registration]:
    """Return all filings that belong to the same ENS, over any number of levels, the filing itself first."""
    found = {registration.pk: registration}
    level = [registration.pk]
    while level:
        links = Link.objects.filter(Q(upper__in=level) | Q(lower__in=level)).select_related("upper", "lower")
        beside = {each.pk: each for link in links for each in (link.upper, link.lower) if each.pk not in found}
        found |= beside
        level = list(beside)
    return list(found.values())


def office(registration: Registration, *, case: Case) -> str:
    """Return the office of first entry of the ENS a filing belongs to, as far as it is known."""
    found = (facts.office_of(document) for each in _upwards(registration) if (document := case.read(each)))
    return next((each for each in found if each), "")


def _tell_missing(registration: Registration, *, case: Case) -> int:
    """Send IE3N02 to every filer of the ENS who named somebody, and IE3N11 to each who was named; return how many those are."""
    told: set[str] = set()
    at_office = {"customsOfficeOfFirstEntry": {"referenceNumber": office(registration, case=case)}}
    for each in family(registration):
        parties, about = missing(each), case.about(each)
        document = about.document
        if not parties or document is None or not letters.may_follow("not_complete", document):
            continue
        letters.send("not_complete", about, said={**at_office, "supplementaryDeclarant": [_named(one) for one in parties]})
        for one in parties:
            if one not in told:
                letters.send("pending", about, said={**at_office, "supplementaryDeclarant": [_named(one)]})
        told |= set(parties)
    return len(told)


def _unlink(registration: Registration) -> list[Registration]:
    """Take away keys and links of a filing, holding the lock, and return what it was linked with."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
    touched = _neighbours(registration)
    LinkingKey.objects.filter(registration=registration).delete()
    Link.objects.filter(upper=registration).delete()
    Link.objects.filter(lower=registration).delete()
    return touched


def _named(eori: str) -> dict[str, str]:
    return {"identificationNumber": eori}


def _link(registration: Registration, *, at: datetime) -> None:
    """Find by the keys what belongs above and below."""
    mine = LinkingKey.objects.filter(registration=registration)
    others = LinkingKey.objects.exclude(registration=registration).exclude(registration__state__in=GONE)
    upper, lower = LinkingKey.Side.UPPER, LinkingKey.Side.LOWER
    above = others.filter(side=upper, key__in=mine.filter(side=lower).values("key")).values_list("registration_id", flat=True)
    below = others.filter(side=lower, key__in=mine.filter(side=upper).values("key")).values_list("registration_id", flat=True)
    rows = [Link(upper_id=pk, lower=registration, at=at) for pk in set(above)]
    rows += [Link(upper=registration, lower_id=pk, at=at) for pk in set(below)]
    Link.objects.bulk_create(rows, ignore_conflicts=True)


def _set_state(registration: Registration, *, case: Case) -> None:
    effect = linking.effect(reading.message_of(registration))
    if effect is None or registration.state not in BEFORE_ARRIVAL:
        return
    if effect.is_ens:
        there = _is_complete(registration, set())
    else:
        there = Link.objects.filter(lower=registration).exclude(upper__state__in=GONE).exists()
    state = effect.when_linked if there else effect.alone
    if state == PENDING:
        if registration.state == CONSIDERED:
            return
        _start_waiting(registration, case=case)
    if state == COMPLETE:
        clock.cancel(registration, EXPIRES)
    if state != registration.state:
        registration.state = state
        registration.save(update_fields=["state"])


def _start_waiting(registration: Registration, *, case: Case) -> None:
    waits = Timer.objects.filter(registration=registration, deed=EXPIRES, state=Timer.State.WAITING)
    if not waits.exists():
        clock.schedule(registration, EXPIRES, due_at=case.at + clock.minutes(clock.times("linking"), speed=case.here.speed))


def _is_complete(registration: Registration, seen: set[object]) -> bool:
    """Say whether everything a filing waits for is there and is complete itself."""
    if registration.pk in seen or len(seen) > 10_000:
        return True
    seen.add(registration.pk)
    waits = LinkingKey.objects.filter(registration=registration, side=LinkingKey.Side.UPPER)
    wanted = set(waits.exclude(completes="no").values_list("number", "completes"))
    every, any_ = ({number for number, how in wanted if how == which} for which in ("every", "any"))
    if not wanted:
        return True
    met = _met(registration)
    numbers = set().union(*met.values())
    if not every <= numbers or (any_ and not any_ & numbers):
        return False  # and what is there need not be looked at
    there = _fulfilled(registration, met)
    complete = {number for number, below in there.items() if any(_is_complete(each, seen) for each in below)}
    return every <= complete and (not any_ or bool(any_ & complete))


def _live(registration: Registration) -> QuerySet[LinkingKey]:
    """Return the keys by which other filings that still count can be found."""
    lower = LinkingKey.objects.filter(side=LinkingKey.Side.LOWER).exclude(registration__state__in=GONE)
    return lower.exclude(registration=registration)


def _met(registration: Registration) -> dict[str, set[int]]:
    """Return the keys of a filing by which another one is there, with the numbers of the expectations that have them."""
    mine = LinkingKey.objects.filter(registration=registration, side=LinkingKey.Side.UPPER)
    found: dict[str, set[int]] = {}
    for key, number in mine.filter(key__in=_live(registration).values("key")).values_list("key", "number"):
        found.setdefault(key, set()).add(number)
    return found


def _fulfilled(registration: Registration, met: Mapping[str, set[int]]) -> dict[int, list[Registration]]:
    """Return what is there for each expectation of a filing, by its number."""
    found: dict[int, dict[object, Registration]] = {}
    for row in _live(registration).filter(key__in=list(met)).select_related("registration"):
        for number in met[row.key]:
            found.setdefault(number, {})[row.registration_id] = row.registration
    return {number: list(each.values()) for number, each in found.items()}


def is_master(registration: Registration) -> bool:
    """Say whether a filing stands for a whole ENS: a full or a master level one."""
    effect = linking.effect(reading.message_of(registration))
    return effect is not None and effect.is_ens


def _neighbours(registration: Registration) -> list[Registration]:
    links = Link.objects.filter(upper=registration) | Link.objects.filter(lower=registration)
    return [each.lower if each.upper_id == registration.pk else each.upper for each in links.select_related("upper", "lower")]


def _upwards(registration: Registration) -> Iterator[Registration]:
    level, seen = [registration], {registration.pk}
    for _ in range(DEPTH):
        yield from level
        links = Link.objects.filter(lower__in=[each.pk for each in level]).select_related("upper").exclude(upper=F("lower"))
        level = list({each.upper_id: each.upper for each in links if each.upper_id not in seen}.values())
        seen |= {each.pk for each in level}
