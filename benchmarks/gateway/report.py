"""The figures as a page, and as a picture."""

import os
import platform
from datetime import UTC, datetime
from typing import Any, Final

import cryptography
from lxml import etree

Figures = dict[str, Any]
Lines = list[str]

# Part, figure, words, goal: how many fit into the time of one RSA-2048 signature.
RATIOS: Final = (
    ("wire", "build", "build and sign", 0.75),
    ("wire", "verify", "verify", 1.5),
    ("path", "in", "verify, store, signed receipt", 0.4),
    ("path", "out", "whole way out", 0.25),
)
WIDTH, LEFT, ROW = 760, 210, 26
INK, BAR, GOAL = "#1f2933", "#3b7ea1", "#c2410c"


def about() -> dict[str, str]:
    """Return when something was measured, and how busy the machine was."""
    return {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "load": " ".join(f"{load:.1f}" for load in os.getloadavg())}


def text(figures: Figures) -> str:
    """Return the page."""
    return "\n".join([*_head(figures), *_ratios(figures), *_large(figures), *_where(figures), *_rest(figures)]) + "\n"


def _verdict(met: bool, goal: str) -> str:
    return f"Goal: {goal}. **{'Met' if met else 'Not met'}.**"


def _measured(figures: Figures) -> list[tuple[str, str, str, float]]:
    return [row for row in RATIOS if row[0] in figures]


def _head(figures: Figures) -> Lines:
    versions = f"Python {platform.python_version()}, cryptography {cryptography.__version__}, lxml {etree.__version__}"
    size = figures["wire"]["size"]
    return [
        "# What a message costs the gateway",
        "",
        f"Made by `python -m benchmarks.gateway` ({versions}, 2 shared cores). A message is an IE3F32 of {size:,} bytes of XML.",
        "CPU time is measured, and told in RSA-2048 signatures of the same core: of each round the signatures before and after",
        "it count, and of all rounds the median. 1 means as long as one signature; 0.5 means twice as long.",
        "",
        "| part | measured | load of the machine meanwhile (1, 5, 15 minutes) |",
        "| --- | --- | --- |",
        *(f"| {name} | {part['about']['at']} | {part['about']['load']} |" for name, part in figures.items()),
        "",
        "![Messages per RSA-2048 signature](report.svg)",
        "",
    ]


def _ratios(figures: Figures) -> Lines:
    rows, verdicts = [], []
    for part, name, words, goal in _measured(figures):
        one = figures[part][name]
        middle, count = f"{one['low']:.3f} to {one['high']:.3f}", f"{one['rounds']} of {one['each']}"
        rows.append(f"| {words} | {one['ratio']:.3f} | {middle} | {one['ms']:.2f} | {count} |")
        verdicts.append(_verdict(one["ratio"] >= goal, f"{words} at least {goal}; it is {one['ratio']:.3f}"))
    signature = figures["wire"]["build"]["ratio"] * figures["wire"]["build"]["ms"]
    return [
        "## In signatures",
        "",
        "| what | per signature | middle half | CPU ms of our process | rounds |",
        "| --- | ---: | ---: | ---: | ---: |",
        *rows,
        "",
        *verdicts,
        "",
        f"One signature took {signature:.2f} ms of CPU here, {1e3 / signature:,.0f} a second: this machine's OpenSSL signs with",
        "wide vector instructions, while Python runs as fast as anywhere. Half of build-and-sign is the signature; what is left",
        "is the envelope, written once, and two digests.",
        "",
    ]


def _large(figures: Figures) -> Lines:
    large = figures["wire"]["large"]
    return [
        "## One megabyte",
        "",
        f"Building and signing {large['size']:,} bytes of XML goes at {large['share']:.0%} of the speed of isal's gzip alone on",
        f"the same bytes ({large['low']:.0%} to {large['high']:.0%}); packed with the same isal, and digested once.",
        "What is not gzip is the envelope with its signature, as long as for a small message: isal packs a megabyte of such XML",
        "in the time of a few signatures.",
        _verdict(large["share"] >= 0.8, "at least 80 %"),
        "",
    ]


def _where(figures: Figures) -> Lines:
    if (path := figures.get("path")) is None:
        return []
    lines = [
        "## Where the time of the whole way out goes",
        "",
        "Claim, sign, store, POST to a receiver in another process that verifies and signs a true receipt, verify it, settle,",
        f"commit, with a durable PostgreSQL and a broker. Profile of {path['profiled']} messages by CPU time of our process:",
        "",
        "| step | share |",
        "| --- | ---: |",
        *(f"| {name} | {share:.0%} |" for name, share in path["steps"]),
        "",
        "| where | share |",
        "| --- | ---: |",
        *(f"| {name} | {share:.0%} |" for name, share in path["places"]),
        "",
    ]
    if path["servers"]:
        lines += ["| way | our CPU ms | PostgreSQL's CPU ms | ms by the clock |", "| --- | ---: | ---: | ---: |"]
        for name, one in path["servers"].items():
            lines.append(f"| {name} | {one['ours']:.1f} | {one['postgres']:.1f} | {one['wall']:.1f} |")
    return [
        *lines,
        "",
        "The goals of the ways with a database would leave four signatures' time for about fifty statements in six",
        "transactions (claim, message, gate, settling with filing, timeline, audit trail and queue): less than one statement",
        "costs through Django's ORM. What makes nothing lost is what costs: a row before the network, evidence and trail with",
        "the deed. More messages per second come from more workers, who share the queue (docs/decisions/0016-queue.md).",
        "",
    ]


