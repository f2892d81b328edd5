"""The figures as a page, and as a picture."""

import statistics
from typing import Any, Final

from benchmarks.shipments.inbound import EACH, SETTLED
from benchmarks.shipments.pages import CALENDAR

Figures = dict[str, Any]
Lines = list[str]

GOAL: Final = 2.0
FLAT: Final = 1.1  # at the end against the beginning
ASKED: Final = (1_000_000, 100_000)  # filings, messages
WIDTH, LEFT, ROW = 760, 210, 22
INK, BAR, MARK = "#1f2933", "#3b7ea1", "#c2410c"


def p95(times: list[list[float]], part: int) -> float:
    """Return the time within which 19 of 20 answers came, in milliseconds. part: 0 of the answer, 1 of its statements."""
    return statistics.quantiles([each[part] for each in times], n=20)[18] * 1e3


def ratio(figures: Figures, page: str, part: int) -> float:
    """Return how much longer a page takes with many filings."""
    few, many = (figures["sizes"][name]["times"][page] for name in ("few", "many"))
    return p95(many, part) / p95(few, part)


def ends(figures: Figures, name: str) -> tuple[float, float]:
    """Return what a message cost in the first and in the last fifth, the very first sample left out: it fills caches."""
    samples = figures["inbound"]["samples"][1:] or figures["inbound"]["samples"]
    part = max(1, len(samples) // 5)
    return _mean(samples[:part], name), _mean(samples[-part:], name)


def text(figures: Figures) -> str:
    """Return the page."""
    return "\n".join([*_head(figures), *_pages(figures), *_inbound(figures), *_not_measured(figures)]) + "\n"


def _mean(samples: list[dict[str, float]], name: str) -> float:
    messages = sum(each["messages"] for each in samples)
    return sum(each[name] * each["messages"] for each in samples) / messages


def _verdict(met: bool, goal: str) -> str:
    return f"Goal: {goal}. **{'Met' if met else 'Not met'}.**"


def _head(figures: Figures) -> Lines:
    sizes = figures["sizes"]
    return [
        "# What shipments cost with few and with many filings",
        "",
        f"Made by `python -m benchmarks.shipments` (Python {figures['python']}, 2 shared cores, PostgreSQL with the settings of",
        "the demo: 128 MB of shared buffers). The pages were measured in one run, in one database that grew. Rows were filled in",
        "by SQL: shipments of a master filing and four house filings with ten houses a filing on average; one operator of nine",
        "holds a fifth of them, and its pages are asked for.",
        "",
        "| | few | many |",
        "| --- | ---: | ---: |",
        *(
            f"| {words} | {sizes['few'][name]:,} | {sizes['many'][name]:,} |"
            for name, words in (
                ("filings", "filings"), ("houses", "house consignments"), ("shipments", "shipments"),
                ("own", "filings of the operator asked for"), ("own_shipments", "shipments of that operator"),
            )
        ),
        f"| size of the database | {sizes['few']['bytes'] / 1e9:.1f} GB | {sizes['many']['bytes'] / 1e9:.1f} GB |",
        f"| filled in | {sizes['few']['filled']:.0f} s | {sizes['many']['filled']:.0f} s |",
        f"| measured | {sizes['few']['at']} | {sizes['many']['at']} |",
        f"| how | {sizes['few']['core']} | {sizes['many']['core']} |",
        f"| load of the machine meanwhile | {sizes['few']['load']} | {sizes['many']['load']} |",
        "",
        "![Pages with many filings against few, and what a message costs](report.svg)",
        "",
    ]  # fmt: skip


def _pages(figures: Figures) -> Lines:
    few = figures["sizes"]["few"]["times"]
    lists = [page for page in few if page != CALENDAR]
    over = [page for page in lists if ratio(figures, page, 0) >= GOAL]
    worst = max(lists, key=lambda page: ratio(figures, page, 0))
    least, most = (figures["sizes"][name]["events"] for name in ("few", "many"))
    count = len(next(iter(few.values())))
    return [
        "## Pages",
        "",
        f"p95 in milliseconds of {count} answers each, every time about another shipment, asked for through the whole product as",
        "a browser does (session, permissions, row-level security, templates); in brackets the statements of it alone.",
        "",
        "| page | few | many | ratio | of the statements |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(_row(figures, page) for page in few),
        "",
        _verdict(not over, f"every ratio below {GOAL:g}") + f" The largest is {ratio(figures, worst, 0):.2f} ({worst}).",
        *([f"Above it: {', '.join(over)}."] if over else []),
        f"The calendar is no list of a page's length: it has an event for whatever is due, {least:,} with few filings and",
        f"{most:,} with many, never more than a thousand of a kind; what it takes is what writing them takes.",
        "",
    ]


def _row(figures: Figures, page: str) -> str:
    few, many = (figures["sizes"][name]["times"][page] for name in ("few", "many"))
    return (
        f"| {page} | {p95(few, 0):.1f} ({p95(few, 1):.1f}) | {p95(many, 0):.1f} ({p95(many, 1):.1f}) "
        f"| {ratio(figures, page, 0):.2f} | {ratio(figures, page, 1):.2f} |"
    )


def _inbound(figures: Figures) -> Lines:
    inbound = figures["inbound"]
    samples = inbound["samples"]
    done = sum(each["messages"] for each in samples)
    rows = []
    for name, words in (
        ("ours", "our CPU"), ("postgres", "PostgreSQL's CPU"), ("wall", "by the clock"), ("settling", "of that, large shipments"),
    ):  # fmt: skip
        first, last = ends(figures, name)
        rows.append(f"| {words} | {first:.2f} | {last:.2f} | {last / first if first else 0:.2f} |")
    first, last = (sum(pair) for pair in zip(ends(figures, "ours"), ends(figures, "postgres"), strict=True))
    return [
        "## Messages of customs",
        "",
        f"{inbound['waiting']:,} messages waited in a database with {inbound['filings']:,} filings, three about each filing: it",
        "is registered, something is missing, its assessment is complete. Every tenth filing was of one shipment. One process",
        f"applied {done:,} of them in {inbound['seconds']:.0f} s ({inbound['core']}, {inbound['at']},",
        f"load {inbound['load']}): routed, recorded, shipments kept, the large one reckoned every {SETTLED:g} s. It had",
        f"{inbound['large']:,} filings at the end.",
        f"Parked: {inbound['parked']}.",
        "",
        "| ms per message | first fifth | last fifth | ratio |",
        "| --- | ---: | ---: | ---: |",
        *rows,
        "",
        _verdict(last <= first * FLAT, f"flat: CPU at the end at most {FLAT:g} times that at the beginning")
        + f" It is {last / first:.2f} times.",
        "",
    ]


def _not_measured(figures: Figures) -> Lines:
    filings, messages = ASKED
    many, done = figures["sizes"]["many"]["filings"], sum(each["messages"] for each in figures["inbound"]["samples"])
    lines = []
    if many < filings:
        lines.append(f"- {filings:,} filings: this run had {many:,}. What pages cost beyond is not known from it.")
    if done < messages // EACH * EACH:  # as many about each filing
        per = sum(ends(figures, "wall")) / 2
        lines.append(
            f"- {messages:,} messages: this run applied {done:,} in its time; at {per:.1f} ms a message for one process all of "
            f"them would take {messages * per / 1e3 / 60:.0f} minutes. That the cost stays flat is shown for those applied alone."
        )
    return ["## What was not measured", "", *lines, ""] if lines else []


def drawn(figures: Figures) -> str:
    """Return the picture: each page's ratio against the goal, and the CPU of a message from the first to the last."""
    names = list(figures["sizes"]["few"]["times"])
    below = 70 + ROW * len(names)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {below + 210}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{below + 210}" fill="#ffffff"/>',
        *_bars([(page, ratio(figures, page, 0)) for page in names]),
        *_curve(figures["inbound"]["samples"], below),
        "</svg>\n",
    ])  # fmt: skip


