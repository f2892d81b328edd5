"""A client system asks when a filing is due, and tells what it knows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.factories import document

FILINGS = "/api/v1/filings/"
ARRIVAL = "activeBorderTransportMeans__estimatedDateAndTimeOfArrival"


def post(api: Client, body: Any) -> Any:
    return api.post(FILINGS, body, content_type="application/json").json()


def patch(api: Client, url: str, body: Any) -> Any:
    return api.patch(url, body, content_type="application/json")


@pytest.fixture
def url(api: Client) -> str:
    """Return the address of the deadlines of a lorry."""
    made: str = post(api, document("IE3F50", **{ARRIVAL: "2026-12-01T12:00:00Z"}).to_json())["links"]["deadlines"]
    return made


def test_a_filing_shows_its_limit_with_article_and_source(api: Client, url: str) -> None:
    shown = api.get(url).json()

    law = shown["deadlines"][0]
    assert shown["due_at"] == law["at"] == "2026-12-01T11:00:00Z"
    assert (law["article"], law["source"]) == ("UCC-DA 108", ARRIVAL.replace("__", "/"))


def test_facts_are_kept_and_reckoned_with(api: Client, url: str) -> None:
    shown = patch(api, url, {"active_mode": "1", "short_sea": True}).json()

    assert shown["deadlines"][0]["article"] == "UCC-DA 105(c)"
    assert shown["due_at"] == "2026-12-01T10:00:00Z"
    assert patch(api, url, {"short_sea": None}).json()["facts"]["active_mode"] == "1"


@pytest.mark.parametrize("body", [{"active_mode": "x"}, {"loading_at": "soon"}, {"duration_minutes": -1}])
def test_what_is_no_fact_is_refused(api: Client, url: str, body: dict[str, Any]) -> None:
    assert patch(api, url, body).status_code == 400


def test_the_list_finds_what_is_late(api: Client) -> None:
    now = datetime.now(UTC)
    moments = {name: f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for name, hours in (("late", -3), ("soon", 3))}
    made = {name: post(api, document("IE3F50", **{ARRIVAL: moment}).to_json())["id"] for name, moment in moments.items()}

    for name, pk in made.items():
        assert [each["id"] for each in api.get(f"{FILINGS}?due={name}").json()["results"]] == [pk]
    assert api.get(f"{FILINGS}?due=never").status_code == 400


def test_another_operator_finds_nothing(api: Client, url: str, client_of: Any) -> None:
    from tests import factories

    stranger = client_of(factories.operator("other"))

    assert stranger.get(url).status_code == 404
    assert patch(stranger, url, {"active_mode": "1"}).status_code == 404
