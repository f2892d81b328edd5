"""What traders fetch: pulls, receipts and errors for pulled messages (profile of the interface §2.2).

ready -> (pulled) waiting for the receipt -> acknowledged, or offered again after the interval, or given up.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from integrations import as4
from integrations.sandbox import faults, office, profile
from integrations.sandbox.models import REASON, Answer, Party
from integrations.sandbox.office import Office
from tenants.scope import every_tenant

IN_TURN: Final = ("later", "created_at", "id")
logger = logging.getLogger(__name__)


def offer(received: as4.Received, *, here: Office, at: datetime) -> Answer:
    """Return the oldest answer that waits on the channel of a signed PullRequest.

    Parallel pulls get different answers; one without receipt comes again, byte for byte.

    :raises As4Error: EBMS:0010 no such channel, EBMS:0004 not the signer's, EBMS:0006 (a warning) nothing waits
    """
    with every_tenant(REASON):
        party = _owner(received, here)
        fail_unanswered(party, here=here, at=at)
        answer = claim(party, until=at + here.receipt_within, at=at)
    if answer is None:
        raise as4.As4Error("EBMS:0006", "no message waits", ref_to=received.message_id)
    return answer


def claim(party: Party, *, until: datetime, at: datetime) -> Answer | None:
    """Return the oldest answer that may be offered to a party, now waiting for its receipt until the time given."""
    waiting = Answer.objects.select_for_update(skip_locked=True).filter(
        party=party, mpc=party.mpc or "", state__in=[Answer.State.READY, Answer.State.WAITING], due_at__lte=at
    )
    answer = _next(waiting, party, at=at)
    if answer is not None:
        answer.state = Answer.State.WAITING
        answer.attempts += 1
        answer.due_at = until
        answer.save(update_fields=["state", "attempts", "due_at"])
    return answer


def _next(waiting: QuerySet[Answer], party: Party, *, at: datetime) -> Answer | None:
    """Return whose turn it is; where a fault disturbs the order, after a while the newest of those it is meant for."""
    fault = faults.disturbing(party, at=at)
    if fault is None:
        return waiting.order_by(*IN_TURN).first()
    if fault.eori and (free := waiting.exclude(eori=fault.eori).order_by(*IN_TURN).first()):
        return free
    if not waiting.filter(created_at__lte=at - timedelta(seconds=fault.seconds)).exists():
        return None
    faults.count(fault)
    return waiting.order_by("-created_at", "-id").first()


def fail_unanswered(party: Party, *, here: Office, at: datetime) -> None:
    """Give up the answers that were offered as often as allowed and got no receipt in time."""
    tired = Answer.objects.select_for_update(skip_locked=True).filter(
        party=party, state=Answer.State.WAITING, due_at__lte=at, attempts__gte=here.max_offers
    )
    for answer in tired:
        fail(answer, "EBMS:0301 no receipt came")


def acknowledge(received: as4.Received, *, envelope: bytes, here: Office, at: datetime) -> None:
    """Take the receipt of a pulled answer.

    :raises As4Error: EBMS:0302 if no answer waits for it or it does not repeat what was sent; EBMS:0004 if another
        party signed it
    """
    with every_tenant(REASON):
        answer = _waiting(received, at)
        office.authorise(here, answer.party, received.signer, received.message_id)
        as4.check_receipt(
            received=received,
            sent_references=[as4.Reference(uri, digest) for uri, digest in answer.references],
            sent_message_id=answer.message_id,
        )
        accept(answer, receipt=envelope, at=at)


def accept(answer: Answer, *, receipt: bytes, at: datetime) -> None:
    """Take a receipt that is in order; where a fault wants it, the answer is offered once more all the same."""
    again = faults.comes_again(answer, at=at)
    answer.state = Answer.State.READY if again else Answer.State.ACKNOWLEDGED
    answer.receipt, answer.acknowledged_at, answer.due_at = receipt, at, at
    answer.save(update_fields=["state", "receipt", "acknowledged_at", "due_at"])


def give_up(received: as4.Received, *, here: Office) -> None:
    """Note the error a party answers a pulled message with: a signed failure ends its offers, all else changes nothing."""
    report = next((item for item in received.errors if item.severity.casefold() == "failure"), None)
    named = received.ref_to or (report and report.ref_to)
    with every_tenant(REASON):
        answer: Answer | None = (
            Answer.objects.select_for_update(of=("self",))
            .select_related("party")
            .filter(message_id=named, state=Answer.State.WAITING)
            .first()
        )
        if report is None or answer is None or not received.verified or received.signer not in answer.party.fingerprints:
            logger.warning("An error signal was noted that ends nothing.")
            return
        fail(answer, f"{report.code} {report.detail or report.description or ''}".strip())


def fail(answer: Answer, problem: str) -> None:
    """Offer an answer no more; customs' own people hear of it (EBMS:0301)."""
    logger.error("Answer %s was given up: %s", answer.message_id, problem)
    answer.state = Answer.State.FAILED
    answer.problem = problem[:400]
    answer.save(update_fields=["state", "problem"])


def _owner(received: as4.Received, here: Office) -> Party:
    try:
        party_id = as4.trader_of_channel(received.mpc, profile.CHANNEL_PREFIX)
        party: Party | None = Party.objects.filter(party_id=party_id).first()
        if party is None or party.mpc is None:
            raise as4.As4Error("EBMS:0010", "the message partition channel is not known")
    except as4.As4Error as error:
        error.ref_to = received.message_id
        raise
    office.authorise(here, party, received.signer, received.message_id)
    return party


def _waiting(received: as4.Received, at: datetime) -> Answer:
    answer: Answer | None = (
        Answer.objects.select_for_update(of=("self",))
        .select_related("party")
        .filter(message_id=received.ref_to, state=Answer.State.WAITING, due_at__gt=at)
        .first()
    )
    if answer is None:
        raise as4.As4Error("EBMS:0302", "no message waits for this receipt", ref_to=received.message_id)
    return answer
