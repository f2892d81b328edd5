"""Makes the Python environment before the first command: standard library only, and readable to an old Python.

`python3 manage.py …` on a machine that has nothing but python3 (with pip or venv) gets a folder .venv with exactly the
packages of the lock file, and continues in there. When nothing has changed this costs a few file reads.
Environments that are built otherwise (DJANGO_ENV=production, or LANDFALL_BOOTSTRAP=off) are left alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

OLDEST = (3, 11)
PROJECT = Path(__file__).resolve().parents[1]
VENV = PROJECT / ".venv"
RUNTIME = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"  # holds everything of the first one at the same versions
INSTALLER = "requirements-installer.lock"
PIP_INSTALL = ("install", "--no-input", "--disable-pip-version-check")
COMMANDS_FOR_DEVELOPMENT = {"test"}
ADVICE = "apt-get install -y --no-install-recommends python3 python3-venv python3-pip"


class CannotStart(Exception):
    """The environment cannot be made here; the message says what helps."""


def ensure(argv: Sequence[str]) -> None:
    """Return if this process may run the command; else prepare the environment and continue in it (no return)."""
    try:
        check_python(sys.version_info[:2])
        if os.environ.get("DJANGO_ENV") == "production" or os.environ.get("LANDFALL_BOOTSTRAP") == "off":
            return
        lock = lock_for(argv)
        if not is_installed(lock):
            prepare(lock)
        elif inside():
            return
    except CannotStart as reason:
        say(str(reason))
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        say("Interrupted; the next start goes on from here.")
        raise SystemExit(130) from None
    sys.stderr.flush()
    os.execv(python(), [str(python()), *argv])  # noqa: S606 (our own interpreter, our own arguments)


def check_python(version: Sequence[int]) -> None:
    """Refuse a Python that is too old, naming a newer one if the machine has it.

    :raises CannotStart: if it is older than OLDEST
    """
    if tuple(version) >= OLDEST:
        return
    newer = next((name for name in ("python3.13", "python3.12", "python3.11") if shutil.which(name)), None)
    advice = f"Use {newer} instead of python3." if newer else "Install a newer one."
    raise CannotStart(f"Landfall needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {version[0]}.{version[1]}. {advice}")


def lock_for(argv: Sequence[str]) -> str:
    """Return the name of the lock file that a command line needs."""
    return DEVELOPMENT if set(argv[1:2]) & COMMANDS_FOR_DEVELOPMENT else RUNTIME


# --- What is there -------------------------------------------------------------------------------------------------------


def python() -> Path:
    """Return the interpreter of the environment."""
    return VENV / "bin" / "python"


def inside() -> bool:
    """Say whether this process runs in the environment already."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def is_installed(lock: str) -> bool:
    """Say whether the environment works and holds the packages of a lock file, by the stamp of the last installation."""
    return is_usable() and stamp().get(lock) == digest(lock)


def is_usable() -> bool:
    """Say whether the environment has an interpreter of the same Python version as the one that was asked for."""
    return os.access(str(python()), os.X_OK) and (inside() or version_of(VENV) == sys.version_info[:2])


def version_of(venv: Path) -> tuple[int, ...]:
    """Return the major and minor Python version that an environment was made with, () if it does not tell."""
    with contextlib.suppress(OSError, ValueError):
        for line in (venv / "pyvenv.cfg").read_text().splitlines():
            name, _, value = line.partition("=")
            if name.strip() in {"version", "version_info"}:
                return tuple(int(part) for part in value.strip().split(".")[:2])
    return ()


def digest(lock: str) -> str:
    """Return the fingerprint of a lock file."""
    return hashlib.sha256((PROJECT / lock).read_bytes()).hexdigest()


