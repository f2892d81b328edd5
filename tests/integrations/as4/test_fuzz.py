"""Whatever arrives, the library answers with a refusal of its own or with what was signed, and with nothing else."""

import base64

import hypothesis.strategies as st
from hypothesis import example, given, settings

from integrations.as4 import As4Error, receive
from integrations.as4.pkipath import trusted_signer
from tests.integrations.as4 import forge, pki

GOOD = forge.message()
TOKEN = pki.pkipath(pki.world().trader.path)
VERSION = TOKEN.index(b"\xa0\x03\x02\x01\x02") + 4
Edit = tuple[int, int, bytes]
EDITS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 4), st.binary(max_size=4)), min_size=1, max_size=3)


def edited(octets: bytes, edits: list[Edit]) -> bytes:
    """The octets with some runs of them replaced."""
    for place, length, replacement in edits:
        start = place % len(octets)
        octets = octets[:start] + replacement + octets[start + length :]
    return octets


@settings(max_examples=150, deadline=None)
@given(EDITS)
@example([(VERSION, 1, b"\x01")])
@example([(VERSION, 1, b"\x09")])
def test_any_token_is_believed_or_refused(edits: list[Edit]) -> None:
    token = edited(TOKEN, edits)

    try:
        believed = trusted_signer(token, trust=pki.world().trust, at=pki.AT).certificate
    except As4Error as error:
        code = error.code
    else:
        code = "" if believed == pki.world().trader.certificate else "someone else"

    assert code in {"", "EBMS:0101", "EBMS:0103"}


@settings(max_examples=150, deadline=None)
@given(EDITS)
@example([(GOOD.index(b"IE3F26"), 6, b"IE3F27")])
def test_any_message_is_what_was_signed_or_refused(edits: list[Edit]) -> None:
    original = receive(content_type=forge.MULTIPART, body=GOOD, trust=pki.world().trust, at=pki.AT)

    try:
        received = receive(content_type=forge.MULTIPART, body=edited(GOOD, edits), trust=pki.world().trust, at=pki.AT)
    except As4Error:
        return

    assert received.user == original.user
    assert (received.message_id, received.at, received.ref_to) == (original.message_id, original.at, original.ref_to)
    assert [part.data for part in received.parts] == [part.data for part in original.parts]


def test_a_token_survives_base64_with_line_ends() -> None:
    wrapped = base64.encodebytes(TOKEN).decode()

    body = forge.message(token=wrapped)

    assert receive(content_type=forge.MULTIPART, body=body, trust=pki.world().trust, at=pki.AT).verified
