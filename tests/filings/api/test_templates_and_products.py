"""Templates, products and what stop words found, through the API: each once from end to end."""

import json
from typing import Any

import pytest

from filings.models import Filing, Product
from tenants.scope import tenant_scope
from tests import factories

WHERE = "consignmentMasterLevel__consignmentHouseLevel__goodsItem__commodity__descriptionOfGoods"
URL = "/api/v1/"
TYPE = "application/json"


def draft(firm: Any, **values: str) -> Filing:
    with tenant_scope(firm.pk):
        return factories.draft(**values)


def post(api: Any, path: str, body: Any = None, **headers: str) -> Any:
    return api.post(URL + path, json.dumps(body or {}), content_type=TYPE, headers=headers)


def test_a_template_is_kept_used_renamed_and_deleted(api: Any, firm: Any) -> None:
    filing = draft(firm)
    made = post(api, "templates/", {"filing": str(filing.pk), "name": "Toys"}, **{"Idempotency-Key": "one"})
    again = post(api, "templates/", {"filing": str(filing.pk), "name": "Toys"}, **{"Idempotency-Key": "one"})
    taken = post(api, "templates/", {"filing": str(filing.pk), "name": "toys"})
    body = made.json()

    assert (made.status_code, again.json()["id"], taken.status_code) == (201, body["id"], 409)
    assert made["Location"] == body["links"]["self"]
    assert "LRN" not in body["document"]
    assert taken.json()["type"].endswith(":template_name_taken")

    used = post(api, f"templates/{body['id']}/use/")
    assert (used.status_code, used.json()["state"], used.json()["source"]) == (201, "draft", "template")

    renamed = api.patch(f"{URL}templates/{body['id']}/", json.dumps({"name": "Dolls"}), content_type=TYPE)
    listed = api.get(f"{URL}templates/?q=dolls").json()["results"]
    assert (renamed.status_code, [each["uses"] for each in listed]) == (200, [1])
    assert "document" not in listed[0]

    assert api.delete(f"{URL}templates/{body['id']}/").status_code == 204
    assert api.get(f"{URL}templates/{body['id']}/").status_code == 404


def test_a_template_of_nothing_is_refused(api: Any, firm: Any) -> None:
    strange = post(api, "templates/", {"filing": "0" * 8 + "-0000-4000-8000-" + "0" * 12, "name": "x"})
    nameless = post(api, "templates/", {"filing": str(draft(firm).pk), "name": " "})

    assert (strange.status_code, nameless.status_code) == (404, 400)


def test_a_product_is_added_found_changed_and_deleted(api: Any) -> None:
    made = post(api, "products/", {"code": "A1", "description": "Dolls of wood", "goods_code": "9503.00"})
    address = made.json()["links"]["self"]
    wrong = post(api, "products/", {"code": "a1", "description": "x", "goods_code": "95"})
    found = api.get(f"{URL}products/?q=wood").json()
    changed = api.put(address, json.dumps({"code": "A1", "description": "Dolls of wax"}), content_type=TYPE)

    assert (made.status_code, made.json()["goods_code"]) == (201, "950300")
    assert (wrong.status_code, set(wrong.json()["fields"])) == (422, {"goods_code"})
    assert (found["count"], found["results"][0]["code"]) == (1, "A1")
    assert (changed.status_code, changed.json()["description"], changed.json()["goods_code"]) == (200, "Dolls of wax", "")
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


def test_a_file_of_products_is_taken_over_or_refused_by_line(api: Any, firm: Any) -> None:
    good = api.post(f"{URL}products/import/", b"code,description\nA1,Dolls of wood\n", content_type="text/csv")
    bad = api.post(f"{URL}products/import/", b"code,description\nA2,Pumps\n,Valves\n", content_type="text/csv")

    assert (good.status_code, good.json()) == (200, {"added": 1, "changed": 0, "same": 0})
    assert (bad.status_code, [each["line"] for each in bad.json()["lines"]]) == (422, [3])
    with tenant_scope(firm.pk):
        assert Product.objects.count() == 1


def test_what_stop_words_found_is_listed_dismissed_and_put_back(api: Any) -> None:
    product = post(api, "products/", {"code": "A1", "description": "Toys"}).json()
    [entry] = api.get(f"{URL}stop-word-hits/").json()["results"]

    assert (entry["owner"], entry["product"], entry["terms"], entry["severity"]) == ("product", product["id"], ["toys"], "error")
    assert entry["links"]["product"] == product["links"]["self"]

    assert api.delete(entry["links"]["self"]).json()["dismissed_by"] == "API key test"
    assert api.get(f"{URL}stop-word-hits/").json()["results"] == []
    assert len(api.get(f"{URL}stop-word-hits/?dismissed=true").json()["results"]) == 1
    assert post(api, f"stop-word-hits/{entry['id']}/").json()["dismissed_at"] is None

    api.put(product["links"]["self"], json.dumps({"code": "A1", "description": "Dolls of wood"}), content_type=TYPE)
    assert api.get(entry["links"]["self"]).status_code == 404


@pytest.mark.parametrize("path", ["templates/", "products/", "stop-word-hits/"])
def test_another_operator_sees_nothing_of_it(path: str, api: Any, firm: Any, client_of: Any) -> None:
    post(api, "templates/", {"filing": str(draft(firm).pk), "name": "Toys"})
    post(api, "products/", {"code": "A1", "description": "Toys"})

    assert len(api.get(URL + path).json()["results"]) == 1
    assert client_of(factories.operator("other")).get(URL + path).json()["results"] == []
