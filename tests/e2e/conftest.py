"""The whole product as the README's first command starts it, in a folder of its own: every process is the real one."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
import requests

from config.embedded import browser, paths

START = 240  # seconds until the product must answer
LARGE = Path(__file__).with_name("test_large.py")
Clause = Callable[[], Any]


@dataclass
class Product:
    """A running product and how to talk to it."""

    var: Path
    process: subprocess.Popen[bytes]

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the start wrote for us: address, sign-ins, keys, process ids."""
        facts: dict[str, Any] = json.loads((self.var / "demo.json").read_text())
        return facts

    @property
    def url(self) -> str:
        """Return the address of the web process."""
        return str(self.facts["url"]).rstrip("/")

    def operator(self, slug: str) -> dict[str, Any]:
        """Return one operator's sign-in and key."""
        return next(operator for operator in self.facts["operators"] if operator["slug"] == slug)

    def call(self, method: str, path: str, *, slug: str = "nordmeer", **options: Any) -> requests.Response:
        """Send one request as the operator's own system."""
        headers = {"Authorization": f"Bearer {self.operator(slug)['api_key']}", **options.pop("headers", {})}
        return requests.request(method, f"{self.url}/api/v1/{path}", headers=headers, timeout=30, **options)

    def is_ready(self) -> bool:
        """Say whether the product answers that it is ready."""
        try:
            return requests.get(f"{self.url}/health/ready", timeout=5).ok
        except (OSError, ValueError, KeyError):
            return False

    def rows(self, statement: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        """Return what the database holds, read as its superuser, past all scopes."""
        with psycopg.connect(paths.postgres_dsn(paths.SUPERUSER, paths.DATABASE, self.var)) as connection:
            return connection.execute(statement, values).fetchall()


def eventually(clause: Clause, *, within: float, every: float = 0.2) -> Any:
    """Return the clause's first true value; fail when there is none in time."""
    end = time.monotonic() + within
    while True:
        value = clause()
        if value:
            return value
        if time.monotonic() > end:
            pytest.fail(f"did not become true within {within} s")
        time.sleep(every)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(var: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the README's first command."""
    environment = {**os.environ, "LANDFALL_VAR": str(var)}
    var.mkdir(parents=True, exist_ok=True)
    with (var / "demo.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=paths.PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture(autouse=True)
def hour() -> None:
    """Leave the hour as it is: the product runs in processes of its own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests after which customs answers for each of thousands of houses come last: nobody waits for that."""
    places = [place for place, item in enumerate(items) if item.path.parent == LARGE.parent]
    ordered = sorted((items[place] for place in places), key=lambda item: item.path == LARGE)
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    """Yield the running product; at the end it must stop by itself when asked."""
    var = paths.var_folder() / "demo"
    process = start(var, free_port())
    running = Product(var, process)

    def answers() -> bool:
        if process.poll() is not None:
            pytest.fail(f"the product did not start:\n{(var / 'demo.log').read_text()[-4000:]}")
        return running.is_ready()

    try:
        eventually(answers, within=START)
        yield running
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=40) == 0, (var / "demo.log").read_text()[-4000:]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        shutil.rmtree(paths.socket_folder(var), ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Yield a headless browser of the system."""
    program = browser.find()
    if program is None:
        pytest.skip(f"there is no Chromium; as root: {browser.INSTALL}")
    from playwright.sync_api import sync_playwright

    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-component-update", *quiet])
        yield window
        window.close()
