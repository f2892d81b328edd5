"""A client system amends, invalidates, files anew and consults."""

from typing import Any

import pytest
from django.test import Client

from filings.messages import numbers
from filings.models import Filing
from filings.services import responses
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import answer, document, later, registration

FILINGS = "/api/v1/filings/"
MRN = numbers.mrn(year=26, country="BE", serial="REQUESTS001")


def post(api: Client, url: str, body: Any = None) -> Any:
    return api.post(url, {} if body is None else body, content_type="application/json")


@pytest.fixture
def filing(firm: Operator) -> Filing:
    with tenant_scope(firm.pk):
        made = factories.sent()
        responses.register(filing=made, document=registration(made, MRN), message_id="r01", at=later(3))
    return made


@pytest.fixture
def url(filing: Filing) -> str:
    return f"{FILINGS}{filing.pk}/"


def test_an_amendment_is_drafted_changed_compared_and_submitted(api: Client, url: str, filing: Filing) -> None:
    started = post(api, f"{url}amend/", {"referral": "26NLRFI00000001"})
    body = started.json()
    assert (started.status_code, body["message_type"], body["mrn"], body["about"]) == (201, "IE3A26", MRN, str(filing.pk))
    assert post(api, f"{url}amend/").json()["id"] == body["id"]  # the one there is

    own = body["links"]["self"]
    content = api.get(f"{own}document/").json()
    assert content["IE3A26"]["referralRequestReference"] == "26NLRFI00000001"
    content["IE3A26"]["declarant"]["name"] = "Other name"
    changed = api.put(f"{own}document/?revision={body['revision']}", content, content_type="application/json")
    assert changed.status_code in {200, 201}
    assert [(each["path"], each["after"]) for each in api.get(f"{own}changes/").json()] == [("declarant/name", "Other name")]

    submitted = post(api, f"{own}submit/")

    assert submitted.status_code == 200, submitted.json()
    assert [each["id"] for each in api.get(f"{url}requests/").json()] == [body["id"]]
    assert [each["id"] for each in api.get(FILINGS).json()["results"]] == [str(filing.pk)]  # a request is no filing
    assert post(api, f"{url}amend/").status_code == 409  # one at a time


def test_an_amendment_submitted_before_the_mrn_leaves_with_it(api: Client, firm: Operator) -> None:
    with tenant_scope(firm.pk):
        waiting = factories.sent()
    own = post(api, f"{FILINGS}{waiting.pk}/amend/").json()["links"]["self"]

    put_off = post(api, f"{own}submit/")
    with tenant_scope(firm.pk):
        responses.register(filing=waiting, document=registration(waiting, MRN), message_id="r02", at=later(3))

    assert (put_off.status_code, put_off.json()["state"], put_off.json()["when_registered"]) == (202, "draft", True)
    left = api.get(own).json()
    assert (left["state"], left["mrn"], left["when_registered"]) == ("queued", MRN, False)


def test_what_may_not_be_amended_is_found_before_customs_finds_it(api: Client, url: str) -> None:
    own = post(api, f"{url}amend/").json()["links"]["self"]
    content = api.get(f"{own}document/").json()
    content["IE3A26"]["declarant"]["identificationNumber"] = "NL000000000"
    api.put(f"{own}document/?revision=1", content, content_type="application/json")

    refused = post(api, f"{own}submit/")

    assert refused.status_code == 422
    assert "104" in {finding["code"] for finding in refused.json()["findings"]}


def test_customs_refusal_lands_on_the_amendment_and_not_on_the_filing(api: Client, url: str, filing: Filing) -> None:
    own = post(api, f"{url}amend/").json()
    post(api, f"{own['links']['self']}submit/")
    refusal = answer(
        "IE3N01", MRN=MRN, notificationDate="2026-11-23T10:00:00Z", error__validationCode="72", error__description="Wrong state."
    )
    with tenant_scope(filing.operator_id):
        responses.reject(filing=Filing.objects.get(pk=own["id"]), document=refusal, message_id="n01", at=later(9))

    assert api.get(own["links"]["self"]).json()["errors"][0]["sentence"] == "Wrong state."
    shown = api.get(url).json()
    assert (shown["state"], shown["errors"]) == ("registered", [])


def test_an_invalidation_needs_a_reason_and_keeps_it(api: Client, url: str) -> None:
    assert post(api, f"{url}invalidate/", {"reason": " "}).status_code in {400, 422}

    made = post(api, f"{url}invalidate/", {"reason": "Shipped by road"})

    assert (made.status_code, made.json()["message_type"], made.json()["reason"]) == (201, "IE3Q04", "Shipped by road")
    assert post(api, f"{url}invalidate/", {"reason": "Again"}).status_code == 409


def test_filing_anew_gives_a_draft_that_replaces_the_filing(api: Client, url: str, filing: Filing) -> None:
    made = post(api, f"{url}file-anew/", {"reason": "Wrong carrier"})

    body = made.json()
    assert (made.status_code, body["replaces"], body["state"], body["message_type"]) == (201, str(filing.pk), "draft", "IE3F26")
    assert post(api, f"{body['links']['self']}submit/").status_code == 409


def test_a_consultation_says_what_it_found(api: Client, url: str, filing: Filing) -> None:
    made = post(api, f"{url}consult/", {"again": True}).json()
    assert made["state"] == "queued"
    found = answer(
        "IE3R08", functionalReference=made["lrn"], ENSEntity__type="ENF", ENSEntity__identification=MRN, ENSEntity__state="19"
    )
    with tenant_scope(filing.operator_id):
        responses.fulfil(filing=Filing.objects.get(pk=made["id"]), document=found, message_id="r08", at=later(9))

    assert api.get(made["links"]["self"]).json()["result"] == [{"type": "ENF", "identification": MRN, "state": "19"}]
    assert api.get(url).json()["state"] == "arrived"


def test_an_amendment_sent_as_a_document_is_about_the_filing_with_its_mrn(api: Client, url: str, filing: Filing) -> None:
    content = api.get(post(api, f"{url}amend/").json()["links"]["document"]).json()
    unknown = {"IE3A26": {**content["IE3A26"], "MRN": "26BE000000000009T0"}}

    assert post(api, FILINGS, content).json()["about"] == str(filing.pk)
    assert post(api, FILINGS, unknown).status_code == 422


def test_lists_are_filtered_by_what_customs_said(api: Client, url: str, filing: Filing) -> None:
    notice = answer("IE3Q01", MRN=MRN, documentIssueDate="2026-11-23T10:00:00Z")
    with tenant_scope(filing.operator_id):
        responses.note(filing=filing, document=notice, message_id="q01", at=later(9))

    assert [each["id"] for each in api.get(f"{FILINGS}?fact=loading:forbidden").json()["results"]] == [str(filing.pk)]
    assert api.get(f"{FILINGS}?fact=assessment:complete").json()["results"] == []
    assert api.get(f"{FILINGS}?fact=loading:perhaps").status_code == 400
    assert [fact["name"] for fact in api.get(url).json()["facts"]] == ["Do not load"]


def test_a_draft_or_a_request_is_not_amended(api: Client, url: str) -> None:
    draft = post(api, FILINGS, document().to_json()).json()["links"]["self"]
    amendment = post(api, f"{url}amend/").json()["links"]["self"]

    assert post(api, f"{draft}amend/").status_code == 409
    assert post(api, f"{amendment}amend/").status_code == 422
    assert api.get(f"{draft}changes/").status_code == 422
