"""The sandbox as a process of its own: started, stopped, killed in the middle, started again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from filings.messages import xml
from integrations import as4
from integrations.sandbox.models import REASON, Received, Timer
from tenants.scope import every_tenant
from tests.integrations.sandbox.trader import Trader, content, filing, now
from tests.integrations.sandbox.world import authority, configure

Start = Callable[..., subprocess.Popen[bytes]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(autouse=True)
def hour() -> None:
    """Leave the hour as it is: what is tested runs in processes of its own."""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(office: None, port: int, tmp_path: Path) -> Iterator[Start]:
    """Start the sandbox on the database of the test, with more arguments if there are some."""
    running: list[subprocess.Popen[bytes]] = []
    host, name = connection.settings_dict["HOST"], connection.settings_dict["NAME"]
    user, password = connection.settings_dict["USER"], connection.settings_dict["PASSWORD"]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}" if password else user
    environment = {
        **os.environ,
        "LANDFALL_BOOTSTRAP": "off",
        "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
        "DATABASE_URL": f"postgresql://{login}@/{name}?host={host}&port={connection.settings_dict['PORT'] or 5432}",
    }
    log = (tmp_path / "sandbox.log").open("wb")

    def run(*more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "sandbox", "--port", str(port), *more]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=subprocess.STDOUT)
        running.append(process)
        wait_for(lambda: is_ready(port), within=180, log=tmp_path / "sandbox.log")
        return process

    yield run
    for process in running:
        process.kill()
        process.wait()
    log.close()


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_for(happened: Callable[[], object], *, within: float = 10, log: Path | None = None) -> None:
    last = time.monotonic() + within
    while not happened():
        assert time.monotonic() < last, log.read_text() if log else "it did not happen in time"
        time.sleep(0.05)


def pulled(trader: Trader) -> as4.Outcome:
    """Pull until there is a message."""
    outcomes: list[as4.Outcome] = []

    def there() -> bool:
        outcomes.append(trader.pull())
        return outcomes[-1].result is as4.Result.MESSAGE

    wait_for(there)
    return outcomes[-1]


def test_a_filing_is_answered_by_the_process_and_sigterm_ends_it(start: Start, port: int) -> None:
    process = start()
    alfa = Trader(f"http://127.0.0.1:{port}", "NL12", authority().leafs["alfa"], authority().trust)

    alfa.file(filing())
    answer = content(pulled(alfa))
    process.send_signal(signal.SIGTERM)

    assert answer.message.event == "register"
    assert process.wait(10) == 0


def test_a_killed_sandbox_judges_after_its_restart_and_knows_its_receipts(start: Start, port: int) -> None:
    configure(processing_delay=60_000)
    first = start()
    alfa = Trader(f"http://127.0.0.1:{port}", "NL12", authority().leafs["alfa"], authority().trust)
    wire = alfa.wire(alfa.message(bytes_of_a_filing(), "IE3F26"))
    receipt = alfa.post(wire.body, wire.content_type)
    first.kill()
    first.wait()
    make_due()

    start()
    answer = pulled(alfa)

    assert content(answer).message.event == "register"
    assert answer.received is not None
    assert answer.received.ref_to == wire.message_id
    assert alfa.post(wire.body, wire.content_type) == receipt


def test_a_killed_sandbox_goes_on_with_its_processes_after_its_restart(start: Start, port: int) -> None:
    configure(speed=1)
    first = start()
    alfa = Trader(f"http://127.0.0.1:{port}", "NL12", authority().leafs["alfa"], authority().trust)
    alfa.file(filing("IE3F27"))
    alfa.acknowledge(pulled(alfa).received)  # type: ignore[arg-type]
    first.kill()
    first.wait()
    configure(speed=1_000_000)
    with every_tenant(REASON):
        Timer.objects.exclude(deed="unused").update(due_at=now())

    start()

    assert content(pulled(alfa)).message.event == "complete_assessment"


def bytes_of_a_filing() -> bytes:
    return xml.write(filing())


def make_due() -> None:
    """Let the delay pass that kept the message from being judged before the kill."""
    with every_tenant(REASON):
        assert Received.objects.update(due_at=now()) == 1
