"""Voyages and flights for an operator's own systems: the same deeds as on the pages, each safe to repeat."""

import json
from typing import Any

import pytest
from django.test import Client

from filings.models import Filing, Voyage
from filings.services import responses
from filings.services.arrivals import heard
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import later
from tests.filings.services.arrivals.arriving import wrong_state
from tests.filings.services.voyages.test_voyages import SHIP, registered

pytestmark = pytest.mark.usefixtures("no_bell")

VOYAGE = {"mode": "1", "number": SHIP, "eta": "2026-12-19T23:00:00Z", "office": "NL000511", "place": "NLRTM"}
CONTACT = {"eori": "DE482910573620148", "kind": "EM", "address": "desk@nordmeer.example"}
NOTIFY = {"arrived_at": "2026-11-20T08:00:00Z", "notifier": CONTACT}
NEW = "2026-12-21T05:00:00Z"


def call(api: Client, method: str, path: str = "", body: Any = None, **headers: str) -> Any:
    return api.generic(method, f"/api/v1/voyages/{path}", data=_json(body), content_type="application/json", headers=headers)


def _json(body: Any) -> bytes:
    return json.dumps(body).encode() if body is not None else b""


def post(api: Client, path: str = "", body: Any = None, **headers: str) -> Any:
    return call(api, "POST", path, body, **headers)


@pytest.fixture
def voyage(api: Client) -> str:
    return str(post(api, body=VOYAGE).json()["id"])


@pytest.fixture
def filing(firm: Operator) -> Filing:
    with tenant_scope(firm.pk):
        return registered()


def test_a_voyage_is_entered_shown_described_and_deleted(api: Client) -> None:
    made = post(api, body=VOYAGE)
    path = f"{made.json()['id']}/"

    described = call(api, "PATCH", path, {"name": "Nordmeer Star"})
    listed = call(api, "GET", "?q=Nordmeer&which=upcoming").json()
    deleted = call(api, "DELETE", path)

    assert made.status_code == 201
    assert made["Location"].endswith(f"/api/v1/voyages/{path}")
    assert [each["eta"] for each in made.json()["calls"]] == ["2026-12-19T23:00:00Z"]
    assert described.json()["name"] == "Nordmeer Star"
    assert (listed["count"], listed["results"][0]["id"]) == (1, made.json()["id"])
    assert deleted.status_code == 204
    assert call(api, "GET", path).status_code == 404


def test_the_same_request_again_enters_one(api: Client) -> None:
    first, second = (post(api, body=VOYAGE, **{"Idempotency-Key": "v-1"}) for _ in range(2))
    other = post(api, body=VOYAGE, **{"Idempotency-Key": "v-2"})

    assert (first.status_code, second.status_code, second.json()["id"]) == (201, 201, first.json()["id"])
    assert (other.status_code, other.json()["voyage"]) == (409, first.json()["id"])


def test_what_cannot_be_names_its_field(api: Client) -> None:
    refused = post(api, body={**VOYAGE, "number": "IMO9819039"})

    assert (refused.status_code, refused.json()["field"]) == (422, "number")


def test_what_filings_name_is_proposed_in_the_form_it_is_entered(api: Client, filing: Filing) -> None:
    [proposed] = call(api, "GET", "proposals/").json()

    made = post(api, body={name: value for name, value in proposed.items() if name != "filings"})

    assert (proposed["number"], proposed["filings"]) == (SHIP, 1)
    assert made.status_code == 201
    [line] = call(api, "GET", f"{made.json()['id']}/filings/").json()
    assert (line["filing"], line["mrn"], line["is_proposed"]) == (str(filing.pk), filing.mrn, True)


def test_another_arrival_is_looked_at_then_changed(api: Client, voyage: str, filing: Filing) -> None:
    looked = post(api, f"{voyage}/eta/", {"eta": NEW, "look": True}).json()
    changed = post(api, f"{voyage}/eta/", {"eta": NEW, "reason": "Storm", "amendments": [str(filing.pk)]}).json()
    again = post(api, f"{voyage}/eta/", {"eta": NEW}).json()

    assert [each["deed"] for each in looked["effects"]] == ["amend"]
    assert not looked["changed"]
    assert (changed["changed"], len(changed["amendments"])) == (True, 1)
    assert not again["changed"]
    [call_] = call(api, "GET", f"{voyage}/").json()["calls"]
    assert call_["eta"] == NEW
    assert [each["reason"] for each in call_["eta_changes"]] == ["Storm"]


def test_filings_are_taken_in_and_out(api: Client, voyage: str, firm: Operator) -> None:
    with tenant_scope(firm.pk):
        other = factories.draft()

    taken = post(api, f"{voyage}/filings/", {"filings": [str(other.pk)]})
    lines = call(api, "GET", f"{voyage}/filings/").json()
    out = call(api, "DELETE", f"{voyage}/filings/", {"filings": [str(other.pk)]})

    assert taken.json() == {"taken_in": 1}
    assert [each["filing"] for each in lines] == [str(other.pk)]
    assert out.status_code == 204
    assert call(api, "GET", f"{voyage}/filings/").json() == []


