"""The whole product on one machine: what `manage.py demo` runs, and in which order."""

import fcntl
import json
import os
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config.embedded import paths, ports, postgres, process, supervisor, valkey
from config.embedded.supervisor import Program, Supervisor

KEPT_BY_RESET: Final = {"demo.lock", "bootstrap.lock", "test"}
TLS_AFTER: Final = 43  # from the sandbox's page to its access point
START_UP: Final = 90.0  # seconds the web server may take to answer
ANYWHERE: Final = {"0.0.0.0", "::"}  # noqa: S104 (compared with, not listened on)


class DemoFailed(Exception):
    """The demo cannot start or go on; the message says why and what helps."""


@dataclass(frozen=True)
class Addresses:
    """Where the demo listens."""

    host: str
    web_port: int
    sandbox_port: int
    access_point_port: int

    @property
    def web_url(self) -> str:
        """Return the address of the product, as a browser on this machine would call it."""
        return f"http://{_in_url(self.host)}:{self.web_port}"

    @property
    def sandbox_url(self) -> str:
        """Return the address of the sandbox."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def access_point_url(self) -> str:
        """Return the address where the sandbox takes messages: by TLS, with a client certificate."""
        return f"https://127.0.0.1:{self.access_point_port}"


class Demo:
    """One demo on one var folder."""

    def __init__(self, *, say: Callable[[str], None], var: Path | None = None) -> None:
        self.say = say
        self.var = var or paths.var_folder()
        self.supervisor = Supervisor(say)
        self.file = self.var / "demo.json"

    def run(self, *, host: str, port: int, reset: bool) -> None:
        """Bring everything up, show how to reach it, and watch it until a signal ends us.

        :raises DemoFailed: if a step fails, or a demo runs here already
        """
        with self._alone():
            self._clear(reset=reset)
            try:
                addresses = self._addresses(host, port)
                self._start(addresses)
                self._write_file(addresses)
                self.say(summary(json.loads(self.file.read_text())))
                self._watch(addresses)
            finally:
                self.say("Stopping …")
                self.supervisor.stop()
                self._forget_processes()
                self.say("Stopped; the data is kept.")

    # --- Before ---

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock of the var folder; it goes with us, however we end."""
        self.var.mkdir(parents=True, exist_ok=True)
        with (self.var / "demo.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.seek(0)
                pid = lock.read().strip() or "unknown"
                where = _read(self.file).get("url", "the address it printed")
                raise DemoFailed(
                    f"A demo runs here already (process {pid}, {where}). Stop it with Ctrl-C in its window or: kill {pid}"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def _clear(self, *, reset: bool) -> None:
        """End what a killed demo left, and with `reset` remove all data."""
        if left := supervisor.end_leftovers(self.var):
            self.say(f"Ended {len(left)} processes that a killed demo left behind.")
        for data in self.var.glob("pg*"):
            postgres.stop_leftover(data)
        for log in (self.var / "log").glob("*.log"):
            log.replace(log.with_suffix(".old"))  # one earlier run is kept; they grow while a demo runs
        if reset:
            self.say("Removing the data of earlier demos …")
            for entry in self.var.iterdir():
                if entry.name not in KEPT_BY_RESET:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def _addresses(self, host: str, port: int) -> Addresses:
        web = ports.choose(host, port, say=self.say)
        # As far from the web server's as the two usual ones are, so that demos on several ports do not meet.
        distance = paths.SANDBOX_PORT - paths.WEB_PORT
        wanted = web + distance if web + distance < ports.END else web - distance
        sandbox = ports.choose("127.0.0.1", wanted, say=self.say, taken={web})
        access_point = ports.choose("127.0.0.1", sandbox + TLS_AFTER, say=self.say, taken={web, sandbox})
        return Addresses(host, web, sandbox, access_point)

    # --- Start ---

    def _start(self, addresses: Addresses) -> None:
        env = self._environment(addresses)
        if not os.environ.get("DATABASE_URL"):
            self.say("Starting PostgreSQL …")
            self.supervisor.start("postgresql", postgres.Postgres(self.var))
        if not os.environ.get("BROKER_URL"):
            self.say("Starting Valkey …")
            self.supervisor.start("valkey", valkey.Valkey(self.var))
        self._step("Preparing the database …", "migrate", ["manage.py", "migrate", "--database", "owner", "--no-input"], env)
        output = self._step("Preparing the operators and their keys …", "seed", ["manage.py", "seed_demo", "--json"], env)
        self._save(seeded(output))
        self.say("Starting the web server, the workers and the sandbox …")
        for name, arguments in self._programs(addresses):
            self.supervisor.start(name, Program(name, arguments, var=self.var, env=env))
        self._wait_for(addresses)

    def _environment(self, addresses: Addresses) -> dict[str, str]:
        """Return what the processes are told beyond our own environment."""
        env = {
            "LANDFALL_VAR": str(self.var),
            "LANDFALL_WEB_URL": addresses.web_url,
            "LANDFALL_SANDBOX_URL": addresses.sandbox_url,
            "LANDFALL_SANDBOX_ACCESS_POINT": addresses.access_point_url,
            "LANDFALL_BOOTSTRAP": "off",
        }
        if addresses.host not in {"127.0.0.1", "localhost", "::1"} and not os.environ.get("ALLOWED_HOSTS"):
            env["ALLOWED_HOSTS"] = "*" if addresses.host in ANYWHERE else f"localhost,127.0.0.1,[::1],{_in_url(addresses.host)}"
        return env

    def _programs(self, addresses: Addresses) -> Iterator[tuple[str, list[str]]]:
        celery = ["-m", "celery", "-A", "config"]
        sandbox = ["manage.py", "sandbox", "--port", str(addresses.sandbox_port)]
        yield "sandbox", [*sandbox, "--tls-port", str(addresses.access_point_port)]
        yield (
            "web",
            [
                *("-m", "uvicorn", "config.asgi:application", "--host", addresses.host, "--port", str(addresses.web_port)),
                *("--timeout-graceful-shutdown", "3", "--no-server-header", "--http", "integrations.listening:BoundedHead"),
            ],
        )
        yield "worker", [*celery, "worker", "-c", "4", "-l", "INFO", "--without-gossip", "--without-mingle"]
        # Its own name: two workers of one name on a machine would take each other for one.
        alone = ["-Q", "large", "-c", "1", "-n", "checker@%h"]
        yield "checker", [*celery, "worker", *alone, "-l", "INFO", "--without-gossip", "--without-mingle"]
        yield "beat", [*celery, "beat", "-l", "WARNING", "--pidfile=", "-s", str(self.var / "beat-schedule")]

    def _step(self, title: str, name: str, arguments: list[str], env: dict[str, str]) -> str:
        """Run a command to its end and return its output, which also stands in a log.

        :raises DemoFailed: with the end of the output, if the command fails
        """
        self.say(title)
        program = Program(name, arguments, var=self.var, env=env)
        succeeded = program.run_once()
        if not succeeded:
            raise DemoFailed(f"`{' '.join(arguments)}` failed:\n{process.tail(program.log, 25)}")
        return program.log.read_text(errors="replace")

    def _wait_for(self, addresses: Addresses) -> None:
        """Wait until the web server says that it is ready."""
        last = time.monotonic() + START_UP
        while not answers(f"http://{_in_url(addresses.host)}:{addresses.web_port}/health/ready"):
            if time.monotonic() > last:
                log = process.tail(self.var / "log" / "web.log")
                raise DemoFailed(f"The web server does not answer. The end of its log:\n{log}")
            self.supervisor.look()
            time.sleep(0.2)

    # --- While it runs, and after ---

    def _watch(self, addresses: Addresses) -> None:
        while True:
            time.sleep(0.5)
            if self.supervisor.look():
                self._write_file(addresses)

    def _write_file(self, addresses: Addresses) -> None:
        """Write demo.json: what the seed put there, with the addresses and processes of this run."""
        pids = {"demo": os.getpid(), **self.supervisor.pids()}
        urls = {
            "url": addresses.web_url, "sandbox_url": addresses.sandbox_url, "access_point_url": addresses.access_point_url,
        }  # fmt: skip
        self._save({**_read(self.file), **urls, "pids": pids})

    def _forget_processes(self) -> None:
        if self.file.exists():
            self._save({**_read(self.file), "pids": {}})

    def _save(self, content: dict[str, Any]) -> None:
        """Replace the file in one step, readable to this user alone: it holds keys."""
        fresh = self.file.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        fresh.replace(self.file)


def seeded(output: str) -> dict[str, Any]:
    """Return what the seed printed: a line of JSON with the operators and the staff, among lines of the log.

    :raises DemoFailed: if there is no such line
    """
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            content = json.loads(line)
            return content if isinstance(content, dict) else {}
    raise DemoFailed(f"The seed did not say which operators there are:\n{output}")


def answers(url: str) -> bool:
    """Say whether a page of this machine answers with success; never through a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with suppress(OSError, ValueError), opener.open(url, timeout=5) as response:
        return bool(response.status == 200)
    return False


def summary(content: dict[str, Any]) -> str:
    """Return what a person needs to begin: addresses, sign-ins and keys."""
    lines = ["", "Landfall is running.", "", f"  Open     {content['url']}/", f"  Sandbox  {content['sandbox_url']}/", ""]
    for operator in content.get("operators", []):
        lines += [
            f"  {operator.get('name') or operator['slug']} ({operator['slug']}, EORI {operator['eori']})",
            f"    sign in  {_sign_in(operator.get('sign_in'))}",
            f"    API key  {operator['api_key']}",
        ]
    for person in _people(content.get("staff")):
        lines += ["  ITSP staff", f"    sign in  {_sign_in(person)}"]
    if content.get("learner"):
        lines += ["  Files for all of them (Learn by doing)", f"    sign in  {_sign_in(content['learner'])}"]
    return "\n".join([*lines, "", "  The same stands in var/demo.json, the logs in var/log/. Ctrl-C stops everything.", ""])


def _people(staff: Any) -> list[Any]:
    people = staff if isinstance(staff, list) else [staff]
    return [person.get("sign_in", person) for person in people if person]


def _sign_in(person: Any) -> str:
    return f"{person['email']}  password {person['password']}" if person else "none"


def _read(file: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        content = json.loads(file.read_text())
        return content if isinstance(content, dict) else {}
    return {}


def _in_url(host: str) -> str:
    """Return a host as it is written in an address; where we listen everywhere, this machine's own."""
    if host in ANYWHERE:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
