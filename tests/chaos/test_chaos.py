"""Ten minutes in which everything breaks (`make chaos`), or one here: nothing is lost, nothing comes twice, all is proven.

CHAOS_SECONDS says how long, CHAOS_SEED what chance does; both are printed. The same seed gives the same fates in the same
order, but processes keep their own time, so no two runs are the same.
"""

import os
import secrets
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from config.embedded import paths
from tests.chaos import judging
from tests.chaos.killing import VICTIMS, Chaos
from tests.chaos.load import Client, Load
from tests.chaos.proxy import Proxy
from tests.e2e.conftest import START, Product, eventually, free_port, start

SECONDS: Final = float(os.environ.get("CHAOS_SECONDS") or 40)
SEED: Final = os.environ.get("CHAOS_SEED") or secrets.token_hex(4)
IS_LONG: Final = SECONDS >= 200
CALM: Final = max(200.0, SECONDS * 3)  # seconds until the last filing has its answer, on a busy machine
STILL: Final = 90  # seconds in which something must have moved meanwhile
# Seconds between two blows. In a long run each process lives for a minute at a time: what dies sooner is started again later and
# later, so that nothing but waiting would be seen.
EVERY: Final = 15.0 if IS_LONG else 4.0
PACE: Final = 2.0 if IS_LONG else 1.0  # seconds between two filings of an operator
Say = Callable[[str], None]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(START + SECONDS + CALM + 120)]


@pytest.fixture(autouse=True)
def hour() -> None:
    """Leave the hour as it is: the product runs in processes of its own."""


@pytest.fixture
def say() -> Say:
    """Print with the time since the beginning; shown when the test fails, or with -s."""
    beginning = time.monotonic()
    return lambda words: print(f"{time.monotonic() - beginning:7.1f}  {words}", flush=True)  # noqa: T201 a run of ten minutes is watched


@pytest.fixture
def product() -> Iterator[Product]:
    """Yield a running product that nobody else uses."""
    var = paths.var_folder() / "chaos"
    process = start(var, free_port())
    running = Product(var, process)

    def answers() -> bool:
        if process.poll() is not None:
            pytest.fail(f"the product did not start:\n{(var / 'demo.log').read_text()[-4000:]}")
        return running.is_ready()

    try:
        eventually(answers, within=START)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(TimeoutError):
            process.wait(60)
        if process.poll() is None:
            process.kill()
            process.wait()
        shutil.rmtree(paths.socket_folder(var), ignore_errors=True)


@pytest.fixture
def wires(product: Product) -> Iterator[list[Proxy]]:
    """Yield the two wires that break: from the gateway to customs, and from customs to the door where it pushes."""
    web = urlsplit(product.url).port or 0
    [[endpoint]] = set(product.rows("select distinct endpoint from integrations_connection"))
    to_customs = Proxy(lambda: urlsplit(endpoint).port or 0, f"{SEED} to customs")
    to_us = Proxy(lambda: web, f"{SEED} to us")
    for wire in (to_customs, to_us):
        wire.start()
    execute(product, "update integrations_connection set endpoint = %s", through(endpoint, to_customs))
    [[push_url]] = product.rows("select push_url from sandbox_party where push_url <> ''")
    execute(product, "update sandbox_party set push_url = %s where push_url <> ''", through(push_url, to_us))
    # Customs asks for its receipt as often as it takes, and soon: else the calm afterwards would be long.
    execute(product, "update sandbox_sandboxsettings set max_offers = 1000, push_again_after = 1, receipt_within = 4")
    yield [to_customs, to_us]
    for wire in (to_customs, to_us):
        wire.stop()


def through(url: str, wire: Proxy) -> str:
    """Return an address with the port of a wire; the name stays, since a certificate may be for it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{wire.port}"))


def execute(product: Product, statement: str, *values: object) -> None:
    """Change a row as whoever runs the database might."""
    with psycopg.connect(paths.postgres_dsn(paths.SUPERUSER, paths.DATABASE, product.var), autocommit=True) as connection:
        connection.execute(statement.encode(), values)


def test_chaos_loses_nothing_and_delivers_nothing_twice(product: Product, wires: list[Proxy], say: Say) -> None:
    say(f"CHAOS_SEED={SEED} CHAOS_SECONDS={SECONDS:g}")
    prefix, load = f"C{uuid.uuid4().hex[:6].upper()}", Load()
    clients = [
        Client(product, slug=slug, prefix=f"{prefix}{slug[0].upper()}", seed=f"{SEED} {slug}", pace=PACE, load=load)
        for slug in ("nordmeer", "brabant")
    ]
    chaos = Chaos(product, wires, f"{SEED} chaos", EVERY, say)

    for wire in wires:
        wire.broken = True
    for thread in (*clients, chaos):
        thread.start()
    time.sleep(SECONDS)
    chaos.over.set()
    chaos.join(60)
    for wire in wires:
        wire.broken = False
    for client in clients:
        client.over.set()
    for client in clients:
        client.join(300)
    say(f"{len(load.accepted)} filings accepted, {load.turned_away} turned away, {load.repeated} requests repeated")
    say(f"killed: {dict(chaos.kills)}; no wire: {chaos.partings} times")
    for wire in wires:
        say(f"{wire.seed}: " + ", ".join(f"{fate.value} {count}" for fate, count in wire.fates.most_common()))

    assert not load.lost
    assert not any(client.is_alive() for client in clients)
    settle(product, prefix, say)
    found = judging.faults(judging.Snapshot(product, prefix), load.accepted)

    assert not found, "\n".join(found)
    assert set(chaos.kills) == set(VICTIMS)
    assert len(load.accepted) > SECONDS / 4
    assert {each.operator for each in load.accepted} == {"nordmeer", "brabant"}
    assert len({fate for wire in wires for fate in wire.fates}) > 4
    say("every filing has one final state, nothing is lost or doubled, the evidence is complete")


def settle(product: Product, prefix: str, say: Say) -> None:
    """Wait until nothing moves any more."""
    end, shown, moved, before = time.monotonic() + CALM, 0.0, time.monotonic(), None
    while True:
        try:
            moving = judging.unrest(product, prefix)
        except psycopg.OperationalError:  # it is started again
            time.sleep(1)
            continue
        if not moving:
            say("quiet")
            return
        if moving != before:
            before, moved = moving, time.monotonic()
        if time.monotonic() > shown + 5:
            shown = time.monotonic()
            say(f"still moving: {dict(moving)}")
        assert time.monotonic() < moved + STILL, f"nothing moved for {STILL} s: {dict(moving)}"
        assert time.monotonic() < end, f"no quiet after {CALM} s: {dict(moving)}"
        time.sleep(0.5)
