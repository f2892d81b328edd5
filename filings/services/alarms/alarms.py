"""Alarms: raised once for each cause, sent to whom the operator's rules name, open until a person acknowledges them.

What another part of the product needs is small:

    alarms.raise_(topic=Topic.LOADING, key=f"loading:{case.pk}", title=..., sentence=..., filing=filing, at=at)
    alarms.end(keys=[f"loading:{case.pk}"], because="It was answered.", at=at)

The key names the cause: raising it again does nothing. The row is written in the caller's transaction, with a row for
every mail and webhook call that follows (sending); nothing is sent before that is committed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from filings import outbox
from filings.models import Alarm, AlarmDelivery, AlarmRule, Filing, Topic
from tenants import audit, rows
from tenants.actors import SYSTEM, Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import current_operator_id

BELL: Final = "filings.send_alarms"
_Channel = AlarmDelivery.Channel
_Step = AlarmDelivery.Step
_OPEN: Final = {"acknowledged_at": None, "ended_at": None}


class NotOpen(DomainError):
    """This alarm is not open any more."""


# --- For every part of the product ------------------------------------------------------------------------------------------


@transaction.atomic
def raise_(
    *,
    topic: Topic,
    key: str,
    title: str,
    sentence: str,
    at: datetime,
    filing: Filing | None = None,
    link: str = "",
    moment_at: datetime | None = None,
    urgent: bool = False,
    rule: AlarmRule | None = None,
) -> Alarm | None:
    """Raise an alarm of the operator in scope and return it; None if this cause was raised before.

    It stands on the operator's pages in any case. Mails and webhooks go out as the rules of the topic say.

    :param key: names the cause, at most 200 signs.
    :param link: path of the page where one acts; without it the page of the filing, or the list of alarms.
    :param moment_at: by when one must act, if that is known.
    :param rule: the rule that makes it; without one, all rules of the topic that fit the filing tell of it.
    """
    alarm = Alarm(
        operator_id=current_operator_id(),
        key=key[:200],
        topic=topic,
        title=title[:200],
        sentence=sentence[:1000],
        filing=filing,
        link=(link or _link(filing))[:300],
        moment_at=moment_at,
        urgent=urgent,
        rule=rule,
        raised_at=at,
    )
    if not rows.insert(alarm, once=True):
        return None
    rules = [rule] if rule else [each for each in rules_of(topic) if fits(each, filing)]
    deliveries = [delivery for each in rules for delivery in _deliveries(alarm, each, at=at)]
    AlarmDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)  # an address that two rules name hears once
    detail = {"topic": str(topic), "rules": [str(each.pk) for each in rules]}
    audit.record("alarm.raised", target=alarm, by=SYSTEM, at=at, detail=detail)
    if deliveries:
        transaction.on_commit(lambda: outbox.ring(BELL))
    return alarm


@transaction.atomic
def end(*, keys: Iterable[str] = (), filing: Filing | None = None, topics: Sequence[str] = (), because: str, at: datetime) -> int:
    """End open alarms whose cause is gone, by their keys or of a filing by topic; return how many were open.

    What was not sent yet is not sent any more.
    """
    found = open_alarms().filter(topic__in=topics, filing=filing) if filing else open_alarms().filter(key__in=list(keys))
    ended = list(found.select_for_update(of=("self",)))
    for alarm in ended:
        alarm.ended_at, alarm.ended_because = at, because[:200]
        alarm.save(update_fields=["ended_at", "ended_because"])
    _switch_off(ended)
    audit.record_all("alarm.ended", targets=ended, by=SYSTEM, at=at)
    return len(ended)


# --- Deeds of people --------------------------------------------------------------------------------------------------------


@transaction.atomic
def acknowledge(*, alarm: Alarm, by: Actor, at: datetime, note: str = "") -> None:
    """Take note of an alarm by name: nobody else is told of it any more.

    :raises NotOpen: if somebody did before, or its cause is gone.
    """
    alarm.refresh_from_db(from_queryset=Alarm.objects.select_for_update())
    if alarm.acknowledged_at:
        raise NotOpen(f"{alarm.acknowledged_by} has acknowledged this alarm before.")
    if alarm.ended_at:
        raise NotOpen(f"This alarm has ended: {alarm.ended_because}")
    alarm.acknowledged_at, alarm.acknowledged_by, alarm.note = at, by.name[:120], note.strip()[:400]
    alarm.save(update_fields=["acknowledged_at", "acknowledged_by", "note"])
    _switch_off([alarm])
    audit.record("alarm.acknowledged", target=alarm, by=by, at=at)
    if alarm.filing is not None:
        words = f"{by.name} took note of the alarm “{alarm.title}”."
        alarm.filing.happened("alarm", words, by=by, at=at, detail={"alarm": str(alarm.pk)})


# --- Questions --------------------------------------------------------------------------------------------------------------


def open_alarms() -> QuerySet[Alarm]:
    """Return the alarms that nobody has acknowledged and whose cause is still there, the newest first."""
    found: QuerySet[Alarm] = Alarm.objects.filter(**_OPEN).select_related("filing").defer("filing__document")
    return found


def alarms(*, open_only: bool = False, topic: str = "", filing: Filing | None = None) -> QuerySet[Alarm]:
    """Return alarms, the newest first."""
    found: QuerySet[Alarm] = Alarm.objects.select_related("filing").defer("filing__document")
    wanted = {**(_OPEN if open_only else {}), **({"topic": topic} if topic else {}), **({"filing": filing} if filing else {})}
    return found.filter(**wanted)


def rules_of(topic: str) -> list[AlarmRule]:
    """Return the active rules about a topic."""
    return list(AlarmRule.objects.filter(topic=topic, active=True))


def fits(rule: AlarmRule, filing: Filing | None) -> bool:
    """Say whether a rule is about a filing; one about some kinds of filing is not about what is no filing."""
    return not rule.message_types or (filing is not None and filing.message_type in rule.message_types)


# --- What follows -----------------------------------------------------------------------------------------------------------


def _deliveries(alarm: Alarm, rule: AlarmRule, *, at: datetime) -> list[AlarmDelivery]:
    """Return what a rule wants sent: now, and later to the second person if nobody acknowledges."""
    now = [(_Channel.MAIL, address) for address in rule.emails]
    now += [(_Channel.WEBHOOK, rule.webhook_url)] if rule.webhook_url else []
    rows = [(channel, _Step.RAISED, target, at) for channel, target in now]
    if rule.escalate_after is not None:
        later = at + timedelta(minutes=rule.escalate_after)
        rows += [(_Channel.MAIL, _Step.ESCALATED, address, later) for address in rule.escalate_to]
        rows += [(_Channel.WEBHOOK, _Step.ESCALATED, rule.webhook_url, later)] if rule.webhook_url else []
    return [
        AlarmDelivery(alarm=alarm, rule=rule, channel=channel, step=step, target=target, due_at=due_at, created_at=at)
        for channel, step, target, due_at in rows
    ]


def _switch_off(alarms: Sequence[Alarm]) -> None:
    waiting = AlarmDelivery.objects.filter(alarm__in=alarms, state=AlarmDelivery.State.WAITING)
    waiting.update(state=AlarmDelivery.State.OFF)


def _link(filing: Filing | None) -> str:
    slug = Operator.objects.values_list("slug", flat=True).get(pk=current_operator_id())
    return reverse("filings:detail", args=[slug, filing.pk]) if filing else reverse("alarms:list", args=[slug])
