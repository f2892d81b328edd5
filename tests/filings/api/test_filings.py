import uuid
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from filings.messages import json, xml
from filings.messages.document import Document
from filings.models import Filing, OutboxMessage
from filings.services import responses
from tenants.models import Operator
from tenants.permissions import Permission
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import document, later

FILINGS = "/api/v1/filings/"
PROBLEM = "application/problem+json"


def post(api: Client, url: str, body: Any = None, **headers: str) -> Any:
    data = body.to_json() if isinstance(body, Document) else body if body is not None else {}
    return api.post(url, data, content_type="application/json", headers=headers)


def drafted(api: Client, message: str = "IE3F26", **values: str | None) -> dict[str, Any]:
    answer = post(api, FILINGS, document(message, **values))
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_a_filing_is_drafted_as_json(api: Client) -> None:
    answer = post(api, FILINGS, document(LRN="ACME-7"))

    body = answer.json()
    assert answer.status_code == 201
    assert (body["state"], body["lrn"], body["source"], body["revision"], body["findings_count"]) == (
        "draft",
        "ACME-7",
        "api",
        1,
        0,
    )
    assert body["created_at"].endswith("Z")
    assert answer["Location"] == body["links"]["self"]
    assert answer["ETag"] == '"1"'
    assert api.get(answer["Location"]).json() == body


def test_a_filing_is_drafted_as_xml(api: Client) -> None:
    given = document(LRN="ACME-8")

    answer = api.post(FILINGS, xml.write(given), content_type="application/xml")

    assert answer.status_code == 201
    assert api.get(answer.json()["links"]["document"]).json() == given.to_json()


def test_a_filing_is_drafted_and_submitted_in_one_go(api: Client, firm: Operator) -> None:
    answer = post(api, f"{FILINGS}?submit=true", document())

    assert (answer.status_code, answer.json()["state"]) == (201, "queued")
    with tenant_scope(firm.pk):
        assert OutboxMessage.objects.count() == 1


def test_submit_in_one_go_keeps_nothing_when_refused(api: Client, firm: Operator) -> None:
    answer = post(api, f"{FILINGS}?submit=true", document(declarant__identificationNumber=None))

    assert (answer.status_code, answer["Content-Type"], answer.json()["type"]) == (
        422,
        PROBLEM,
        "urn:landfall:problem:has_findings",
    )
    assert answer.json()["findings"][0]["path"].startswith("/IE3F26/declarant")
    with tenant_scope(firm.pk):
        assert not Filing.objects.exists()


def test_submit_in_one_go_despite_findings(api: Client) -> None:
    answer = post(api, f"{FILINGS}?submit=true&despite_findings=true", document(declarant__identificationNumber=None))

    assert (answer.status_code, answer.json()["state"]) == (201, "queued")


