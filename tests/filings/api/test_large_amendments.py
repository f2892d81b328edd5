"""A client system amends a filing kept in parts."""

from typing import Any

import pytest
from django.test import Client

from filings.models import Filing
from tenants.models import Operator
from tests import factories
from tests.factories import later
from tests.filings.services.large import bench

HOUSES = 12
MASS = "totalGrossMass"
FILINGS = "/api/v1/filings/"
JSON = "application/json"


@pytest.fixture(autouse=True)
def small_is_large(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.small_is_large(settings, monkeypatch, octets=2_000)


@pytest.fixture
def operator(transactional_db: None) -> Operator:
    return factories.operator("acme")


@pytest.fixture
def api(operator: Operator) -> Client:
    return Client(headers={"authorization": f"Bearer {factories.api_key(operator)}"})


@pytest.fixture
def filing(operator: Operator) -> Filing:
    return bench.registered(operator, bench.xml(HOUSES, seed=1))


@pytest.fixture
def own(api: Client, filing: Filing) -> str:
    """The address of its amendment."""
    started = api.post(f"{FILINGS}{filing.pk}/amend/", {"referral": "26NLAMD00000001"}, content_type=JSON)
    assert (started.status_code, started.json()["message_type"]) == (201, "IE3A32")
    return f"{FILINGS}{started.json()['id']}/"


def revision(api: Client, own: str) -> dict[str, str]:
    return {"If-Match": f'"{api.get(own).json()["revision"]}"'}


def test_houses_and_what_is_around_them_are_changed_compared_and_sent(api: Client, own: str) -> None:
    changed = api.patch(
        f"{own}houses/", {"changed": {"5": {"consignee/name": "Meyer"}}, "removed": []}, content_type=JSON,
        headers=revision(api, own),
    )  # fmt: skip
    frame = api.get(f"{own}frame/")
    assert frame.json()["document"]["referralRequestReference"] == "26NLAMD00000001"
    content = {**frame.json()["document"], "declarant": {**frame.json()["document"]["declarant"], "name": "Other name"}}
    kept = api.put(f"{own}frame/", content, content_type=JSON, headers={"If-Match": frame.headers["ETag"]})

    told = api.get(f"{own}changed-parts/").json()

    assert (changed.status_code, kept.status_code) == (200, 200)
    assert kept.json()["document"]["declarant"]["name"] == "Other name"
    assert [each["path"] for each in api.get(f"{own}changes/").json()] == ["declarant/name"]
    assert {name: told[name] for name in ("of", "changed", "added", "left_out", "next")} == {
        "of": HOUSES, "changed": 1, "added": 0, "left_out": 0, "next": None,
    }  # fmt: skip
    [house] = told["results"]
    assert (house["number"], house["deed"], [each["after"] for each in house["changes"]]) == (5, "changed", ["Meyer"])
    assert api.get(f"{own}changed-parts/?after=1").json()["results"] == []

    submitted = api.post(f"{own}submit/", {}, content_type=JSON)
    bench.work_off(later(100))
    assert submitted.status_code == 202
    assert api.get(own).json()["state"] == "queued"


def test_what_is_locked_is_refused_with_its_place(api: Client, own: str) -> None:
    house = api.get(f"{own}parts/3/").json()["document"]
    house["transportDocumentHouseLevel"]["documentNumber"] = "OTHER"
    frame = api.get(f"{own}frame/").json()["document"]

    part = api.put(f"{own}parts/3/", house, content_type=JSON, headers=revision(api, own))
    column = {"changed": {"3": {"transportDocumentHouseLevel/documentNumber": "OTHER"}}}
    cell = api.patch(f"{own}houses/", column, content_type=JSON, headers=revision(api, own))
    added = api.patch(f"{own}houses/", {"added": [{MASS: "5"}]}, content_type=JSON, headers=revision(api, own))
    around = api.put(
        f"{own}frame/", {**frame, "declarant": {"identificationNumber": "DE1"}}, content_type=JSON, headers=revision(api, own)
    )

    assert [each.status_code for each in (part, cell, added, around)] == [422] * 4
    codes = [each.json()["type"].rpartition(":")[2] for each in (part, cell, added, around)]
    assert codes == ["locked", "locked", "none_added", "locked"]
    assert part.json()["findings"][0]["path"].endswith("consignmentHouseLevel[3]/transportDocumentHouseLevel/documentNumber")


@pytest.mark.parametrize("content", [[], "text", {"declarant": 5}])
def test_what_is_nothing_around_houses_is_refused(api: Client, own: str, content: Any) -> None:
    assert api.put(f"{own}frame/", content, content_type=JSON, headers=revision(api, own)).status_code == 400


def test_houses_are_not_changed_as_what_is_around_them(api: Client, own: str) -> None:
    frame = api.get(f"{own}frame/").json()["document"]
    frame["consignmentMasterLevel"]["consignmentHouseLevel"] = [api.get(f"{own}parts/1/").json()["document"]]

    refused = api.put(f"{own}frame/", frame, content_type=JSON, headers=revision(api, own))

    assert refused.status_code == 400
    assert "one by one" in refused.json()["detail"]


def test_what_has_no_houses_apart_is_not_compared_so(api: Client, filing: Filing) -> None:
    assert api.get(f"{FILINGS}{filing.pk}/changed-parts/").status_code == 422


def test_a_stranger_finds_nothing(own: str, filing: Filing) -> None:
    other = Client(headers={"authorization": f"Bearer {factories.api_key(factories.operator('other'))}"})

    assert other.get(f"{own}changed-parts/").status_code == 404
    assert other.get(f"{own}frame/").status_code == 404
    assert other.put(f"{own}frame/", {}, content_type=JSON, headers={"If-Match": '"1"'}).status_code == 404
