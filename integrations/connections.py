"""Questions about connections: whose, with which seal, and what customs may say over them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db.models import F, Q
from django.db.models.functions import Least

from filings.ways import Way
from integrations import credentials, wire
from integrations.as4 import Agreement, Party, Policy, Seal, Service, Trust
from integrations.credentials import NoCredential
from integrations.models import Connection
from tenants.scope import every_tenant

PULL_LEASE: Final = timedelta(seconds=6)
FIRST_LOOK: Final = timedelta(milliseconds=500)  # an answer to a message just sent is worth a look this soon
PATIENCE: Final = 6  # empty pulls after a sending before we look less often
LONGEST_PAUSE: Final = 15  # seconds between pulls while nothing happens

_REASON: Final = "connections belong to the ITSP"


__all__ = [
    "NoConnection", "NoCredential", "channel", "claim_pull", "customs", "end_pull", "expect_answer", "for_operator", "get",
    "open_here", "pause", "policy", "receiving_pushes", "renew_pull", "seal", "to_sandbox", "trust", "us", "ways_here",
]  # fmt: skip


class NoConnection(Exception):
    """There is no active connection for the operator."""


def for_operator(operator_id: UUID, *, via: str = "") -> Connection:
    """Return the connection an operator's message takes: the one named, else the operator's default, else the ITSP's.

    :param via: a PartyId; one of the operator's own or of the ITSP's.
    :raises NoConnection: if there is none that is active.
    """
    usable = Q(operator_id=operator_id) | Q(operator_id=None)
    choice = Q(party_id=via) if via else Q(is_default=True)
    with every_tenant(_REASON):
        rows = credentials.with_uses(Connection.objects.filter(usable, choice, active=True))
        found: Connection | None = rows.order_by(F("operator_id").asc(nulls_last=True)).first()
    if found is None:
        raise NoConnection
    return found


def to_sandbox(operator_id: UUID) -> Connection:
    """Return the connection over which an operator reaches the sandbox: its usual one if that leads there, else another.

    :raises NoConnection: if it has none that is active.
    """
    usable = Q(operator_id=operator_id) | Q(operator_id=None)
    with every_tenant(_REASON):
        usual = Connection.objects.filter(usable, active=True, is_default=True).order_by(F("operator_id").asc(nulls_last=True))
        rows = Connection.objects.filter(usable, active=True, environment=Connection.Environment.SANDBOX)
        found: Connection | None = (
            rows.filter(pk=usual.values("pk")[:1]).first() or rows.order_by(F("operator_id").asc(nulls_last=True), "pk").first()
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
    """Return one connection."""
    with every_tenant(_REASON):
        found: Connection = credentials.with_uses(Connection.objects.all()).get(pk=pk)
        return found


def receiving_pushes() -> list[Connection]:
    """Return the active connections to which customs pushes."""
    with every_tenant(_REASON):
        pushing = Connection.objects.filter(active=True, reception=Connection.Reception.PUSH)
        return list(credentials.with_uses(pushing).order_by("pk"))


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
    due = Q(next_pull_at=None) | Q(next_pull_at__lte=at)
    free = Q(pull_lease_until=None) | Q(pull_lease_until__lte=at)
    with every_tenant(_REASON):
        waiting = credentials.with_uses(Connection.objects.select_for_update(skip_locked=True, of=("self",))).filter(
            due, free, active=True, reception=Connection.Reception.PULL
        )
        connection: Connection | None = waiting.order_by(F("next_pull_at").asc(nulls_first=True)).first()
        if connection is None:
            return None
        connection.pull_lease_until, connection.pull_token = at + PULL_LEASE, uuid4()
        connection.next_pull_at = None
        connection.save(update_fields=["pull_lease_until", "pull_token", "next_pull_at"])
        return connection


def renew_pull(connection: Connection, *, at: datetime) -> bool:
    """Extend the lease of a connection one is still pulling; say no when another worker holds it by now."""
    with every_tenant(_REASON):
        mine = Connection.objects.filter(pk=connection.pk, pull_token=connection.pull_token)
        return mine.update(pull_lease_until=at + PULL_LEASE) == 1


def end_pull(connection: Connection, *, at: datetime, found: int, problem: str = "") -> None:
    """Give the lease back and set when to look again: the longer nothing comes, the later.

    An answer may have become due meanwhile (expect_answer); the earlier time counts.
    """
    empty = 0 if found else connection.empty_pulls + 1
    with every_tenant(_REASON):
        mine = Connection.objects.filter(pk=connection.pk, pull_token=connection.pull_token)
        mine.update(
            next_pull_at=Least(F("next_pull_at"), at + pause(connection, empty=empty)),
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


def expect_answer(connection: Connection, *, at: datetime) -> None:
    """Look soon, and often for a while: a message was just handed over."""
    with every_tenant(_REASON):
        mine = Connection.objects.filter(pk=connection.pk, reception=Connection.Reception.PULL)
        mine.update(next_pull_at=Least(F("next_pull_at"), at + FIRST_LOOK), empty_pulls=0)
