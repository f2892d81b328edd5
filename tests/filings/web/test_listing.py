"""The list of filings: counted, searched, and kept up to date."""

import re

import pytest

from filings.web import listing
from tenants import paging
from tests import factories
from tests.filings.web.desk import Desk


def test_the_list_counts_states_and_shows_those_asked_for(alice: Desk) -> None:
    draft, waiting = alice.make(factories.draft), alice.make(factories.submitted)

    html = alice.get("?state=queued").content.decode()

    assert waiting.lrn in html
    assert draft.lrn not in html
    assert "Draft <b>1</b>" in html
    assert "All <b>2</b>" in html


def test_the_search_finds_the_beginning_of_a_number(alice: Desk) -> None:
    first, second = alice.make(factories.draft, LRN="ALPHA1"), alice.make(factories.draft, LRN="BETA1")

    html = alice.get("?q=ALP").content.decode()

    assert first.lrn in html
    assert second.lrn not in html


def test_a_search_answers_htmx_with_the_results_alone(alice: Desk) -> None:
    html = alice.get("?q=ALP", headers={"HX-Request": "true", "HX-Target": "results"}).content.decode()

    assert "<html" not in html
    assert "Nothing fits" in html


@pytest.mark.parametrize("query", ["?page=abc", "?page=99", "?sort=nonsense", "?state=nonsense", "?type=%00", "?q=%25_'"])
def test_an_odd_address_still_shows_a_list(query: str, alice: Desk) -> None:
    alice.make(factories.draft)

    assert alice.get(query).status_code == 200


def test_only_a_list_with_waiting_filings_asks_again(alice: Desk) -> None:
    alice.make(factories.draft)
    quiet = alice.get().content.decode()
    waiting = alice.make(factories.submitted)
    busy = alice.get().content.decode()

    assert "every 2s" not in quiet
    assert f"rows/?id={waiting.pk}%3Aqueued" in busy


def test_a_row_comes_again_once_its_state_changed(alice: Desk) -> None:
    filing = alice.make(factories.sent)

    same = alice.get(f"rows/?id={filing.pk}:sent").content.decode()
    changed = alice.get(f"rows/?id={filing.pk}:queued").content.decode()

    assert f"row-{filing.pk}" not in same
    assert f'id="row-{filing.pk}" hx-swap-oob="true"' in changed
    assert "With customs" in changed


def test_more_than_a_thousand_of_a_state_are_not_counted_through(alice: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 2)
    for _ in range(3):
        alice.make(factories.draft)
    alice.make(factories.submitted)

    html = alice.get().content.decode()

    assert "Draft <b>2+</b>" in html
    assert "All <b>2+</b>" in html
    assert re.search(r"Waiting to be sent <b>1</b>", html)


def test_pages_follow_each_other_and_end_with_a_word_about_the_rest(alice: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    monkeypatch.setattr(paging, "MOST_PAGES", 2)
    filings = [alice.make(factories.draft) for _ in range(3)]

    first, last = (alice.get(f"?sort=lrn&page={number}").content.decode() for number in (1, 7))

    assert filings[0].lrn in first
    assert 'rel="next"' in first
    assert filings[1].lrn in last  # the second page is the last one: what comes after is found by filters
    assert "Pages end here" in last
    assert 'rel="next"' not in last


@pytest.mark.parametrize("sort", ["created", "changed", "type", "lrn"])
def test_an_order_upward_is_the_other_one_turned_round(sort: str, alice: Desk) -> None:
    for message in ("IE3F12", "IE3F15", "IE3F12"):
        alice.make(factories.draft, message)

    up, down = (re.findall(r'id="row-([^"]+)"', alice.get(f"?sort={sign}{sort}").content.decode()) for sign in ("", "-"))

    assert up == down[::-1]
    assert len(up) == 3
