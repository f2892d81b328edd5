"""Memory does not grow with the file: the whole journey in processes of its own, measured."""

import pytest

from benchmarks.messages import journey


@pytest.mark.timeout(900)
def test_a_journey_of_20000_houses_takes_bounded_memory() -> None:
    found = journey.measure(20_000)

    base = found.steps["empty"].memory
    more = {name: step.memory - base for name, step in found.steps.items()}
    # The XML has 18 MB, its tree would take more than 200 MB, and its nodes as much again.
    assert found.size > 15_000_000
    assert more["upload"] < 40
    assert more["take"] < 90
    assert more["submit"] < 100
    assert found.payload < found.size / 10
