"""Where the embedded servers keep their data and where they listen; standard library only, read by the settings."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
DATABASE: Final = "landfall"
OWNER: Final = "itsp_owner"
APP: Final = "itsp_app"
PLATFORM: Final = "itsp_platform"
SUPERUSER: Final = "postgres"
POSTGRES_PORT: Final = 5432  # only names the socket file: the embedded server opens no TCP port
WEB_PORT: Final = 8000
SANDBOX_PORT: Final = 8100
LONGEST_SOCKET: Final = 107  # bytes of sun_path that Linux leaves for a name


def var_folder() -> Path:
    """Return the folder of everything that is made at run time; LANDFALL_VAR moves it."""
    return Path(os.environ.get("LANDFALL_VAR") or PROJECT / "var").absolute()


def socket_folder(var: Path | None = None) -> Path:
    """Return the short folder of the Unix sockets that belong to one var folder; nothing is created."""
    digest = hashlib.sha1(bytes(var or var_folder()), usedforsecurity=False).hexdigest()[:8]
    name = f"landfall-{os.getuid()}-{digest}"
    folder = Path(tempfile.gettempdir()) / name
    longest = folder / f".s.PGSQL.{POSTGRES_PORT}.lock"
    return folder if len(bytes(longest)) <= LONGEST_SOCKET else Path("/tmp") / name  # noqa: S108 (made 0700, owner checked)


def valkey_socket(var: Path | None = None) -> Path:
    """Return the Unix socket of the embedded Valkey."""
    return socket_folder(var) / "valkey.sock"


def broker_url(var: Path | None = None) -> str:
    """Return the Celery broker address of the embedded Valkey."""
    return f"redis+socket://{valkey_socket(var)}"


def postgres_dsn(role: str, database: str, var: Path | None = None) -> str:
    """Return the libpq connection string of a role on the embedded PostgreSQL."""
    return f"host={socket_folder(var)} port={POSTGRES_PORT} user={role} dbname={database}"
