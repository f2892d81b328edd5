"""The cost of a full check of one filing, against a bare parse and against the xmlschema library.

Every round takes filings that no round before has seen, so that no check profits from having met their values.
"""

import io
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import xmlschema
from lxml import etree

from filings.messages import catalogue, xml, xsd
from filings.rules import book
from filings.samples import sample

SIZE = 10_000
# Filings in a round; xmlschema gets only some of them, as it takes its time.
EACH = 12
SOME = 4
# Message and the most houses to try for a filing of that size.
FILINGS = [("IE3F10", 1), ("IE3F12", 1), ("IE3F20", 8), ("IE3F26", 1), ("IE3F32", 12), ("IE3F43", 12), ("IE3F50", 8)]
Way = Callable[[bytes], object]


@dataclass(frozen=True)
class Filing:
    """Microseconds for filings of one message: the median of all rounds.

    size: mean bytes; count: how many filings. bare: parse with validation; full: the check; narrow: without layers.
    valid: xmlschema's yes or no; decoded: its `to_dict`; told, full_told: its readable errors, and our findings, for a
    filing with one fault.
    """

    message: str
    size: float
    count: int
    bare: float
    full: float
    narrow: float
    valid: float
    decoded: float
    told: float
    full_told: float

    @property
    def ratio(self) -> float:
        """Return how many times a bare parse with validation the full check takes."""
        return self.full / self.bare

    @property
    def advantage(self) -> float:
        """Return how many times the full check xmlschema takes."""
        return self.valid / self.full


def measure(message: str, houses: int, *, rounds: int) -> Filing:
    """Return the figures of samples of a message that are about as long as wanted."""
    schema_text = xsd.xsd(catalogue.message(message))
    schema = etree.XMLSchema(etree.fromstring(schema_text))
    other = xmlschema.XMLSchema(io.BytesIO(schema_text))
    # Way, how many filings of a round it gets, whether they have a fault.
    ways: dict[str, tuple[Way, int, bool]] = {
        "bare": (lambda data: schema.validate(etree.fromstring(data)), EACH, False),
        "full": (lambda data: not book.findings(xml.read(data)), EACH, False),
        "narrow": (lambda data: not book.findings(xml.read(data), layers=book.NONE), EACH, False),
        "valid": (lambda data: other.is_valid(io.BytesIO(data)), SOME, False),
        "decoded": (lambda data: other.to_dict(io.BytesIO(data)), SOME, False),
        "told": (lambda data: [str(error) for error in other.iter_errors(io.BytesIO(data))], SOME, True),
        "full_told": (lambda data: book.findings(xml.read(data)), SOME, True),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    sizes: list[int] = []
    for filings in _rounds(message, houses, rounds + 1):
        sizes += map(len, filings)
        for name, (way, count, is_faulty) in ways.items():
            given = [_with_a_fault(data) if is_faulty else data for data in filings[:count]]
            started = time.process_time()
            answers = [way(data) for data in given]
            times[name].append((time.process_time() - started) / count * 1e6)
            if not all(answers):
                raise SystemExit(f"{message}: {name} does not answer as it should, so there is nothing to compare")
    # The first round only warms up: schemas, tables and plans are read once.
    medians = {name: statistics.median(found[1:]) for name, found in times.items()}
    return Filing(message, statistics.mean(sizes), len(sizes) - EACH, **medians)


def _rounds(message: str, houses: int, rounds: int) -> Iterator[list[bytes]]:
    """Yield filings, each another one, of the size and number of houses that come nearest to the length wanted."""
    choices = [(size, count) for size in ("minimal", "full") for count in range(1, houses + 1)]
    lengths = {choice: _mean_length(message, *choice) for choice in choices}
    size, count = min(choices, key=lambda choice: abs(lengths[choice] - SIZE))
    for turn in range(rounds):
        seeds = range(turn * EACH, (turn + 1) * EACH)
        yield [xml.write(sample(message, size=size, houses=count, seed=seed)) for seed in seeds]  # type: ignore[arg-type]


def _mean_length(message: str, size: str, houses: int) -> float:
    return statistics.mean(len(xml.write(sample(message, size=size, houses=houses, seed=seed))) for seed in range(3))  # type: ignore[arg-type]


def _with_a_fault(data: bytes) -> bytes:
    """Return a filing whose reference is too long."""
    return data.replace(b"</LRN>", b"-IS-TOO-LONG-NOW</LRN>", 1)
