"""Files of any size through the API: uploaded as a stream, checked by a worker, looked at part by part."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from isal import igzip

from filings.messages import xml as messages
from filings.models import OutboxMessage
from filings.models.large import Check, Upload
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.filings.services.large import bench

UPLOADS = "/api/v1/uploads/"


@pytest.fixture(autouse=True)
def small_is_large(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.small_is_large(settings, monkeypatch, octets=20_000)


@pytest.fixture
def operator(transactional_db: None) -> Operator:
    return factories.operator("acme")


@pytest.fixture
def api(operator: Operator) -> Client:
    return Client(headers={"authorization": f"Bearer {factories.api_key(operator)}"})


def uploaded(api: Client, data: bytes, query: str = "", **headers: str) -> Any:
    kind = headers.pop("kind", "application/xml")
    return api.post(f"{UPLOADS}{query}", data, content_type=kind, headers=headers)


@pytest.fixture
def draft(api: Client) -> dict[str, Any]:
    """A draft kept in parts, as the API shows it."""
    upload = uploaded(api, bench.xml()).json()
    bench.work_off()
    shown: dict[str, Any] = api.get(api.get(upload["links"]["self"]).json()["links"]["filing"]).json()
    return shown


def test_an_upload_is_taken_and_followed_to_its_filing(api: Client) -> None:
    answer = uploaded(api, bench.xml(), "?name=houses.xml")

    assert answer.status_code == 202
    body = answer.json()
    assert answer["Location"] == body["links"]["self"]
    assert (body["name"], body["check"]["state"], body["filing"]) == ("houses.xml", "waiting", None)
    bench.work_off()
    after = api.get(body["links"]["self"]).json()
    assert (after["check"]["state"], after["check"]["percent"], after["check"]["all_parts"]) == ("done", 100, bench.HOUSES)
    filing = api.get(after["links"]["filing"]).json()
    assert (filing["state"], filing["parts_count"], filing["findings_count"]) == ("draft", bench.HOUSES, 0)
    assert [each["id"] for each in api.get(UPLOADS).json()["results"]] == [body["id"]]


@pytest.mark.parametrize(
    ("kind", "headers"),
    [("application/gzip", {}), ("application/xml", {"content-encoding": "gzip"})],
)
def test_gzip_is_taken_under_both_its_names(kind: str, headers: dict[str, str], api: Client, operator: Operator) -> None:
    data = bench.xml(3)

    answer = uploaded(api, gzip.compress(data), kind=kind, **headers)

    assert answer.status_code == 202
    assert answer.json()["size"] == len(data)


@pytest.mark.parametrize(
    ("data", "headers", "status", "code"),
    [
        (b"{}", {"kind": "application/json"}, 415, "unsupported_media_type"),
        (b"no gzip", {"kind": "application/gzip"}, 400, "upload_not_gzip"),
        (b"<" * 6_000, {}, 413, "too_large"),
        (gzip.compress(b"<" * 60_000), {"kind": "application/gzip"}, 413, "upload_too_large"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(
    data: bytes, headers: dict[str, str], status: int, code: str, api: Client, operator: Operator, settings: Any
) -> None:
    settings.LARGE_UPLOAD_LIMIT = 5_000

    answer = uploaded(api, data, **headers)

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:landfall:problem:{code}")
    with tenant_scope(operator.pk):
        assert not Upload.objects.exists()


def test_the_same_key_makes_one_upload(api: Client) -> None:
    data = bench.xml(3)

    first, again = (uploaded(api, data, **{"idempotency-key": "k1"}) for _ in range(2))
    other = uploaded(api, data + b"\n", **{"idempotency-key": "k1"})

    assert first.json()["id"] == again.json()["id"]
    assert again["Idempotent-Replayed"] == "true"
    assert other.status_code == 422


def test_findings_are_listed_a_page_at_a_time(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from filings.api import upload_views

    monkeypatch.setattr(upload_views, "PAGE", 10)
    upload = uploaded(api, bench.xml().replace(b"<totalGrossMass>", b"<totalGrossMass>x", 25)).json()
    bench.work_off()
    address = upload["links"]["findings"]

    first = api.get(address).json()
    second = api.get(f"{address}?after={first['next']}").json()
    one = api.get(f"{address}?part=3&severity=error").json()

    assert [each["number"] for each in first["findings"] + second["findings"]] == list(range(1, 21))
    assert first["check"]["errors"] == first["kept"] >= 24
    assert {each["part"] for each in one["findings"]} == {3}
    assert api.get(f"{address}?part=x").status_code == 400


def test_the_document_comes_as_a_stream_of_xml(api: Client, draft: dict[str, Any]) -> None:
    xml = api.get(f"{draft['links']['document']}?as=xml")
    json = api.get(f"{draft['links']['document']}?as=json")

    assert b"".join(xml.streaming_content) == messages.write(messages.read(bench.xml()))  # type: ignore[attr-defined]
    assert (json.status_code, json.json()["type"]) == (409, "urn:landfall:problem:kept_in_parts")


def test_parts_are_found_by_their_transport_document(api: Client, draft: dict[str, Any]) -> None:
    address = draft["links"]["parts"]
    every = api.get(address).json()
    seventh = every["results"][6]

    found = api.get(address, {"reference": seventh["reference"]}).json()
    by_number = api.get(address, {"reference": "7"}).json()

    assert (every["count"], len(every["results"]), every["next"]) == (bench.HOUSES, bench.HOUSES, None)
    assert [each["number"] for each in found["results"]] == [7]
    assert 7 in [each["number"] for each in by_number["results"]]
    assert api.get(address, {"with_findings": "true"}).json()["results"] == []


def test_one_part_is_changed_and_checked_at_once(api: Client, draft: dict[str, Any]) -> None:
    address = f"{draft['links']['parts']}5/"
    answer = api.get(address)
    part = answer.json()
    changed = {**part["document"], "totalGrossMass": "heavy"}

    put: Callable[..., Any] = lambda body, etag: api.put(  # noqa: E731
        address, body, content_type="application/json", headers={"if-match": etag}
    )
    after = put(changed, answer["ETag"])
    stale = put(part["document"], answer["ETag"])
    unreadable = put([1], after["ETag"])

    assert part["findings"] == []
    assert after.status_code == 200
    found = after.json()["findings"]
    assert after.json()["errors"] == len([one for one in found if one["severity"] == "error"]) > 0
    assert all("consignmentHouseLevel[5]" in one["path"] for one in found)
    assert (stale.status_code, unreadable.status_code) == (409, 400)
    assert [each["number"] for each in api.get(f"{draft['links']['parts']}?with_findings=true").json()["results"]] == [5]
    assert "changed" in [each["kind"] for each in api.get(draft["links"]["events"]).json()]


def test_a_check_is_asked_for_and_told(api: Client, draft: dict[str, Any]) -> None:
    asked = api.post(draft["links"]["check"])
    again = api.post(draft["links"]["check"])
    bench.work_off()

    assert (asked.status_code, again.status_code) == (202, 409)
    assert api.get(draft["links"]["self"]).json()["check"]["state"] == "done"
    assert api.get(draft["links"]["findings"]).json()["errors"] == 0


def test_submitting_is_taken_and_done_by_a_worker(api: Client, draft: dict[str, Any], operator: Operator) -> None:
    answer = api.post(f"{draft['links']['self']}submit/", {}, content_type="application/json")

    assert (answer.status_code, answer.json()["state"], answer.json()["check"]["deed"]) == (202, "draft", "submit")
    bench.work_off()
    assert api.get(draft["links"]["self"]).json()["state"] == "queued"
    with tenant_scope(operator.pk):
        payload = igzip.decompress(bytes(OutboxMessage.objects.get().payload))
    assert messages.read(payload).value("LRN") == draft["lrn"]


def test_nobody_else_sees_uploads_or_parts(api: Client, draft: dict[str, Any], operator: Operator) -> None:
    stranger = Client(headers={"authorization": f"Bearer {factories.api_key(factories.operator('other'))}"})
    with tenant_scope(operator.pk):
        upload = Upload.objects.get().pk

    addresses = [f"{UPLOADS}{upload}/", f"{UPLOADS}{upload}/findings/", draft["links"]["parts"], f"{draft['links']['parts']}1/"]

    assert [stranger.get(address).status_code for address in addresses] == [404] * 4
    assert stranger.get(UPLOADS).json()["results"] == []
    assert Client().get(UPLOADS).status_code == 401


def test_no_transaction_is_open_while_a_file_arrives(api: Client, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    from filings.services.large import intake

    seen = []
    keep = intake._keep

    def kept(*args: Any) -> None:
        seen.append(connection.in_atomic_block)
        keep(*args)

    monkeypatch.setattr(intake, "_keep", kept)
    assert uploaded(api, bench.xml()).status_code == 202

    assert seen == [False]
    with tenant_scope(operator.pk):
        assert Check.objects.count() == 1
