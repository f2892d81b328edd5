"""Keys and certificates: read, kept, put to use, rotated, watched."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from django.db import IntegrityError, transaction

from integrations import connections, credentials, key_files, pki
from integrations.credentials import NoCredential
from integrations.models import Connection, Credential, CredentialUse, Deed
from tenants.models import Operator
from tenants.scope import every_tenant
from tests import factories
from tests.integrations.conftest import END, START, Clock, give

pytestmark = pytest.mark.django_db

ROOT = pki.make_root("Rotating root", not_before=START, not_after=END)


def leaf(name: str, *, until: Any = END, since: Any = START) -> pki.Identity:
    return pki.make_leaf(name, issuer=ROOT, not_before=since, not_after=until)


def material(identity: pki.Identity) -> key_files.Material:
    return key_files.read(identity.private_key + identity.chain)


def add(identity: pki.Identity, clock: Clock, **more: Any) -> Credential:
    fields = {"name": "A credential", "purpose": "seal", "by": "Lieve", "at": clock.now}
    return credentials.add(material=material(identity), **{**fields, **more})


# --- Files -----------------------------------------------------------------------------------------------------------------


def as_pkcs12(identity: pki.Identity, password: bytes) -> bytes:
    key: Any = load_pem_private_key(identity.private_key, None)
    first, *rest = x509.load_pem_x509_certificates(identity.chain)
    return pkcs12.serialize_key_and_certificates(b"x", key, first, rest, BestAvailableEncryption(password))


def as_encrypted_pem(identity: pki.Identity, password: bytes) -> bytes:
    key = load_pem_private_key(identity.private_key, None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)) + identity.chain


@pytest.mark.parametrize("form", [as_pkcs12, as_encrypted_pem])
def test_a_file_with_a_password_is_read(form: Any) -> None:
    ours = leaf("ours")

    read = key_files.read(form(ours, b"secret"), password="secret")

    assert read.private_key == ours.private_key
    assert read.chain == ours.chain
    with pytest.raises(key_files.NotReadable):
        key_files.read(form(ours, b"secret"), password="wrong")


def test_certificates_in_any_order_become_a_chain() -> None:
    issuer = pki.make_ca("Issuing", issuer=ROOT, not_before=START, not_after=END)
    ours = pki.make_leaf("ours", issuer=issuer, not_before=START, not_after=END)
    turned = b"".join(each.public_bytes(Encoding.PEM) for each in reversed(x509.load_pem_x509_certificates(ours.chain)))

    assert key_files.read(turned + ours.private_key).chain == ours.chain


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (lambda: b"nothing of the kind", key_files.NotReadable),
        (lambda: leaf("a").chain, key_files.KeyMissing),
        (lambda: leaf("a").private_key, key_files.CertificateMissing),
        (lambda: leaf("a").private_key + leaf("b").chain, key_files.KeyDoesNotFit),
        (lambda: (mine := leaf("a")).private_key + mine.chain + leaf("b").certificate, key_files.ChainBroken),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(data: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        key_files.read(data())


# --- Keeping ---------------------------------------------------------------------------------------------------------------


def test_the_key_is_encrypted_and_nowhere_to_be_seen(clock: Clock) -> None:
    ours = leaf("ours")

    made = add(ours, clock)

    body = ours.private_key.decode().splitlines()[2]
    with every_tenant("a test"):
        deed = Deed.objects.get(target_type="integrations.credential")
    shown = f"{made!r} {made} {vars(deed)} {material(ours)!r} {connections.Seal(ours.private_key, ours.chain)!r}"
    assert b"PRIVATE KEY" not in bytes(made.private_key)
    assert body not in shown
    assert "PRIVATE" not in shown
    assert made.key_pem().encode() == ours.private_key


def test_a_seal_must_be_rsa(clock: Clock) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    curved = key_files.Material(pem, (_self_signed(key),))

    with pytest.raises(credentials.WrongKindOfKey):
        credentials.add(name="Curve", purpose="seal", material=curved, by="Lieve", at=clock.now)


def _self_signed(key: Any) -> x509.Certificate:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "curve")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    return builder.serial_number(1).not_valid_before(START).not_valid_after(END).sign(key, SHA256())


def test_one_that_has_ended_is_refused(clock: Clock) -> None:
    with pytest.raises(credentials.Ended):
        add(leaf("old", until=clock.now), clock)


def test_a_name_is_given_once(clock: Clock) -> None:
    add(leaf("a"), clock)

    with pytest.raises(credentials.NameTaken):
        add(leaf("b"), clock)


def test_the_database_wants_one_key(clock: Clock) -> None:
    made = add(leaf("a"), clock)

    with every_tenant("a test"), pytest.raises(IntegrityError), transaction.atomic():
        Credential.objects.filter(pk=made.pk).update(key_uri="pkcs11:token=a;object=b")


def test_deeds_are_never_changed(clock: Clock) -> None:
    from django.db import ProgrammingError

    add(leaf("a"), clock)

    with pytest.raises(ProgrammingError), every_tenant("a test"):
        Deed.objects.update(actor="Nobody")


# --- Using -----------------------------------------------------------------------------------------------------------------


def test_the_new_one_signs_from_its_time_on(itsp: Connection, clock: Clock) -> None:
    old = connections.seal(itsp, at=clock.now)
    new = give(itsp, leaf("new"), since=clock.now + timedelta(days=3))

    assert connections.seal(itsp, at=clock.now + timedelta(days=2)).fingerprint == old.fingerprint
    assert connections.seal(itsp, at=clock.now + timedelta(days=3)).fingerprint == new.fingerprint


def test_when_the_new_one_ends_first_the_old_one_signs_again(itsp: Connection, clock: Clock) -> None:
    old = connections.seal(itsp, at=clock.now)
    give(itsp, leaf("brief", until=clock.now + timedelta(days=2)), since=clock.now)

    assert connections.seal(itsp, at=clock.now + timedelta(days=3)).fingerprint == old.fingerprint


def test_without_a_valid_one_nothing_is_signed(itsp: Connection, clock: Clock) -> None:
    with pytest.raises(NoCredential, match="add one"):
        connections.seal(itsp, at=END + timedelta(days=1))


def test_tls_and_seal_are_apart(itsp: Connection, clock: Clock) -> None:
    give(itsp, leaf("tls"), purpose="tls", since=clock.now)
    sealed, secured = (credentials.find(itsp, purpose, at=clock.now) for purpose in ("seal", "tls"))

    assert sealed
    assert secured
    assert sealed.fingerprint != secured.fingerprint


def test_another_operators_credential_cannot_be_used(itsp: Connection, acme: Operator, clock: Clock) -> None:
    theirs = add(leaf("theirs"), clock, operator_id=acme.pk)

    with pytest.raises(credentials.NotItsOwn):
        credentials.use(connection=itsp, credential=theirs, since=clock.now, by="Lieve", at=clock.now)


def test_a_plan_can_be_called_off_until_it_begins(itsp: Connection, clock: Clock) -> None:
    new = add(leaf("new"), clock)
    plan = credentials.use(connection=itsp, credential=new, since=clock.now + timedelta(days=1), by="Lieve", at=clock.now)

    with pytest.raises(credentials.InUse):
        credentials.call_off(use=plan, by="Lieve", at=clock.now + timedelta(days=1))
    credentials.call_off(use=plan, by="Lieve", at=clock.now)

    with every_tenant("a test"):
        assert CredentialUse.objects.count() == 1
        assert list(Deed.objects.values_list("deed", flat=True))[:2] == ["credential.called_off", "credential.planned"]


# --- Watching --------------------------------------------------------------------------------------------------------------


def names(at: Any, **more: Any) -> list[str]:
    return [row.credential.name for row in credentials.expiring(at=at, **more)]


def test_what_ends_soon_is_told_unless_another_one_follows(itsp: Connection, clock: Clock) -> None:
    brief = give(itsp, leaf("brief", until=clock.now + timedelta(days=20)), since=clock.now + timedelta(hours=1))

    assert names(clock.now) == [] or names(clock.now) == [brief.name]
    with every_tenant("a test"):
        CredentialUse.objects.exclude(credential=brief).delete()
    assert names(clock.now) == [brief.name]
    assert [row.days for row in credentials.expiring(at=clock.now)] == [20]

    give(itsp, leaf("next"), since=clock.now + timedelta(days=19))
    assert names(clock.now) == []


def test_what_has_ended_stays_on_the_list_until_it_is_replaced(itsp: Connection, clock: Clock) -> None:
    at = END + timedelta(days=1)

    assert [row.is_over for row in credentials.expiring(at=at)] == [True]


def test_one_operator_has_one_default(itsp: Connection) -> None:
    with every_tenant("a test"), pytest.raises(IntegrityError), transaction.atomic():
        Connection.objects.create(
            name="Second", party_id="BE2", endpoint="http://localhost/", anchors="", is_default=True, created_at=factories.NOW
        )