def _bars(rows: list[tuple[str, float]]) -> Lines:
    scale = (WIDTH - LEFT - 90) / max(GOAL * 1.1, *(value for _, value in rows))
    at, bottom = LEFT + GOAL * scale, 44 + ROW * len(rows)
    lines = [f'<text x="10" y="24" fill="{INK}" font-weight="bold">p95 of pages, many filings / few (the mark: the goal)</text>']
    for place, (name, value) in enumerate(rows):
        y = 40 + ROW * place
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 14}" fill="{INK}" text-anchor="end">{name}</text>',
            f'<rect x="{LEFT}" y="{y + 2}" width="{value * scale:.1f}" height="{ROW - 7}" fill="{BAR}"/>',
            f'<text x="{LEFT + value * scale + 6:.1f}" y="{y + 14}" fill="{INK}">{value:.2f}</text>',
        ]
    return [*lines, f'<line x1="{at:.1f}" y1="36" x2="{at:.1f}" y2="{bottom}" stroke="{MARK}" stroke-width="2"/>']


def _curve(samples: list[dict[str, float]], top: int) -> Lines:
    costs = [each["ours"] + each["postgres"] for each in samples]
    most, across, floor = max(costs) * 1.25, WIDTH - LEFT - 90, top + 170
    done, places = 0.0, []
    every = sum(each["messages"] for each in samples)
    for each, cost in zip(samples, costs, strict=True):
        done += each["messages"]
        places.append(f"{LEFT + across * done / every:.1f},{floor - 120 * cost / most:.1f}")
    last = floor + 4 - 120 * costs[-1] / most
    title = "CPU ms of a message of customs, ours and PostgreSQL's, from the first to the last"
    return [
        f'<text x="10" y="{top + 24}" fill="{INK}" font-weight="bold">{title}</text>',
        f'<polyline points="{" ".join(places)}" fill="none" stroke="{BAR}" stroke-width="2"/>',
        f'<line x1="{LEFT}" y1="{floor}" x2="{LEFT + across}" y2="{floor}" stroke="{INK}"/>',
        f'<text x="{LEFT + across + 8}" y="{last:.1f}" fill="{INK}">{costs[-1]:.1f} ms</text>',
        f'<text x="{LEFT + across}" y="{floor + 18}" fill="{INK}" text-anchor="end">{every:,} messages</text>',
    ]
