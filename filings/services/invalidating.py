"""Invalidate a filing (IE3Q04), alone or to file it anew: the new draft is linked to what it replaces."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.db import transaction

from filings import selectors
from filings.lifecycle import State
from filings.models import Filing, FilingPart
from filings.services import asking, drafting
from filings.services.large import rows
from tenants.actors import Actor
from tenants.errors import DomainError

EVENT = "request_invalidation"
_LONGEST = 400


class NoReason(DomainError):
    """Say why: it stays in the house, and whoever looks at the filing later wants to know."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class AskedBefore(DomainError):
    """An invalidation of this filing is under way; wait for customs' answer."""


@dataclass(frozen=True)
class Anew:
    """What invalidating and filing anew made: the request, and the new draft."""

    request: Filing
    draft: Filing


@transaction.atomic
def invalidate(*, filing: Filing, reason: str, by: Actor, at: datetime, source: str = "web") -> Filing:
    """Ask customs to invalidate a filing, and return the request.

    :param reason: why; kept here and not sent, since the message has no place for it.
    :raises NoReason: if none is given.
    :raises asking.NotInForce: if customs has not registered the filing, or not any more.
    :raises AskedBefore: if customs was asked and has not answered.
    """
    why = reason.strip()
    if not why:
        raise NoReason
    filing.lock()
    asking.must_be_in_force(filing)
    message = asking.message_for(EVENT, filing=filing, at=at)
    waiting = [State.QUEUED, State.SENT, State.FAILED]
    if selectors.requests_of(filing).filter(message_type=message.id, state__in=waiting).exists():
        raise AskedBefore
    document = asking.filled(message, selectors.in_force(filing))
    document.set(asking.MRN, filing.mrn)
    return asking.send(filing=filing, document=document, by=by, at=at, source=source, reason=why[:_LONGEST])


@transaction.atomic
def file_anew(*, filing: Filing, reason: str, by: Actor, at: datetime, source: str = "web") -> Anew:
    """Ask customs to invalidate a filing, and draft a new one of what customs has; raise as `invalidate`.

    The draft keeps its link to the filing, and can be submitted once customs has confirmed.
    """
    request = invalidate(filing=filing, reason=reason, by=by, at=at, source=source)
    draft = drafting.copy(filing=filing, by=by, at=at)
    latest = selectors.in_force(filing)
    if latest.pk != filing.pk:
        content = {name: value for name, value in latest.document.items() if name in selectors.message_of(draft).root.by_name}
        message = selectors.message_of(draft)
        draft.document = {name: value for name, value in content.items() if name not in {message.reference, message.date}}
        if latest.in_parts:
            FilingPart.objects.filter(filing=draft).delete()
            rows.copy_parts(latest, draft)
            draft.parts_count = latest.parts_count
    draft.replaces = filing
    draft.save(update_fields=["document", "parts_count", "replaces"])
    filing.happened("filing_anew", "A new filing that replaces it was drafted.", by=by, at=at, detail={"filing": str(draft.pk)})
    return Anew(request, draft)
