"""Looking for what is due: alarms that the operators' rules about times ask for, each raised once.

Every look asks the database for what came into the time of a rule and has no alarm yet, so a look that was missed or
killed is made good by the next. What is due is held while an outage stops the clock of the filing.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from filings import lifecycle, selectors
from filings.models import Alarm, AlarmRule, Filing, Topic
from filings.models.alarm import TIMED
from filings.services import dates, freezing
from filings.services.alarms import alarms
from tenants.scope import every_tenant, tenant_scope

MOST: Final = 500  # alarms of one rule in one look
BACK: Final = timedelta(days=7)  # what was due longer ago is nobody's news
_WHO: Final = "rules say which operators want alarms"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """A filing with the moment an alarm is about, in words."""

    filing: Filing
    moment: datetime
    title: str
    sentence: str


def raise_all(*, at: datetime) -> int:
    """Raise what is due for every operator and end what is no longer; return how many were raised."""
    with every_tenant(_WHO):
        wanted = AlarmRule.objects.filter(active=True, topic__in=TIMED).order_by("operator_id")
        operators = list(wanted.values_list("operator_id", flat=True).distinct())
    count = 0
    for operator_id in operators:
        with tenant_scope(operator_id):
            end_settled(at=at)
            rules = AlarmRule.objects.filter(active=True, topic__in=TIMED)
            count += sum(raise_for(rule, at=at) for rule in rules)
    if count:
        log.info("%d alarms raised", count)
    return count


def raise_for(rule: AlarmRule, *, at: datetime) -> int:
    """Raise what one rule of the operator in scope asks for; return how many were raised."""
    found = _FINDERS[rule.topic](rule, at)
    count = 0
    for due in found:
        moment = f"{due.moment.astimezone(UTC):%Y%m%dT%H%M%S}"
        raised = alarms.raise_(
            topic=Topic(rule.topic),
            key=f"{rule.topic}:{rule.pk}:{due.filing.pk}:{moment}",
            title=due.title,
            sentence=due.sentence,
            filing=due.filing,
            moment_at=due.moment,
            urgent=rule.topic == Topic.DUE and due.moment <= at + selectors.SOON,
            rule=rule,
            at=at,
        )
        count += raised is not None
    return count


def end_settled(*, at: datetime) -> int:
    """End open alarms about what is due when customs has the filing by now, or it is due at another moment."""
    found = alarms.open_alarms().filter(topic=Topic.DUE, filing__isnull=False)
    settled = found.filter(~Q(filing__state__in=lifecycle.NOT_YET_WITH_CUSTOMS) | Q(filing__registered_at__isnull=False))
    moved = found.exclude(pk__in=settled.values("pk")).exclude(filing__due_at=F("moment_at"))
    count = alarms.end(keys=list(settled.values_list("key", flat=True)), because="Customs has answered the filing.", at=at)
    return count + alarms.end(keys=list(moved.values_list("key", flat=True)), because="The deadline has changed.", at=at)


# --- Finding ----------------------------------------------------------------------------------------------------------------


def _due(rule: AlarmRule, at: datetime) -> list[Due]:
    until = at + timedelta(minutes=rule.minutes_before)
    # What lay behind us when the rule was made is no news either, but a filing that came late since is.
    news = Q(due_at__gt=rule.created_at) | Q(created_at__gt=rule.created_at)
    open_ = selectors.filings(due="open").filter(news, due_at__gt=at - BACK, due_at__lte=until)
    fresh = list(_without_alarm(open_, rule, moment="due_at").order_by("due_at")[:MOST])
    frozen = freezing.now_frozen([filing.pk for filing in fresh], at=at)
    return [_due_words(filing, at) for filing in fresh if filing.pk not in frozen and filing.due_at]


def _due_words(filing: Filing, at: datetime) -> Due:
    assert filing.due_at is not None  # noqa: S101 (for the type checker; the query asked for it)
    late = filing.due_at <= at
    when = f"{filing.due_at.astimezone(UTC):%d %B %Y %H:%M} UTC"
    title = f"{_named(filing)} {'is late' if late else 'is due'}: {when}"
    sentence = f"Customs must have it by {when} and does not have it yet: it is “{filing.get_state_display().lower()}”."
    if late:
        sentence = f"Customs should have had it by {when}. It is “{filing.get_state_display().lower()}”; file it now."
    return Due(filing, filing.due_at, title, sentence)


def _dated(rule: AlarmRule, at: datetime) -> list[Due]:
    """Return the filings with a date of the rule's topic in its time."""
    kind = dates.KINDS[rule.topic]
    near = kind.between(max(at - BACK, rule.created_at), at + timedelta(minutes=rule.minutes_before) + timedelta(seconds=1))
    found = list(_without_alarm(selectors.filings().filter(near), rule).order_by("registered_at")[:MOST])
    dated = [(filing, moment) for filing in found if (moment := kind.of(filing))]
    return [
        Due(filing, moment, f"{_named(filing)}: {kind.title.lower()} {moment.astimezone(UTC):%d %B %Y}", kind.sentence)
        for filing, moment in dated
    ]


def _without_alarm(found: QuerySet[Filing], rule: AlarmRule, *, moment: str = "") -> QuerySet[Filing]:
    """Leave out what the rule is not about, and what it raised an alarm about before."""
    if rule.message_types:
        found = found.filter(message_type__in=rule.message_types)
    raised = Alarm.objects.filter(rule=rule, filing=OuterRef("pk"))
    if moment:
        raised = raised.filter(moment_at=OuterRef(moment))
    return found.filter(~Exists(raised))


def _named(filing: Filing) -> str:
    return f"Filing {filing.lrn}" if filing.lrn else f"A draft of {filing.message_type}"


_FINDERS: Final[Mapping[str, Callable[[AlarmRule, datetime], list[Due]]]] = {
    Topic.DUE.value: _due,
    **{topic.value: _dated for topic in TIMED if topic is not Topic.DUE},
}
