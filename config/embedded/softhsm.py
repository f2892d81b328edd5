"""The device of the tests: SoftHSM, which keeps keys behind PKCS#11 as an HSM does, found or installed."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

PLACES: Final = ("/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/lib64/pkcs11", "/usr/local/lib/softhsm")
NAME: Final = "libsofthsm2.so"
INSTALL: Final = "apt-get install -y --no-install-recommends softhsm2"


def find() -> str | None:
    """Return the library, None if there is none or its tool is missing."""
    if shutil.which("softhsm2-util") is None:
        return None
    return next((str(file) for place in PLACES if (file := Path(place) / NAME).exists()), None)


def can_install() -> bool:
    """Say whether we may install it: as root, where there is apt-get."""
    return os.getuid() == 0 and shutil.which("apt-get") is not None


def install() -> str | None:
    """Install it from the system's own packages and return the library, None if that fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ("apt-get update -q", INSTALL):
        subprocess.run(command.split(), stdin=subprocess.DEVNULL, env=environment, check=False)
    return find()
