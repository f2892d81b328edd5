"""Keeping a lease while its holder waits for the network (docs/decisions/0011-leases.md).

A lease is short, so that a killed worker's row is taken over within seconds, and an exchange may be long. A thread
renews the lease meanwhile; it dies with its process. It opens a database connection only when the first renewal is
due, which an ordinary exchange never reaches.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.db import Error, connection

RENEW_EVERY: Final = 2.0  # seconds; a third of the shortest lease, so that one lost renewal is no loss

log = logging.getLogger(__name__)


@contextmanager
def kept(renew: Callable[[], bool]) -> Iterator[None]:
    """Call renew() at intervals from another thread until the block ends or somebody else holds the lease."""
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(renew, over), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(renew: Callable[[], bool], over: threading.Event) -> None:
    used = False
    try:
        while not over.wait(RENEW_EVERY):
            used = True
            if not renew():
                return
    except Error as error:
        # The lease may run out; then somebody sends the same bytes again, which customs knows to be the same.
        log.warning("a lease could not be renewed: %s", type(error).__name__)
    finally:
        if used:
            connection.close()
