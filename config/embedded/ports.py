"""Finding a TCP port that is free."""

import errno
import socket
from collections.abc import Callable, Collection
from typing import Final

END: Final = 65536


class NoFreePort(Exception):
    """None of the ports that were tried is free."""


def choose(host: str, wanted: int, *, say: Callable[[str], None], taken: Collection[int] = (), tries: int = 50) -> int:
    """Return `wanted`, or the next port that is free, and say so when somebody else has it; `taken` are our own.

    :raises NoFreePort: if none of `tries` ports is free, or the address is not one of this machine
    """
    for port in range(wanted, min(wanted + tries, END)):
        if port not in taken and is_free(host, port):
            if port != wanted and wanted not in taken:
                say(f"Port {wanted} is in use; taking {port}.")
            return port
    raise NoFreePort(f"Of the ports {wanted} to {min(wanted + tries, END) - 1} none is free on {host}.")


def is_free(host: str, port: int) -> bool:
    """Say whether a server could listen there now.

    :raises NoFreePort: if the address is none of this machine, or the port is reserved
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise NoFreePort(f"Nothing can listen on {host} port {port}: {error.strerror}.") from error
    return True
