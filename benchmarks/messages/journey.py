"""A very large filing from upload to the outbox: seconds, and the peak memory of each process on the way.

    python -m benchmarks.messages.journey [HOUSES]

Uses a PostgreSQL of its own, in a folder it removes. Each step runs in a process of its own, as it does in the product:
the web process takes the upload in through its door, the worker checks it and makes the draft, the worker submits it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
REPORT: Final = Path(__file__).parent / "journey.md"
STEPS: Final = ("empty", "upload", "take", "submit")

PREPARE: Final = r"""
import django; django.setup()
from django.core.management import call_command
call_command("migrate", database="owner", verbosity=0)
"""

# What every step begins with: the product without a broker, and where the numbers come from.
BEGIN: Final = r"""
import json, re, sys, time
import django; django.setup()
from django.utils import timezone
from filings import outbox
from filings.models.large import Check, FilingPart
from filings.models import Filing, OutboxMessage
from filings.services import submission
from filings.services.large import queue, work
from tenants.actors import SYSTEM
from tenants.models import Operator
from tenants.scope import tenant_scope
from tenants.services import keys
outbox.ring = lambda *_, **__: None
about = {"name": "Acme", "eori": "DE123456789", "created_at": timezone.now()}
operator, _ = Operator.objects.get_or_create(slug="acme", defaults=about)
facts = {}
"""

END: Final = r"""
with open("/proc/self/status") as status:
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read())
print(json.dumps({**facts, "memory": int(peak[1]) / 1024}))
"""

BODIES: Final = {
    # A worker that did one small thing: what the product itself takes.
    "empty": "work.do_next()",
    "upload": r"""
import pathlib
from django.test import Client
with tenant_scope(operator.pk):
    key = keys.issue(name="benchmark", by=SYSTEM, at=timezone.now())[1]
body = open(sys.argv[1], "rb")  # as a web server hands it over
size = pathlib.Path(sys.argv[1]).stat().st_size
started, used = time.perf_counter(), time.process_time()
request = {"wsgi.input": body, "CONTENT_LENGTH": str(size), "CONTENT_TYPE": "application/xml", "SERVER_NAME": "localhost"}
answer = Client(headers={"authorization": f"Bearer {key}"}).generic("POST", "/api/v1/uploads/?name=large.xml", b"", **request)
facts |= {"seconds": time.perf_counter() - started, "cpu": time.process_time() - used}
assert answer.status_code == 202, answer.content
""",
    "take": r"""
started, used = time.perf_counter(), time.process_time()
assert work.do_next()
facts |= {"seconds": time.perf_counter() - started, "cpu": time.process_time() - used}
with tenant_scope(operator.pk):
    filing = Filing.objects.get()
    check = Check.objects.get()
    facts |= {"houses": FilingPart.objects.count(), "errors": check.errors, "refusal": check.refusal}
""",
    "submit": r"""
with tenant_scope(operator.pk):
    filing = Filing.objects.get()
    submission.submit(filing=filing, by=SYSTEM, at=timezone.now())
started, used = time.perf_counter(), time.process_time()
assert work.do_next()
facts |= {"seconds": time.perf_counter() - started, "cpu": time.process_time() - used}
with tenant_scope(operator.pk):
    filing.refresh_from_db()
    facts |= {"state": filing.state, "payload": len(bytes(OutboxMessage.objects.get().payload))}
""",
}


@dataclass(frozen=True)
class Step:
    """One step. cpu: seconds its process used, without the database's; memory: its peak in MB."""

    seconds: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Journey:
    """What a filing with so many houses cost. size: bytes of XML; payload: bytes in the outbox."""

    houses: int
    size: int
    payload: int
    steps: dict[str, Step]


def measure(houses: int) -> Journey:
    """Return the figures of one journey."""
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(dir=ROOT / "var" if (ROOT / "var").exists() else None) as folder:
        var = Path(folder)
        os.environ |= {"LANDFALL_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR"}
        from config.embedded import paths
        from config.embedded.postgres import Postgres
        from filings import samples

        (var / "static").mkdir()
        server = Postgres(var, durable=False)
        server.start()
        try:
            file = var / "large.xml"
            with file.open("wb") as made:
                made.writelines(samples.stream("IE3F32", houses=houses))
            _run(PREPARE)
            found = {name: json.loads(_run(BEGIN + BODIES[name] + END, str(file))) for name in STEPS}
            assert found["take"]["houses"] == houses, found  # noqa: S101
            assert found["submit"]["state"] == "queued", found  # noqa: S101
            steps = {name: Step(one.get("seconds", 0.0), one.get("cpu", 0.0), one["memory"]) for name, one in found.items()}
            return Journey(houses, file.stat().st_size, found["submit"]["payload"], steps)
        finally:
            server.stop()
            shutil.rmtree(paths.socket_folder(var), ignore_errors=True)


def _run(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-4_000:])
    return done.stdout.splitlines()[-1] if done.stdout else "{}"


def report(journeys: list[Journey]) -> str:
    """Return the figures as a page."""
    words = {
        "empty": "a worker with nothing to do",
        "upload": "web: the upload is stored as it arrives",
        "take": "worker: checked as a stream, staged, a draft in parts",
        "submit": "worker: written, checked, queued as gzip",
    }
    lines = [
        "# What a very large filing costs from upload to outbox",
        "",
        "Made by `python -m benchmarks.messages.journey`: the product with a PostgreSQL of its own, each step in a process of",
        "its own; peak memory is that of the whole process (VmHWM), CPU seconds are those of the process without the database.",
        "The 2 cores were shared with many other programs, so seconds by the clock say little.",
        "",
        "| houses | MB of XML | MB in the outbox | step | CPU s | seconds | peak memory MB |",
        "| ---: | ---: | ---: | --- | ---: | ---: | ---: |",
    ]
    for one in journeys:
        for name, step in one.steps.items():
            size, payload = f"{one.size / 1e6:.1f}", f"{one.payload / 1e6:.2f}"
            times = f"{step.cpu:.1f} | {step.seconds:.1f}" if step.seconds else "|"
            lines.append(f"| {one.houses:,} | {size} | {payload} | {words[name]} | {times} | {step.memory:.0f} |")
    most = max(step.memory for one in journeys for step in one.steps.values())
    verdict = "Met" if most < 300 else "Not met"
    lines += ["", f"Goal: every process under 300 MB; the highest peak is {most:.0f} MB. **{verdict}.**"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    counts = [int(argument) for argument in sys.argv[1:]] or [10_000, 99_999]
    REPORT.write_text(report([measure(houses) for houses in counts]), encoding="utf-8")


if __name__ == "__main__":
    main()
