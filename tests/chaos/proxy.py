"""A wire that breaks: TCP passed through to one port, with cuts, resets, silence and slowness by a seeded chance.

It reads nothing of what passes, so TLS goes through as well. Each connection draws its fate when it is made.
"""

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

HERE: Final = "127.0.0.1"
STEP: Final = 4096
AT_ONCE: Final = struct.pack("ii", 1, 0)  # SO_LINGER: a close that sends RST and forgets what was not sent


class Fate(StrEnum):
    """What happens to one connection."""

    WELL = "passed"
    REFUSED = "reset at once"
    CUT_REQUEST = "cut in the request"
    CUT_RESPONSE = "cut in the response"
    SWALLOWED = "response swallowed"  # the peer did the deed, and we never hear of it
    RESET_RESPONSE = "reset in the response"
    DELAYED = "delayed"
    TRICKLED = "answered in crumbs"
    STALLED = "held longer than a lease"


# Fates are drawn from a bag that is filled again when it is empty, so that a short run meets them all.
BAG: Final = (
    *([Fate.WELL] * 12),
    *([Fate.SWALLOWED, Fate.DELAYED] * 2),
    Fate.REFUSED,
    Fate.CUT_REQUEST,
    Fate.CUT_RESPONSE,
    Fate.RESET_RESPONSE,
    Fate.TRICKLED,
)
STALLS: Final = 0.5  # chance that a bag holds a connection that is held longer than a lease


@dataclass
class Proxy:
    """A proxy to a port of this machine, in a thread of its own. target: asked for every connection, as ports may change."""

    target: Callable[[], int]
    seed: str
    broken: bool = False  # whether faults are on
    parted: bool = False  # whether nobody gets through at all
    port: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._bag: list[Fate] = []
        self._served: set[asyncio.Task[None]] = set()  # the loop alone would forget them
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"proxy {self.seed}", daemon=True)

    def start(self) -> None:
        """Begin to listen; the port is known afterwards."""
        self._thread.start()
        assert self._ready.wait(10), "the proxy does not listen"

    def stop(self) -> None:
        """Drop every connection and end."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._meet, HERE, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.1))
        self._loop.close()

    def draw(self) -> Fate:
        """Return the fate of the next connection."""
        if self.parted:
            return Fate.REFUSED
        if not self.broken:
            return Fate.WELL
        if not self._bag:
            self._bag = [*BAG, *([Fate.STALLED] if self._chance.random() < STALLS else [])]
            self._chance.shuffle(self._bag)
        return self._bag.pop()

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._served.add(task)
        task.add_done_callback(self._served.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fate, size = self.draw(), self._chance.randrange(1, 3000)
        self.fates[fate] += 1
        if fate is Fate.REFUSED:
            _reset(writer)
            return
        there: asyncio.StreamWriter | None = None
        try:
            back, there = await asyncio.open_connection(HERE, self.target())
            await _pass(_Way(reader, there), _Way(back, writer), fate, size, self._chance.uniform(0.3, 4))
        except (OSError, asyncio.IncompleteReadError):
            _reset(writer)  # as if nobody listened
        finally:
            for end in (writer, there):
                if end is not None:
                    end.close()
                    with suppress(OSError):
                        await end.wait_closed()


@dataclass(frozen=True)
class _Way:
    """One direction of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def carry(self, *, most: int | None = None, crumbs: bool = False) -> None:
        """Pass on what comes, up to so many bytes, or until the other side has said all."""
        passed = 0
        while most is None or passed < most:
            piece = await self.reader.read(64 if crumbs else STEP if most is None else min(STEP, most - passed))
            if not piece:
                break
            passed += len(piece)
            self.writer.write(piece)
            await self.writer.drain()
            if crumbs:
                await asyncio.sleep(0.02)
        if most is None and self.writer.can_write_eof():
            with suppress(OSError):
                self.writer.write_eof()


async def _pass(request: _Way, response: _Way, fate: Fate, size: int, pause: float) -> None:
    """Let the connection have its fate; return when it is over."""
    if fate is Fate.CUT_REQUEST:
        await request.carry(most=size)
        return
    if fate is Fate.DELAYED:
        await asyncio.sleep(pause)
    onward = asyncio.create_task(request.carry())
    try:
        if fate in {Fate.WELL, Fate.DELAYED, Fate.TRICKLED}:
            await response.carry(crumbs=fate is Fate.TRICKLED)
            return
        first = await response.reader.read(size)  # there is an answer: what the peer did, it did
        if fate is Fate.STALLED:
            await asyncio.sleep(13)
            response.writer.write(first)
            await response.carry()
        elif fate is not Fate.SWALLOWED:
            response.writer.write(first[: max(1, min(size, len(first) - 1))])
            await response.writer.drain()
            if fate is Fate.RESET_RESPONSE:
                _reset(response.writer)
    finally:
        onward.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await onward


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection with RST."""
    plug = writer.get_extra_info("socket")
    if plug is not None:
        with suppress(OSError):
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()
