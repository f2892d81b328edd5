"""Keys and certificates of connections: added, put to use from a time on, chosen by the time, watched for their end.

The private key is in the row, encrypted, or in a device (integrations.hsm); nobody reads it but who signs with it. A credential
is never changed: a new certificate is a new credential, used from a time on, so that old and new overlap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import IntegrityError, transaction
from django.db.models import Prefetch, Q, QuerySet

from integrations import hsm, key_files, trail
from integrations.as4 import Seal, fingerprint
from integrations.key_files import Material
from integrations.models import Connection, Credential, CredentialUse, Purpose
from tenants import vault
from tenants.errors import DomainError
from tenants.scope import every_tenant

WARNINGS: Final = (60, 30, 7, 0)  # days before the end at which people are told
_REASON: Final = "the keys of connections are the ITSP's to keep"


class NoCredential(Exception):
    """The connection has nothing valid to sign with; the text says what to do."""


class WrongKindOfKey(DomainError):
    """Customs takes seals of RSA keys with 2048 bits or more only (RSA-SHA256)."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Ended(DomainError):
    """The certificate has ended, or one above it has."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NameTaken(DomainError):
    """There is a credential of this name already."""

    status = HTTPStatus.CONFLICT


class NotItsOwn(DomainError):
    """The credential is another operator's; this connection cannot use it."""

    status = HTTPStatus.CONFLICT


class OneAlready(DomainError):
    """Another certificate is put to use at this very time; choose another one."""

    status = HTTPStatus.CONFLICT


class InUse(DomainError):
    """It is in use already; plan another one to follow it instead."""

    status = HTTPStatus.CONFLICT


# --- Adding ----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def add(
    *,
    name: str,
    purpose: str,
    material: Material,
    by: str,
    at: datetime,
    key_uri: str = "",
    operator_id: UUID | None = None,
) -> Credential:
    """Keep a key with its certificates and return the row; nothing uses it yet.

    :param material: from key_files; without a private key where `key_uri` names one in a device.
    :raises WrongKindOfKey: for a seal of anything but RSA with 2048 bits.
    :raises Ended: if a certificate is not valid any more.
    :raises NameTaken: if the name is.
    :raises hsm.Unusable: if the key of the device cannot be used, or does not belong to the leaf.
    """
    if purpose == Purpose.SEAL and not _seals(material):
        raise WrongKindOfKey
    if material.not_after <= at:
        raise Ended
    if key_uri:
        hsm.check(key_uri, material.chain)
    with every_tenant(_REASON):
        made = Credential(
            name=name,
            operator_id=operator_id,
            purpose=purpose,
            private_key=vault.lock(material.private_key.decode()) if material.private_key else b"",
            key_uri=key_uri,
            certificates=material.chain.decode(),
            fingerprint=fingerprint(material.leaf),
            not_before=material.not_before,
            not_after=material.not_after,
            created_at=at,
        )
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            raise NameTaken from None
        detail = {"name": name, "purpose": purpose, "fingerprint": made.fingerprint, "until": f"{made.not_after:%Y-%m-%dT%H:%MZ}"}
        trail.record("credential.added", target=made, by=by, at=at, detail=detail)
        return made


def _seals(material: Material) -> bool:
    public = material.leaf.public_key()
    return isinstance(public, rsa.RSAPublicKey) and public.key_size >= key_files.SHORTEST


@transaction.atomic
def use(*, connection: Connection, credential: Credential, since: datetime, by: str, at: datetime) -> CredentialUse:
    """Let a connection sign, or open TLS, with a credential from a time on; until then with what it has.

    :raises NotItsOwn: if it is another operator's.
    :raises Ended: if it will have ended by then.
    :raises OneAlready: if another one begins at that very time.
    """
    if credential.operator_id not in {None, connection.operator_id}:
        raise NotItsOwn
    since = max(since, at)
    if credential.not_after <= since:
        raise Ended
    with every_tenant(_REASON):
        try:
            with transaction.atomic():
                made: CredentialUse = CredentialUse.objects.create(
                    connection=connection, credential=credential, purpose=credential.purpose, since=since
                )
        except IntegrityError:
            raise OneAlready from None
        detail = {"credential": credential.pk, "purpose": credential.purpose, "since": f"{since:%Y-%m-%dT%H:%MZ}"}
        trail.record("credential.planned", target=connection, by=by, at=at, detail=detail)
        return made


