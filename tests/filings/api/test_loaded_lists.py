"""A newer code list changes what the check says in a process that is already running."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client

from filings.models import CodeListEdition
from filings.reference import shelf
from filings.services import code_lists
from filings.services.code_lists import DatabaseShelf
from tenants.scope import every_tenant
from tests import factories

LOADING = "/IE3F12/consignmentMasterLevel/placeOfLoading/UNLOCODE"
# A place the release does not know, one it knows, and not the one of the sample (CNSGH).
PLACES = {"CNXYZ": ("New Harbour", "1234"), "LULUX": ("Luxembourg", "234")}


@pytest.fixture(autouse=True)
def fresh_shelf() -> Iterator[None]:
    shelf.stand(DatabaseShelf())
    yield
    shelf.stand(DatabaseShelf())


def put_there_by_another_process(valid_from: date) -> None:
    with every_tenant("a code list is everybody's"):
        CodeListEdition.objects.create(
            code_list="CL244",
            published=date(2026, 7, 1),
            valid_from=valid_from,
            complete=True,
            source="code-list.csv",
            sha256="0" * 64,
            count=len(PLACES),
            entries=code_lists.packed(PLACES),
            loaded_at=factories.NOW,
            loaded_by="test",
        )


def told(api: Client, place: str) -> list[tuple[str, str]]:
    document = factories.document("IE3F12", consignmentMasterLevel__placeOfLoading__UNLOCODE=place)
    response = api.post("/api/v1/check/", document.to_json(), content_type="application/json")
    findings: list[dict[str, Any]] = response.json()["findings"]
    return [(each["rule"], each["severity"]) for each in findings if each["path"] == LOADING]


def test_the_check_uses_a_list_loaded_meanwhile(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [told(api, place) for place in ("CNSGH", "CNXYZ")] == [[], [("place", "warning")]]

    put_there_by_another_process(valid_from=date(2026, 7, 1))

    assert told(api, "CNXYZ") == [("place", "warning")]  # the shelf was asked a moment ago
    monkeypatch.setattr(shelf, "FRESH", 0.0)
    assert told(api, "CNXYZ") == []
    assert told(api, "CNSGH") == [("place", "warning")]
    assert told(api, "LULUX") == [("place-for-mode", "warning")]


def test_the_check_does_not_use_a_list_of_the_future(api: Client) -> None:
    put_there_by_another_process(valid_from=date(2999, 1, 1))

    assert told(api, "CNXYZ") == [("place", "warning")]


def test_the_search_uses_a_list_loaded_meanwhile(api: Client) -> None:
    put_there_by_another_process(valid_from=date(2026, 7, 1))

    found = api.get("/api/v1/code-lists/CL244/?q=luxemburg").json()

    assert (found["count"], found["complete"], found["edition"], found["valid_from"]) == (2, True, "2026-07-01", "2026-07-01")
    assert found["results"] == [{"code": "LULUX", "name": "Luxembourg", "functions": "234", "used": 0}]
