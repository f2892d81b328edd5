"""A client system accepts what a check proposes."""

from typing import Any

import pytest
from django.test import Client

from filings.models import FilingEvent
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests.factories import document

FILINGS = "/api/v1/filings/"
COUNTRY = "/IE3F26/declarant/address/country"


def post(api: Client, url: str, body: Any = None, **headers: str) -> Any:
    return api.post(url, {} if body is None else body, content_type="application/json", headers=headers)


@pytest.fixture
def url(api: Client) -> str:
    """Return the address of a draft with two repairs."""
    given = document(declarant__identificationNumber="nl851746302", declarant__address__country="nl")
    made: str = post(api, FILINGS, given.to_json()).json()["links"]["self"]
    return made


def declarant(api: Client, url: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{url}document/").json()["IE3F26"]["declarant"]
    return found


def test_findings_and_checks_show_their_repairs(api: Client, url: str) -> None:
    found = api.get(f"{url}findings/").json()["findings"]
    checked = post(api, "/api/v1/check/", api.get(f"{url}document/").json()).json()["findings"]

    assert [each["repair"] for each in found] == [each["repair"] for each in checked] == ["NL851746302", "NL"]


def test_all_repairs_are_used(api: Client, url: str) -> None:
    answer = post(api, f"{url}repair/")

    body = answer.json()
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert (body["repaired"], body["revision"], body["findings_count"], body["state"]) == (2, 2, 0, "draft")
    assert declarant(api, url)["identificationNumber"] == "NL851746302"


def test_chosen_repairs_are_used(api: Client, url: str) -> None:
    answer = post(api, f"{url}repair/", {"paths": [COUNTRY]})

    assert (answer.json()["repaired"], answer.json()["findings_count"]) == (1, 1)
    assert declarant(api, url)["identificationNumber"] == "nl851746302"


def test_the_same_key_repairs_once(api: Client, url: str, firm: Operator) -> None:
    first, again = (post(api, f"{url}repair/", **{"idempotency-key": "k1"}) for _ in range(2))

    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    with tenant_scope(firm.pk):
        assert FilingEvent.objects.filter(kind="repaired").count() == 1


def test_a_place_without_a_proposal_is_named(api: Client, url: str) -> None:
    answer = post(api, f"{url}repair/", {"paths": [COUNTRY, "/IE3F26/LRN"]})

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:landfall:problem:no_repair")
    assert answer.json()["paths"] == ["/IE3F26/LRN"]
    assert declarant(api, url)["address"]["country"] == "nl"


@pytest.mark.parametrize("body", [[], {"paths": []}, {"paths": "all"}, {"paths": [{}]}, {"paths": [""]}, {"paths": ["x" * 1001]}])
def test_what_is_no_list_of_places_is_refused(api: Client, url: str, body: Any) -> None:
    assert post(api, f"{url}repair/", body).status_code == 400


def test_many_places_may_be_named_at_once(api: Client, url: str) -> None:
    answer = post(api, f"{url}repair/", {"paths": [COUNTRY] * 500})

    assert (answer.status_code, answer.json()["repaired"]) == (200, 1)


def test_what_was_submitted_cannot_be_repaired(api: Client) -> None:
    url = post(api, f"{FILINGS}?submit=true", document().to_json()).json()["links"]["self"]

    assert post(api, f"{url}repair/").status_code == 409


def test_another_operators_draft_is_not_there(url: str, client_of: Any) -> None:
    from tests import factories

    assert post(client_of(factories.operator("other")), f"{url}repair/").status_code == 404
