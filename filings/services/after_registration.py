"""Amendments submitted before customs had registered what they amend: they leave after that, or stay drafts.

Called in the transaction that learns of the registration or the refusal, so that none is forgotten and none leaves twice.
"""

from datetime import datetime

from django.db import transaction

from filings.lifecycle import NotAllowed, State
from filings.models import Filing
from filings.services import submission
from filings.services.large.queue import StillAtWork
from tenants.actors import Actor
from tenants.errors import DomainError


def send(*, filing: Filing, at: datetime) -> None:
    """Submit the amendment of a filing that waited for its MRN, in the name of who wanted that; the filing is locked."""
    for draft in _waiting(filing):
        asked = draft.events.filter(kind=submission.PUT_OFF).latest("at")
        by = Actor(name=asked.actor, role="system", operator_id=draft.operator_id)
        try:
            with transaction.atomic():
                submission.submit(filing=draft, by=by, at=at, despite_findings=bool(asked.detail.get("despite_findings")))
        except StillAtWork:
            continue  # one kept in parts is being checked: it is submitted at the end of that (filings.services.large.submitting)
        except (DomainError, NotAllowed) as refusal:
            draft.refresh_from_db()
            words = f"It was not sent: {refusal.message if isinstance(refusal, DomainError) else refusal}"
            submission.keep_back(draft, words, at=at)


def stay(*, filing: Filing, at: datetime) -> None:
    """Let the amendment of a filing that customs refused stay a draft; the filing is locked."""
    for draft in _waiting(filing):
        words = f"It was not sent: customs refused the filing {filing.lrn}. Correct that one and file it anew."
        submission.keep_back(draft, words, at=at)


def _waiting(filing: Filing) -> list[Filing]:
    return list(Filing.objects.filter(about=filing, state=State.DRAFT, when_registered=True))
