"""Amendment, invalidation and consultation, and their refusals."""

import pytest

from filings import samples
from filings.messages import catalogue
from tests.integrations.sandbox.deeds import (
    HOUSE,
    about,
    codes,
    register,
    send,
    state_of,
)
from tests.integrations.sandbox.trader import Trader, inbox, kinds
from tests.integrations.sandbox.world import hurry

AMENDMENTS = [message for message in catalogue.messages() if message.family == "A"]


@pytest.mark.parametrize("message", AMENDMENTS, ids=lambda message: message.id)
def test_every_filing_can_be_amended_and_invalidated(alfa: Trader, message: catalogue.Message) -> None:
    mrn = register(alfa, message.amends)
    amendment = about(message.id, mrn, message.amends)
    if "referralRequestReference" in message.by_path:
        amendment.set("referralRequestReference", None)

    amended = send(alfa, amendment)
    request = about("IE3Q04", mrn, message.amends)
    for path, source in (("customsOfficeOfFirstEntry/referenceNumber", None), ("addressedMemberState/country", "NL")):
        request.set(path, source)
    invalidated = send(alfa, request)

    assert kinds(amended) == ["IE3N10"]
    assert amended[0].value("MRN") == mrn
    assert kinds(invalidated) == ["IE3R07"]
    assert state_of(mrn) == "09"


def test_what_may_not_be_amended_is_refused_by_the_life_cycle(alfa: Trader) -> None:
    mrn = register(alfa)
    number = f"{HOUSE}/transportDocumentHouseLevel/documentNumber"

    refused = send(alfa, about("IE3A26", mrn, "IE3F26", **{number: "OTHER"}))

    assert kinds(refused) == ["IE3N01"]
    assert codes(refused[0]) == ["104"]
    assert refused[0].value("MRN") == mrn


def test_houses_cannot_be_added(alfa: Trader) -> None:
    mrn = register(alfa, lrn="ONE")
    more = samples.sample("IE3A26", seed=1, houses=2)
    more.set("MRN", mrn)

    refused = send(alfa, more)

    assert (kinds(refused), codes(refused[0])) == (["IE3N01"], ["101"])


def test_only_the_declarant_amends(alfa: Trader) -> None:
    mrn = register(alfa)

    refused = send(alfa, about("IE3A26", mrn, "IE3F26", declarant__identificationNumber="DE999999999"))

    assert (kinds(refused), codes(refused[0])) == (["IE3N01"], ["96"])


def test_another_access_point_does_not_see_a_filing(alfa: Trader, bravo: Trader) -> None:
    mrn = register(alfa)

    refused = send(bravo, about("IE3A26", mrn, "IE3F26"))

    assert (kinds(refused), codes(refused[0])) == (["IE3N01"], ["90"])


def test_an_amended_filing_can_be_amended_against_what_is_in_force(alfa: Trader) -> None:
    mrn = register(alfa)
    weight = f"{HOUSE}/totalGrossMass"
    first = about("IE3A26", mrn, "IE3F26", declarant__name="Another Name Ltd", referralRequestReference=None)
    assert kinds(send(alfa, first)) == ["IE3N10"]

    again = send(alfa, first)

    assert weight in first.message.by_path
    assert kinds(again) == ["IE3N10"]


@pytest.mark.parametrize(
    ("word", "message", "answer", "code"),
    [
        ("LF-A-N01", "IE3A26", "IE3N01", "72"),
        ("LF-A-N99", "IE3A26", "IE3N99", "100"),
        ("LF-Q04-N01", "IE3Q04", "IE3N01", "72"),
        ("LF-PRESENTED", "IE3A26", "IE3N01", "72"),
        ("LF-PRESENTED", "IE3Q04", "IE3N01", "72"),
    ],
)
def test_requests_are_refused_where_the_verdict_says_so(alfa: Trader, word: str, message: str, answer: str, code: str) -> None:
    mrn = register(alfa, lrn=f"{word}-1")
    hurry("step")
    inbox(alfa)

    request = about(message, mrn, "IE3F26")
    if "referralRequestReference" in request.message.by_path:
        request.set("referralRequestReference", None)
    refused = send(alfa, request)

    assert (kinds(refused), codes(refused[0])) == ([answer], [code])


def test_an_invalidated_house_filing_leaves_its_master_incomplete(alfa: Trader, bravo: Trader) -> None:
    master, house = register(alfa, "IE3F12"), register(bravo, "IE3F15")
    request = about(
        "IE3Q04", house, "IE3F15", customsOfficeOfFirstEntry__referenceNumber=None, addressedMemberState__country="NL"
    )

    send(bravo, request)

    assert (state_of(master), state_of(house)) == ("10", "09")
