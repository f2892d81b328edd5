"""Our access points against those of others: phase4 (Java), and the Java platform's own reader of signatures.

Everything here is skipped, with the reason, on a machine without a JDK and Maven; `make interop` runs it alone.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.conftest import give
from tests.interop import tools
from tests.interop.peer import Peer, Seals, Wires


@pytest.fixture(scope="session")
def java() -> Path:
    """The program `java`."""
    try:
        return tools.java()
    except tools.Absent as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line at once, whatever pytest does with the output of tests."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    reporter = request.config.pluginmanager.getplugin("terminalreporter")

    def line(text: str) -> None:
        if reporter is None or capture is None:  # in a process beside the one that reports
            return
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(text)

    return line


@pytest.fixture(scope="session")
def seals() -> Seals:
    """The seals of the sandbox's tests; the stranger's root is nobody's anchor."""
    from tests.integrations.sandbox import world

    made = world.authority()
    return Seals(made.leafs["customs"], made.leafs["alfa"], made.other, made.root.root)


@pytest.fixture(scope="session")
def wires() -> Wires:
    """Certificates for TLS, made for this run."""
    from integrations import pki
    from tests.integrations.conftest import END, START

    root, other = (pki.make_root(name, not_before=START, not_after=END) for name in ("TLS root", "Other TLS root"))
    server = pki.make_tls("server", issuer=root, hosts=("127.0.0.1", "localhost"), not_before=START, not_after=END)
    client, stranger = (pki.make_tls("client", issuer=each, not_before=START, not_after=END) for each in (root, other))
    return Wires(server, client, stranger, root.root)


@pytest.fixture(scope="session")
def phase4(
    java: Path, seals: Seals, wires: Wires, tell: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peer]:
    """A running phase4."""
    try:
        classpath = tools.phase4_classpath(tell)
    except tools.Absent as reason:
        pytest.skip(str(reason))
    running = Peer(java, classpath, seals, wires, tmp_path_factory.mktemp("phase4"))
    yield running
    running.stop()


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who was woken; nobody hears it."""
    from filings import outbox

    rung: list[str] = []
    monkeypatch.setattr(outbox, "ring", lambda bell=outbox.BELL, countdown=0: rung.append(bell))
    return rung


@pytest.fixture
def acme(db: None) -> Any:
    """An operator."""
    from tests import factories

    return factories.operator("acme")


@pytest.fixture
def connection(db: None, phase4: Peer, seals: Seals) -> Any:
    """The ITSP's connection to a customs that is phase4; it pulls."""
    return connect(phase4, seals)


def connect(phase4: Peer, seals: Seals, **more: Any) -> Any:
    """Return a new connection of the ITSP, NL123."""
    from integrations.models import Connection
    from tenants.scope import every_tenant

    fields = {
        "name": "phase4",
        "environment": Connection.Environment.SANDBOX,
        "party_id": "NL123",
        "endpoint": phase4.url("customs"),
        "anchors": seals.root.decode(),
        "pull_parallel": 1,  # other threads do not see what a test has not committed
        "created_at": datetime.now(UTC),
    }
    with every_tenant("a test sets up a connection"):
        made = Connection.objects.create(**{"is_default": True, **fields, **more})
    give(made, seals.trader, since=datetime.now(UTC))
    return made


@pytest.fixture
def office(transactional_db: None) -> None:
    """Let the sandbox know itself and its parties; NL12 has the trader's seal."""
    from tests.integrations.sandbox import world

    world.open_office()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of the sandbox; its rows are those of the test."""
    from tests.integrations.sandbox import world

    running = world.Running()
    running.start()
    yield running.url
    running.server.should_exit = True
    running.join(10)
    running.application.close()
