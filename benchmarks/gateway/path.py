"""Whole paths with PostgreSQL: a message out (claim to commit) and a message in (verified, stored, receipted)."""

import cProfile
import pstats
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks.gateway import clock, receiver, stage

WARM: Final = 30
# A step of the way out: what it is, and the function whose time it is.
STEPS: Final = (
    ("claim: whose turn it is, lease", "gates.py", "claim"),
    ("is it ours, over which connection", "attempts.py", "_way"),
    ("build and sign", "build.py", "build_user_message"),
    ("store message and attempt, commit", "attempts.py", "_prepare"),
    ("POST", "http.py", "post"),
    ("verify the receipt", "outcome.py", "outcome_of_response"),
    ("keep the answer", "outbound.py", "_keep"),
    ("lock the filing", "outbound.py", "_locked"),
    ("settle row, exchange and filing", "outbound.py", "_settle"),
    ("look for the answer soon", "connections.py", "expect_answer"),
    ("ring the bell", "rota.py", "expect_answer"),
    ("all", "outbound.py", "send_next"),
)
INSIDE: Final = {"store message and attempt, commit": "build and sign"}  # whose time is told by itself
# Where the time is spent, by a part of the file's name; the first that fits counts.
PLACES: Final = (
    ("PostgreSQL driver and waiting for its answers", ("psycopg",)),
    ("Django's ORM and transactions", ("django/",)),
    ("HTTP client", ("urllib3", "requests", "http/client", "ssl.py", "socket.py", "integrations/http")),
    ("broker", ("kombu", "celery", "redis", "amqp", "vine")),
    ("AS4: sign, verify, package", ("integrations/as4", "cryptography", "isal", "lxml")),
    ("the gateway's own code", ("integrations/", "filings/", "tenants/")),
)


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the figures of the ways out and in."""
    with stage.stage() as var:
        from benchmarks.gateway import wire

        customs, trader = stage.identities()
        database, operators = stage.superuser(var), stage.operators(4)
        small = wire.payload(wire.SMALL)
        each, rounds, profiled = (10, 3, 20) if quick else (20, 9, 100)
        with receiver.running(var, customs, trader) as url:
            connection = stage.connect(url, customs, trader)
            stage.queue(database, operators, small, filings=WARM + 5 + each * (rounds + 2) + profiled + 20)
            out = sender()
            into = receiver_of(connection, customs, small)
            for _ in range(WARM):
                next(out)
            alone = "" if quick else clock.take_a_core(var)
            measured = clock.measured({"out": (lambda: next(out), each), "in": (lambda: next(into), each)}, rounds=rounds)
            servers = {name: _server_share(var, way, each * 2) for name, way in (("out", out), ("in", into))} if not quick else {}
            steps, places = _profile(out, profiled)
        [[undone]] = database.execute("select count(*) from integrations_exchange where state <> 'receipted'").fetchall()
        if undone:
            raise SystemExit(f"{undone} exchanges have no receipt, so nothing was measured")
        return {
            "core": alone,
            "size": len(small),
            **{name: vars(figure) for name, figure in measured.items()},
            "servers": servers,
            "steps": steps,
            "places": places,
            "profiled": profiled,
        }


def sender() -> Iterator[None]:
    from integrations import outbound
    from integrations.rota import Rota

    rota = Rota()
    while True:
        if not outbound.send_next(rota=rota):
            raise SystemExit("nothing was left to send")
        yield


def receiver_of(connection: Any, customs: Any, content: bytes, *, made: int = 600, names: tuple[str, ...] = ()) -> Iterator[None]:
    """Take in one new message of customs after the other; they are made beforehand.

    :param names: of databases in which the connection shall take pushes, too
    """
    from benchmarks.gateway import wire
    from benchmarks.gateway.stored import use
    from integrations import as4, inbound
    from integrations.models import Connection
    from tenants.scope import every_tenant

    for name in names or ("",):
        if name:
            use(name)
        with every_tenant("a measurement"):
            Connection.objects.filter(pk=connection.pk).update(reception=Connection.Reception.PUSH)
    seal = as4.Seal(private_key=customs.private_key, chain=customs.chain)
    messages = [
        as4.build_user_message(message=wire.message(content, number=number, to_us=True), seal=seal) for number in range(made)
    ]
    for sent in messages:
        status, _ = inbound.answer_push(content_type=sent.content_type, body=sent.body, at=datetime.now(UTC))
        if status != 200:
            raise SystemExit(f"a message was refused with status {status}")
        yield


def _server_share(var: Any, way: Iterator[None], count: int) -> dict[str, float]:
    """Return milliseconds per message: ours, of PostgreSQL's processes, and by the clock on the wall."""
    server, ours, wall = clock.postgres_seconds(var), time.process_time(), time.perf_counter()
    for _ in range(count):
        next(way)
    return {
        "ours": (time.process_time() - ours) / count * 1e3,
        "postgres": (clock.postgres_seconds(var) - server) / count * 1e3,
        "wall": (time.perf_counter() - wall) / count * 1e3,
    }


def _profile(out: Iterator[None], count: int) -> tuple[list[list[Any]], list[list[Any]]]:
    """Return the shares of the steps of the way out, and of the places where the time goes, of CPU time."""
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    for _ in range(count):
        next(out)
    profile.disable()
    stats: Any = pstats.Stats(profile)
    found = {
        name: sum(row[3] for (file, _, called), row in stats.stats.items() if file.endswith("/" + end) and called == function)
        for name, end, function in STEPS
    }
    whole = found.pop("all")
    for outer, inner in INSIDE.items():
        found[outer] -= found[inner]
    found["all else: commits, leases, scopes"] = whole - sum(found.values())
    places: dict[str, float] = {}
    for (file, _, called), row in stats.stats.items():
        label = next((name for name, parts in PLACES if any(part in file or part in called for part in parts)), "Python itself")
        places[label] = places.get(label, 0.0) + row[2]
    total = sum(places.values())
    return (
        [[name, cost / whole] for name, cost in found.items()],
        sorted(([name, cost / total] for name, cost in places.items()), key=lambda row: -row[1]),
    )
