"""Verdicts on a filing itself, by a word in its LRN or by a scenario."""

import pytest

from filings.messages import catalogue
from integrations.sandbox import scenarios
from integrations.sandbox.models import REASON, Registration
from tenants.scope import every_tenant
from tests.integrations.sandbox.deeds import (
    FILINGS,
    codes,
    register,
    send,
    state_of,
)
from tests.integrations.sandbox.trader import Trader, filing, inbox, kinds, now
from tests.integrations.sandbox.world import hurry

# --- Verdicts on the filing itself -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", FILINGS, ids=lambda message: message.id)
@pytest.mark.parametrize(("word", "answer", "code"), [("LF-N99", "IE3N99", "100"), ("LF-N01", "IE3N01", "81")])
def test_every_filing_can_be_refused(alfa: Trader, message: catalogue.Message, word: str, answer: str, code: str) -> None:
    extra = {}
    if not message.new_mrn:
        extra["previousDocument__identification"] = register(alfa, "IE3F23")

    refused = send(alfa, filing(message.id, LRN=f"{word}-1", **extra))

    assert (kinds(refused), codes(refused[0])) == ([answer], [code])
    with every_tenant(REASON):
        assert not Registration.objects.filter(lrn=f"{word}-1").exists()


def test_a_filing_can_be_refused_after_it_was_registered(alfa: Trader) -> None:
    mrn = register(alfa, lrn="LF-N01-LATE-1")
    hurry()

    assert kinds(inbox(alfa)) == ["IE3N01"]
    assert state_of(mrn) == "02"


def test_a_filing_can_stay_without_answer(alfa: Trader) -> None:
    assert send(alfa, filing(LRN="LF-SILENT-1")) == []


# --- Scenarios -------------------------------------------------------------------------------------------------------------


def test_a_scenario_holds_for_the_next_filing(alfa: Trader) -> None:
    with every_tenant(REASON):
        scenarios.attach("rejected", at=now(), message_type="IE3F26")

    first, second = send(alfa, filing(LRN="A1")), send(alfa, filing(LRN="A2"))

    assert (kinds(first), kinds(second)) == (["IE3N99"], ["IE3R01"])


def test_a_word_in_the_lrn_goes_before_a_scenario(alfa: Trader) -> None:
    with every_tenant(REASON):
        scenarios.attach("silent", at=now(), times=None)

    assert kinds(send(alfa, filing(LRN="LF-N01-1"))) == ["IE3N01"]


@pytest.mark.parametrize(
    "deed", ["request_information", "request_amendment", "request_screening", "do_not_load", "announce_control"]
)
def test_a_letter_can_be_provoked_now(alfa: Trader, deed: str) -> None:
    mrn = register(alfa)
    with every_tenant(REASON):
        scenarios.provoke(Registration.objects.get(mrn=mrn), deed, at=now())

    assert len(inbox(alfa)) == 1


def test_what_a_process_does_not_have_cannot_be_provoked(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F50")

    with every_tenant(REASON), pytest.raises(scenarios.NotPossible):
        scenarios.provoke(Registration.objects.get(mrn=mrn), "do_not_load", at=now())


def test_every_verdict_says_what_it_does_and_where() -> None:
    offers = scenarios.offers()

    assert len({offer.word for offer in offers}) == len(offers)
    assert all(offer.words and offer.messages for offer in offers)
