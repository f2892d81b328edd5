"""The protocol alone: building, signing and verifying, without database and network."""

import statistics
from datetime import UTC, datetime
from typing import Any

from isal import igzip

from benchmarks.gateway import clock, stage
from filings.messages import xml
from filings.samples import sample
from integrations import as4

SMALL, LARGE = 10_000, 1_000_000


def payload(size: int) -> bytes:
    """Return a business message about as long as wanted."""
    houses = 1
    while len(made := xml.write(sample("IE3F32", houses=houses, seed=houses))) < size:
        houses = max(houses + 1, int(houses * size / len(made) * 0.95))
    return made


def message(content: bytes, *, number: int = 0, to_us: bool = False) -> as4.UserMessage:
    """Return what a trader sends to customs, or customs to us."""
    from integrations import wire

    trader = as4.Party(stage.PARTY, wire.TRADER_PARTY_TYPE, wire.TRADER)
    customs = as4.Party(wire.STI_PARTY, wire.CUSTOMS_PARTY_TYPE, wire.CUSTOMS)
    return as4.UserMessage(
        message_id=f"message-{number}@gateway.example",
        at=datetime.now(UTC),
        sender=customs if to_us else trader,
        receiver=trader if to_us else customs,
        service=as4.Service(wire.SERVICE_TO_TRADER if to_us else wire.SERVICE_TO_CUSTOMS, wire.SERVICE_TYPE),
        action="IE3R01" if to_us else "IE3F32",
        agreement=as4.Agreement(wire.AGREEMENT, wire.AGREEMENT_TYPE),
        parts=(as4.Part(f"payload-{number}@gateway.example", content, charset="utf-8"),),
    )


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the figures of the protocol alone."""
    alone = "" if quick else clock.take_a_core()
    _, trader = stage.identities()
    seal = as4.Seal(private_key=trader.private_key, chain=trader.chain)
    trust = as4.Trust.load([trader.root])
    small, large = payload(SMALL), payload(LARGE)
    sent = as4.build_user_message(message=message(small), seal=seal)
    at = datetime.now(UTC)
    ways = {
        "build": (lambda: as4.build_user_message(message=message(small), seal=seal), 30),
        "verify": (lambda: as4.receive(content_type=sent.content_type, body=sent.body, trust=trust, at=at), 30),
    }
    figures = clock.measured(ways, rounds=5 if quick else 41)
    speeds = []
    for _ in range(3 if quick else 25):
        packed = clock.seconds(lambda: igzip.compress(large, mtime=0), 3)
        speeds.append(packed / clock.seconds(lambda: as4.build_user_message(message=message(large), seal=seal), 3))
    return {
        **{name: vars(figure) for name, figure in figures.items()},
        "core": alone,
        "size": len(small),
        "large": {"size": len(large), "share": statistics.median(speeds), "low": min(speeds), "high": max(speeds)},
    }
