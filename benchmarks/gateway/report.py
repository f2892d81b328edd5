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
        "Other programs were running; where it says so, ours and its database had a core of their own (real-time priority).",
        "",
        "| part | measured | how | load of the machine meanwhile (1, 5, 15 minutes) |",
        "| --- | --- | --- | --- |",
        *(
            f"| {name} | {part['about']['at']} | {part.get('core') or 'beside other programs'} | {part['about']['load']} |"
            for name, part in figures.items()
        ),
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
        "wide vector instructions, while Python runs as fast as anywhere. Build and sign is one signature, gzip (a tenth of a",
        "signature) and three digests; the header is put together from pieces that messages of a connection share. Verify is one",
        "RSA verification (a twelfth of a signature) and about three hundred calls of Python that read the header, its shape and",
        "its references and that nobody else can make for us: they cost two signatures.",
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
        "A message out takes eighteen statements in four transactions, one in takes seven in three; both are SQL that is made",
        "once, since building a query through the ORM costs more than the query. On the way out that was 43 statements and",
        "29.8 ms of our CPU before, on the way in 12.3 ms. The goals of the ways with a database are the time of four signatures",
        "and of two and a half: about 1 ms, in which PostgreSQL alone does not commit what makes nothing lost (a row before the",
        "network, evidence, timeline and trail with the deed). A statement costs our process about 0.12 ms and PostgreSQL about",
        "0.2 ms, half of it planning. More messages per second come from more workers, who share the queue",
        "(docs/decisions/0016-queue.md).",
        "",
    ]


def _rest(figures: Figures) -> Lines:
    lines = _pulled(figures.get("pull"))
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
            f"{drain['queued']:,} messages were queued, {drain['each']} of each filing, of 50 operators.",
            f"{drain['workers']} worker processes sent {drain['sent']:,} of them, of {drain['filings']:,} filings,",
            f"in {drain['seconds']:.0f} s, each signed and with a true receipt that was verified; only the wire was left out,",
            "the receipts being made in the same process",
            "(DRAIN_SECONDS gives them more time).",
            "",
            f"Of {drain['whole']:,} filings all {drain['each']} messages had left.",
            f"Messages of a filing out of order: {drain['disordered']}. Memory of the worker with most of it: {memory[1]:.0f} MB",
            f"after {drain['step']} messages, {memory[-1]:.0f} MB at the end, at most {max(memory):.0f} MB.",
            f"CPU per message: {drain['first']:.1f} ms at the beginning, {drain['last']:.1f} ms at the end.",
            *_drained(drain),
            "",
        ]
    if loop := figures.get("loop"):
        lines += [
            "## The whole loop in the demo",
            "",
            f"`manage.py demo` as it is, all its processes on {loop.get('cores') or 'two cores'}: {loop['filings']} filings by",
            f"REST from {loop['clients']} clients at once, each drafted, checked, submitted, signed, sent by mutual TLS,",
            "judged by the sandbox, answered, pulled and registered.",
            "",
            f"**{loop['filings'] / loop['seconds']:.1f} filings per second** from the first request to the last MRN "
            f"({loop['seconds']:.1f} s; all were taken in after {loop['filed']:.1f} s).",
            f"From submitting to the MRN: median {loop['median']:.1f} s, nine of ten within {loop['ninety']:.1f} s.",
        ]
    return lines


def _pulled(pull: Figures | None) -> Lines:
    if pull is None:
        return []
    one = pull["rates"]["1"]["rate"]
    return [
        "## Pulling",
        "",
        f"{pull['count']} messages over one connection, each pulled, verified, stored and receipted; customs takes",
        f"{pull['delay'] * 1e3:.0f} ms for each answer, and a message needs two.",
        "",
        "| pulls at a time | messages per second | against one | our CPU ms each |",
        "| ---: | ---: | ---: | ---: |",
        *(
            f"| {several} | {each['rate']:.1f} | {each['rate'] / one:.1f} | {each['ours']:.1f} |"
            for several, each in pull["rates"].items()
        ),
        "",
    ]


def _drained(drain: Figures) -> Lines:
    """Return the verdict, which needs the whole queue: until then most messages still wait for the first of their filing."""
    memory, goal = drain["memory"], "all drained, order kept in each filing, memory flat"
    lines = [_verdict(drain["sent"] == drain["queued"] and not drain["disordered"] and max(memory) < memory[1] * 1.1, goal)]
    if drain["sent"] < drain["queued"]:
        lines.append(
            f"At {drain['sent'] / drain['seconds']:.0f} messages a second on all cores together with the database, the whole "
            "takes longer than this measurement may."
        )
    return lines


def _stored_row(way: str, one: Figures) -> str:
    ours, theirs = one["ours"], one["postgres"]
    cells = (ours["few"], ours["many"], theirs["few"], theirs["many"])
    return f"| {way} | " + " | ".join(f"{cell:.1f}" for cell in cells) + f" | {one['ratio']:.2f} |"


def drawn(figures: Figures) -> str:
    """Return the picture: messages per signature against the goals, and memory while a queue drains."""
    memory = figures.get("drain", {}).get("memory", [])
    below = 60 + (ROW + 10) * len(RATIOS)
    others = _other_bars(figures)
    height = below + (190 if memory else 0) + sum(50 + (ROW + 10) * len(rows) for _, rows in others)
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
    top = below + (190 if memory else 0)
    for title, rows in others:
        lines += _bars(title, rows, top)
        top += 50 + (ROW + 10) * len(rows)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _other_bars(figures: Figures) -> list[tuple[str, list[tuple[str, float]]]]:
    """Return the other pictures: a title each, and what its bars are called and worth."""
    found = []
    if pull := figures.get("pull"):
        rows = [(f"{several} pulls at a time", each["rate"]) for several, each in pull["rates"].items()]
        found.append(("Messages pulled per second over one connection", rows))
    if stored := figures.get("stored"):
        rows = [
            (f"{way}, {stored['counts'][name]:,} stored", stored[way]["ours"][name] + stored[way]["postgres"][name])
            for way in ("out", "in")
            for name in ("few", "many")
        ]
        found.append(("CPU ms of a message, ours and PostgreSQL's", rows))
    return found


def _bars(title: str, rows: list[tuple[str, float]], top: int) -> Lines:
    scale = (WIDTH - LEFT - 90) / max(value for _, value in rows)
    lines = [f'<text x="10" y="{top + 24}" fill="{INK}" font-weight="bold">{title}</text>']
    for place, (name, value) in enumerate(rows):
        y = top + 44 + (ROW + 10) * place
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 15}" fill="{INK}" text-anchor="end">{name}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{value * scale:.1f}" height="{ROW - 4}" fill="{BAR}"/>',
            f'<text x="{LEFT + value * scale + 8:.1f}" y="{y + 15}" fill="{INK}">{value:.1f}</text>',
        ]
    return lines


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
