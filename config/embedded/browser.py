"""The browser of the end-to-end tests: the system's own Chromium, found or installed."""

import os
import shutil
import subprocess
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL: Final = "apt-get install -y --no-install-recommends chromium fonts-dejavu-core"


def find() -> str | None:
    """Return the program of a Chromium, None if the machine has none; LANDFALL_BROWSER names another one."""
    return next((found for name in (os.environ.get("LANDFALL_BROWSER"), *NAMES) if name and (found := shutil.which(name))), None)


def can_install() -> bool:
    """Say whether we may install one: as root, where there is apt-get."""
    return os.getuid() == 0 and shutil.which("apt-get") is not None


def install() -> str | None:
    """Install one from the system's own packages and return it, None if that fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ("apt-get update -q", INSTALL):
        subprocess.run(command.split(), stdin=subprocess.DEVNULL, env=environment, check=False)
    return find()
