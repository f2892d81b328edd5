"""What holds for any journey: more of a thing never gives another order, and a gap never gives a later deadline."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filings import samples
from filings.deadlines import Facts, deadlines, due
from filings.deadlines.engine import LATEST, LEGAL
from filings.messages import catalogue

ARRIVAL = "activeBorderTransportMeans/estimatedDateAndTimeOfArrival"
FILINGS = [message.id for message in catalogue.messages() if message.family == "F"]
SAMPLES = {message: samples.sample(message, seed=1) for message in FILINGS}
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
maybe = st.none() | moments
facts = st.builds(
    Facts,
    loading_at=maybe,
    departure_at=maybe,
    arrival_at=maybe,
    carrier_cut_off=maybe,
    duration=st.none() | st.timedeltas(timedelta(0), timedelta(days=40)),
    active_mode=st.sampled_from(["", "1", "2", "3", "4", "8"]),
    containers=st.none() | st.booleans(),
    short_sea=st.none() | st.booleans(),
    force_majeure=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILINGS), facts)
def test_every_filing_has_one_legal_latest_moment_in_utc_or_says_what_is_missing(message: str, known: Facts) -> None:
    found = deadlines(SAMPLES[message], facts=known)
    law = [each for each in found if each.kind == LEGAL and each.bound == LATEST]

    assert len(law) == 1
    assert (law[0].at is None) == bool(law[0].missing)
    assert all(each.at is None or each.at.utcoffset() == timedelta(0) for each in found)
    assert all(each.article for each in found if each.kind == LEGAL)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FILINGS), facts, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_journey_that_comes_later_is_never_due_earlier(message: str, known: Facts, delay: timedelta) -> None:
    names = ("loading_at", "departure_at", "arrival_at", "carrier_cut_off")
    if not all(getattr(known, name) for name in names):
        known = Facts(**{name: getattr(known, name) or datetime(2026, 6, 1, tzinfo=UTC) for name in names})
    moved = Facts(**{**vars(known), **{name: getattr(known, name) + delay for name in names}})

    before, after = due(deadlines(SAMPLES[message], facts=known)), due(deadlines(SAMPLES[message], facts=moved))

    assert (before is None) == (after is None)
    assert before is None or (after is not None and after - before == delay)


@settings(max_examples=80, deadline=None)
@given(st.builds(timedelta, minutes=st.integers(0, 40 * 24 * 60)), st.sampled_from(["IE3F27", "IE3F51"]))
def test_not_knowing_the_duration_never_gives_a_later_deadline(duration: timedelta, message: str) -> None:
    arrival = datetime(2026, 12, 20, 18, tzinfo=UTC)
    document = samples.sample(message, seed=1)
    for name in ("actualDateAndTimeOfDeparture", "estimatedDateAndTimeOfDeparture"):
        if f"activeBorderTransportMeans/{name}" in document.message.by_path:
            document.set(f"activeBorderTransportMeans/{name}", None)

    unknown = due(deadlines(document, facts=Facts(arrival_at=arrival)))
    known = due(deadlines(document, facts=Facts(arrival_at=arrival, departure_at=arrival - duration, duration=duration)))

    assert unknown is not None
    assert known is not None
    assert unknown <= known


@pytest.mark.parametrize("message", FILINGS)
def test_text_that_is_no_time_is_as_good_as_none(message: str) -> None:
    document = samples.sample(message, seed=1)
    if ARRIVAL not in document.message.by_path:
        return
    for text in ("soon", "2026-13-40T99:00:00Z", "2026-12-01T10:00:00", "9999-12-31T23:59:59-12:00"):
        document.set(ARRIVAL, text)
        assert all(each.anchor != "arrival" or each.at is None for each in deadlines(document))
