"""Calendars that people read with their own program: a secret address for one person and one operator (RFC 5545)."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from icalendar import Alarm as Reminder
from icalendar import Calendar, Event

from filings import selectors
from filings.models import CalendarFeed, Filing
from filings.services import dates
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import Operator, User
from tenants.scope import every_tenant
from tenants.selectors import actor_for

MOST: Final = 1000  # events of a calendar, the next ones
BACK: Final = timedelta(days=7)  # what was due so long ago still stands in it
REMIND: Final = timedelta(hours=1)
PRODUCT: Final = "-//Landfall//Deadlines//EN"
_WHOSE: Final = "the secret in the address says whose calendar it is"


class NeedsAPerson(DomainError):
    """A calendar belongs to a person who signs in; a key of the API has none."""


@transaction.atomic
def make(*, name: str, by: Actor, at: datetime) -> tuple[CalendarFeed, str]:
    """Return a new calendar of the person who acts, and the secret of its address, which is shown this once.

    :raises NeedsAPerson: if who acts is none.
    """
    if by.user is None:
        raise NeedsAPerson
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(user=by.user, name=name.strip()[:80] or "Calendar", digest=_digest(secret), created_at=at)
    audit.record("calendar.made", target=feed, by=by, at=at)
    return feed, secret


@transaction.atomic
def revoke(*, feed: CalendarFeed, by: Actor, at: datetime) -> None:
    """Make the address of a calendar useless from now on; once more does nothing."""
    if feed.revoked_at is None:
        feed.revoked_at = at
        feed.save(update_fields=["revoked_at"])
        audit.record("calendar.revoked", target=feed, by=by, at=at)


def of_person(user: User | None) -> QuerySet[CalendarFeed]:
    """Return a person's calendars for the operator in scope."""
    found: QuerySet[CalendarFeed] = CalendarFeed.objects.filter(user=user)
    return found


def holder(secret: str, *, at: datetime) -> tuple[CalendarFeed, Operator] | None:
    """Return the calendar of a secret and its operator; nothing if it was revoked or the person works there no more."""
    with every_tenant(_WHOSE):
        found = CalendarFeed.objects.select_related("user", "operator").filter(digest=_digest(secret), revoked_at=None)
        feed: CalendarFeed | None = found.first()
    if feed is None or not feed.user.is_active or actor_for(feed.user, feed.operator) is None:
        return None
    with every_tenant(_WHOSE):
        CalendarFeed.objects.filter(pk=feed.pk).update(read_at=at)
    return feed, feed.operator


def written(operator: Operator, *, at: datetime) -> bytes:
    """Return the calendar of the operator in scope: what is due, and what lapses soon."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", f"ENS deadlines of {operator.name}")
    calendar.add("x-wr-calname", f"ENS deadlines of {operator.name}")
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"VALUE": "DURATION"})
    for event in (*_due(operator, at=at), *_lapsing(operator, at=at)):
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _due(operator: Operator, *, at: datetime) -> Iterable[Event]:
    still_due = selectors.filings(due="open").filter(due_at__gt=at - BACK).order_by("due_at")
    for filing in still_due[:MOST]:
        if filing.due_at is None:
            continue
        event = _event(operator, filing, "due", filing.due_at, f"Due: {_named(filing)}", at=at)
        text = f"Customs must have it by then. It is “{filing.get_state_display().lower()}”."
        event.add("description", f"{text}\n{_address(operator, filing)}")
        event.add_component(_reminder(f"Due soon: {_named(filing)}"))
        yield event


def _lapsing(operator: Operator, *, at: datetime) -> Iterable[Event]:
    for name, kind in dates.KINDS.items():
        for filing in selectors.filings().filter(dates.near(name, at=at)).order_by("registered_at")[:MOST]:
            if (moment := kind.of(filing)) is None:
                continue
            event = _event(operator, filing, name, moment, f"{kind.title}: {_named(filing)}", at=at)
            event.add("description", f"{kind.sentence}\n{_address(operator, filing)}")
            yield event


def _event(operator: Operator, filing: Filing, kind: str, moment: datetime, summary: str, *, at: datetime) -> Event:
    """Return an event whose id stays the same while its time or state changes."""
    event = Event()
    event.add("uid", f"{filing.pk}-{kind}@{settings.GATEWAY_HOST}")
    event.add("dtstamp", at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", filing.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", moment.astimezone(UTC).replace(microsecond=0))
    event.add("summary", summary)
    event.add("url", _address(operator, filing))
    event.add("transp", "TRANSPARENT")  # it fills no time of anybody
    event.add("categories", ["ENS"])
    return event


def _reminder(words: str) -> Reminder:
    reminder = Reminder()
    reminder.add("action", "DISPLAY")
    reminder.add("description", words)
    reminder.add("trigger", -REMIND)
    return reminder


def _named(filing: Filing) -> str:
    return f"{filing.message_type} {filing.lrn or filing.transport_document or 'draft without LRN'}"


def _address(operator: Operator, filing: Filing) -> str:
    return settings.WEB_URL.rstrip("/") + reverse("filings:detail", args=[operator.slug, filing.pk])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
