"""The benchmark of the message engine measures what it says, on few and small filings."""

from lxml import etree

from benchmarks.messages import plot, small, start, streams
from benchmarks.messages.streams import Run


def test_a_filing_is_measured_in_every_way() -> None:
    filing = small.measure("IE3F26", 1, rounds=1)

    assert 5_000 < filing.size < 20_000
    assert 0 < filing.bare < filing.full
    assert 0 < filing.narrow <= filing.full * 2
    assert 0 < filing.valid < filing.decoded * 10
    assert filing.told > 0
    assert filing.full_told > 0
    assert (filing.ratio, filing.advantage) == (filing.full / filing.bare, filing.valid / filing.full)


def test_filings_in_parts_are_measured_in_processes_of_their_own() -> None:
    [few, more] = streams.measure(((3, 1), (30, 2)))

    assert (few.houses, few.runs, more.houses, more.runs) == (3, 1, 30, 2)
    assert few.size < more.size
    assert 20 < more.memory < 300


def test_every_step_is_timed() -> None:
    assert all(cost >= 0 for cost in streams.stages(20).values())


def test_the_catalogue_starts() -> None:
    [seconds] = start.measure(1)

    assert 0 < seconds < 30


def test_the_plot_is_a_picture_of_the_figures() -> None:
    filings = [
        small.Filing("IE3F26", 10_000, 12, bare=100, full=350, narrow=300, valid=1_600, decoded=2_000, told=1_700, full_told=360)
    ]
    drawing = etree.fromstring(plot.drawn(filings, [Run(1_000, 10**6, 3, 0.2, 70.0)]))

    words = [text.text for text in drawing.iter("{*}text")]
    assert {"IE3F26", "3.5", "1,000 houses", "200 µs, 70 MB", "goal 4"} <= set(words)
