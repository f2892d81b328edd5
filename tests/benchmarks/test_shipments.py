"""The benchmark of shipments tells what was measured, and the report kept here is that of its figures."""

import json
from typing import Any

from lxml import etree

from benchmarks.shipments import pages, report
from config.embedded.paths import PROJECT

FOLDER = PROJECT / "benchmarks" / "shipments"


def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "figures.json").read_text(encoding="utf-8"))
    return found


def test_the_report_kept_here_is_that_of_its_figures() -> None:
    assert (FOLDER / "report.md").read_text(encoding="utf-8") == report.text(kept())
    assert (FOLDER / "report.svg").read_text(encoding="utf-8") == report.drawn(kept())


def test_every_page_that_is_measured_is_drawn_and_judged() -> None:
    drawing = etree.fromstring(report.drawn(kept()).encode())

    words = {text.text for text in drawing.iter("{*}text")}
    assert set(pages.PAGES) | {pages.CALENDAR} == set(kept()["sizes"]["many"]["times"])
    assert set(pages.PAGES) <= words


def test_what_was_not_measured_is_said() -> None:
    figures = kept()
    figures["sizes"]["many"]["filings"] = 20_000
    figures["inbound"]["samples"] = figures["inbound"]["samples"][:3]

    text = report.text(figures)

    assert "1,000,000 filings: this run had 20,000" in text
    assert "100,000 messages: this run applied" in text


def test_a_page_above_the_goal_is_named() -> None:
    figures = kept()
    figures["sizes"]["many"]["times"]["referrals"] = [[9.0, 8.0]] * 20

    assert "Above it: " in report.text(figures)
    assert "referrals" in report.text(figures).partition("Above it: ")[2].partition(".")[0]
