"""What a person is told about an attempt that did not end with a receipt: what to do, one sentence a row.

Three things can be needed (profile section 7): somebody fixes the set-up, nobody does anything because it is tried again, or
somebody asks customs because a message was delivered and its proof is missing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .errors import Reaction, reaction


class Need(StrEnum):
    """What an error asks of people."""

    SET_UP = "Fix the set-up"
    LATER = "Tried again"
    PROOF = "Delivered, evidence missing"
    NOTHING = "Nothing to do"


@dataclass(frozen=True, slots=True)
class Advice:
    """Who is needed, and the sentence for them."""

    need: Need
    sentence: str


_NEEDS: Final = {
    Reaction.STOP: Need.SET_UP,
    Reaction.RETRY: Need.LATER,
    Reaction.EVIDENCE_MISSING: Need.PROOF,
    Reaction.EMPTY: Need.NOTHING,
}
_OURS: Final = "Customs could not take the message apart; that is a fault of the gateway. Report it with the message id."

# By error code, and for EBMS:0004 by its sub-code (ICD table 24).
SENTENCES: Final = {
    "EBMS:0001": "Customs does not know the agreement, service or message type. Compare the agreement reference of the connection"
    " with the one agreed with customs, then send again.",
    "EBMS:0002": "Customs does not support something it was asked for. It is tried again; if it stays, report it.",
    "EBMS:0003": "Customs finds that party, role or message id do not fit together. Compare the party id of the connection with"
    " the one customs has enrolled, then send again.",
    "EBMS:0004": "Customs had a fault of its own. It is tried again.",
    "A001": "The certificate of the seal is not registered at customs for this party id. Have it registered, then send again.",
    "A002": "Customs could not sign in to its own register of parties. It is tried again.",
    "A003": "The register of parties at customs is out of order. It is tried again.",
    "EBMS:0005": "The access point of customs was not reached. It is tried again; if it stays, check the address and the TLS"
    " certificate of the connection.",
    "EBMS:0006": "Nothing waits at customs.",
    "EBMS:0007": _OURS,
    "EBMS:0008": _OURS,
    "EBMS:0009": _OURS,
    "EBMS:0010": "Customs has no agreement for this kind of exchange. Compare channel, service and agreement of the connection"
    " with what customs has enrolled, then send again.",
    "EBMS:0011": _OURS,
    "EBMS:0101": "Customs does not believe the seal. Check that the certificate of the connection holds, that its chain is whole"
    " and that customs trusts its authority, then send again.",
    "EBMS:0102": "Customs could not decrypt the message, though nothing is encrypted here. Report it with the message id.",
    "EBMS:0103": "The seal is not made the way customs asks for. Check kind and length of the key of the connection; if they are"
    " right, report it with the message id.",
    "EBMS:0201": "The exchange with customs was disturbed. It is tried again.",
    "EBMS:0202": "Customs could not store the message. It is tried again.",
    "EBMS:0301": "No receipt came however often it was tried. Find out whether customs works, then send again: the same octets"
    " go, and customs knows a copy by its id.",
    "EBMS:0302": "What came back as a receipt does not prove that customs has this message. It is tried again.",
    "EBMS:0303": "Customs could not decompress the content; that is a fault of the gateway. Report it with the message id.",
    "EBMS:4001": "Customs has the message already, from an attempt whose receipt was lost. Do not send it again; ask customs for"
    " the receipt if you need the proof.",
}
_UNKNOWN: Final = {
    Need.SET_UP: "Customs refuses the message with an error that is not in the interface document. Ask customs what it means.",
    Need.LATER: "Customs warns with a code that is not in the interface document. It is tried again.",
}


def advice(*, code: str, severity: str = "failure", sub_code: str | None = None) -> Advice:
    """Return what to do about an error; a code not in the table counts by its severity."""
    need = _NEEDS[reaction(code=code, severity=severity, sub_code=sub_code)]
    key = sub_code if code == "EBMS:0004" and sub_code else code
    return Advice(need, SENTENCES.get(key) or _UNKNOWN[need])
