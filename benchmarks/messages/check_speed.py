"""Compare the full check of a filing with a bare parse and XSD validation, and with the xmlschema library.

    python -m benchmarks.messages.check_speed        writes check_speed.md beside this file

All are measured in one run on the same bytes, alternating, and the best of many rounds is taken: the figures
of interest are ratios. "Full check" is reading, structure, codes, rules, conditions and every layer.
"""

import io
import platform
import time
from collections.abc import Callable
from pathlib import Path

import xmlschema
from lxml import etree

from filings.messages import xml, xsd
from filings.rules import book
from filings.samples import sample

REPORT = Path(__file__).with_suffix(".md")
# Message, seed and houses of filings of about 10 KB.
FILINGS = [
    ("IE3F10", 0, 1),
    ("IE3F12", 0, 1),
    ("IE3F15", 0, 1),
    ("IE3F22", 0, 1),
    ("IE3F26", 0, 1),
    ("IE3F32", 0, 5),
    ("IE3F43", 0, 8),
]
SIZE = 10_000
ROUNDS = 40


def main() -> None:
    """Write the report."""
    lines = [measure(*filing) for filing in FILINGS]
    text = [
        "# Full check of a filing",
        "",
        "Made by `python -m benchmarks.messages.check_speed`; times are the best of "
        f"{ROUNDS} rounds in µs, on Python {platform.python_version()} and lxml {etree.__version__}.",
        "Bare: lxml parse and libxml2 XSD validation. Full: reading, structure, codes, rules, conditions and layers.",
        "",
        "| message | bytes | bare | full | full / bare | without layers / bare | xmlschema / full |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *lines,
        "",
    ]
    REPORT.write_text("\n".join(text), encoding="utf-8")


def measure(message_id: str, seed: int, houses: int) -> str:
    """Return the line of one filing."""
    sizes = (sample(message_id, size=size, seed=seed, houses=houses) for size in ("minimal", "full"))
    document = min(sizes, key=lambda one: abs(len(xml.write(one)) - SIZE))
    data = xml.write(document)
    schema_text = xsd.xsd(document.message)
    schema = etree.XMLSchema(etree.fromstring(schema_text))
    other = xmlschema.XMLSchema(io.BytesIO(schema_text))

    ways: dict[str, Callable[[], object]] = {
        "bare": lambda: schema.validate(etree.fromstring(data)),
        "full": lambda: book.findings(xml.read(data)),
        "narrow": lambda: book.findings(xml.read(data), layers=book.NONE),
        "xmlschema": lambda: list(other.iter_errors(io.BytesIO(data))),
    }
    if ways["full"]() or ways["xmlschema"]() or not ways["bare"]():
        raise SystemExit(f"{message_id}: the sample is not valid, so there is nothing to compare")
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            best[name] = min(best[name], (time.perf_counter() - started) * 1e6)
    bare, full = best["bare"], best["full"]
    return (
        f"| {message_id} | {len(data)} | {bare:.0f} | {full:.0f} | {full / bare:.1f} "
        f"| {best['narrow'] / bare:.1f} | {best['xmlschema'] / full:.0f} |"
    )


if __name__ == "__main__":
    main()
