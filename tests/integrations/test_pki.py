"""The maker of test certificates: what it makes is what the AS4 library trusts."""

from datetime import UTC, datetime

import pytest

from integrations import pki
from integrations.as4 import As4Error, Seal, Trust, build_pull_request, receive

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)


def test_a_leaf_seals_what_its_root_is_trusted_for() -> None:
    root = pki.make_root("Demo root", not_before=SINCE, not_after=UNTIL)
    ca = pki.make_ca("Demo CA", issuer=root, not_before=SINCE, not_after=UNTIL)
    leaf = pki.make_leaf("NL0123456789", issuer=ca, not_before=SINCE, not_after=UNTIL)
    seal = Seal(private_key=leaf.private_key, chain=leaf.chain)
    seal.check()
    wire = build_pull_request(mpc="urn:x", message_id="a@b", at=SINCE, seal=seal)

    def received(anchor: bytes, at: datetime) -> str | None:
        trust = Trust.load([anchor])
        return receive(content_type=wire.content_type, body=wire.body, trust=trust, at=at).signer

    assert leaf.root == root.certificate == root.root
    assert leaf.chain.count(b"BEGIN CERTIFICATE") == 3
    assert received(leaf.root, SINCE) == seal.fingerprint
    with pytest.raises(As4Error, match="not valid at this time"):
        received(leaf.root, datetime(2028, 1, 1, tzinfo=UTC))
    with pytest.raises(As4Error, match="does not end at a trusted"):
        received(pki.make_root("Demo root", not_before=SINCE, not_after=UNTIL).root, SINCE)


def test_an_identity_does_not_print_its_key() -> None:
    assert "PRIVATE" not in repr(pki.make_root("x", not_before=SINCE, not_after=UNTIL))
