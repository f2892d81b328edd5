"""Requests to amend: open the amendment of the filing with the reference of the request and the places customs points at."""

from datetime import datetime

from django.db import transaction

from filings import selectors as filing_selectors
from filings.models import Filing
from filings.services import amending
from referrals import reference, selectors
from referrals.lifecycle import BEING_WRITTEN, MAY_ANSWER, State
from referrals.models import Case, Request
from referrals.services import following
from referrals.services.answering import FiledElsewhere, NotWaiting, OtherAnswer
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError


class OtherRequestFirst(DomainError):
    """The amendment that is being drafted answers another request; send it first, since an amendment names only one."""


@transaction.atomic
def start(*, case: Case, request: Request, by: Actor, at: datetime, source: str = "web") -> Filing:
    """Return the draft of an amendment that answers a request, with the places customs points at marked.

    An amendment carries the reference of one request. Five kinds have no place for it (lifecycle digest §8): such an
    amendment answers every open request to amend the filing.

    :raises OtherAnswer, NotWaiting, FiledElsewhere, OtherRequestFirst: if it cannot be answered, or not now.
    :raises amending.OneUnderWay: if another amendment waits for customs' answer; likewise what else amending.start raises.
    """
    case.lock()
    request.refresh_from_db()
    if reference.kinds()[request.kind].deed != reference.AMEND:
        raise OtherAnswer
    if case.filing is None:
        raise FiledElsewhere
    if request.state not in MAY_ANSWER | BEING_WRITTEN:
        raise NotWaiting
    named = amending.REFERRAL in amending.may_start(case.filing, at=at).by_path
    requests = [request] if named else _all_open(case.filing, request)
    marks = [amending.Mark(each.pointer, _words(each)) for each in requests if each.pointer]
    referral = request.reference if named else ""
    draft = amending.start(filing=case.filing, by=by, at=at, source=source, referral=referral, marks=marks)
    if named and any(each.pk != request.pk for each in selectors.requests_answered_by(draft)):
        raise OtherRequestFirst
    for each in requests:
        if each.state not in BEING_WRITTEN:
            following.set_state(each, State.DRAFTED, by=by, at=at, answer=draft)
    detail = {"amendment": str(draft.pk), "requests": [each.reference for each in requests]}
    audit.record("referral.amendment_started", target=case, by=by, at=at, detail=detail)
    return filing_selectors.filing(draft.pk)


def _all_open(filing: Filing, request: Request) -> list[Request]:
    waiting = selectors.waiting_about(filing).filter(kind=request.kind, state__in=MAY_ANSWER).select_related("case")
    return [request, *waiting.exclude(pk=request.pk)]


def _words(request: Request) -> str:
    said = " ".join(one["text"] for one in request.asks.get("information") or [] if one.get("text"))
    return f"Customs asks to amend this ({request.reference}). {said}".strip()
