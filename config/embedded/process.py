"""Starting, watching and ending the processes of the demo and of the tests."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
PATIENCE: Final = 10.0  # seconds between the polite signal and SIGKILL


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    dies_with_us: int = signal.SIGTERM,
    first: Callable[[], None] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, its output appended to `log`.

    The session keeps Ctrl-C of the terminal away from it, so that we decide the order of the end; the kernel sends it
    `dies_with_us` should we be killed. `first` runs in the child before the program.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_preparation(dies_with_us, first),
        )


def _preparation(dies_with_us: int, first: Callable[[], None] | None) -> Callable[[], None]:
    """Return what the child does between fork and exec."""
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        if first:
            first()
        # Last: a change of user or of user namespace clears the death signal.
        if libc:
            libc.prctl(PR_SET_PDEATHSIG, dies_with_us, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def end(child: subprocess.Popen[bytes], *, politely: int = signal.SIGTERM, patience: float = PATIENCE) -> None:
    """End a child and everything it started: the polite signal, `patience` seconds, then SIGKILL to its group."""
    if child.poll() is None:
        child.send_signal(politely)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
    kill_group(child.pid)
    child.wait()


def kill_group(pid: int) -> None:
    """Kill what is left of the process group a child of ours led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Say whether a process exists and is more than a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def wait_until(ready: Callable[[], bool], *, seconds: float, pause: float = 0.05) -> bool:
    """Ask `ready` again and again until it holds or the time is over; say whether it held."""
    last = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > last:
            return False
        time.sleep(pause)
    return True


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log, for a message about a process that failed."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
