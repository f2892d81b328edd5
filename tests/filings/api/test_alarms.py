"""The API of alarms, rules, dates and assessments."""

import json
from typing import Any

from django.test import Client

from filings.models import Alarm, IdempotencyKey, Topic
from filings.services import responses
from filings.services.alarms import alarms
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import NOW, later

API = "/api/v1/"
RULE = {"name": "Road", "topic": "due", "minutes_before": 60, "webhook_url": "https://hooks.firm.example/x"}


def send(api: Client, method: str, path: str, body: Any = None) -> Any:
    return api.generic(method, f"{API}{path}", json.dumps(body or {}), content_type="application/json")


def raised(firm: Operator) -> Alarm:
    with tenant_scope(firm.pk):
        found = alarms.raise_(topic=Topic.SAID, key="k", title="Customs asks", sentence="Answer.", at=NOW)
    assert found is not None
    return found


def test_alarms_are_listed_and_somebody_takes_note_by_name(api: Client, firm: Operator) -> None:
    alarm = raised(firm)
    [listed] = api.get(f"{API}alarms/?open=true").json()["results"]
    assert (listed["title"], listed["open"]) == ("Customs asks", True)

    noted = send(api, "POST", f"alarms/{alarm.pk}/acknowledge/", {"name": "Dana", "note": "On it."})

    assert noted.status_code == 200
    assert noted.json()["acknowledged_by"].startswith("Dana (API key")
    assert api.get(f"{API}alarms/?open=true").json()["results"] == []
    again = send(api, "POST", f"alarms/{alarm.pk}/acknowledge/", {"name": "Eve"})
    assert again.status_code == 409
    assert "Dana" in again.json()["detail"]


def test_a_rule_is_made_shown_changed_and_removed(api: Client) -> None:
    made = send(api, "POST", "alarm-rules/", RULE)

    assert made.status_code == 201
    secret = made["Landfall-Webhook-Secret"]
    assert secret.startswith("whs_")
    assert "whs_" not in made.content.decode()
    path = made.json()["links"]["self"].partition(API)[2]
    assert "Landfall-Webhook-Secret" not in api.get(f"{API}{path}")
    assert send(api, "POST", f"{path}secret/")["Landfall-Webhook-Secret"] not in {"", secret}
    changed = send(api, "PUT", path, {**RULE, "minutes_before": 90, "emails": ["desk@firm.example"]})
    assert (changed.status_code, changed.json()["minutes_before"]) == (200, 90)
    assert send(api, "POST", "alarm-rules/", {**RULE, "name": "b", "webhook_url": "https://10.0.0.1/"}).status_code == 422
    assert send(api, "DELETE", path).status_code == 204
    assert api.get(f"{API}alarm-rules/").json() == []


def test_a_secret_is_not_kept_with_the_answer_of_a_repeated_request(api: Client, firm: Operator) -> None:
    first, again = (
        api.post(f"{API}alarm-rules/", json.dumps(RULE), content_type="application/json", headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    )

    assert first["Landfall-Webhook-Secret"].startswith("whs_")
    assert (again.status_code, again.json()) == (201, first.json())
    assert "Landfall-Webhook-Secret" not in again
    with tenant_scope(firm.pk):
        assert "whs_" not in json.dumps(list(IdempotencyKey.objects.values_list("body", flat=True)))


def test_dates_outages_and_assessments_of_a_filing_are_shown(api: Client, firm: Operator) -> None:
    with tenant_scope(firm.pk):
        filing = factories.sent("IE3F20")
        responses.register(filing=filing, document=factories.registration(filing), message_id="r", at=later(3))
        house = filing.document["consignmentMasterLevel"]["consignmentHouseLevel"][0]["transportDocumentHouseLevel"]
        told = factories.answer("IE3N03", MRN=filing.mrn, completionDate="2026-11-23T10:00:00Z")
        told.set("assessmentComplete/transportDocument[1]/documentNumber", "ELSE")
        responses.note(filing=filing, document=told, message_id="n", at=later(4))

    standing = api.get(f"{API}filings/{filing.pk}/deadlines/").json()
    assessed = api.get(f"{API}filings/{filing.pk}/assessed/?kind=house").json()
    events = api.get(f"{API}filings/{filing.pk}/events/").json()

    assert {each["name"] for each in standing["dates"]} >= {"expires", "reuse"}
    assert next(each for each in standing["dates"] if each["name"] == "expires")["at"] == "2027-06-11T09:31:00Z"
    assert standing["freezes"] == []
    assert assessed["kinds"] == [{"kind": "house", "done": 0, "total": 1, "left": 1}]
    assert assessed["not_assessed"] == [house["documentNumber"]]
    assert {each["meaning"]["headline"] for each in events if each["meaning"]} == {
        "Registered: an MRN, not yet an acceptance",
        "Parts assessed",
    }
    lapsing = api.get(f"{API}filings/?date=expires").json()["results"]
    assert lapsing == []


def test_a_stranger_finds_nothing(firm: Operator) -> None:
    alarm = raised(firm)
    other = Client(headers={"authorization": f"Bearer {factories.api_key(factories.operator('other'))}"})

    assert other.get(f"{API}alarms/").json()["results"] == []
    assert send(other, "POST", f"alarms/{alarm.pk}/acknowledge/").status_code == 404
