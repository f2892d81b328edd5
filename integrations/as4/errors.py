"""The errors of ebMS and AS4 as one table, and what a sender does on hearing one (profile section 7)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .model import Kind


class Reaction(StrEnum):
    """What the sender of a message does after an error."""

    STOP = "stop"  # a person or the configuration has to change something
    RETRY = "retry"  # the same bytes may succeed later
    EVIDENCE_MISSING = "evidence_missing"  # delivered by an earlier attempt, its receipt was lost
    EMPTY = "empty"  # nothing to pull, not a fault


@dataclass(frozen=True, slots=True)
class EbmsError:
    """One row of the table: how an error is named on the wire, and the reaction to it."""

    code: str
    short: str
    severity: str
    category: str
    reaction: Reaction


_ROWS: Final = (
    EbmsError("EBMS:0001", "ValueNotRecognized", "failure", "Content", Reaction.STOP),
    EbmsError("EBMS:0002", "FeatureNotSupported", "warning", "Content", Reaction.RETRY),
    EbmsError("EBMS:0003", "ValueInconsistent", "failure", "Content", Reaction.STOP),
    EbmsError("EBMS:0004", "Other", "failure", "Content", Reaction.RETRY),
    EbmsError("EBMS:0005", "ConnectionFailure", "failure", "Communication", Reaction.RETRY),
    EbmsError("EBMS:0006", "EmptyMessagePartitionChannel", "warning", "Communication", Reaction.EMPTY),
    EbmsError("EBMS:0007", "MimeInconsistency", "failure", "Unpackaging", Reaction.STOP),
    EbmsError("EBMS:0008", "FeatureNotSupported", "failure", "Unpackaging", Reaction.STOP),
    EbmsError("EBMS:0009", "InvalidHeader", "failure", "Unpackaging", Reaction.STOP),
    EbmsError("EBMS:0010", "ProcessingModeMismatch", "failure", "Processing", Reaction.STOP),
    EbmsError("EBMS:0011", "ExternalPayloadError", "failure", "Content", Reaction.STOP),
    EbmsError("EBMS:0101", "FailedAuthentication", "failure", "Processing", Reaction.STOP),
    EbmsError("EBMS:0102", "FailedDecryption", "failure", "Processing", Reaction.STOP),
    EbmsError("EBMS:0103", "PolicyNoncompliance", "failure", "Processing", Reaction.STOP),
    EbmsError("EBMS:0201", "DysfunctionalReliability", "failure", "Processing", Reaction.RETRY),
    EbmsError("EBMS:0202", "DeliveryFailure", "failure", "Communication", Reaction.RETRY),
    EbmsError("EBMS:0301", "MissingReceipt", "failure", "Communication", Reaction.RETRY),
    EbmsError("EBMS:0302", "InvalidReceipt", "failure", "Communication", Reaction.RETRY),
    EbmsError("EBMS:0303", "DecompressionFailure", "failure", "Communication", Reaction.STOP),
    # Not in the standard: phase4 since 4.5.0 answers a duplicate with it.
    EbmsError("EBMS:4001", "Duplicate", "failure", "Processing", Reaction.EVIDENCE_MISSING),
)
ERRORS: Final = {row.code: row for row in _ROWS}

# EBMS:0004 says more in a sub-code (ICD table 24); where it stands is not laid down.
_SUB_CODE: Final = re.compile(r"\bA00[1-3]\b")
_SUB_CODE_REACTION: Final = {"A001": Reaction.STOP, "A002": Reaction.RETRY, "A003": Reaction.RETRY}


class As4Error(Exception):
    """A refusal that the protocol has a code for.

    `detail` goes on the wire: it names what was wrong, never a value, a stack or a file of ours.
    `ref_to` is the message id concerned, once it could be read; `kind` is what that message said it was, when it
    was refused for its signature. `fault` is the SOAP fault code.
    """

    def __init__(self, code: str, detail: str = "", *, ref_to: str | None = None, fault: str = "env:Receiver") -> None:
        super().__init__(f"{code} {detail}".rstrip())
        self.row = ERRORS[code]
        self.code = code
        self.detail = detail
        self.ref_to = ref_to
        self.fault = fault
        self.kind: Kind | None = None

    @property
    def http_status(self) -> int:
        """Return the status an answer with this error carries: 500 beside a SOAP fault, 200 for a warning."""
        return 500 if self.row.severity == "failure" else 200


def sub_code(*texts: str | None) -> str | None:
    """Return the first A001, A002 or A003 in the texts, searched in the order given."""
    for text in texts:
        if found := _SUB_CODE.search(text or ""):
            return found.group()
    return None


def reaction(*, code: str, severity: str, sub_code: str | None = None) -> Reaction:
    """Return what the sender does on this error; a code not in the table counts by its severity.

    Only a failure ends the attempts, whatever the code.
    """
    row = ERRORS.get(code)
    meant = row.reaction if row else Reaction.STOP
    if sub_code and code == "EBMS:0004":
        meant = _SUB_CODE_REACTION[sub_code]
    if meant is Reaction.STOP and severity.casefold() != "failure":
        return Reaction.RETRY
    return meant
