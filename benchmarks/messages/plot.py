"""Draw the figures of a report as SVG."""

from collections.abc import Sequence

from benchmarks.messages.small import Filing
from benchmarks.messages.streams import Run

WIDTH, LEFT, RIGHT, ROW = 760, 130, 90, 24
INK, BAR, GOAL = "#1f2933", "#3b7ea1", "#c2410c"

Bar = tuple[str, float, str]


def drawn(filings: Sequence[Filing], runs: Sequence[Run]) -> str:
    """Return the picture: the full check against a bare parse, and the time per house."""
    first = _chart("Full check / bare parse with validation", [(f.message, f.ratio, f"{f.ratio:.1f}") for f in filings], 4, 0)
    below = 70 + ROW * len(filings)
    houses = [(f"{run.houses:,} houses", run.per_house, f"{run.per_house:.0f} µs, {run.memory:.0f} MB") for run in runs]
    second = _chart("Time per house in µs, peak memory", houses, 200, below)
    height = below + 70 + ROW * len(runs)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        *first,
        *second,
        "</svg>\n",
    ])  # fmt: skip


def _chart(title: str, bars: Sequence[Bar], goal: float, top: int) -> list[str]:
    """Return bars to one scale with a line at the goal."""
    scale = (WIDTH - LEFT - RIGHT - 60) / max(goal, *(value for _, value, _ in bars))
    at = LEFT + goal * scale
    bottom = top + 44 + ROW * len(bars)
    lines = [f'<text x="10" y="{top + 24}" fill="{INK}" font-weight="bold">{title}</text>']
    for place, (name, value, label) in enumerate(bars):
        y = top + 40 + ROW * place
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 14}" fill="{INK}" text-anchor="end">{name}</text>',
            f'<rect x="{LEFT}" y="{y + 2}" width="{value * scale:.1f}" height="{ROW - 8}" fill="{BAR}"/>',
            f'<text x="{LEFT + value * scale + 6:.1f}" y="{y + 14}" fill="{INK}">{label}</text>',
        ]
    return [
        *lines,
        f'<line x1="{at:.1f}" y1="{top + 36}" x2="{at:.1f}" y2="{bottom}" stroke="{GOAL}" stroke-dasharray="4 3"/>',
        f'<text x="{at:.1f}" y="{bottom + 14}" fill="{GOAL}" text-anchor="middle">goal {goal:g}</text>',
    ]
