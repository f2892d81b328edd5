"""Customs' access point for measuring: verifies what is posted and answers with a true signed receipt, in its own process.

    python -m benchmarks.gateway.receiver FOLDER        writes the port it listens on to FOLDER/port

FOLDER holds customs.key, customs.pem and trader.pem. It keeps nothing, as customs' costs are not ours to measure.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
def running(folder: Path, customs: "Identity", trader: "Identity") -> Iterator[str]:
    """Run the receiver as a process of its own; yield its address."""
    (folder / "customs.key").write_bytes(customs.private_key)
    (folder / "customs.pem").write_bytes(customs.chain)
    (folder / "trader.pem").write_bytes(trader.root)
    port = folder / "port"
    port.unlink(missing_ok=True)
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.gateway.receiver", str(folder)], cwd=ROOT)
    try:
        while not port.exists():
            if process.poll() is not None:
                raise RuntimeError("the receiver did not start")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port.read_text()}/msh"
    finally:
        process.terminate()
        process.wait()


async def _serve(folder: Path) -> None:
    seal = as4.Seal(private_key=(folder / "customs.key").read_bytes(), chain=(folder / "customs.pem").read_bytes())
    trust = as4.Trust.load([(folder / "trader.pem").read_bytes()])

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        made = receipt(headers["content-type"], body, seal=seal, trust=trust)
        start = f"HTTP/1.1 200 OK\r\nContent-Type: {made.content_type}\r\nContent-Length: {len(made.body)}\r\n"
        writer.write(start.encode() + b"Connection: close\r\n\r\n" + made.body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**20)
    fresh = folder / "port.new"
    fresh.write_text(str(server.sockets[0].getsockname()[1]))
    fresh.rename(folder / "port")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