def _rest(figures: Figures) -> Lines:
    lines: Lines = []
    if "stored" not in figures:
        lines += ["## With many messages stored", "", "Not measured in this run (`python -m benchmarks.gateway stored`).", ""]
    if stored := figures.get("stored"):
        counts = stored["counts"]
        lines += [
            "## With many messages stored",
            "",
            f"Two databases of one server, with {counts['few']:,} and with {counts['many']:,} filings, messages, exchanges,",
            "attempts and messages of customs, measured in turn; CPU of ours and of PostgreSQL's processes together.",
            "",
            "| way | our ms, few | our ms, many | PostgreSQL's ms, few | PostgreSQL's ms, many | many / few |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *(_stored_row(way, stored[way]) for way in ("out", "in")),
            "",
            _verdict(all(stored[way]["ratio"] <= 1.1 for way in ("out", "in")), "within 10 %"),
            "",
        ]
    if drain := figures.get("drain"):
        memory = drain["memory"]
        lines += [
            "## Draining a queue",
            "",
            f"{drain['queued']:,} messages were queued, {drain['each']} of each filing, of 50 operators. One process sent",
            f"{drain['sent']:,} of them, of {drain['filings']:,} filings, in {drain['seconds']:.0f} s, each signed and with a",
            "true receipt that was verified; only the wire was left out, the receipts being made in this process (DRAIN_SECONDS",
            "gives it more time).",
            "",
            f"Messages of a filing out of order: {drain['disordered']}. Memory: {memory[1]:.0f} MB after {drain['step']},",
            f"{memory[-1]:.0f} MB at the end, at most {max(memory):.0f} MB.",
            f"CPU per message: {drain['first']:.1f} ms at the beginning, {drain['last']:.1f} ms at the end.",
            *_drained(drain),
            "",
        ]
    if loop := figures.get("loop"):
        lines += [
            "## The whole loop in the demo",
            "",
            f"`manage.py demo` as it is, with two cores for everything: {loop['filings']} filings by REST from",
            f"{loop['clients']} clients at once, each drafted, checked, submitted, signed, sent by mutual TLS, judged by the",
            "sandbox, answered, pulled and registered.",
            "",
            f"**{loop['filings'] / loop['seconds']:.1f} filings per second** from the first request to the last MRN "
            f"({loop['seconds']:.1f} s; all were taken in after {loop['filed']:.1f} s).",
            f"From submitting to the MRN: median {loop['median']:.1f} s, nine of ten within {loop['ninety']:.1f} s.",
        ]
    return lines


def _drained(drain: Figures) -> Lines:
    """Return the verdict, which needs the whole queue: until then most messages still wait for the first of their filing."""
    memory, goal = drain["memory"], "all drained, order kept in each filing, memory flat"
    lines = [_verdict(drain["sent"] == drain["queued"] and not drain["disordered"] and max(memory) < memory[1] * 1.1, goal)]
    if drain["sent"] < drain["queued"]:
        lines.append("The queue was not drained to its end in this time, so it says little of the order and of memory.")
    return lines


def _stored_row(way: str, one: Figures) -> str:
    ours, theirs = one["ours"], one["postgres"]
    cells = (ours["few"], ours["many"], theirs["few"], theirs["many"])
    return f"| {way} | " + " | ".join(f"{cell:.1f}" for cell in cells) + f" | {one['ratio']:.2f} |"


def drawn(figures: Figures) -> str:
    """Return the picture: messages per signature against the goals, and memory while a queue drains."""
    memory = figures.get("drain", {}).get("memory", [])
    below = 60 + (ROW + 10) * len(RATIOS)
    height = below + (190 if memory else 0)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="24" fill="{INK}" font-weight="bold">Messages per RSA-2048 signature (marks: the goals)</text>',
    ]
    scale = (WIDTH - LEFT - 90) / max(1.5, *(figures[part][name]["ratio"] for part, name, _, _ in _measured(figures)))
    for place, (part, name, words, goal) in enumerate(_measured(figures)):
        value, y, at = figures[part][name]["ratio"], 44 + (ROW + 10) * place, LEFT + goal * scale
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 15}" fill="{INK}" text-anchor="end">{words}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{value * scale:.1f}" height="{ROW - 4}" fill="{BAR}"/>',
            f'<text x="{LEFT + value * scale + 8:.1f}" y="{y + 15}" fill="{INK}">{value:.2f}</text>',
            f'<line x1="{at:.1f}" y1="{y - 3}" x2="{at:.1f}" y2="{y + ROW - 1}" stroke="{GOAL}" stroke-width="2"/>',
        ]
    if memory:
        lines += _curve(memory, figures["drain"]["step"], below)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _curve(memory: list[float], step: int, top: int) -> Lines:
    most, across = max(memory) * 1.25, WIDTH - LEFT - 90
    step_width, floor, end = across / max(1, len(memory) - 1), top + 160, LEFT + across
    points = " ".join(f"{LEFT + step_width * place:.1f},{floor - 120 * value / most:.1f}" for place, value in enumerate(memory))
    last = floor + 4 - 120 * memory[-1] / most
    return [
        f'<text x="10" y="{top + 24}" fill="{INK}" font-weight="bold">Memory in MB while a queue drains</text>',
        f'<polyline points="{points}" fill="none" stroke="{BAR}" stroke-width="2"/>',
        f'<line x1="{LEFT}" y1="{floor}" x2="{end}" y2="{floor}" stroke="{INK}"/>',
        f'<text x="{LEFT - 8}" y="{last:.1f}" fill="{INK}" text-anchor="end">{memory[-1]:.0f} MB</text>',
        f'<text x="{end}" y="{floor + 18}" fill="{INK}" text-anchor="end">{step * (len(memory) - 1):,} messages sent</text>',
    ]
