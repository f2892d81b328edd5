"""What the answer to a message of ours means (profile sections 2.2, 2.3, 6 and 7)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from .advice import Advice, Need, advice
from .errors import As4Error, Reaction, reaction
from .model import ErrorReport, Kind, Received, Reference, WireMessage
from .pkipath import Trust
from .receive import receive


class Result(StrEnum):
    """How one attempt to send ended."""

    RECEIPTED = "receipted"
    REFUSED = "refused"  # a verified error that no retry will change
    TRANSIENT = "transient"  # an error: the same bytes again later
    EVIDENCE_MISSING = "evidence_missing"  # delivered by an earlier attempt, whose receipt was lost
    NO_RECEIPT = "no_receipt"  # nothing that counts: the same bytes again later
    MESSAGE = "message"  # a PullRequest was answered with a message
    EMPTY = "empty"  # a PullRequest was answered with "nothing waiting"
    UNACCEPTABLE = "unacceptable"  # a pulled message that must be answered with `reply`


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt, with what a person would ask about it.

    `alert` asks for a person's attention even though the attempts go on; `received` is the parsed answer.
    """

    result: Result
    reason: str
    code: str | None = None
    sub_code: str | None = None
    verified: bool = False
    alert: bool = False
    received: Received | None = None
    reply: As4Error | None = None

    @property
    def advice(self) -> Advice | None:
        """Return what a person should do about it; nothing when it went well, or when no code says what went wrong."""
        if self.code is None or self.result in {Result.RECEIPTED, Result.MESSAGE}:
            return None
        found = advice(code=self.code, severity="failure", sub_code=self.sub_code)
        if self.result in {Result.TRANSIENT, Result.NO_RECEIPT} and found.need is Need.SET_UP:
            return Advice(Need.LATER, _NOT_PROVEN)  # what it says may be true, but anyone can have said it
        return found

    @property
    def is_final(self) -> bool:
        """Say whether the series of attempts ends here."""
        return self.result not in {Result.TRANSIENT, Result.NO_RECEIPT}


_NOT_PROVEN: Final = (
    "An answer came that cannot be shown to be the last word of customs. It is tried again; if it stays, check certificates and"
    " party id of the connection."
)


def check_receipt(*, received: Received, sent_references: Iterable[Reference], sent_message_id: str) -> None:
    """Refuse a receipt that does not acknowledge exactly what was sent; the order of references is free.

    :raises As4Error: EBMS:0302
    """
    if received.kind is not Kind.RECEIPT or not received.verified:
        raise As4Error("EBMS:0302", "this is not a signed receipt", ref_to=received.message_id)
    if received.ref_to != sent_message_id:
        raise As4Error("EBMS:0302", "the receipt is for another message", ref_to=received.message_id)
    if received.acknowledged is None:
        raise As4Error("EBMS:0302", "the receipt copies no references", ref_to=received.message_id)
    if _digests(received.acknowledged) != _digests(sent_references):
        raise As4Error("EBMS:0302", "the receipt does not copy the references sent", ref_to=received.message_id)


def outcome_of_response(
    *, status: int, content_type: str | None, body: bytes, sent: WireMessage, trust: Trust, at: datetime
) -> Outcome:
    """Return what the response to a pushed UserMessage means. SOAP is read at any status."""
    received = _answer(status=status, content_type=content_type, body=body, trust=trust, at=at)
    if isinstance(received, Outcome):
        return received
    if received.kind is Kind.ERROR:
        outcome = _error_outcome(received, sent)
        return replace(outcome, result=Result.TRANSIENT) if outcome.result is Result.EMPTY else outcome
    if received.kind is not Kind.RECEIPT:
        return Outcome(Result.NO_RECEIPT, f"the answer is a {received.kind}, not a receipt", alert=True)
    try:
        check_receipt(received=received, sent_references=sent.references, sent_message_id=sent.message_id)
    except As4Error as error:
        return Outcome(Result.NO_RECEIPT, error.detail, code=error.code, received=received, alert=True)
    return Outcome(Result.RECEIPTED, "receipted", verified=True, received=received)


def outcome_of_pull(
    *,
    status: int,
    content_type: str | None,
    body: bytes,
    sent: WireMessage,
    trust: Trust,
    at: datetime,
    party: str | None = None,
) -> Outcome:
    """Return what the response to a PullRequest means.

    :param party: our party id; a pulled message must be addressed to it
    """
    try:
        received = _answer(status=status, content_type=content_type, body=body, trust=trust, at=at, pulled=True)
    except As4Error as error:
        return Outcome(Result.UNACCEPTABLE, error.detail, code=error.code, alert=True, reply=error)
    if isinstance(received, Outcome):
        return received
    if received.kind is Kind.ERROR:
        return _error_outcome(received, sent)
    if received.user is None:
        return Outcome(Result.NO_RECEIPT, f"the answer is a {received.kind}, not a message", alert=True)
    if received.mpc != sent.mpc or (party is not None and received.user.receiver.id != party):
        reply = As4Error("EBMS:0003", "the message is not for this channel or party", ref_to=received.message_id)
        return Outcome(Result.UNACCEPTABLE, reply.detail, code=reply.code, alert=True, received=received, reply=reply)
    return Outcome(Result.MESSAGE, "a message", verified=True, received=received)


def _digests(references: Iterable[Reference]) -> Counter[tuple[str, str]]:
    return Counter((item.uri, "".join(item.digest.split())) for item in references)


def _answer(
    *, status: int, content_type: str | None, body: bytes, trust: Trust, at: datetime, pulled: bool = False
) -> Received | Outcome:
    """Return the parsed answer, or why it is none. A pulled message that is refused raises: it wants a reply."""
    if not body.strip():
        return Outcome(Result.NO_RECEIPT, f"status {status} without a body")
    try:
        return receive(content_type=content_type or "", body=body, trust=trust, at=at)
    except As4Error as error:
        if pulled and error.ref_to is not None:
            raise
        reason = f"status {status} with an answer that cannot be accepted: {error.detail}"
        return Outcome(Result.NO_RECEIPT, reason, code=error.code, alert=error.ref_to is not None)


def _error_outcome(received: Received, sent: WireMessage) -> Outcome:
    """Weigh an error signal: only a verified one that concerns our message can end the attempts."""
    named = {received.ref_to, *(report.ref_to for report in received.errors)} - {None}
    report = _gravest(received.errors)
    sub = next((item.sub_code for item in received.errors if item.sub_code), None)
    reason = " ".join(text for text in (report.code, report.short, report.detail or report.description) if text)
    if named and named != {sent.message_id}:
        return Outcome(Result.NO_RECEIPT, "an error about another message", alert=True, received=received)
    meaning = reaction(code=report.code, severity=report.severity, sub_code=sub)
    result = {
        Reaction.STOP: Result.REFUSED,
        Reaction.RETRY: Result.TRANSIENT,
        Reaction.EVIDENCE_MISSING: Result.EVIDENCE_MISSING,
        Reaction.EMPTY: Result.EMPTY,
    }[meaning]
    if not received.verified and result is not Result.EMPTY:
        # Anyone on the way can write an unsigned error: it is noted, and never ends the attempts.
        result, reason = Result.TRANSIENT, f"unverified: {reason}"
    return Outcome(
        result,
        reason,
        code=report.code,
        sub_code=sub,
        verified=received.verified,
        alert=result in {Result.REFUSED, Result.EVIDENCE_MISSING},
        received=received,
    )


def _gravest(reports: tuple[ErrorReport, ...]) -> ErrorReport:
    return next((item for item in reports if item.severity == "failure"), reports[0])