@transaction.atomic
def call_off(*, use: CredentialUse, by: str, at: datetime) -> None:
    """Take back a use that has not begun.

    :raises InUse: if it has.
    """
    if use.since <= at:
        raise InUse
    with every_tenant(_REASON):
        detail = {"credential": use.credential_id, "purpose": use.purpose, "since": f"{use.since:%Y-%m-%dT%H:%MZ}"}
        trail.record("credential.called_off", target=use.connection, by=by, at=at, detail=detail)
        use.delete()


# --- Choosing --------------------------------------------------------------------------------------------------------------


def with_uses(rows: QuerySet[Connection]) -> QuerySet[Connection]:
    """Let connections bring along what they use, so that no further question is asked in another scope."""
    return rows.prefetch_related(Prefetch("uses", CredentialUse.objects.select_related("credential")))


def find(connection: Connection, purpose: str, *, at: datetime) -> Credential | None:
    """Return what the connection uses at a time: of the uses that have begun the latest whose certificates are valid."""
    begun = [each for each in planned(connection) if each.purpose == purpose and each.since <= at]
    return next((each.credential for each in begun if each.credential.not_before <= at < each.credential.not_after), None)


def seal(connection: Connection, *, at: datetime) -> Seal:
    """Return what the connection signs with.

    :raises NoCredential: if nothing is valid.
    """
    found = find(connection, Purpose.SEAL, at=at)
    if found is None:
        raise NoCredential("No sealing certificate of the connection is valid now; add one to it.")
    chain = found.certificates.encode()
    if found.key_uri:
        return Seal(b"", chain, signer=_device(found.key_uri))
    return Seal(private_key=found.key_pem().encode(), chain=chain)


def _device(uri: str) -> Callable[[bytes], bytes]:
    """Return what signs with a key in a device; a device that does not is a matter of the set-up, not of the message."""

    def sign(octets: bytes) -> bytes:
        try:
            return hsm.signer(uri)(octets)
        except hsm.Unusable as refusal:
            raise NoCredential(f"The sealing key cannot be used: {refusal.message}") from refusal

    return sign


def planned(connection: Connection) -> list[CredentialUse]:
    """Return all uses of a connection, the latest first, with their credentials."""
    if "uses" in getattr(connection, "_prefetched_objects_cache", {}):
        return list(connection.uses.all())
    with every_tenant(_REASON):
        return list(CredentialUse.objects.filter(connection=connection).select_related("credential"))


# --- Watching --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expiring:
    """A credential that connections use and nothing follows in time."""

    credential: Credential
    connections: tuple[Connection, ...]
    days: int  # until the end, rounded down; negative after it

    @property
    def is_over(self) -> bool:
        """Say whether it has ended."""
        return self.days < 0


def expiring(*, at: datetime, within: timedelta = timedelta(days=WARNINGS[0])) -> list[Expiring]:
    """Return the credentials that end within a time, or have ended, while active connections rely on them; the first first.

    One that is replaced in time is no worry: a later use that begins before its end, with certificates that hold longer.
    """
    with every_tenant(_REASON):
        active = CredentialUse.objects.filter(connection__active=True)
        uses = list(active.select_related("credential", "connection", "credential__operator"))
    found: dict[int, tuple[Credential, list[Connection]]] = {}
    for each in uses:
        if each.credential.not_after <= at + within and not _is_followed(each, uses, at=at):
            found.setdefault(each.credential_id, (each.credential, []))[1].append(each.connection)
    rows = [Expiring(held, tuple(dict.fromkeys(lines)), (held.not_after - at).days) for held, lines in found.values()]
    return sorted(rows, key=lambda row: row.credential.not_after)


def _is_followed(use: CredentialUse, uses: Sequence[CredentialUse], *, at: datetime) -> bool:
    return any(
        (other.connection_id, other.purpose) == (use.connection_id, use.purpose)
        and use.since <= other.since <= max(use.credential.not_after, at)
        and other.credential.not_after > use.credential.not_after
        for other in uses
    )


def of_purpose(purpose: str, *, operator_id: UUID | None) -> list[Credential]:
    """Return what a connection may be told to use: the ITSP's credentials and its operator's own."""
    with every_tenant(_REASON):
        return list(Credential.objects.filter(Q(operator_id=None) | Q(operator_id=operator_id), purpose=purpose))
