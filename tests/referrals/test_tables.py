"""The tables of referrals: what holds for every state, whatever comes in whatever order. No database."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from filings import lifecycle as of_filings
from filings.messages import catalogue
from referrals import deadlines, lifecycle, reference
from referrals.deadlines import Anchor, due
from referrals.lifecycle import Event, NotAllowed, State, following, step

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ARRIVE = (of_filings.Event.RECEIPT, of_filings.Event.GIVE_UP, of_filings.Event.REJECT, of_filings.Event.FULFIL)


def test_every_state_of_a_filing_says_where_its_request_stands() -> None:
    assert set(lifecycle.FOLLOWS) == {state.value for state in of_filings.State}
    assert set(lifecycle.FOLLOWS_YES) == set(lifecycle.FOLLOWS)


@pytest.mark.parametrize("needs_yes", [True, False])
@pytest.mark.parametrize("events", [each for count in (1, 2, 3, 4) for each in itertools.combinations(ARRIVE, count)])
def test_the_order_in_which_news_comes_does_not_matter(events: tuple[of_filings.Event, ...], needs_yes: bool) -> None:
    ends = set()
    for order in itertools.permutations(events):
        answer, request = of_filings.State.QUEUED, State.SENDING
        for event in (*order, *order):  # everything twice
            answer = of_filings.step(answer, event)
            request = following(answer, needs_yes=needs_yes, before=request)
        ends.add(request)

    assert len(ends) == 1


def test_waiting_for_approval_outlives_a_look_at_the_draft() -> None:
    assert following("draft", needs_yes=False, before=State.APPROVAL) is State.APPROVAL
    assert following("queued", needs_yes=False, before=State.APPROVAL) is State.SENDING


def test_nothing_is_set_aside_while_an_answer_is_under_way() -> None:
    for state in (State.DRAFTED, State.APPROVAL, State.SENDING, State.ANSWERED):
        with pytest.raises(NotAllowed):
            step(state, Event.SET_ASIDE)


def test_every_own_step_leads_to_a_state_with_words() -> None:
    assert set(lifecycle.OWN.values()) <= set(lifecycle.WORDS) == set(State)


def test_every_kind_that_customs_asks_is_in_the_table() -> None:
    codes = {code.code for code in catalogue.code_list("CL735").codes}

    assert set(reference.kinds()) == codes | {reference.STOPS}


def test_the_groups_of_the_table_stand_in_the_messages_that_answer() -> None:
    asks = [message for message in catalogue.messages() if (message.consumer, message.event) == ("referral", "open")]
    groups = [
        (each.group, each.files, catalogue.message(message.answered_by[0]))
        for message in asks
        for each in reference.kinds().values()
        if each.group and each.group in catalogue.message(message.answered_by[0]).by_path
    ]

    assert {group for group, _, _ in groups} == {"additionalInformationResponse", "hrcmScreeningResults"}
    assert all(f"{group}/{files}/MIME" in message.by_path for group, files, message in groups)


# --- By when ---------------------------------------------------------------------------------------------------------------


def hours(number: float) -> datetime:
    return NOW + timedelta(hours=number)


@pytest.mark.parametrize(
    ("anchors", "buffer", "within", "at", "reason"),
    [
        ([("loading", 10), ("departure", 12), ("arrival", 30)], 0, None, 10, "loading"),
        ([("departure", 12), ("arrival", 30)], 2, None, 10, "departure"),
        ([("departure", -1), ("arrival", 8)], 1, None, 7, "arrival"),  # what is past counts no more
        ([("departure", 1)], 4, None, 0, "departure"),  # the buffer does not make it due before it was asked
        ([("departure", -5), ("arrival", -1)], 0, None, 0, "passed"),
        ([("arrival", 30)], 0, 3, 3, "own"),
        ([("arrival", 2)], 0, 3, 2, "arrival"),
        ([], 0, 3, 3, "own"),
    ],
)
def test_the_first_moment_ahead_counts(
    anchors: list[tuple[str, float]], buffer: float, within: float | None, at: float, reason: str
) -> None:
    found = due(
        [Anchor(name, hours(hour)) for name, hour in anchors],
        asked_at=NOW,
        buffer=timedelta(hours=buffer),
        within=None if within is None else timedelta(hours=within),
    )

    assert (found.at, found.reason) == (hours(at), reason)
    assert found.words == deadlines.WORDS[reason]


def test_nothing_known_is_nothing_due() -> None:
    assert due([], asked_at=NOW, buffer=timedelta(), within=None).at is None
