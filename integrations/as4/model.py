"""What travels: plain frozen records, no behaviour beyond their own syntax."""

import re
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from . import names

_MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+@[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.\[\]:]+")
_PARTY_ID: Final = re.compile(r"(?:(?P<system>[A-Za-z0-9]{1,12})@)?(?P<eori>[A-Z]{2}[A-Za-z0-9]{1,15})(?:@(?P<state>[A-Z]{2}))?")


class Kind(StrEnum):
    """The five things an envelope can be."""

    USER = "user"
    PING = "ping"
    RECEIPT = "receipt"
    ERROR = "error"
    PULL = "pull"


@dataclass(frozen=True, slots=True)
class Party:
    """One end of an exchange: party id, its type and the role it plays."""

    id: str
    type: str | None
    role: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement both ends work under: AgreementRef, its type, and a pmode attribute (never sent)."""

    ref: str
    type: str | None = None
    pmode: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """eb:Service and its type."""

    name: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One payload to send. `data` is the plain content; `packed` its gzip form when it was made before.

    `cid` is the bare Content-ID; the business XML comes first and alone has a charset.
    """

    cid: str
    data: bytes = field(repr=False)
    mime_type: str = "application/xml"
    charset: str | None = None
    compress: bool = True
    packed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class UserMessage:
    """Everything a UserMessage says; the same record always builds the same header."""

    message_id: str
    at: datetime
    sender: Party
    receiver: Party
    service: Service
    action: str
    agreement: Agreement | None = None
    conversation_id: str = "1"
    ref_to: str | None = None
    mpc: str | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """One ds:Reference: what was digested, the digest in base64, and its canonical octets for the receipt."""

    uri: str
    digest: str
    xml: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class WireMessage:
    """A message ready to be stored and POSTed; retries send exactly these bytes again."""

    content_type: str
    body: bytes = field(repr=False)
    message_id: str
    references: tuple[Reference, ...]
    mpc: str | None = None


@dataclass(frozen=True, slots=True)
class PartInfo:
    """One eb:PartInfo as received: href and the properties by name."""

    href: str | None
    properties: dict[str, str]


@dataclass(frozen=True, slots=True)
class UserHeader:
    """The header fields of a received UserMessage, white space trimmed."""

    sender: Party
    receiver: Party
    agreement: Agreement | None
    service: Service
    action: str
    conversation_id: str
    mpc: str | None
    message_properties: dict[str, str]
    part_infos: tuple[PartInfo, ...]


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """One eb:Error as received."""

    code: str
    severity: str
    short: str | None
    category: str | None
    ref_to: str | None
    description: str | None
    detail: str | None
    sub_code: str | None


@dataclass(frozen=True, slots=True)
class RawPart:
    """One MIME part other than the root: its Content-ID, media type and octets after transfer decoding."""

    cid: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """A message that passed steps 2 to 7 of the pipeline (profile section 10).

    `verified` is False only for an error signal that is unsigned or whose signature does not hold. `signer` is the
    SHA-256 fingerprint (hex) of the leaf certificate. `acknowledged` are the references a receipt copies, None
    when it copies none; `references` are those of this message's own signature.
    """

    kind: Kind
    message_id: str
    at: datetime | None
    ref_to: str | None
    envelope: bytes = field(repr=False)
    verified: bool = False
    signer: str | None = None
    signer_certificate: bytes | None = field(default=None, repr=False)
    references: tuple[Reference, ...] = ()
    user: UserHeader | None = None
    mpc: str | None = None
    acknowledged: tuple[Reference, ...] | None = None
    errors: tuple[ErrorReport, ...] = ()
    parts: tuple[RawPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Payload:
    """One unpacked payload: plain content and the properties that came with it.

    `packed` is the gzip form of one whose content is larger than the reader wanted to hold; `data` is then empty.
    """

    cid: str
    mime_type: str
    charset: str | None
    data: bytes = field(repr=False)
    properties: dict[str, str] = field(default_factory=dict)
    packed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a message is read before it is refused (profile sections 1.4 and 4)."""

    body: int = 25_000_000
    envelope: int = 5_000_000
    tags: int = 150_000
    declarations: int = 1_000
    parts: int = 16
    part_headers: int = 16_384
    references: int = 16
    certificates: int = 8
    unpacked_part: int = 110_000_000
    unpacked_total: int = 200_000_000
    ratio: int = 250


def is_message_id(text: str) -> bool:
    """Say whether the text is an RFC 2822 msg-id without angle brackets of at most 255 characters (ICD 4.2.1)."""
    return len(text) <= 255 and ".." not in text and _MESSAGE_ID.fullmatch(text) is not None


def new_message_id(host: str) -> str:
    """Return a fresh id `<uuid>@<host>`."""
    return f"{uuid.uuid4()}@{host}"


def new_boundary() -> str:
    """Return a MIME boundary of 128 random bits: no scan of the data is needed."""
    return "=_" + secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class TraderId:
    """A trader's party id taken apart: `[<system>@]<EORI>[@<member state>]` (ICD table 8)."""

    eori: str
    system: str | None = None
    state: str | None = None

    @classmethod
    def parse(cls, text: str) -> "TraderId":
        """Return the parts of a trader's party id.

        :raises ValueError: if the text is not one
        """
        if not (found := _PARTY_ID.fullmatch(text)):
            raise ValueError("not a trader's party id")
        return cls(found["eori"], found["system"], found["state"])


def ping(*, message_id: str, at: datetime, sender: Party, receiver: Party, agreement: Agreement | None) -> UserMessage:
    """Return the connectivity test: a UserMessage that is receipted and not delivered (ICD 4.5.1)."""
    return UserMessage(
        message_id=message_id,
        at=at,
        sender=sender,
        receiver=receiver,
        agreement=agreement,
        service=Service(names.TEST_SERVICE),
        action=names.TEST_ACTION,
    )
