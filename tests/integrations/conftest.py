"""The gateway is tested against a customs of its own on this machine (tests/fakes/sti.py).

Models are imported inside the fixtures: pytest reads this file before the product is set up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from integrations import pki
from integrations.pki import Identity

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Identities:
    """Who signs in these tests."""

    customs: Identity
    other_customs: Identity  # another access point under the same root
    itsp: Identity
    stranger: Identity  # nobody's root


@pytest.fixture(scope="session")
def identities() -> Identities:
    roots = {name: pki.make_root(name, not_before=START, not_after=END) for name in ("customs", "traders", "nobody")}
    leafs = {
        name: pki.make_leaf(name, issuer=roots[root], not_before=START, not_after=END)
        for name, root in (("sti", "customs"), ("nti", "customs"), ("itsp", "traders"), ("stranger", "nobody"))
    }
    return Identities(leafs["sti"], leafs["nti"], leafs["itsp"], leafs["stranger"])


class Clock:
    """Time stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 23, 9, 31, tzinfo=UTC))


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who was woken; nobody hears it."""
    from filings import outbox
    from integrations import inbound
    from integrations.bells import Bell

    rung: list[str] = []
    monkeypatch.setattr(inbound, "ROUTING", Bell(inbound.ROUTE_BELL))  # that nobody rang a moment ago
    monkeypatch.setattr(outbox, "ring", lambda bell=outbox.BELL, countdown=0: rung.append(bell))
    return rung


@pytest.fixture
def sti(identities: Identities) -> Iterator[Any]:
    from tests.fakes.sti import FakeSti

    server = FakeSti(identities.customs, trader_root=identities.itsp.root)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def itsp(db: None, sti: Any, identities: Identities, bells: list[str]) -> Any:
    """The ITSP's connection, which pulls."""
    return make_connection("ITSP", "BE0700000001", sti.url, identities)


def make_connection(name: str, party_id: str, url: str, identities: Identities, **more: Any) -> Any:
    """Return a new connection to a customs of these tests."""
    from integrations.models import Connection
    from tenants.scope import every_tenant

    fields = {
        "name": name,
        "environment": Connection.Environment.SANDBOX,
        "party_id": party_id,
        "endpoint": url,
        "anchors": identities.customs.root.decode(),
        "pull_parallel": 1,  # other threads do not see what a test has not committed
        "created_at": START,
    }
    with every_tenant("a test sets up connections"):
        first = not Connection.objects.filter(operator=more.get("operator"), is_default=True).exists()
        made = Connection.objects.create(**{"is_default": first, **fields, **more})
    give(made, identities.itsp)
    return made


def give(connection: Any, identity: Identity, *, purpose: str = "seal", since: datetime = START) -> Any:
    """Let a connection sign, or open TLS, with an identity from a time on; return the credential."""
    from integrations import credentials, key_files

    name = f"{purpose} {uuid4().hex[:12]}"
    material = key_files.read(identity.private_key + identity.chain)
    made = credentials.add(name=name, purpose=purpose, material=material, by="A test", at=START)
    credentials.use(connection=connection, credential=made, since=since, by="A test", at=START)
    return made


@pytest.fixture
def acme(db: None) -> Any:
    from tests import factories

    return factories.operator("acme")
