"""The private folder the embedded servers' sockets live in."""

import os
import pwd
import shutil
import stat
from pathlib import Path


class SocketFolderRefused(Exception):
    """The socket folder exists and is not ours; remove it or set TMPDIR to a folder of your own."""


def make_socket_folder(folder: Path, *, owner: int | None = None) -> Path:
    """Create the folder for this user alone (0700), or take over one we made earlier.

    The name is predictable and lies in a folder everybody may write to, so anything there that another user could
    have put is refused. Root may run the server as another account: `owner` is then that account's user id.

    :raises SocketFolderRefused: if the folder belongs to someone else or is no folder
    """
    wanted = _owner_now(folder) if owner is None else owner
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        _take_over(folder, wanted)
    if folder.stat().st_uid != wanted:
        os.chown(folder, wanted, -1)
    folder.chmod(0o700)
    return folder


def _owner_now(folder: Path) -> int:
    """Return who shall own the folder if the caller does not care: we, or the account root chose for the other server."""
    if os.getuid() == 0 and folder.exists() and folder.lstat().st_uid == _nobody():
        return _nobody()
    return os.getuid()


def _take_over(folder: Path, wanted: int) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise SocketFolderRefused(f"{folder} is not a folder; remove it and start again.")
    if found.st_uid == wanted:
        return
    if os.getuid() != 0 or found.st_uid not in (0, wanted, _nobody()):
        raise SocketFolderRefused(
            f"{folder} belongs to another user (id {found.st_uid}); remove it or set TMPDIR to a folder of your own."
        )
    # Left by root in its other mode (see postgres.py): the sockets in it are dead and unreadable to the new server.
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)


def _nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid
