"""Questions about connections: whose, with which seal, and what customs may say over them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection as database
from django.db.models import F, Q
from django.db.models.functions import Least

from filings.ways import Way
from integrations import credentials, wire
from integrations.as4 import Agreement, Party, Policy, Seal, Service, Trust
from integrations.credentials import NoCredential
from integrations.models import Connection, CredentialUse
from tenants import rows
from tenants.scope import every_tenant

PULL_LEASE: Final = timedelta(seconds=6)
FIRST_LOOK: Final = timedelta(milliseconds=500)  # an answer to a message just sent is worth a look this soon
PATIENCE: Final = 6  # empty pulls after a sending before we look less often
LONGEST_PAUSE: Final = 15  # seconds between pulls while nothing happens

_REASON: Final = "connections belong to the ITSP"


__all__ = [
    "NoConnection", "NoCredential", "channel", "claim_pull", "columns", "customs", "end_pull", "expect_answer", "for_operator",
    "get", "open_here", "pause", "policy", "read", "receiving_pushes", "renew_pull", "seal", "to_sandbox", "trust", "us",
    "ways_here",
]  # fmt: skip


class NoConnection(Exception):
    """There is no active connection for the operator."""


def for_operator(operator_id: UUID, *, via: str = "") -> Connection:
    """Return the connection an operator's message takes: the one named, else the operator's default, else the ITSP's.

    :param via: a PartyId; one of the operator's own or of the ITSP's.
    :raises NoConnection: if there is none that is active.
    """
    found = _found(f"c.id = ({FOR_OPERATOR})", {"operator": operator_id, "via": via})
    if not found:
        raise NoConnection
    return found[0]


# The id of the connection that a message of an operator takes.
FOR_OPERATOR: Final = """
    select c.id from integrations_connection c
    where c.active and (c.operator_id = %(operator)s or c.operator_id is null)
        and case when %(via)s = '' then c.is_default else c.party_id = %(via)s end
    order by c.operator_id nulls last limit 1
    """


def columns(alias: str) -> str:
    """Return what read() wants of a connection, for a statement of every_tenant()."""
    return f"{rows.columns(Connection, alias)}, ({_USES_SQL.format(alias=alias)})"


def read(found: Sequence[Any]) -> Connection:
    """Return the connection of a row of columns(), with what it uses. Call it inside every_tenant().

    Uses and credentials are never changed, only added and taken away: as long as a connection has the same ones, they are
    those that this process read before.
    """
    *values, now = found
    connection = rows.read(Connection, values)
    before, uses = _USES.get(connection.pk, ("", []))
    if before != now:
        uses = list(CredentialUse.objects.filter(connection=connection.pk).select_related("credential"))
        _USES[connection.pk] = (now, uses)
    vars(connection)["_prefetched_objects_cache"] = {"uses": uses}
    return connection


_USES: Final[dict[int, tuple[str, list[CredentialUse]]]] = {}  # by connection: of which uses, and these
_USES_SQL: Final = """
    select string_agg(concat_ws(' ', u.id, u.since, k.fingerprint), ',' order by u.id) from integrations_credentialuse u
    join integrations_credential k on k.id = u.credential_id where u.connection_id = {alias}.id
    """


def to_sandbox(operator_id: UUID) -> Connection:
    """Return the connection over which an operator reaches the sandbox: its usual one if that leads there, else another.

    :raises NoConnection: if it has none that is active.
    """
    usable = Q(operator_id=operator_id) | Q(operator_id=None)
    with every_tenant(_REASON):
        usual = Connection.objects.filter(usable, active=True, is_default=True).order_by(F("operator_id").asc(nulls_last=True))
        there = Connection.objects.filter(usable, active=True, environment=Connection.Environment.SANDBOX)
        found: Connection | None = (
            there.filter(pk=usual.values("pk")[:1]).first() or there.order_by(F("operator_id").asc(nulls_last=True), "pk").first()
        )
    if found is None:
        raise NoConnection
    return found


def open_here() -> list[Connection]:
    """Return the active connections that the operator in scope may use, the one it takes by default first."""
    rows = Connection.open.filter(active=True)
    return list(rows.order_by("-is_default", F("operator_id").asc(nulls_last=True), "name"))


def ways_here() -> list[Way]:
    """Return what open_here() does in the words of filings."""
    return [
        Way(found.party_id, found.name, found.get_environment_display(), is_usual=number == 0)
        for number, found in enumerate(open_here())
    ]


def get(pk: int) -> Connection:
    """Return one connection.

    :raises Connection.DoesNotExist: if there is none of that id.
    """
    if found := _found("c.id = %(pk)s", {"pk": pk}):
        return found[0]
    raise Connection.DoesNotExist


def receiving_pushes() -> list[Connection]:
    """Return the active connections to which customs pushes."""
    return _found("c.active and c.reception = %(push)s order by c.id", {"push": Connection.Reception.PUSH})


def _found(condition: str, values: dict[str, Any]) -> list[Connection]:
    """Return the connections of a condition of this module, with what they use."""
    with every_tenant(_REASON), database.cursor() as cursor:
        cursor.execute(f"select {columns('c')} from integrations_connection c where {condition}", values)  # noqa: S608
        return [read(found) for found in cursor.fetchall()]


# --- What a connection means to AS4 ----------------------------------------------------------------------------------------


def seal(connection: Connection, *, at: datetime) -> Seal:
    """Return what we sign with at a time.

    :raises NoCredential: if nothing is valid.
    """
    return credentials.seal(connection, at=at)


def trust(*connections: Connection) -> Trust:
    """Return whom we believe to be customs, on any of the connections."""
    pinned: Iterable[str] = ()
    if all(connection.pinned.split() for connection in connections):
        pinned = {mark for connection in connections for mark in connection.pinned.lower().split()}
    return Trust.load(sorted({connection.anchors for connection in connections}), pinned=pinned)


def us(connection: Connection) -> Party:
    """Return our end."""
    return Party(connection.party_id, connection.party_type, wire.TRADER)


def customs(connection: Connection) -> Party:
    """Return the other end."""
    return Party(connection.peer_party_id, connection.peer_party_type, wire.CUSTOMS)


def channel(connection: Connection) -> str:
    """Return the MPC we pull from."""
    return connection.mpc or wire.pull_channel(connection.party_id)


def policy(connection: Connection, *, action: str) -> Policy:
    """Return what a message of customs must say.

    Any action passes: what we cannot read yet is stored and shown to a person, since customs would not send it twice.
    The type of the agreement may be missing, as in an example of the interface document (profile §1).
    """
    return Policy(
        receiver=us(connection),
        sender_type=connection.peer_party_type,
        sender_role=wire.CUSTOMS,
        agreements=[Agreement(connection.agreement, kind) for kind in (wire.AGREEMENT_TYPE, None)],
        service=Service(wire.SERVICE_TO_TRADER, wire.SERVICE_TYPE),
        actions=[action],
        senders=[connection.peer_party_id],
        channel=channel(connection),
    )


# --- When to pull ----------------------------------------------------------------------------------------------------------


def claim_pull(*, at: datetime) -> Connection | None:
    """Lease one connection whose pull is due, and return it; nothing when none is. One worker pulls it at a time."""
    with every_tenant(_REASON), database.cursor() as cursor:
        values: dict[str, Any] = {"at": at, "until": at + PULL_LEASE, "token": uuid4(), "pull": Connection.Reception.PULL}
        cursor.execute(_CLAIM_SQL.format(columns=columns("c")), values)
        found = cursor.fetchone()
        return read(found) if found else None


_CLAIM_SQL: Final = """
    update integrations_connection c set pull_lease_until = %(until)s, pull_token = %(token)s, next_pull_at = null
    where c.id = (
        select w.id from integrations_connection w
        where (w.next_pull_at is null or w.next_pull_at <= %(at)s)
            and (w.pull_lease_until is null or w.pull_lease_until <= %(at)s) and w.active and w.reception = %(pull)s
        order by w.next_pull_at nulls first limit 1 for no key update skip locked
    ) returning {columns}
    """


def renew_pull(connection: Connection, *, at: datetime) -> bool:
    """Extend the lease of a connection one is still pulling; say no when another worker holds it by now."""
    with every_tenant(_REASON):
        mine = Connection.objects.filter(pk=connection.pk, pull_token=connection.pull_token)
        return mine.update(pull_lease_until=at + PULL_LEASE) == 1


def end_pull(connection: Connection, *, at: datetime, found: int, problem: str = "", more: bool = False) -> None:
    """Give the lease back and set when to look again: the longer nothing comes, the later; at once where more waits.

    An answer may have become due meanwhile (expect_answer); the earlier time counts.
    """
    empty = 0 if found else connection.empty_pulls + 1
    with every_tenant(_REASON):
        mine = Connection.objects.filter(pk=connection.pk, pull_token=connection.pull_token)
        mine.update(
            next_pull_at=Least(F("next_pull_at"), at if more else at + pause(connection, empty=empty)),
            empty_pulls=F("empty_pulls") + 1 if empty else 0,
            last_pull_at=at,
            last_pull_problem=problem[:400],
            pull_lease_until=None,
            pull_token=None,
        )


def pause(connection: Connection, *, empty: int) -> timedelta:
    """Return how long to wait after so many pulls that found nothing."""
    doubled = connection.pull_every * 2 ** min(max(0, empty - PATIENCE), 8)
    return timedelta(seconds=max(connection.pull_every, min(doubled, LONGEST_PAUSE)))


def expect_answer(connection: Connection, *, at: datetime) -> bool:
    """Look soon, and often for a while: a message was just handed over. Say whether others fail meanwhile."""
    with every_tenant(_REASON), database.cursor() as cursor:
        cursor.execute(_EXPECT_SQL, {"pk": connection.pk, "pull": Connection.Reception.PULL, "soon": at + FIRST_LOOK})
        cursor.nextset()
        found = cursor.fetchone()
        return bool(found and found[0])


# The connection is left alone where a look is due by then already: all who send share its row. To look later than meant is
# no harm, so nobody waits for the disk.
_EXPECT_SQL: Final = """
    set local synchronous_commit to off;
    with expected as (
        update integrations_connection set next_pull_at = least(next_pull_at, %(soon)s), empty_pulls = 0
        where id = %(pk)s and reception = %(pull)s
            and (next_pull_at is null or next_pull_at > %(soon)s or empty_pulls <> 0)
    )
    select failures > 0 from integrations_gate where connection_id = %(pk)s
    """
