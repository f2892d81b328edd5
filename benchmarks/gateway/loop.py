"""The whole loop as `manage.py demo` runs it on this machine: filed by REST, registered by the sandbox, MRN in the product."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from benchmarks.gateway.stage import ROOT

FILINGS, CLIENTS = 60, 4


def measure(*, quick: bool) -> dict[str, Any]:
    """Return filings per second, and how long one takes."""
    filings = 6 if quick else FILINGS
    with tempfile.TemporaryDirectory(prefix="loop-") as folder:
        var = Path(folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {**os.environ, "LANDFALL_VAR": str(var)}
        with (var / "demo.log").open("ab") as log:
            demo = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        try:
            return _measured(var, demo, filings)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)


def _measured(var: Path, demo: "subprocess.Popen[bytes]", filings: int) -> dict[str, Any]:
    facts = _ready(var, demo)
    key = facts["operators"][0]["api_key"]
    url = f"{facts['url'].rstrip('/')}/api/v1/filings/"
    _file(url, key, _documents(2, "WARM"))
    _wait(var, "WARM", 2)
    documents = _documents(filings, "LOOP")
    begun = time.perf_counter()
    _file(url, key, documents)
    filed = time.perf_counter() - begun
    _wait(var, "LOOP", filings)
    whole = time.perf_counter() - begun
    [[half, nine]] = _rows(var, TAKEN, "LOOP")
    cores = len(os.sched_getaffinity(0))
    return {
        "cores": "one core" if cores == 1 else f"{cores} cores",
        "filings": filings,
        "clients": CLIENTS,
        "filed": filed,
        "seconds": whole,
        "median": half,
        "ninety": nine,
    }


TAKEN = """
    select percentile_cont(0.5) within group (order by seconds), percentile_cont(0.9) within group (order by seconds) from (
        select extract(epoch from answered_at - submitted_at)::float as seconds from filings_filing where starts_with(lrn, %s)) t
    """


def _ready(var: Path, demo: "subprocess.Popen[bytes]") -> dict[str, Any]:
    end = time.monotonic() + 180
    while time.monotonic() < end and demo.poll() is None:
        try:
            facts: dict[str, Any] = json.loads((var / "demo.json").read_text())
            if requests.get(f"{facts['url'].rstrip('/')}/health/ready", timeout=5).ok:
                return facts
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(0.5)
    raise SystemExit((var / "demo.log").read_text()[-2000:])


def _documents(count: int, prefix: str) -> list[Any]:
    from filings.messages import json as messages
    from filings.samples import sample

    made = []
    for number in range(count):
        document = sample("IE3F26", seed=number)
        document.set("LRN", f"{prefix}{number:06}")
        made.append(messages.to_json(document))
    return made


def _file(url: str, key: str, documents: list[Any]) -> None:
    def submit(document: Any) -> None:
        answer = requests.post(f"{url}?submit=true", json=document, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        if answer.status_code != 201:
            raise SystemExit(answer.text[:1000])

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(submit, documents))


def _wait(var: Path, prefix: str, count: int) -> None:
    end = time.monotonic() + 300
    statement = "select count(*) from filings_filing where starts_with(lrn, %s) and mrn <> ''"
    while _rows(var, statement, prefix) != [(count,)]:
        if time.monotonic() > end:
            raise SystemExit("not all filings were registered in time")
        time.sleep(0.2)


def _rows(var: Path, statement: str, *values: object) -> list[Any]:
    import psycopg

    from config.embedded import paths

    with psycopg.connect(paths.postgres_dsn(paths.SUPERUSER, paths.DATABASE, var)) as connection:
        return connection.execute(statement.encode(), values).fetchall()
