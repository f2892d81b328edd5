"""The life of a filing is a table; these are the sentences it must keep true."""

import pytest

from filings import lifecycle
from filings.lifecycle import NEXT, WORDS, Event, NotAllowed, State

SUBMITTED = [state for state in State if state is not State.DRAFT]


def test_every_state_is_reached_from_a_draft() -> None:
    reached = {State.DRAFT}
    while more := {after for (before, _), after in NEXT.items() if before in reached} - reached:
        reached |= more

    assert reached == set(State)


def test_every_event_happens_somewhere() -> None:
    assert {event for _, event in NEXT} == set(Event)


@pytest.mark.parametrize("state", State)
def test_every_state_has_words(state: State) -> None:
    name, sentence = WORDS[state]

    assert name
    assert sentence.endswith(".")


def test_nothing_becomes_a_draft_again() -> None:
    assert State.DRAFT not in NEXT.values()


def test_only_a_draft_is_submitted() -> None:
    assert [state for state in State if (state, Event.SUBMIT) in NEXT] == [State.DRAFT]


@pytest.mark.parametrize("state", SUBMITTED)
@pytest.mark.parametrize("event", [Event.RECEIPT, Event.GIVE_UP, Event.REGISTER, Event.REJECT])
def test_what_comes_from_outside_is_never_an_accident(state: State, event: Event) -> None:
    after = lifecycle.step(state, event)

    assert lifecycle.step(after, event) is after


@pytest.mark.parametrize("event", [Event.RECEIPT, Event.GIVE_UP, Event.REGISTER])
def test_a_refusal_is_the_last_word(event: Event) -> None:
    assert lifecycle.step(State.REJECTED, event) is State.REJECTED


def test_a_step_the_table_lacks_is_refused_in_words() -> None:
    with pytest.raises(NotAllowed, match="A filing that is draft cannot register") as refusal:
        lifecycle.step(State.DRAFT, Event.REGISTER)

    assert (refusal.value.state, refusal.value.event) == (State.DRAFT, Event.REGISTER)
