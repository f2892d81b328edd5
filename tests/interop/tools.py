"""Java and Maven, if the machine has them: where they are, and the classes of tests/interop/phase4 built with them."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from config.embedded import paths

HERE: Final = Path(__file__).parent
MODULE: Final = HERE / "phase4"
# Kept between runs, and emptied by nobody: it is built again when the sources change.
TARGET: Final = paths.PROJECT / "var" / "interop"
OLDEST: Final = 17
PATIENCE: Final = 600  # seconds for the first time, when Maven loads phase4 and itself
INSTALL: Final = "as root: apt-get install openjdk-17-jdk-headless maven"

# What Maven says when it could not load something; nothing of it is said about a fault in our sources.
_UNREACHABLE: Final = re.compile(
    r"Could not transfer|Could not find artifact|Could not resolve|could not be resolved|Non-resolvable|"
    r"has not been downloaded from it before|was not found in .* during a previous attempt|Cannot access .* in offline mode"
)


class Absent(Exception):
    """The machine lacks something these tests need; the text says what, and how to get it."""


class Broken(Exception):
    """The module cannot be built from its sources; the text is what Maven said."""


def java() -> Path:
    """Return the program `java` of a development kit that is new enough.

    :raises Absent: if there is none
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if found is None:
        raise Absent(f"there is no Java; {INSTALL}")
    shown = subprocess.run([found, "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=False)
    version = re.search(r"java\.specification\.version = (?:1\.)?(\d+)", shown.stderr)
    if version is None or int(version[1]) < OLDEST:
        raise Absent(f"Java is older than {OLDEST}; {INSTALL}")
    modules = subprocess.run([found, "--list-modules"], capture_output=True, text=True, check=False).stdout
    if "jdk.compiler" not in modules:
        raise Absent(f"Java has no compiler; {INSTALL}")
    return Path(found)


def phase4_classpath(tell: Callable[[str], None]) -> str:
    """Return the class path of the phase4 peer, built if its sources changed since the last time.

    :param tell: takes a line about what takes so long
    :raises Absent: without Maven, or when Maven cannot load what the module is made of
    :raises Broken: if the sources do not compile
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise Absent(f"there is no Maven; {INSTALL}")
    with _alone():
        stamp = TARGET / "built-from"
        wanted = _digest()
        if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and _is_whole()):
            stamp.unlink(missing_ok=True)
            _build(maven, tell)
            stamp.write_text(wanted, encoding="utf-8")
    return os.pathsep.join([str(TARGET / "classes"), _libraries()])


@contextmanager
def _alone() -> Iterator[None]:
    """Let one run of the tests build at a time."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with (TARGET / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest() -> str:
    files = sorted(path for path in MODULE.rglob("*") if path.is_file() and "target" not in path.parts)
    content = b"".join(bytes(path.relative_to(MODULE)) + b"\0" + path.read_bytes() + b"\0" for path in files)
    return hashlib.sha256(content).hexdigest()


def _libraries() -> str:
    return (TARGET / "classpath").read_text(encoding="utf-8").strip()


def _is_whole() -> bool:
    return (TARGET / "classpath").exists() and all(Path(name).exists() for name in _libraries().split(os.pathsep))


def _build(maven: str, tell: Callable[[str], None]) -> None:
    tell("interop: Maven builds tests/interop/phase4; the first time it loads some 60 MB, which takes a minute or two")
    started = time.monotonic()
    order = [maven, "-B", "-ntp", "-f", str(MODULE / "pom.xml"), f"-Dinterop.target={TARGET}", "process-classes"]
    try:
        ended = subprocess.run(order, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise Absent(f"Maven did not load phase4 within {PATIENCE} s") from None
    said = ended.stdout + ended.stderr
    (TARGET / "maven.log").write_text(said, encoding="utf-8")
    if ended.returncode == 0:
        tell(f"interop: built in {time.monotonic() - started:.0f} s")
        return
    lines = [line for line in said.splitlines() if "ERROR" in line]
    if "COMPILATION ERROR" not in said and (missing := next((line for line in lines if _UNREACHABLE.search(line)), None)):
        raise Absent(f"Maven cannot load what the module is made of: {missing.removeprefix('[ERROR] ')[:300]}")
    raise Broken("\n".join(lines[:40]) or said[-2000:])
