"""A sealing key that never leaves its device: SoftHSM stands for one (Debian: apt-get install softhsm2)."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from config.embedded import softhsm
from integrations import connections, credentials, hsm, key_files, pki
from integrations.as4 import Trust, receive
from integrations.models import Connection
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import END, START, Clock

TOKEN: Final = "Landfall test"
PIN: Final = "4711"
URI: Final = "pkcs11:token=Landfall%20test;object=seal;type=private"


# --- Addresses -------------------------------------------------------------------------------------------------------------


def test_an_address_names_token_and_key() -> None:
    assert hsm.parse(URI) == hsm.KeyUri(token=TOKEN, label="seal")
    assert hsm.parse("pkcs11:serial=ab12;id=%01%ff") == hsm.KeyUri(serial="ab12", id=b"\x01\xff")


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("file:/etc/key.pem", "begins with"),
        ("pkcs11:token=a", "object="),
        ("pkcs11:object=a", "token="),
        ("pkcs11:token=a;object=b;type=public", "private key"),
        ("pkcs11:token=a;object=b;slot-id=3", "not known"),
        ("pkcs11:token=a;object=b?pin-value=1234", "come from the environment"),
    ],
)
def test_what_is_no_address_is_refused_with_a_reason(uri: str, reason: str) -> None:
    with pytest.raises(hsm.Unusable, match=reason) as caught:
        hsm.parse(uri)
    assert "1234" not in str(caught.value)


def test_without_a_library_the_reason_is_told(settings: Any) -> None:
    settings.PKCS11_MODULE = ""

    with pytest.raises(hsm.Unusable, match="PKCS11_MODULE"):
        hsm.signer(URI)(b"x")


# --- A device --------------------------------------------------------------------------------------------------------------


# Of the session: tests without a database come later than those with one, and the library is loaded once in a process.
@pytest.fixture(scope="session")
def module() -> str:
    """The library of SoftHSM, installed where we may."""
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed; it is in requirements-dev.lock")
    found = softhsm.find() or (softhsm.install() if softhsm.can_install() else None)
    if found is None:
        pytest.skip(f"there is no SoftHSM here; as root: {softhsm.INSTALL}")
    return found


@pytest.fixture(scope="session")
def token(module: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[rsa.RSAPublicKey]:
    """A token with an RSA key made inside it; yields the public half."""
    import pkcs11

    folder: Path = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    command = [shutil.which("softhsm2-util") or "softhsm2-util", "--init-token", "--free", "--label", TOKEN]
    subprocess.run([*command, "--pin", PIN, "--so-pin", "0815"], check=True, capture_output=True)
    with pkcs11.lib(module).get_token(token_label=TOKEN).open(rw=True, user_pin=PIN) as session:
        public, _ = session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="seal")
        der = pkcs11.util.rsa.encode_rsa_public_key(public)
    key = load_der_public_key(_subject_public_key(der))
    assert isinstance(key, rsa.RSAPublicKey)
    yield key
    hsm._forget()
    del os.environ["SOFTHSM2_CONF"]


def _subject_public_key(der: bytes) -> bytes:
    """Return the key in the form in which others read it (SubjectPublicKeyInfo around PKCS#1)."""
    from asn1crypto.keys import PublicKeyInfo, RSAPublicKey

    return bytes(PublicKeyInfo.wrap(RSAPublicKey.load(der), "rsa").dump())


@pytest.fixture
def device(token: rsa.RSAPublicKey, module: str, settings: Any) -> rsa.RSAPublicKey:
    settings.PKCS11_MODULE, settings.PKCS11_PIN = module, PIN
    return token


ROOT: Final = pki.make_root("device root", not_before=START, not_after=END)


def chain(public: rsa.RSAPublicKey) -> bytes:
    return pki.certify("Seal in a device", public, issuer=ROOT, not_before=START, not_after=END)


@pytest.mark.django_db
def test_a_message_sealed_by_a_device_is_one_like_any_other(
    device: rsa.RSAPublicKey, itsp: Connection, sti: FakeSti, clock: Clock
) -> None:
    from integrations import ping

    material = key_files.read_certificates(chain(device))
    made = credentials.add(name="Device", purpose="seal", material=material, key_uri=URI, by="Lieve", at=clock.now)
    credentials.use(connection=itsp, credential=made, since=clock.now, by="Lieve", at=clock.now)
    sti.trust = Trust.load([ROOT.root])

    row = ping.ping(connections.get(itsp.pk), at=clock.now)

    received = receive(content_type=row.content_type, body=bytes(row.body), trust=sti.trust, at=datetime.now(UTC))
    assert received.signer == made.fingerprint
    assert row.succeeded
    assert bytes(made.private_key) == b""


@pytest.mark.django_db
def test_a_key_that_does_not_belong_to_the_certificate_is_refused(device: rsa.RSAPublicKey, clock: Clock) -> None:
    other = pki.make_leaf("other", issuer=ROOT, not_before=START, not_after=END)
    material = key_files.read_certificates(other.chain)

    with pytest.raises(hsm.Unusable, match="does not belong"):
        credentials.add(name="Device", purpose="seal", material=material, key_uri=URI, by="Lieve", at=clock.now)


def test_a_key_that_is_not_there_is_told(device: rsa.RSAPublicKey) -> None:
    with pytest.raises(hsm.Unusable, match="no such private RSA key"):
        hsm.signer(URI.replace("seal", "other"))(b"x")
    with pytest.raises(hsm.Unusable, match="token is not there"):
        hsm.signer("pkcs11:token=elsewhere;object=seal")(b"x")


def test_a_device_that_begins_anew_signs_again(device: rsa.RSAPublicKey, module: str) -> None:
    import pkcs11

    sign = hsm.signer(URI)
    first = sign(b"x")
    pkcs11.lib(module).reinitialize()

    assert sign(b"x") == first


def test_the_certificate_of_a_key_in_a_device_is_read(device: rsa.RSAPublicKey) -> None:
    assert x509.load_pem_x509_certificates(chain(device))[0].public_key() == device
