"""The benchmark of the gateway measures what it says, and its report tells what was measured."""

import json

from lxml import etree

from benchmarks.gateway import clock, report, wire
from config.embedded.paths import PROJECT


def test_the_protocol_is_measured_in_signatures() -> None:
    figures = wire.measure(quick=True)

    assert 9_000 < figures["size"] < 13_000
    assert 0 < figures["build"]["ratio"] < 1  # there is a signature in it
    assert figures["verify"]["ratio"] > 0
    assert 0 < figures["large"]["share"] < 1.5


def test_a_ratio_is_how_many_fit_into_the_time_of_a_signature() -> None:
    sign = clock.Signer()

    measured = clock.measured({"two": (lambda: (sign(), sign()), 20)}, rounds=7)

    assert 0.3 < measured["two"].ratio < 0.7


def test_the_report_kept_here_is_that_of_its_figures() -> None:
    folder = PROJECT / "benchmarks" / "gateway"
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))

    drawing = etree.fromstring(report.drawn(figures).encode())

    words = " ".join(text.text or "" for text in drawing.iter("{*}text"))
    assert all(name in words for part, _, name, _ in report.RATIOS if part in figures)
    assert (folder / "report.svg").read_text(encoding="utf-8") == report.drawn(figures)
    for part in figures.values():
        assert part["about"]["at"] in (folder / "report.md").read_text(encoding="utf-8")
