"""Code lists by API: which there are, finding codes, and whose use ranks them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from filings.services import drafting
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories

LISTS = "/api/v1/code-lists/"


@pytest.fixture(autouse=True)
def no_memory() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def codes(client: Client, code_list: str, query: str = "", **more: Any) -> list[str]:
    response = client.get(f"{LISTS}{code_list}/", {"q": query, **more})
    assert response.status_code == 200
    return [each["code"] for each in response.json()["results"]]


def file_through(operator: Operator, place: str, times: int) -> None:
    with tenant_scope(operator.pk):
        for _ in range(times):
            document = factories.document("IE3F12", consignmentMasterLevel__placeOfLoading__UNLOCODE=place)
            drafting.create(document=document, by=factories.ALICE, at=factories.NOW, source="api")


def test_all_lists_are_named_with_source_licence_and_edition(api: Client) -> None:
    listed = {each["code_list"]: each for each in api.get(LISTS).json()}

    assert listed["CL352"] == {
        "code_list": "CL352",
        "title": "Currencies",
        "publisher": "ISO 4217",
        "edition": "2026-01-01",
        "valid_from": None,
        "complete": True,
        "count": 178,
        "source": "ISO 4217 table in the Python package iso4217 1.16.20260101",
        "licence": "Public domain",
        "link": "http://testserver/api/v1/code-lists/CL352/",
    }
    assert (listed["CL101"]["count"], listed["CL101"]["complete"]) == (0, False)
    assert (listed["CL244"]["count"] > 115_000, listed["CL244"]["complete"]) == (True, True)
    assert listed["CL754"]["count"] == 15


def test_codes_are_found_by_code_or_name_with_typing_errors(api: Client) -> None:
    assert codes(api, "CL244", "roterdam")[0] == "NLRTM"
    assert codes(api, "CL244", "nlrtm")[0] == "NLRTM"
    assert codes(api, "CL754", "air waybill")[0] in {"N740", "N741"}
    assert codes(api, "CL101", "lithium") == []


def test_the_limit_is_kept_within_bounds(api: Client) -> None:
    counts = {given: len(codes(api, "CL244", "port", limit=given)) for given in ("3", "0", "-1", "many", "999", "9" * 50)}

    assert counts == {"3": 3, "0": 1, "-1": 20, "many": 20, "999": 50, "9" * 50: 20}


def test_a_list_that_does_not_exist_is_not_found(api: Client) -> None:
    response = api.get(f"{LISTS}CL999/")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_a_stranger_is_refused(client: Client, db: None) -> None:
    assert client.get(f"{LISTS}CL244/?q=rot").status_code == 401


def test_codes_are_ranked_by_what_the_operator_files(api: Client, firm: Operator) -> None:
    assert codes(api, "CL244", "ant")[0] != "BEANR"
    cache.clear()
    file_through(firm, "BEANR", 2)
    file_through(firm, "NLRTM", 1)

    found = api.get(f"{LISTS}CL244/").json()["results"]

    assert codes(api, "CL244", "ant")[0] == "BEANR"
    # Samples name other places too; what counts is the order by use.
    assert [each["used"] for each in found] == sorted((each["used"] for each in found), reverse=True)
    assert {each["code"]: each["used"] for each in found}["BEANR"] >= 2


def test_the_use_of_another_operator_ranks_nothing(api: Client, client_of: Any, firm: Operator) -> None:
    other = factories.operator("other")
    file_through(other, "BEANR", 5)

    mine = api.get(f"{LISTS}CL244/?q=antwerpen").json()["results"]
    theirs = client_of(other).get(f"{LISTS}CL244/?q=antwerpen").json()["results"]

    assert {each["used"] for each in mine} <= {0}
    assert max(each["used"] for each in theirs) >= 5


def test_use_is_counted_once_for_many_questions(api: Client, firm: Operator) -> None:
    codes(api, "CL244", "r")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        codes(api, "CL244", "ro")

    assert not any("filings_filing" in query["sql"] for query in queries.captured_queries)
