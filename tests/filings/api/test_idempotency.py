"""A request with an Idempotency-Key happens once, whoever repeats it and however often."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from filings.models import Filing, IdempotencyKey
from filings.services import idempotency
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests.factories import NOW, document

FILINGS = "/api/v1/filings/"


def post(api: Client, body: Any, key: str, url: str = FILINGS) -> Any:
    return api.post(url, body, content_type="application/json", headers={"idempotency-key": key})


def count(firm: Operator) -> int:
    with tenant_scope(firm.pk):
        return Filing.objects.count()


def test_the_same_request_again_gets_the_same_answer(api: Client, firm: Operator) -> None:
    body = document().to_json()

    first, again = post(api, body, "k1"), post(api, body, "k1")

    assert (again.status_code, again.json(), again["Location"]) == (201, first.json(), first["Location"])
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert count(firm) == 1


def test_a_replay_is_the_first_answer_even_when_things_went_on(api: Client) -> None:
    url = post(api, document().to_json(), "k1").json()["links"]["self"]

    first = post(api, {}, "k2", f"{url}submit/")
    again = post(api, {}, "k2", f"{url}submit/")

    assert [first.status_code, again.status_code] == [200, 200]
    assert again.json() == first.json()


def test_another_request_with_the_same_key_is_refused(api: Client, firm: Operator) -> None:
    body = document().to_json()
    post(api, body, "k1")

    for other in (post(api, document().to_json(), "k1"), post(api, body, "k1", f"{FILINGS}?submit=true")):
        assert (other.status_code, other.json()["type"]) == (422, "urn:landfall:problem:key_reused")
    assert count(firm) == 1


def test_without_a_key_each_request_counts(api: Client, firm: Operator) -> None:
    for _ in range(2):
        api.post(FILINGS, document().to_json(), content_type="application/json")

    assert count(firm) == 2


def test_a_refused_request_may_be_repeated_with_its_key(api: Client, firm: Operator) -> None:
    url = post(api, document(declarant__identificationNumber=None).to_json(), "k1").json()["links"]["self"]

    refused = [post(api, {}, "k2", f"{url}submit/").status_code for _ in range(2)]

    assert refused == [422, 422]
    with tenant_scope(firm.pk):
        assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"k1"}


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there"])
def test_an_unusable_key_is_refused(api: Client, firm: Operator, key: str) -> None:
    assert post(api, document().to_json(), key).status_code == 400
    assert count(firm) == 0


def test_operators_do_not_share_keys(api: Client, client_of: Any) -> None:
    from tests import factories

    other = factories.operator("other")
    body = document().to_json()

    first, second = post(api, body, "k1"), post(client_of(other), body, "k1")

    assert second.status_code == 201
    assert first.json()["id"] != second.json()["id"]


def test_a_fingerprint_tells_parts_apart() -> None:
    assert idempotency.fingerprint(b"ab", b"c") != idempotency.fingerprint(b"a", b"bc")


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_are_one_deed(api: Client, firm: Operator, client_of: Any) -> None:
    body, together, clients = document().to_json(), Barrier(4), [client_of(firm) for _ in range(4)]

    def send(client: Client) -> Any:
        try:
            together.wait(10)
            return post(client, body, "k1")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, clients))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 3
    assert count(firm) == 1


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_for_the_first_is_told_to_come_back(
    api: Client, firm: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE", "50ms")
    running, asked = Barrier(2), Barrier(2)

    def first() -> None:
        try:
            with tenant_scope(firm.pk):
                idempotency.begin(key="k1", request="first", at=NOW)
                running.wait(10)
                asked.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(first)
        running.wait(10)
        answer = post(api, document().to_json(), "k1")
        asked.wait(10)
        done.result(10)

    assert (answer.status_code, answer["Retry-After"]) == (409, "2")
    assert answer.json()["type"] == "urn:landfall:problem:still_running"


def views_below(resolver: URLResolver, prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            found.append((path, getattr(entry.callback, "view_class", None)))
        else:
            found += views_below(entry, path)
    return found


def test_every_post_of_the_api_honours_the_key() -> None:
    # What the ITSP's staff does belongs to no operator, and keys do; its deeds are refused a second time by their own state.
    staff = "api/v1/gateway/"
    posts = {
        path: view.post
        for path, view in views_below(get_resolver())
        if path.startswith("api/v1/") and not path.startswith(staff) and hasattr(view, "post")
    }

    assert len(posts) >= 5
    assert [path for path, post in posts.items() if not getattr(post, "honours_idempotency_key", False)] == []
