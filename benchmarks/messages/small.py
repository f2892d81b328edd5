"""The cost of a full check of one filing, against a bare parse and against the xmlschema library."""

import io
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import xmlschema
from lxml import etree

from filings.messages import xml, xsd
from filings.rules import book
from filings.samples import sample

SIZE = 10_000
# Runs of one way in a row.
TIMES = 5
# Message and the most houses to try for a filing of that size.
FILINGS = [("IE3F10", 1), ("IE3F12", 1), ("IE3F20", 8), ("IE3F26", 1), ("IE3F32", 12), ("IE3F43", 12), ("IE3F50", 8)]


@dataclass(frozen=True)
class Filing:
    """Medians in microseconds for one filing."""

    message: str
    size: int
    bare: float
    full: float
    narrow: float
    xmlschema: float

    @property
    def ratio(self) -> float:
        """Return how many times a bare parse with validation the full check takes."""
        return self.full / self.bare

    @property
    def advantage(self) -> float:
        """Return how many times the full check xmlschema takes."""
        return self.xmlschema / self.full


def measure(message: str, houses: int, *, rounds: int) -> Filing:
    """Return the figures of the sample of a message that is nearest to the size."""
    samples = [sample(message, size=size, houses=count) for size in ("minimal", "full") for count in range(1, houses + 1)]
    document = min(samples, key=lambda one: abs(len(xml.write(one)) - SIZE))
    data, schema_text = xml.write(document), xsd.xsd(document.message)
    schema = etree.XMLSchema(etree.fromstring(schema_text))
    other = xmlschema.XMLSchema(io.BytesIO(schema_text))
    ways: dict[str, Callable[[], object]] = {
        "bare": lambda: schema.validate(etree.fromstring(data)),
        "full": lambda: not book.findings(xml.read(data)),
        "narrow": lambda: not book.findings(xml.read(data), layers=book.NONE),
        "xmlschema": lambda: other.is_valid(io.BytesIO(data)),
    }
    wrong = [name for name, way in ways.items() if not way()]
    if wrong:
        raise SystemExit(f"{message}: {wrong} do not take the sample, so there is nothing to compare")
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            # Once before, so that none pays for what the one before it left in the caches.
            way()
            started = time.process_time()
            for _ in range(TIMES):
                way()
            times[name].append((time.process_time() - started) / TIMES * 1e6)
    return Filing(message, len(data), **{name: statistics.median(found) for name, found in times.items()})
