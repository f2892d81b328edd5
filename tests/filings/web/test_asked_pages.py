"""Pages of filing requests: each side sees its own, strangers see none."""

from typing import Any

import pytest

from filings.models import FilingRequest
from tenants.scope import tenant_scope
from tests.filings.services.filing_requests.asking_others import MAIL, Pair, forget_message, pair
from tests.filings.web.desk import Desk, desk


class Requests(Desk):
    """A person at work on filing requests."""

    def address(self, path: str = "") -> str:
        return f"/o/{self.operator.slug}/filing-requests/{path}"


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


@pytest.fixture
def carla(two: Pair) -> Requests:
    return Requests(two.carrier, desk(two.carrier, "carla", "filer").client)


@pytest.fixture
def frits(two: Pair) -> Requests:
    return Requests(two.forwarder, desk(two.forwarder, "frits", "filer").client)


@pytest.fixture
def thea(two: Pair) -> Requests:
    return Requests(two.third, desk(two.third, "thea", "filer").client)


def given(two: Pair, **changes: Any) -> dict[str, Any]:
    return {
        "what": f"sea-house:IE3F15:{two.forwarder.eori}", "filing": str(two.master.pk), "asked_eori": two.forwarder.eori,
        "mail": MAIL, "due_at": "2099-01-01T10:00", "note": "", **changes,
    }  # fmt: skip


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a request be due far away: tests of pages do not choose the time it is."""
    from datetime import timedelta

    from filings.services.filing_requests import sending

    monkeypatch.setattr(sending, "LONGEST", timedelta(days=99_999))


@pytest.mark.usefixtures("soon")
def test_from_asking_to_a_draft_that_links(two: Pair, carla: Requests, frits: Requests) -> None:
    page = carla.get(f"new/?filing={two.master.pk}").content.decode()
    assert "NDML001012359" in page
    answer = carla.post("new/", given(two))
    request = FilingRequest.__name__ and answer["Location"]
    inbox = frits.get().content.decode()
    pk = request.rstrip("/").rpartition("/")[2]

    assert pk in inbox
    draft = frits.post(f"{pk}/accept/")
    assert frits.client.get(draft["Location"]).status_code == 200
    assert "Will link" in carla.get("?side=asking").content.decode()
    detail = carla.get(f"{pk}/").content.decode()
    assert "of the other side" in detail
    assert draft["Location"] not in detail


def test_who_is_asked_is_not_named_before_it_answers(two: Pair, carla: Requests) -> None:
    request = two.send()

    assert "Forwarder" not in carla.get(f"{request.pk}/").content.decode().replace("forwarder.example", "")
    two.accept(request)
    assert "Forwarder" in carla.get(f"{request.pk}/").content.decode()


@pytest.mark.parametrize("deed", ["", "accept/", "decline/", "withdraw/", "mail-again/"])
def test_a_third_operator_finds_no_request(two: Pair, thea: Requests, deed: str) -> None:
    request = two.send()

    answer = thea.post(f"{request.pk}/{deed}") if deed else thea.get(f"{request.pk}/")

    assert answer.status_code == 404
    assert two.seen_by(two.carrier, request).state == "sent"  # type: ignore[union-attr]


def test_a_reader_looks_and_does_nothing(two: Pair) -> None:
    request = two.send()
    rita = Requests(two.forwarder, desk(two.forwarder, "rita", "reader").client)

    page = rita.get(f"{request.pk}/").content.decode()

    assert "What you can do" not in page
    assert rita.post(f"{request.pk}/accept/").status_code == 403


def test_what_is_wrong_stands_on_the_page(two: Pair, carla: Requests) -> None:
    answer = carla.post("new/", given(two, due_at="2020-01-01T10:00"))

    assert answer.status_code == 422
    assert "Say by when you need it" in answer.content.decode()


def test_declining_and_withdrawing(two: Pair, carla: Requests, frits: Requests) -> None:
    first, second = two.send(), two.send()
    frits.post(f"{first.pk}/decline/", {"reason": "Not ours."})
    carla.post(f"{second.pk}/withdraw/")

    assert "Not ours." in carla.get(f"{first.pk}/").content.decode()
    page = frits.get(f"{second.pk}/").content.decode()
    assert "Nothing is shared from now on" in page
    assert "NDML001012359" not in page


def test_what_no_message_set_has_any_more_is_refused_on_its_page(two: Pair, carla: Requests, frits: Requests) -> None:
    forget_message(two, request := two.send())

    answer = frits.client.post(f"/o/{two.forwarder.slug}/filing-requests/{request.pk}/accept/", follow=True)

    assert "not loaded here" in answer.content.decode()
    for side, desk_of in (("asking", carla), ("asked", frits)):
        shown = desk_of.client.get(f"/o/{desk_of.operator.slug}/filing-requests/?side={side}")
        assert (shown.status_code, "Waiting for an answer" in shown.content.decode()) == (200, True)


def test_the_page_of_a_filing_leads_to_its_requests(two: Pair, carla: Requests, frits: Requests) -> None:
    before = carla.get(f"of-filing/{two.master.pk}/").content.decode()
    request = two.send()
    draft = two.accept(request)

    assert f"new/?filing={two.master.pk}" in before
    assert str(request.pk) in carla.get(f"of-filing/{two.master.pk}/").content.decode()
    assert str(request.pk) in frits.get(f"of-filing/{draft.pk}/").content.decode()
    assert frits.get(f"of-filing/{two.master.pk}/").status_code == 404


def test_a_filing_that_is_there_answers(two: Pair, frits: Requests) -> None:
    request = two.send()
    draft = two.accept(request)
    other = two.send()

    frits.post(f"{other.pk}/accept/", {"filing": str(draft.pk)})

    with tenant_scope(two.forwarder.pk):
        assert [each.filing_id for each in other.answers.all()] == [draft.pk]
    assert frits.post(f"{other.pk}/accept/", {"filing": str(two.master.pk)}).status_code == 404
