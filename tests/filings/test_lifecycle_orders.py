"""Whatever order messages of customs come in, and however often: the state and the facts end the same."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filings import lifecycle
from filings.lifecycle import FACETS, FACTS, LADDER, LEADS_TO, Event, Fact, State
from filings.messages import catalogue, numbers
from filings.messages.document import Document
from filings.models import Filing
from filings.services import responses
from tests.factories import answer, later, registration, sent

START: Final = datetime(2026, 11, 23, tzinfo=UTC)
OUTSIDE: Final = sorted(LEADS_TO)
MRN: Final = numbers.mrn(year=26, country="BE", serial="ORDERS00001")


@given(events=st.lists(st.sampled_from(OUTSIDE), max_size=12), data=st.data())
def test_the_state_does_not_depend_on_the_order_or_on_repetition(events: list[Event], data: st.DataObject) -> None:
    def end(steps: list[Event]) -> State:
        state = State.QUEUED
        for event in steps:
            state = lifecycle.step(state, event)
        return state

    again = data.draw(st.permutations(events + events))

    assert end(events) is end(again) is max([State.QUEUED, *map(LEADS_TO.__getitem__, events)], key=LADDER.index)


Told = tuple[Fact, datetime]


def facts_after(told: list[Told]) -> dict[str, tuple[str, datetime]]:
    held: dict[str, tuple[str, datetime]] = {}
    for fact, at in told:
        value, since = held.get(fact.facet, ("", None))
        if lifecycle.learn(fact, at, value, since):
            held[fact.facet] = fact.value, at
    return held


@given(
    told=st.lists(st.tuples(st.sampled_from(FACTS), st.integers(0, 3).map(lambda hours: START + timedelta(hours=hours)))),
    data=st.data(),
)
def test_the_facts_do_not_depend_on_the_order_or_on_repetition(told: list[Told], data: st.DataObject) -> None:
    assert facts_after(told) == facts_after(data.draw(st.permutations(told + told)))


def test_every_message_that_tells_a_fact_stands_in_the_table_of_messages() -> None:
    events = {message.event for message in catalogue.messages() if not message.is_sent}
    by_consultation, by_us = set(lifecycle.ENTITIES.values()), {"answer_all", "announce_arrival"}
    in_part = {fact.event for fact in FACTS if fact.event.removesuffix("_of") in events}

    assert {fact.event for fact in FACTS} <= events | by_consultation | by_us | in_part
    assert set(lifecycle.MOVES) <= events


def test_every_message_of_customs_about_a_filing_means_something() -> None:
    """What moves nothing is an answer that a verb of its own takes, a copy, or about no filing of the operator's."""
    known = {*lifecycle.MOVES, *(fact.event for fact in FACTS)}
    taken = {"register", "reject", "refuse", "answer", "copy", "expect_filing"}

    assert {message.event for message in catalogue.messages() if not message.is_sent} - known <= taken


def messages(filing: Filing) -> list[tuple[Callable[..., None], Document]]:
    """Return messages of customs about a filing, with the verbs that take them."""
    hour = "2026-11-23T{:02}:00:00Z".format
    return [
        (responses.register, registration(filing, MRN)),
        (responses.note, answer("IE3N02", MRN=MRN, notificationDate=hour(10))),
        (responses.note, answer("IE3Q02", MRN=MRN, documentIssueDate=hour(11))),
        (responses.note, answer("IE3N10", MRN=MRN, completionDate=hour(12))),
        (responses.note, answer("IE3N03", MRN=MRN, completionDate=hour(13))),
        (responses.note, answer("IE3Q01", MRN=MRN, documentIssueDate=hour(14))),
        (responses.note, answer("IE3N08", MRN=MRN, notificationDate=hour(15))),
        (responses.fulfil, answer("IE3R07", MRN=MRN, completionDate=hour(16))),
    ]


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_stored_messages_replayed_in_any_order_give_the_same_filing(acme: object, data: st.DataObject) -> None:
    filing = sent()
    all_ = messages(filing)
    order = data.draw(st.permutations(list(range(len(all_))) * 2))

    for turn, number in enumerate(order):
        verb, document = all_[number]
        # Half of what comes again does so under a message id of its own, as after a consultation.
        verb(filing=filing, document=document, message_id=f"m{number}-{turn % 2}", at=later(10 + turn))

    filing.refresh_from_db()
    assert filing.state == State.INVALIDATED
    assert {facet: getattr(filing, facet) for facet in FACETS} == {
        "completeness": "incomplete", "assessment": "complete", "asked": "open",
        "loading": "forbidden", "control": "ordered", "arrival": "",
    }  # fmt: skip
    assert filing.events.filter(kind="noted").count() == len(all_) - 1
