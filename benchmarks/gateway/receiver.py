"""Customs' access point for measuring: verifies what is posted and answers with a true signed receipt, in its own process.

    python -m benchmarks.gateway.receiver FOLDER [MESSAGES DELAY]      writes the port it listens on to FOLDER/port

FOLDER holds customs.key, customs.pem and trader.pem. It keeps nothing, as customs' costs are not ours to measure. With MESSAGES
it offers so many to be pulled, and lets everybody wait DELAY seconds, as a network and a busy customs do.
"""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from integrations import as4

if TYPE_CHECKING:
    from integrations.pki import Identity

ROOT = Path(__file__).parents[2]


def receipt(content_type: str, body: bytes, *, seal: as4.Seal, trust: as4.Trust) -> as4.WireMessage:
    """Return the receipt for a message that verifies."""
    at = datetime.now(UTC)
    received = as4.receive(content_type=content_type, body=body, trust=trust, at=at)
    return as4.build_receipt(received=received, message_id=as4.new_message_id("customs.example"), at=at, seal=seal)


@contextmanager
def running(folder: Path, customs: "Identity", trader: "Identity", *, messages: int = 0, delay: float = 0.0) -> Iterator[str]:
    """Run the receiver as a process of its own; yield its address."""
    (folder / "customs.key").write_bytes(customs.private_key)
    (folder / "customs.pem").write_bytes(customs.chain)
    (folder / "trader.pem").write_bytes(trader.root)
    port = folder / "port"
    port.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.gateway.receiver", str(folder), str(messages), str(delay)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        while not port.exists():
            if process.poll() is not None:
                raise RuntimeError("the receiver did not start")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port.read_text()}/msh"
    finally:
        process.terminate()
        process.wait()


class _Customs:
    """What answers: a receipt for a message, a message for a pull, nothing for a receipt."""

    def __init__(self, folder: Path, *, messages: int) -> None:
        self._seal = as4.Seal(private_key=(folder / "customs.key").read_bytes(), chain=(folder / "customs.pem").read_bytes())
        self._trust = as4.Trust.load([(folder / "trader.pem").read_bytes()])
        self._waiting = [self._message(number) for number in range(messages)]

    def answer(self, content_type: str, body: bytes) -> tuple[int, str, bytes]:
        """Return status, type and body of the answer."""
        at = datetime.now(UTC)
        received = as4.receive(content_type=content_type, body=body, trust=self._trust, at=at)
        if received.kind is as4.Kind.RECEIPT:
            return 202, "", b""
        if received.kind is as4.Kind.USER:
            made = receipt(content_type, body, seal=self._seal, trust=self._trust)
        elif self._waiting:
            made = self._waiting.pop()
        else:
            nothing = as4.As4Error("EBMS:0006", "no message waits", ref_to=received.message_id)
            made = as4.build_error(error=nothing, message_id=as4.new_message_id("customs.example"), at=at, seal=self._seal)
        return 200, made.content_type, made.body

    def _message(self, number: int) -> as4.WireMessage:
        from benchmarks.gateway import stage, wire
        from integrations.wire import pull_channel

        made = wire.message(wire.payload(wire.SMALL), number=number, to_us=True)
        return as4.build_user_message(message=replace(made, mpc=pull_channel(stage.PARTY)), seal=self._seal)


async def _serve(folder: Path, *, messages: int, delay: float) -> None:
    customs = _Customs(folder, messages=messages)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = (line.partition(":") for line in head.split("\r\n")[1:])
                headers = {name.lower(): value.strip() for name, _, value in lines}
                body = await reader.readexactly(int(headers["content-length"]))
                status, content_type, made = customs.answer(headers["content-type"], body)
                await asyncio.sleep(delay)
                start = f"HTTP/1.1 {status} Well\r\nContent-Type: {content_type}\r\nContent-Length: {len(made)}\r\n\r\n"
                writer.write(start.encode() + made)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**20)
    fresh = folder / "port.new"
    fresh.write_text(str(server.sockets[0].getsockname()[1]))
    fresh.rename(folder / "port")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), messages=int(sys.argv[2]), delay=float(sys.argv[3])))
