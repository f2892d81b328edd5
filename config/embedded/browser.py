"""The browser of the end-to-end tests: the system's own Chromium, found or installed."""

import ctypes
import os
import shutil
import subprocess
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DRIVER_NEEDS: Final = "libatomic.so.1"
INSTALL: Final = "apt-get install -y --no-install-recommends chromium fonts-dejavu-core libatomic1"


def find() -> str | None:
    """Return the program of a Chromium that tests can drive, None if there is none; LANDFALL_BROWSER names another one."""
    if not _driver_runs():
        return None
    return next((found for name in (os.environ.get("LANDFALL_BROWSER"), *NAMES) if name and (found := shutil.which(name))), None)


def _driver_runs() -> bool:
    """Say whether the one library is there that Playwright's driver takes from the system."""
    try:
        ctypes.CDLL(DRIVER_NEEDS)
    except OSError:
        return False
    return True


def can_install() -> bool:
    """Say whether we may install one: as root, where there is apt-get."""
    return os.getuid() == 0 and shutil.which("apt-get") is not None


def install() -> str | None:
    """Install one from the system's own packages and return it, None if that fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ("apt-get update -q", INSTALL):
        subprocess.run(command.split(), stdin=subprocess.DEVNULL, env=environment, check=False)
    return find()
