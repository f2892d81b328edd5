"""Pushing answers to parties that are enrolled for it, and reading what they answer (profile of the interface §2.1)."""

import logging
from datetime import datetime, timedelta
from typing import Final

import requests
from django.utils import timezone

from integrations import as4
from integrations.sandbox import channel, office
from integrations.sandbox.models import REASON, Answer, Party
from integrations.sandbox.office import Office
from tenants.scope import every_tenant

logger = logging.getLogger(__name__)

CONNECT: Final = 5  # seconds
ANSWER: Final = 30
LEASE: Final = timedelta(seconds=CONNECT + ANSWER + 10)  # longer than one POST can take
MOST: Final = 25_000_000


def push_next(*, at: datetime) -> bool:
    """Push one answer that is due; say whether there was one. The POST happens outside any transaction."""
    with every_tenant(REASON):
        here = office.load()
        answer = _claim(here, at)
    if answer is None:
        return False
    outcome = _post(answer, here)
    with every_tenant(REASON):
        _conclude(answer, outcome, here=here, at=timezone.now())
    return True


def _claim(here: Office, at: datetime) -> Answer | None:
    """Return the oldest answer due of any party that gets pushes, leased."""
    for party in Party.objects.filter(delivery=Party.Delivery.PUSH, active=True):
        channel.fail_unanswered(party, here=here, at=at)
        answer = channel.claim(party, until=at + LEASE, at=at)
        if answer is not None:
            answer.party = party
            return answer
    return None


def _post(answer: Answer, here: Office) -> as4.Outcome:
    sent = as4.WireMessage(
        answer.content_type,
        bytes(answer.body),
        answer.message_id,
        tuple(as4.Reference(uri, digest) for uri, digest in answer.references),
    )
    try:
        status, content_type, body = _exchange(answer.party.push_url, sent)
    except requests.RequestException as error:
        return as4.Outcome(as4.Result.NO_RECEIPT, f"no connection ({type(error).__name__})")
    outcome = as4.outcome_of_response(
        status=status, content_type=content_type, body=body, sent=sent, trust=here.trust, at=timezone.now()
    )
    if outcome.received is not None and outcome.verified and outcome.received.signer not in answer.party.fingerprints:
        return as4.Outcome(as4.Result.NO_RECEIPT, "the answer is sealed by somebody else", alert=True)
    return outcome


def _exchange(url: str, sent: as4.WireMessage) -> tuple[int, str, bytes]:
    """POST and return status, type and body; no proxy of the environment, no redirect, a bounded body."""
    with requests.Session() as session:
        session.trust_env = False
        response = session.post(
            url,
            data=sent.body,
            headers={"Content-Type": sent.content_type},
            timeout=(CONNECT, ANSWER),
            allow_redirects=False,
            stream=True,
        )
        with response:
            body = response.raw.read(MOST + 1, decode_content=True)
    return response.status_code, response.headers.get("Content-Type", ""), body if len(body) <= MOST else b""


def _conclude(answer: Answer, outcome: as4.Outcome, *, here: Office, at: datetime) -> None:
    """Write down what came of a push: acknowledged, given up, or again after a growing while."""
    if outcome.result is as4.Result.RECEIPTED and outcome.received is not None:
        channel.accept(answer, receipt=outcome.received.envelope, at=at)
    elif outcome.result in {as4.Result.REFUSED, as4.Result.EVIDENCE_MISSING}:
        channel.fail(answer, outcome.reason)
    elif answer.attempts >= here.max_offers:
        channel.fail(answer, f"EBMS:0301 {outcome.reason}")
    else:
        logger.warning("Push %s of %s: %s", answer.attempts, answer.message_id, outcome.reason)
        answer.state = Answer.State.READY
        answer.problem = outcome.reason[:400]
        answer.due_at = at + here.push_again_after * 2 ** (answer.attempts - 1)
        answer.save(update_fields=["state", "problem", "due_at"])