@pytest.mark.parametrize(
    ("body", "content_type", "word"),
    [
        ("{", "application/json", "JSON"),
        ("", "application/json", "nothing to read"),
        ('{"IE3F26": {"LRN": "a", "LRN": "b"}}', "application/json", "twice"),
        ('{"IE3F26": {"LRN": 1}}', "application/json", "/IE3F26/LRN"),
        ('{"IE9": {}}', "application/json", "IE9"),
        ("[" * 100_000, "application/json", "nests"),
        ("<a", "application/xml", "well-formed"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><IE3F26/>', "application/xml", "DOCTYPE"),
        ("<other/>", "text/xml", "other"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(api: Client, body: str, content_type: str, word: str) -> None:
    answer = api.post(FILINGS, body, content_type=content_type)

    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert answer.json()["type"] == "urn:landfall:problem:unreadable_document"
    assert word in answer.json()["detail"]


def test_another_content_type_is_refused(api: Client) -> None:
    assert api.post(FILINGS, "a,b", content_type="text/csv").status_code == 415


def test_a_body_over_the_limit_is_refused(api: Client, settings: Settings) -> None:
    settings.UPLOAD_LIMIT = 100

    answer = post(api, FILINGS, document())

    assert (answer.status_code, answer.json()["limit"]) == (413, 100)


def test_a_message_that_is_no_filing_is_refused(api: Client) -> None:
    assert post(api, FILINGS, {"IE3A26": {"MRN": "x"}}).status_code == 422


def test_filings_are_listed_newest_first_page_by_page(api: Client) -> None:
    made = [drafted(api)["id"] for _ in range(5)]

    first = api.get(FILINGS, {"page_size": 2}).json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()

    listed = [filing["id"] for page in (first, second, third) for filing in page["results"]]
    assert listed == made[::-1]
    assert third["next"] is None


@pytest.mark.parametrize(
    ("query", "lrns"),
    [
        ({"lrn": "AB"}, ["AB-2", "AB-1"]),
        ({"lrn": "%"}, []),
        ({"message_type": "IE3F12"}, ["CD-3"]),
        ({"state": "queued"}, []),
        ({"state": "draft", "lrn": "AB-1"}, ["AB-1"]),
        ({"text": "CD"}, ["CD-3"]),
        ({"created_after": "2099-01-01T00:00:00Z"}, []),
    ],
)
def test_filings_are_found(api: Client, query: dict[str, str], lrns: list[str]) -> None:
    drafted(api, LRN="AB-1")
    drafted(api, LRN="AB-2")
    drafted(api, "IE3F12", LRN="CD-3")

    answer = api.get(FILINGS, query)

    assert [filing["lrn"] for filing in answer.json()["results"]] == lrns


@pytest.mark.parametrize("query", [{"state": "lost"}, {"created_after": "yesterday"}, {"text": "x" * 200}])
def test_a_query_that_makes_no_sense_is_refused(api: Client, query: dict[str, str]) -> None:
    assert api.get(FILINGS, query).status_code == 400


def test_the_document_is_given_as_json_or_xml(api: Client) -> None:
    given = document()
    url = post(api, FILINGS, given).json()["links"]["document"]

    assert api.get(url).json() == given.to_json()
    for answer in (api.get(url, headers={"accept": "application/xml"}), api.get(f"{url}?as=xml")):
        assert answer["Content-Type"] == "application/xml; charset=utf-8"
        assert answer.content == xml.write(given)


def test_a_refusal_to_one_who_accepts_xml_is_still_a_problem(api: Client) -> None:
    answer = api.get(f"{FILINGS}{uuid.uuid4()}/document/", headers={"accept": "application/xml"})

    assert (answer.status_code, answer["Content-Type"], answer.json()["status"]) == (404, PROBLEM, 404)


def put(api: Client, url: str, given: Document, **more: Any) -> Any:
    return api.put(url, json.write(given), content_type="application/json", **more)


def test_a_draft_is_changed_by_who_read_its_last_revision(api: Client) -> None:
    url = drafted(api)["links"]["document"]

    answer = put(api, url, document(LRN="NEW"), headers={"if-match": '"1"'})

    assert (answer.status_code, answer.json()["lrn"], answer["ETag"]) == (200, "NEW", '"2"')


def test_a_change_of_an_old_revision_is_refused_with_the_one_in_force(api: Client) -> None:
    url = drafted(api)["links"]["document"]
    put(api, f"{url}?revision=1", document(LRN="FIRST"))

    answer = put(api, f"{url}?revision=1", document(LRN="SECOND"))

    assert (answer.status_code, answer.json()["revision"]) == (409, 2)
    assert api.get(url).json()["IE3F26"]["LRN"] == "FIRST"


def test_a_change_must_name_its_revision(api: Client) -> None:
    url = drafted(api)["links"]["document"]

    assert put(api, url, document()).status_code == 428


def test_findings_of_a_draft_are_listed(api: Client) -> None:
    filing = drafted(api, declarant__identificationNumber=None)

    body = api.get(filing["links"]["findings"]).json()

    assert filing["findings_count"] == len(body["findings"]) > 0
    assert body["errors"] > 0
    assert set(body["findings"][0]) == {"path", "code", "rule", "severity", "sentence", "repair"}


def test_submit_queues_and_refuses_the_second_time(api: Client) -> None:
    url = drafted(api, LRN=None)["links"]["self"]

    first, second = post(api, f"{url}submit/"), post(api, f"{url}submit/")

    assert (first.status_code, first.json()["state"]) == (200, "queued")
    assert first.json()["lrn"]
    assert (second.status_code, second.json()["type"]) == (409, "urn:landfall:problem:not_allowed")


def test_submit_lists_findings_unless_told_to_go_on(api: Client, settings: Settings) -> None:
    url = drafted(api, declarant__identificationNumber=None)["links"]["self"] + "submit/"

    refused = post(api, url)
    settings.SUBMIT_DESPITE_FINDINGS = False
    forbidden = post(api, url, {"despite_findings": True})
    settings.SUBMIT_DESPITE_FINDINGS = True
    sent = post(api, url, {"despite_findings": True})

    assert [refused.status_code, forbidden.status_code, sent.status_code] == [422, 403, 200]
    assert refused.json()["findings"]


@pytest.mark.parametrize("body", ["[]", "{", "[" * 4000, '{"despite_findings": "perhaps"}', " " * 5000])
def test_submit_refuses_odd_options(api: Client, body: str) -> None:
    url = drafted(api)["links"]["self"]

    assert api.post(f"{url}submit/", body, content_type="application/json").status_code == 400


def test_submit_needs_no_body(api: Client) -> None:
    url = drafted(api)["links"]["self"]

    answer = api.generic("POST", f"{url}submit/", content_type="application/x-www-form-urlencoded")  # as curl does

    assert (answer.status_code, answer.json()["state"]) == (200, "queued")


def test_an_answered_filing_shows_mrn_and_events(api: Client, firm: Operator) -> None:
    with tenant_scope(firm.pk):
        filing = factories.sent()
        responses.register(filing=filing, document=factories.registration(filing), message_id="m@c", at=later(3))

    body = api.get(f"{FILINGS}{filing.pk}/").json()
    events = api.get(body["links"]["events"]).json()

    assert (body["state"], body["mrn"], body["registered_at"]) == ("registered", factories.MRN, "2026-11-23T09:31:00Z")
    assert [event["kind"] for event in events] == ["drafted", "submitted", "handed_over", "registered"]


def test_a_rejected_filing_shows_customs_errors(api: Client, firm: Operator) -> None:
    with tenant_scope(firm.pk):
        filing = factories.sent()
        responses.reject(filing=filing, document=factories.rejection(filing), message_id="m@c", at=later(3))

    body = api.get(f"{FILINGS}{filing.pk}/").json()

    [error] = body["errors"]
    assert {name: error.pop(name) for name in ("cause", "remedy")}["remedy"].startswith("Choose the code")
    assert error == {"path": "/IE3F26/LRN", "code": "12", "sentence": "Wrong value.", "technical": ""}


def test_a_given_up_filing_is_sent_again(api: Client, firm: Operator) -> None:
    with tenant_scope(firm.pk):
        filing = factories.failed()

    answer = post(api, f"{FILINGS}{filing.pk}/send-again/")

    assert (answer.status_code, answer.json()["state"]) == (200, "queued")


def test_a_copy_is_a_new_draft(api: Client) -> None:
    original = drafted(api)

    answer = post(api, f"{original['links']['self']}copy/")

    assert answer.status_code == 201
    assert answer.json()["id"] != original["id"]
    assert answer["Location"] == answer.json()["links"]["self"]


def test_a_draft_is_discarded_a_submitted_filing_is_not(api: Client) -> None:
    draft = drafted(api)["links"]["self"]
    submitted = drafted(api)["links"]["self"]
    post(api, f"{submitted}submit/")

    assert api.delete(draft).status_code == 204
    assert api.get(draft).status_code == 404
    assert api.delete(submitted).status_code == 409


def test_a_role_without_the_permission_is_refused(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from tenants import permissions

    url = drafted(api)["links"]["self"]
    may_draft = frozenset({Permission.FILING_VIEW, Permission.FILING_DRAFT})
    monkeypatch.setattr(permissions, "ROLES", {"client": may_draft})

    assert api.get(url).status_code == 200
    assert post(api, f"{url}submit/").status_code == 403
    assert post(api, f"{FILINGS}?submit=true", document()).status_code == 403


def test_an_operator_that_runs_wild_is_slowed_down(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from filings.api.base import Pace

    monkeypatch.setattr(Pace, "rate", "2/min")

    answers = [api.get(FILINGS) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
