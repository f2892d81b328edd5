"""An operator's rules for alarms: whom to tell of what, and how long before."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from filings import selectors
from filings.messages import catalogue
from filings.models import AlarmRule, Topic
from filings.models.alarm import TIMED
from filings.services.alarms import webhooks
from tenants import audit, vault
from tenants.actors import Actor
from tenants.errors import DomainError

MOST_ADDRESSES: Final = 20
LONGEST: Final = 60 * 24 * 60  # minutes before, or until somebody else is told


class BadRule(DomainError):
    """A rule needs a name, a topic, and somebody to tell."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Given:
    """What an operator says in a rule."""

    name: str
    topic: str
    minutes_before: int = 0
    message_types: Sequence[str] = ()
    emails: Sequence[str] = ()
    webhook_url: str = ""
    escalate_after: int | None = None
    escalate_to: Sequence[str] = ()
    active: bool = True


@transaction.atomic
def add(*, given: Given, by: Actor, at: datetime) -> tuple[AlarmRule, str]:
    """Return a new rule and, where it has a webhook, the secret that signs its calls, which is shown this once.

    :raises BadRule: if it cannot work.
    """
    rule = AlarmRule(created_at=at)
    secret = _keep(rule, given, by=by, at=at)
    audit.record("alarm_rule.added", target=rule, by=by, at=at, detail={"topic": rule.topic})
    return rule, secret


@transaction.atomic
def change(*, rule: AlarmRule, given: Given, by: Actor, at: datetime) -> str:
    """Change a rule; what it raised before stays. Return the secret of a webhook that is new, else "".

    :raises BadRule: if it cannot work.
    """
    secret = _keep(rule, given, by=by, at=at)
    audit.record("alarm_rule.changed", target=rule, by=by, at=at, detail={"topic": rule.topic, "active": rule.active})
    return secret


@transaction.atomic
def new_secret(*, rule: AlarmRule, by: Actor, at: datetime) -> str:
    """Give the webhook of a rule another secret; calls are signed with it at once."""
    secret = _give_secret(rule)
    rule.changed_at, rule.changed_by = at, by.name[:120]
    rule.save(update_fields=["webhook_secret", "changed_at", "changed_by"])
    audit.record("alarm_rule.secret_renewed", target=rule, by=by, at=at)
    return secret


@transaction.atomic
def remove(*, rule: AlarmRule, by: Actor, at: datetime) -> None:
    """Remove a rule; alarms it raised stay, and what it still wanted sent is not sent."""
    audit.record("alarm_rule.removed", target=rule, by=by, at=at, detail={"topic": rule.topic})
    rule.deliveries.filter(state="waiting").update(state="off")
    rule.delete()


def given_of(rule: AlarmRule) -> Given:
    """Return what a rule says."""
    return Given(**{name: getattr(rule, name) for name in asdict(Given("", ""))})


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of filing a rule may be about, with words."""
    return [(each.id, f"{each.sci} · {each.mode}, {each.level}") for each in catalogue.messages() if selectors.can_be_filed(each)]


def _keep(rule: AlarmRule, given: Given, *, by: Actor, at: datetime) -> str:
    _refuse_bad(given)
    had_webhook = bool(rule.webhook_url)
    for name, value in asdict(given).items():
        setattr(rule, name, list(value) if isinstance(value, tuple | list) else value)
    rule.name, rule.changed_at, rule.changed_by = given.name.strip(), at, by.name[:120]
    if given.topic not in TIMED:
        rule.minutes_before = 0
    secret = _give_secret(rule) if rule.webhook_url and not (had_webhook and rule.webhook_secret) else ""
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as error:
        raise BadRule("There is a rule of this name; choose another one.") from error
    return secret


def _give_secret(rule: AlarmRule) -> str:
    secret = f"whs_{secrets.token_urlsafe(32)}"
    rule.webhook_secret = vault.lock(secret)
    return secret


def _refuse_bad(given: Given) -> None:
    """Refuse what cannot work.

    :raises BadRule: with a sentence that says what to mend.
    """
    if not given.name.strip() or len(given.name.strip()) > 80:
        raise BadRule("Give the rule a name of at most 80 signs.")
    if given.topic not in Topic.values:
        raise BadRule("Choose what the rule is about.")
    later = 1 if given.escalate_after is None else given.escalate_after
    if not 0 <= given.minutes_before <= LONGEST or not 1 <= later <= LONGEST:
        raise BadRule("Times are whole minutes, at most 60 days.")
    if unknown := set(given.message_types) - {each for each, _ in kinds()}:
        raise BadRule(f"There is no filing of the kind {sorted(unknown)[0]}.")
    _refuse_addresses(given)
    if given.webhook_url:
        webhooks.refuse_bad_address(given.webhook_url)


def _refuse_addresses(given: Given) -> None:
    addresses = [*given.emails, *given.escalate_to]
    if len(addresses) > MOST_ADDRESSES:
        raise BadRule(f"A rule tells at most {MOST_ADDRESSES} addresses; give a team one address.")
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            raise BadRule(f"“{address[:60]}” is no e-mail address.") from None
    if not given.emails and not given.webhook_url:
        raise BadRule("Name at least one e-mail address, or the address of a webhook.")
    if bool(given.escalate_to) != (given.escalate_after is not None):
        raise BadRule("For escalation give both: whom to tell next, and after how many minutes.")
