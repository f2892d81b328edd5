"""A client system asks what belongs together, who is missing, and whether two filings will link."""

from typing import Any

import pytest
from django.test import Client

from filings.messages.document import Document
from filings.services.shipments import settling
from tests import factories
from tests.factories import document
from tests.filings.services.filing_requests.asking_others import pair

FILINGS = "/api/v1/filings/"
SHIPMENTS = "/api/v1/shipments/"
HOUSE_CARRIER = "consignmentMasterLevel__consignmentHouseLevel__carrier__identificationNumber"


def post(api: Client, made: Document) -> str:
    """Return the id of a new draft."""
    answer = api.post(FILINGS, made.to_json(), content_type="application/json")
    assert answer.status_code == 201
    return str(answer.json()["id"])


def test_a_shipment_names_who_is_expected_and_its_filings(api: Client) -> None:
    master = post(api, document("IE3F12"))

    [item] = api.get(SHIPMENTS).json()["results"]
    shown = api.get(item["links"]["self"]).json()

    assert (item["kind"], item["missing_count"], item["filed_count"]) == ("master", 1, 0)
    [row] = shown["expected"]
    assert (row["status"], row["named_by"], row["filings"]) == ("unknown", master, [])
    assert [each["id"] for each in shown["filings"]] == [master]


def test_two_filings_that_link(api: Client) -> None:
    master, house = post(api, document("IE3F12")), post(api, document("IE3F15"))

    said = api.get(f"{FILINGS}{house}/prediction/?other={master}").json()

    assert (said["links"], said["first_is_upper"], said["combination"]) == (True, False, "sea-house")
    assert [each["id"] for each in api.get(f"{FILINGS}{master}/links/").json()] == [house]


def test_a_document_that_is_not_kept_is_compared(api: Client) -> None:
    master = post(api, document("IE3F12"))
    wrong = document("IE3F15", **{HOUSE_CARRIER: "NL999"})

    said = api.post(f"{FILINGS}{master}/prediction/", wrong.to_json(), content_type="application/json").json()

    assert not said["links"]
    [apart] = [each for each in said["parts"] if each["how"] != "equal"]
    assert (apart["name"], apart["lower"]) == ("carrier", "NL999")
    assert "carrier EORI differs" in said["sentence"]
    assert len(api.get(FILINGS).json()["results"]) == 1


def test_the_shipment_tells_what_will_not_link(api: Client) -> None:
    master, house = post(api, document("IE3F12")), post(api, document("IE3F15", **{HOUSE_CARRIER: "NL999"}))

    [item] = api.get(f"{SHIPMENTS}?open=unlinked").json()["results"]
    [found] = api.get(item["links"]["self"]).json()["mismatches"]

    assert (found["filing"], found["other"]) == (house, master)


@pytest.mark.parametrize("query", ["open=none", "sort=number", f"text={'x' * 71}"])
def test_an_unknown_filter_is_refused(api: Client, query: str) -> None:
    assert api.get(f"{SHIPMENTS}?{query}").status_code == 400


def test_the_pages_of_the_list_follow_each_other(api: Client) -> None:
    for number in range(3):
        post(api, document("IE3F12", consignmentMasterLevel__transportDocumentMasterLevel__documentNumber=f"M{number}"))

    first = api.get(f"{SHIPMENTS}?page_size=2").json()
    second = api.get(first["next"]).json()

    assert [len(each["results"]) for each in (first, second)] == [2, 1]
    assert not second["next"]


@pytest.mark.django_db
def test_the_board_shows_where_the_filing_of_who_agreed_stands(client_of: Any) -> None:
    two = pair()
    draft = two.accept(request := two.send())
    carrier = client_of(two.carrier)
    [item] = carrier.get(SHIPMENTS).json()["results"]

    answer = carrier.get(item["links"]["self"])

    [row] = answer.json()["expected"]
    assert (row["status"], row["filings"]) == ("drafted_elsewhere", [])
    assert row["elsewhere"] == [
        {
            "filing_request": str(request.pk), "name": "Forwarder", "eori": two.forwarder.eori, "message_type": "IE3F15",
            "state": "draft", "words": "Draft", "has_mrn": False, "mrn_since": None, "will_link": True,
            "link_words": "Will link.", "differs": [], "figures": [],
        }
    ]  # fmt: skip
    assert str(draft.pk) not in answer.content.decode()
    assert client_of(two.third).get(item["links"]["self"]).status_code == 404


@pytest.mark.django_db
def test_who_was_asked_sees_where_the_filing_above_stands(client_of: Any) -> None:
    two = pair()
    two.accept(request := two.send())
    forwarder = client_of(two.forwarder)
    [item] = forwarder.get(SHIPMENTS).json()["results"]

    behind = forwarder.get(item["links"]["self"]).json()["is_behind"]
    settling.settle()
    answer = forwarder.get(item["links"]["self"])

    assert answer.json()["above"] == [
        {
            "filing_request": str(request.pk), "name": "Carrier", "eori": two.carrier.eori, "message_type": "IE3F12",
            "state": "draft", "words": "Draft", "has_mrn": False, "mrn_since": None, "will_link": True,
            "link_words": "Will link.", "differs": [], "figures": [],
        }
    ]  # fmt: skip
    [later] = forwarder.get(SHIPMENTS).json()["results"]
    assert (behind, answer.json()["is_behind"]) == (item["is_behind"], later["is_behind"]) == (True, False)
    assert str(two.master.pk) not in answer.content.decode()
    assert [leaf["link"] for leaf in answer.json()["filings"]] == ["Will link"]


def test_another_operator_finds_nothing(api: Client, client_of: Any) -> None:
    master = post(api, document("IE3F12"))
    stranger = client_of(factories.operator("other"))
    own = post(stranger, document("IE3F15"))
    [item] = api.get(SHIPMENTS).json()["results"]

    assert stranger.get(item["links"]["self"]).status_code == 404
    assert stranger.get(f"{FILINGS}{master}/links/").status_code == 404
    assert stranger.get(f"{FILINGS}{own}/prediction/?other={master}").status_code == 404
    assert api.get(f"{FILINGS}{master}/links/").json() == []
