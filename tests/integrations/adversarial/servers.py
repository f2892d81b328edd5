"""The real server processes under attack: started as the product starts them, watched from outside."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from config.embedded import process
from integrations import listening
from tests.integrations.sandbox.test_process import free_port, wait_for
from tests.integrations.sandbox.trader import Reply

HEAD_WITHIN, BODY_WITHIN = 2, 4  # seconds; the product's defaults are longer than a test wants to wait
_TICKS = os.sysconf("SC_CLK_TCK")


def environment() -> dict[str, str]:
    """Return what makes a process work on the test's database and with the test's keys."""
    row = connection.settings_dict
    login = f"{quote(row['USER'], safe='')}:{quote(row['PASSWORD'], safe='')}" if row["PASSWORD"] else row["USER"]
    return {
        **os.environ,
        "LANDFALL_BOOTSTRAP": "off",
        "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
        "DATABASE_URL": f"postgresql://{login}@/{row['NAME']}?host={row['HOST']}&port={row['PORT'] or 5432}",
        "BROKER_URL": "memory://",
        "HTTP_HEAD_WITHIN": str(HEAD_WITHIN),
        "HTTP_BODY_WITHIN": str(BODY_WITHIN),
    }


class Server:
    """One process on a port of this machine."""

    def __init__(self, arguments: list[str], *, path: str, ready: str, log: Path) -> None:
        self.port = free_port()
        self.path = path
        self.log = log
        self._ready = ready
        self._arguments = [sys.executable, *(item.format(port=self.port) for item in arguments)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = process.spawn(
            self._arguments, log=self.log, env=environment(), cwd=settings.BASE_DIR, dies_with_us=signal.SIGKILL
        )
        wait_for(self._is_up, within=180, log=self.log)

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()

    def _is_up(self) -> bool:
        try:
            return self.request("GET", self._ready, timeout=2).status == 200
        except OSError:
            return False

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    # --- Talking ---

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, *, timeout: float = 30
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Reply(response.status, response.getheader("Content-Type", ""), response.read())
        finally:
            connection.close()

    def post(self, body: bytes, content_type: str) -> Reply:
        return self.request("POST", self.path, body, {"Content-Type": content_type} if content_type else {})

    def dial(self) -> socket.socket:
        """Return a raw connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def head(self, *lines: str) -> bytes:
        """Return the head of a POST to the access point, its lines as given."""
        return "\r\n".join([f"POST {self.path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()

    # --- Watching ---

    @property
    def cpu(self) -> float:
        """Return the seconds of processor time spent so far: unlike the clock, no neighbour's work is in it."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory(self) -> int:
        return self._status("VmRSS")

    @property
    def peak(self) -> int:
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        """Let the peak begin again at what is in use now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))

    @property
    def written(self) -> int:
        """Return how long the log is, to read later what came after."""
        return self.log.stat().st_size

    def logged(self, since: int) -> str:
        with self.log.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="surrogateescape")


def answer(raw: socket.socket) -> bytes:
    """Return all that comes until the server closes."""
    chunks = []
    try:
        while chunk := raw.recv(65_536):
            chunks.append(chunk)
    except ConnectionResetError:
        pass
    return b"".join(chunks)


def sandbox(log: Path) -> Server:
    """Return customs' access point, not started yet."""
    arguments = ["manage.py", "sandbox", "--port", "{port}"]
    return Server(arguments, path="/domibus/services/msh", ready="/health/live", log=log)


def web(log: Path) -> Server:
    """Return our own web process with the door for customs, not started yet."""
    command = ["-m", "uvicorn", "config.asgi:application", "--port", "{port}", "--http", listening.PROTOCOL]
    return Server([*command, "--timeout-graceful-shutdown", "3"], path="/as4/", ready="/health/live", log=log)


def pause(seconds: float) -> None:
    """Wait for what has no sign of its own."""
    time.sleep(seconds)