def test_calls_and_the_real_arrival(api: Client, voyage: str) -> None:
    added = post(api, f"{voyage}/calls/", {"place": "DEHAM", "eta": NEW}).json()
    later_call = next(each for each in added["calls"] if not each["is_entry"])
    arrived = post(api, f"{voyage}/arrived/", {"arrived_at": "2026-11-20T08:00:00Z"}).json()
    removed = call(api, "DELETE", f"{voyage}/calls/{later_call['id']}/")
    fixed = call(api, "DELETE", f"{voyage}/calls/{added['calls'][0]['id']}/")

    assert arrived["calls"][0]["arrived_at"] == "2026-11-20T08:00:00Z"
    assert (removed.status_code, fixed.status_code) == (204, 409)


def test_an_arrival_is_notified_once_for_one_key(api: Client, voyage: str, filing: Filing) -> None:
    standing = call(api, "GET", f"{voyage}/arrival/").json()
    first, second = (post(api, f"{voyage}/arrival/", NOTIFY, **{"Idempotency-Key": "n-1"}) for _ in range(2))
    other = post(api, f"{voyage}/arrival/", NOTIFY)

    assert [line["is_proposed"] for line in standing["lines"]] == [True]
    assert (first.status_code, first.json()["state"]) == (201, "queued")
    assert second.json()["id"] == first.json()["id"]
    assert (other.status_code, other.json()["type"]) == (409, "urn:landfall:problem:notification_under_way")
    assert [each["id"] for each in call(api, "GET", f"{voyage}/arrival/").json()["notifications"]] == [first.json()["id"]]
    listed = api.get("/api/v1/filings/").json()["results"]
    assert [each["id"] for each in listed] == [str(filing.pk)]


def test_a_notification_may_be_a_draft_and_findings_are_told(api: Client, voyage: str) -> None:
    draft = post(api, f"{voyage}/arrival/", {**NOTIFY, "mrns": ["26NL00"], "submit": False})
    refused = post(api, f"{voyage}/arrival/", {**NOTIFY, "mrns": ["26NL00"]})
    nothing = post(api, f"{voyage}/arrival/", NOTIFY)

    assert (draft.status_code, draft.json()["state"]) == (201, "draft")
    assert refused.status_code == 422
    assert "relatedMRN[1]" in refused.json()["findings"][0]["path"]
    assert (nothing.status_code, nothing.json()["type"]) == (422, "urn:landfall:problem:nothing_listed")


def test_documents_and_notify_parties_are_told(api: Client, voyage: str, firm: Operator) -> None:
    body = {**NOTIFY, "by": "document", "documents": [{"number": "NDML1", "type": "N704"}], "notify": [CONTACT]}

    made = post(api, f"{voyage}/arrival/", body)

    assert made.status_code == 201, made.json()
    with tenant_scope(firm.pk):
        document = Filing.objects.get(pk=made.json()["id"]).document
    assert document["relatedTransportDocument"] == [{"documentNumber": "NDML1", "type": "N704"}]
    assert document["notifyParty"][0]["communication"] == [{"identifier": "desk@nordmeer.example", "type": "EM"}]
    assert document["activeBorderTransportMeans"]["estimatedDateAndTimeOfArrival"] == "2026-12-19T23:00:00Z"


def test_what_customs_said_what_comes_next_and_the_goods(api: Client, voyage: str, filing: Filing, firm: Operator) -> None:
    with tenant_scope(firm.pk):
        message = wrong_state(filing.mrn)
        responses.note(filing=filing, document=message, message_id="n07", at=later(30))
        heard.hear(document=message, filing=filing, message_id="n07", at=later(30))

    [notice] = call(api, "GET", f"{voyage}/notices/").json()
    steps = call(api, "GET", f"{voyage}/next-steps/").json()
    goods = call(api, "GET", f"{voyage}/goods/").json()["goods"]
    lines = b"".join(call(api, "GET", f"{voyage}/goods/?as=csv").streaming_content).decode().splitlines()

    assert (notice["event"], notice["filing"]) == ("find_wrong_state", str(filing.pk))
    assert notice["deed"]
    assert [each["country"] for each in steps] == ["NL", "*"]
    assert goods[0]["mrn"] == filing.mrn
    assert len(lines) == len(goods) + 1


def test_a_stranger_finds_nothing(api: Client, voyage: str, client_of: Any) -> None:
    charlie = client_of(factories.operator("other"))

    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "eta/"), ("POST", "arrival/"), ("GET", "goods/")):
        assert call(charlie, method, f"{voyage}/{path}", {}).status_code == 404
    assert call(charlie, "GET").json()["count"] == 0


def test_another_operators_filings_are_not_taken_in(api: Client, voyage: str) -> None:
    other = factories.operator("other")
    with tenant_scope(other.pk):
        theirs = factories.draft()

    taken = post(api, f"{voyage}/filings/", {"filings": [str(theirs.pk)]})

    assert taken.json() == {"taken_in": 0}
    with tenant_scope(other.pk):
        theirs.refresh_from_db()
        assert theirs.voyage_id is None
        assert not Voyage.objects.exists()
