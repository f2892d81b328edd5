"""Filing requests and “who files what” through the API: two operators' systems, and a third that finds nothing."""

from typing import Any

import pytest

from filings.services.filing_requests import sending
from tests.filings.services.filing_requests.asking_others import MAIL, Pair, forget_message, pair

URL = "/api/v1/filing-requests/"


@pytest.fixture
def two(db: None, monkeypatch: pytest.MonkeyPatch) -> Pair:
    from datetime import timedelta

    monkeypatch.setattr(sending, "LONGEST", timedelta(days=99_999))
    return pair()


def given(two: Pair, **changes: Any) -> dict[str, Any]:
    return {
        "asked_eori": two.forwarder.eori, "mail": MAIL, "message_type": "IE3F15", "combination": "sea-house",
        "filing": str(two.master.pk), "due_at": "2099-01-01T10:00:00Z", **changes,
    }  # fmt: skip


def post(client: Any, url: str, data: Any = None, **headers: str) -> Any:
    return client.post(url, data or {}, content_type="application/json", headers=headers)


def test_two_systems_find_each_other(two: Pair, client_of: Any) -> None:
    carrier, forwarder, third = (client_of(each) for each in (two.carrier, two.forwarder, two.third))
    made = post(carrier, URL, given(two))
    pk = made.json()["id"]
    seen = forwarder.get(f"{URL}?side=asked&live=true").json()["results"]

    assert made.status_code == 201
    assert made["Location"].endswith(f"{URL}{pk}/")
    assert made.json()["asked_name"] == ""
    assert [each["id"] for each in seen] == [pk]
    assert seen[0]["filing"] is None
    accepted = post(forwarder, f"{URL}{pk}/accept/").json()
    answer = carrier.get(f"{URL}{pk}/").json()
    assert accepted["answers"][0]["filing"]
    assert (answer["state"], answer["match"]["links"], answer["asked_name"]) == ("accepted", True, "Forwarder")
    assert answer["answers"][0] | {"created_at": ""} == {"state": "draft", "links": True, "filing": None, "created_at": ""}
    assert third.get(f"{URL}{pk}/").status_code == 404
    assert third.get(URL).json()["results"] == []


def test_the_same_request_again_gets_the_same_answer(two: Pair, client_of: Any) -> None:
    carrier = client_of(two.carrier)

    first, second = (post(carrier, URL, given(two), **{"Idempotency-Key": "once"}) for _ in range(2))

    assert first.json()["id"] == second.json()["id"]
    assert len(carrier.get(URL).json()["results"]) == 1


def test_accepting_what_no_message_set_has_is_refused_with_a_sentence(two: Pair, client_of: Any) -> None:
    request = two.send()
    forget_message(two, request)
    forwarder = client_of(two.forwarder)

    answer = post(forwarder, f"{URL}{request.pk}/accept/")

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:landfall:problem:message_set_missing")
    assert forwarder.get(f"{URL}{request.pk}/").json()["state"] == "sent"


@pytest.mark.parametrize("deed", ["accept", "decline", "withdraw", "mail-again"])
def test_strangers_do_nothing(two: Pair, client_of: Any, deed: str) -> None:
    request = two.send()

    answer = post(client_of(two.third), f"{URL}{request.pk}/{deed}/", {"reason": "x"})

    assert answer.status_code == 404


def test_the_wrong_side_is_told_so(two: Pair, client_of: Any) -> None:
    request = two.send()
    answer = post(client_of(two.carrier), f"{URL}{request.pk}/accept/")

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:landfall:problem:not_your_side")


def test_declining_withdrawing_and_mailing_again(two: Pair, client_of: Any) -> None:
    carrier, forwarder = client_of(two.carrier), client_of(two.forwarder)
    first, second = two.send(), two.send()

    assert post(carrier, f"{URL}{first.pk}/mail-again/").json()["state"] == "sent"
    assert post(forwarder, f"{URL}{first.pk}/decline/", {"reason": "Not ours."}).json()["reason"] == "Not ours."
    over = post(carrier, f"{URL}{second.pk}/withdraw/").json()
    assert (over["state"], over["key"]) == ("withdrawn", {})
    assert post(forwarder, f"{URL}{second.pk}/accept/").status_code == 409
    assert sorted(each["side"] for each in carrier.get(f"{URL}{first.pk}/").json()["events"]) == ["asked", "asking", "asking"]


def test_a_filing_of_another_operator_is_not_there(two: Pair, client_of: Any) -> None:
    assert post(client_of(two.third), URL, given(two)).status_code == 404


def test_situations_are_told_and_begun(two: Pair, client_of: Any) -> None:
    carrier = client_of(two.carrier)
    told = {each["id"]: each for each in carrier.get("/api/v1/scenarios/").json()}
    answers = {"master": "BL9", "forwarder": two.forwarder.eori}
    ask = {"forwarder": {"mail": MAIL, "due_at": "2099-01-01T10:00:00Z"}}

    begun = post(carrier, "/api/v1/scenarios/sea-carrier-forwarder/begin/", {"answers": answers, "ask": ask})

    assert [each["name"] for each in told["sea-carrier-forwarder"]["questions"]] == ["master", "forwarder"]
    assert begun.status_code == 200
    assert [each["message_type"] for each in begun.json()["filings"]] == ["IE3F12"]
    [request] = begun.json()["filing_requests"]
    assert request["key"]["master document"] == ["BL9"]
    assert post(carrier, "/api/v1/scenarios/nothing/begin/", {"answers": {}}).status_code == 404
    wrong = post(carrier, "/api/v1/scenarios/sea-carrier-forwarder/begin/", {"answers": {}})
    assert (wrong.status_code, set(wrong.json()["answers"])) == (422, {"master", "forwarder"})
