"""AS4 (ebMS 3.0) as ICS2 uses it: the protocol alone, for both ends of the wire, in plain Python.

Nothing here reads a clock, opens a connection or touches a database. Identifiers, times, keys and trust are passed
in; the same arguments give the same octets. The profile's fixed names are in `names`; what differs between
agreements (`Party`, `Agreement`, `Service`, MPC) is an argument.

Sending::

    seal = Seal(private_key=pem, chain=leaf_to_root_pem)
    wire = build_user_message(message=UserMessage(..., parts=(Part(cid, xml, charset="utf-8"),)), seal=seal)
    # store wire.body, wire.content_type and wire.references, then POST; retries send the stored bytes
    outcome = outcome_of_response(status=..., content_type=..., body=..., sent=wire, trust=trust, at=now)
    outcome.result  # Result.RECEIPTED, REFUSED, TRANSIENT, EVIDENCE_MISSING or NO_RECEIPT

Pulling::

    wire = build_pull_request(mpc=trader_channel(prefix, party), message_id=..., at=..., seal=seal)
    outcome = outcome_of_pull(status=..., content_type=..., body=..., sent=wire, trust=trust, at=now, party=party)
    outcome.result  # Result.MESSAGE (store, then POST build_receipt(outcome.received)), EMPTY, UNACCEPTABLE (POST
                    # build_error(outcome.reply)), or as above

Receiving::

    trust = Trust.load([root_pem], pinned=(), revoked=())
    received = receive(content_type=..., body=..., trust=trust, at=now)        # steps 2 to 7
    check_policy(received, policy)                                             # step 8; 9 and 10 are the caller's
    payloads = unpack(received, extra_xml=...)                                 # step 11
    answer = build_receipt(received=received, message_id=new_message_id(host), at=now, seal=seal)

Every refusal is an `As4Error` (code, detail, ref_to, http_status); `build_error(error=..., ...)` makes the signal.
A `WireMessage` that was stored is rebuilt from its columns: references need `uri` and `digest` only.
"""

from .advice import Advice, Need, advice
from .build import build_error, build_pull_request, build_receipt, build_user_message
from .errors import ERRORS, As4Error, EbmsError, Reaction, reaction
from .model import (
    Agreement,
    ErrorReport,
    Kind,
    Limits,
    Part,
    PartInfo,
    Party,
    Payload,
    RawPart,
    Received,
    Reference,
    Service,
    TraderId,
    UserHeader,
    UserMessage,
    WireMessage,
    is_message_id,
    new_boundary,
    new_message_id,
    ping,
)
from .outcome import Outcome, Result, check_receipt, outcome_of_pull, outcome_of_response
from .packaging import pack, unpack
from .pkipath import Trust, fingerprint
from .policy import Policy, check_policy, trader_channel, trader_of_channel
from .receive import receive
from .sign import Seal
from .validity import sealed_until

__all__ = [
    "ERRORS",
    "Advice",
    "Agreement",
    "As4Error",
    "EbmsError",
    "ErrorReport",
    "Kind",
    "Limits",
    "Need",
    "Outcome",
    "Part",
    "PartInfo",
    "Party",
    "Payload",
    "Policy",
    "RawPart",
    "Reaction",
    "Received",
    "Reference",
    "Result",
    "Seal",
    "Service",
    "TraderId",
    "Trust",
    "UserHeader",
    "UserMessage",
    "WireMessage",
    "advice",
    "build_error",
    "build_pull_request",
    "build_receipt",
    "build_user_message",
    "check_policy",
    "check_receipt",
    "fingerprint",
    "is_message_id",
    "new_boundary",
    "new_message_id",
    "outcome_of_pull",
    "outcome_of_response",
    "pack",
    "ping",
    "reaction",
    "receive",
    "sealed_until",
    "trader_channel",
    "trader_of_channel",
    "unpack",
]