def stamp() -> dict[str, str]:
    """Return the lock files that are installed, as name and fingerprint."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((VENV / "landfall.json").read_text())
        return found if isinstance(found, dict) else {}
    return {}


def write_stamp(locks: dict[str, str]) -> None:
    """Replace the stamp in one step."""
    fresh = VENV / "landfall.json.new"
    fresh.write_text(json.dumps(locks))
    fresh.replace(VENV / "landfall.json")


# --- Making it -----------------------------------------------------------------------------------------------------------


def prepare(lock: str) -> None:
    """Bring the environment to a lock file, one process at a time.

    :raises CannotStart: if there is no way to make it, or the packages cannot be installed
    """
    with only_one():
        if is_installed(lock):
            return  # another start did it while we waited
        if not is_usable():
            make_venv()
        # An interrupted installation leaves no stamp and is done again.
        before = stamp()
        write_stamp({})
        say(f"Installing the packages of {lock} (the first time takes about half a minute) …")
        install(lock)
        write_stamp(after_installing(lock, before))
        say("The environment is ready.")


def after_installing(lock: str, before: dict[str, str]) -> dict[str, str]:
    """Return the new stamp.

    The development lock brings the runtime one along. The runtime lock removes nothing: a development lock that is
    installed and unchanged holds the same versions and still counts.
    """
    if lock == DEVELOPMENT:
        return {RUNTIME: digest(RUNTIME), DEVELOPMENT: digest(DEVELOPMENT)}
    kept = {name: value for name, value in before.items() if name == DEVELOPMENT and value == digest(DEVELOPMENT)}
    return {RUNTIME: digest(RUNTIME), **kept}


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Wait for another start that prepares the environment, and keep later ones waiting."""
    folder = PROJECT / "var"
    folder.mkdir(exist_ok=True)
    with (folder / "bootstrap.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another start prepares the environment; waiting for it …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_venv() -> None:
    """Make a fresh environment with the Python that was asked for; Debian's needs no python3-venv for it.

    :raises CannotStart: if this Python has neither pip nor ensurepip, or no venv
    """
    say("Making the Python environment in .venv …")
    base = base_python()
    if not has_installer(base):
        bring_installer()
    installer_is_outside = pip_of(base) is not None or shutil.which("uv") is not None
    if not has_installer(base):
        raise CannotStart(f"This Python can install nothing: it has neither pip nor venv. As root:\n  {ADVICE}")
    options = ["--without-pip"] if installer_is_outside else []
    if not runs([base, "-m", "venv", "--clear", *options, str(VENV)], show=True):
        raise CannotStart(f"The Python environment could not be made. On Debian, as root:\n  {ADVICE}")


def has_installer(base: str) -> bool:
    """Say whether packages can be installed with this Python: by pip, by uv, or by the pip that a new environment brings."""
    return pip_of(base) is not None or shutil.which("uv") is not None or runs([base, "-c", "import ensurepip"])


def bring_installer() -> None:
    """Install Debian's pip and venv, where we may: as root, with apt-get."""
    if os.getuid() == 0 and shutil.which("apt-get"):
        say(f"This Python has neither pip nor venv; installing them: {ADVICE}")
        runs(["apt-get", "update", "-q"], show=True)
        runs(ADVICE.split(), show=True)


def base_python() -> str:
    """Return the Python outside of any environment."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def pip_of(interpreter: str) -> list[str] | None:
    """Return the start of a pip command that installs into the environment, None if that Python has no recent pip."""
    command = [interpreter, "-m", "pip", "--python", str(python())]
    # `pip --version` accepts --python only where pip knows it (from 22.3); it runs before the environment exists too.
    return command if runs([interpreter, "-m", "pip", "--python", interpreter, "--version"]) else None


def install(lock: str) -> None:
    """Install the packages of a lock file, each checked against its hash: quickly by uv, else by pip.

    :raises CannotStart: if neither can
    """
    pip = pip_of(base_python()) or ([str(python()), "-m", "pip"] if runs([str(python()), "-m", "pip", "--version"]) else None)
    wanted = ["--require-hashes", "-r", str(PROJECT / lock)]
    uv = find_uv() or (install_uv(pip) if pip else None)
    if uv and runs([uv, "pip", "install", "--python", str(python()), *wanted], show=True):
        return
    # uv does not read pip's configuration: where a mirror is set for pip alone, only pip gets through.
    if uv and pip:
        say("uv could not; trying pip …")
    if not pip:
        raise CannotStart(f"There is no pip to install the packages with. On Debian, as root:\n  {ADVICE}")
    if not runs([*pip, *PIP_INSTALL, *wanted], show=True):
        raise CannotStart("The packages could not be installed; the lines above say why. The next start tries again.")


def find_uv() -> str | None:
    """Return the uv of the environment or of the PATH."""
    own = VENV / "bin" / "uv"
    return str(own) if os.access(str(own), os.X_OK) else shutil.which("uv")


def install_uv(pip: list[str]) -> str | None:
    """Put uv into the environment; None if that fails, which is no harm."""
    runs([*pip, *PIP_INSTALL, "--quiet", "--require-hashes", "-r", str(PROJECT / INSTALLER)])
    return find_uv()


def runs(command: Sequence[str], *, show: bool = False) -> bool:
    """Run a program and say whether it succeeded; its output is shown as progress or dropped."""
    # On standard error, so that a first `manage.py message_schema … > file` writes nothing else into the file.
    output = sys.stderr if show else subprocess.DEVNULL
    quiet = {
        "DEBIAN_FRONTEND": "noninteractive",
        "PIP_ROOT_USER_ACTION": "ignore",
        "UV_LINK_MODE": "copy",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": "true",
    }
    environment = {**quiet, **os.environ}
    environment.pop("PYTHONHOME", None)
    environment.pop("VIRTUAL_ENV", None)
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, check=False)
    except OSError:
        return False
    return ended.returncode == 0


def say(line: str) -> None:
    """Tell the person who waits."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
