"""What becomes of the answers: requests follow the filing rows that answer them, and cases their requests.

Registered with filings.services.telling, so it happens in the transaction in which the filing moves.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from filings import lifecycle as filing_lifecycle
from filings import selectors as filing_selectors
from filings.lifecycle import State as FilingState
from filings.models import Filing, Topic
from filings.services import amending
from filings.services.alarms import said
from referrals import lifecycle, reference, selectors
from referrals.lifecycle import OPEN, WORDS, Event, State
from referrals.models import Case, Request
from referrals.services import approving, due
from tenants import audit
from tenants.actors import CUSTOMS, SYSTEM, Actor
from tenants.errors import DomainError

GONE: Final = "The filing was invalidated, so nothing is left to answer."


class Follower:
    """Hears what becomes of filings (filings.services.telling.Companion)."""

    def leaving(self, *, filing: Filing, by: Actor, at: datetime) -> None:
        """Keep an answer here that a second person must approve, or an amendment that lost the reference it answers.

        :raises approving.NeedsApproval: if nobody approved it.
        :raises ReferenceGone: if it would not tell customs what it answers.
        """
        if not filing.about_id:
            return
        _adopt(filing, by=by, at=at)
        if requests := selectors.requests_answered_by(filing):
            _must_name(filing, requests)
            approving.must_be_approved(filing)

    def moved(self, *, filing: Filing, at: datetime) -> None:
        """Let the requests that a filing answers follow it; an invalidated filing leaves nothing to answer."""
        if filing.about_id:
            follow(filing, at=at)
        elif filing.state == FilingState.INVALIDATED:
            _let_go(filing, at=at)

    def discarded(self, *, filing: Filing, by: Actor, at: datetime) -> None:
        """Open the requests again whose answer is thrown away."""
        for request in selectors.requests_answered_by(filing):
            set_state(request, lifecycle.step(State(request.state), Event.DISCARD), by=by, at=at, answer=None)

    def journey_changed(self, *, filing: Filing, at: datetime) -> None:
        """Reckon anew by when the open cases about a filing should be answered."""
        reckon(filing, at=at)


FOLLOWER: Final = Follower()


class ReferenceGone(DomainError):
    """The amendment does not carry the reference of the request it answers; put it back, or customs goes on waiting."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


def _adopt(amendment: Filing, *, by: Actor, at: datetime) -> None:
    """Tie an amendment to the open request it names, however it was drafted: by hand, by file or by another system."""
    named = amendment.document.get(amending.REFERRAL)
    if not named or amendment.about is None or not filing_selectors.message_of(amendment).amends:
        return
    waiting = selectors.waiting_about(amendment.about).filter(reference=named, state__in=lifecycle.MAY_ANSWER)
    for request in waiting.select_related("case"):
        if reference.kinds()[request.kind].deed == reference.AMEND:
            set_state(request, State.DRAFTED, by=by, at=at, answer=amendment)


def _must_name(answer: Filing, requests: list[Request]) -> None:
    message = filing_selectors.message_of(answer)
    named = answer.document.get(amending.REFERRAL)
    if amending.REFERRAL in message.by_path and named not in {request.reference for request in requests}:
        raise ReferenceGone


def follow(answer: Filing, *, at: datetime) -> None:
    """Bring the requests that a filing row answers to where it stands."""
    requests = selectors.requests_answered_by(answer)
    if not requests:
        return
    needs_yes = bool(filing_selectors.message_of(answer).accepted_by)
    for request in requests:
        state = lifecycle.following(answer.state, needs_yes=needs_yes, before=State(request.state))
        if request.state not in {state, State.SET_ASIDE}:
            reason = _refusal(answer) if state is State.REFUSED else ""
            set_state(request, state, by=CUSTOMS if state in _BY_CUSTOMS else SYSTEM, at=at, why=reason)
    if answer.about and answer.state == FilingState.DONE:
        reckon(answer.about, at=at)  # an amendment may have changed the journey


_BY_CUSTOMS: Final = frozenset({State.ANSWERED, State.REFUSED})


def set_state(request: Request, state: State, *, by: Actor, at: datetime, why: str = "", **fields: object) -> None:
    """Take a step of one request, with its line in the history, and close or open its case."""
    before = request.state
    request.state, request.changed_at = state, at
    request.answered_at = at if state is State.ANSWERED else None
    for name, value in fields.items():
        setattr(request, name, value)
    request.save(update_fields=["state", "changed_at", "answered_at", *fields])
    if before == state:
        return
    case = request.case
    words = f"{request.get_kind_display()} {request.reference}: {WORDS[state][0].lower()}."
    case.happened(state.value, f"{words} {why}".strip(), by=by, at=at, detail={"request": str(request.pk), "before": before})
    detail = {"request": request.reference, "before": str(before), "after": str(state)}
    audit.record("referral.request_moved", target=case, by=by, at=at, detail=detail)
    settle(case, at=at)


def settle(case: Case, *, at: datetime) -> None:
    """Close a case of which every request is answered or set aside, or open it again."""
    case.lock()
    is_open = case.acknowledged_at is None if case.is_alarm else case.requests.filter(state__in=OPEN).exists()
    if is_open == case.is_open:
        return
    case.state, case.closed_at = (Case.State.OPEN, None) if is_open else (Case.State.CLOSED, at)
    case.save(update_fields=["state", "closed_at"])
    sentence = "It is open again." if is_open else "Nothing is left to do."
    case.happened("opened_again" if is_open else "closed", sentence, by=SYSTEM, at=at)
    if case.filing and not case.is_alarm:
        tell_filing(case.filing, at=at)


def reckon(filing: Filing, *, at: datetime) -> None:
    """Reckon anew by when the open cases about a filing should be answered."""
    for case in Case.objects.filter(filing=filing, state=Case.State.OPEN):
        if due.reckon(case):
            case.save(update_fields=["due_at", "due_reason", "due_source"])
            case.happened("due", "Its due time changed with the journey.", by=SYSTEM, at=at)


def tell_filing(filing: Filing, *, at: datetime) -> None:
    """Let the filing know that every request about it is answered (docs/decisions/0022, gap 7), or that one is open.

    Customs' clock may be ahead of ours: what we know now goes after what it said last.
    """
    filing.lock()
    waiting = selectors.waiting_about(filing).exists()
    fact = filing_lifecycle.fact_of("open" if waiting else "answer_all")
    if fact and filing.asked != fact.value:
        since = filing.facts_at.get(fact.facet)
        filing.learn(fact, at=max(at, datetime.fromisoformat(since) + timedelta(seconds=1)) if since else at)
    if not waiting:
        said.settled(filing=filing, topic=Topic.REFERRAL, because="Every request is answered.", at=at)


def _let_go(filing: Filing, *, at: datetime) -> None:
    """Set aside what is open about an invalidated filing."""
    for request in selectors.waiting_about(filing).filter(state__in=[State.OPEN, State.REFUSED]).select_related("case"):
        set_state(request, State.SET_ASIDE, by=SYSTEM, at=at, why=GONE)


def _refusal(answer: Filing) -> str:
    """Return what customs minds about an answer, as it says it."""
    told = "; ".join(f"{error['sentence'].rstrip('.')} ({error['code']})" for error in answer.errors[:3])
    return f"Customs says: {told}." if told else ""
