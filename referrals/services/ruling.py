"""An operator's own rules about requests, and its texts to begin answers with."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.db import IntegrityError, transaction

from referrals import selectors
from referrals.models import AnswerTemplate, Case, Settings
from referrals.services import due
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import Operator, User
from tenants.scope import current_operator_id


class NameTaken(DomainError):
    """Another text has this name."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@transaction.atomic
def rule(
    *, four_eyes: bool, answer_within: int | None, escalate_before: int, second_person: User | None, by: Actor, at: datetime
) -> Settings:
    """Set the operator's rules, and reckon open cases by them."""
    values = {
        "four_eyes": four_eyes,
        "answer_within": answer_within or None,
        "escalate_before": escalate_before,
        "second_person": second_person,
    }
    row: Settings = Settings.objects.update_or_create(defaults={**values, "changed_at": at, "changed_by": by.name[:120]})[0]
    for case in Case.objects.filter(state=Case.State.OPEN).select_related("filing"):
        if due.reckon(case):
            case.save(update_fields=["due_at", "due_reason", "due_source"])
    operator = Operator.objects.get(pk=current_operator_id())
    detail = {**values, "second_person": str(second_person.pk) if second_person else ""}
    audit.record("referral.rules_set", target=operator, by=by, at=at, detail=detail)
    return row


@transaction.atomic
def keep_text(
    *, name: str, kind: str, text: str, by: Actor, at: datetime, template: AnswerTemplate | None = None
) -> AnswerTemplate:
    """Keep a text to begin answers with, or change one.

    :raises NameTaken: if another one has the name.
    """
    row = template or AnswerTemplate()
    row.name, row.kind, row.text, row.changed_at = name.strip(), kind, text.strip(), at
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise NameTaken from error
    audit.record("referral.text_kept", target=row, by=by, at=at)
    return row


@transaction.atomic
def drop_text(*, template: AnswerTemplate, by: Actor, at: datetime) -> None:
    """Remove a text."""
    audit.record("referral.text_dropped", target=template, by=by, at=at)
    template.delete()


def text_of(pk: UUID) -> AnswerTemplate | None:
    """Return a text, if the operator has one of that id."""
    return selectors.templates().filter(pk=pk).first()
