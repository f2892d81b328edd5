"""Receiving: wire bytes to a verified record (pipeline steps 2 to 7, profile section 10)."""

from dataclasses import replace
from datetime import datetime

from . import envelope as envelopes
from . import mime
from .errors import As4Error
from .model import Kind, Limits, Received
from .pkipath import Trust
from .verify import verify


def receive(*, content_type: str, body: bytes, trust: Trust, at: datetime, limits: Limits | None = None) -> Received:
    """Return what a message says and who signed it.

    An error signal that is unsigned or does not verify comes back with `verified=False`: peers send such. Who may
    say what (party, agreement, registration, duplicates: steps 8 to 10) is for the caller; then `unpack`.

    :raises As4Error: with the code of the step that refused; its `ref_to` is set once the MessageId was read
    """
    bounds = limits or Limits()
    if not body:
        raise As4Error("EBMS:0009", "the body is empty")
    package = mime.parse(content_type, body, bounds)
    envelope = envelopes.parse(package.envelope, bounds)
    received = envelopes.read(envelope, package.envelope)
    try:
        copies = received.user is not None  # nothing else is receipted
        verified = verify(envelope, package.parts, trust=trust, at=at, limits=bounds, copies=copies)
    except As4Error as error:
        if received.kind is Kind.ERROR:
            return received
        error.ref_to, error.kind = received.message_id, received.kind
        raise
    return replace(
        received,
        verified=True,
        signer=verified.signer.fingerprint,
        signer_certificate=verified.signer.pem,
        references=verified.references,
        parts=package.parts,
    )
