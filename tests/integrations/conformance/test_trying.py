"""Trying customs' answers through the product: pages and API of an operator reach the real sandbox, and only its own rows."""

import json
from typing import Any

import pytest
from django.test import Client

from filings import outbox
from integrations.models import Connection
from integrations.sandbox.models import REASON, Fault, Registration, Scenario
from tenants.models import AuditEvent
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.integrations.sandbox.test_delivery import Gateway, gateway

__all__ = ["gateway"]  # the fixture


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, settings: Any, address: str) -> None:
    monkeypatch.setattr(outbox, "ring", lambda *_, **__: None)
    settings.SANDBOX_URL = address


def system(gateway: Gateway, who: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {factories.api_key(gateway.operators[who])}"})


def person(gateway: Gateway, who: str, role: str = "filer") -> Client:
    client = Client()
    client.force_login(factories.member(gateway.operators[who], f"{who}-{role}", role))
    return client


def post(client: Client, path: str, content: Any) -> Any:
    return client.post(f"/api/v1/sandbox/{path}", json.dumps(content), content_type="application/json")


def test_a_developer_provokes_a_request_and_sees_it_on_the_filing(gateway: Gateway) -> None:
    filing = gateway.file("forwarder", "IE3F26", "LF-N03-NEVER-1")
    client = system(gateway, "forwarder")
    found = client.get(f"/api/v1/sandbox/registrations/?q={filing.lrn}").json()["registrations"]

    done = post(client, f"registrations/{found[0]['id']}/provoke/", {"name": "request_information"})

    assert done.status_code == 201, done.content
    gateway.fetch()
    assert [row.filing_id for row in gateway.arrived("IE3Q02")] == [filing.pk]
    with tenant_scope(filing.operator_id):
        assert AuditEvent.objects.filter(deed="sandbox.provoked").count() == 1


def test_another_operator_finds_nothing(gateway: Gateway) -> None:
    gateway.file("forwarder", "IE3F26", "MINE")
    with every_tenant(REASON):
        pk = Registration.objects.get(lrn="MINE").pk
    client = system(gateway, "line")

    assert client.get("/api/v1/sandbox/registrations/?q=MINE").json() == {"registrations": []}
    assert client.get(f"/api/v1/sandbox/registrations/{pk}/").status_code == 404
    assert post(client, f"registrations/{pk}/provoke/", {"name": "expire"}).status_code == 404
    assert person(gateway, "line").get(f"/o/line/sandbox/{pk}/").status_code == 404
    assert person(gateway, "line", "reader").get(f"/o/forwarder/sandbox/{pk}/").status_code == 404


def test_scenarios_and_faults_are_the_operators_own_and_can_be_taken_back(gateway: Gateway) -> None:
    client = system(gateway, "forwarder")

    scenario = post(client, "scenarios/", {"verdict": "silent", "times": 3}).json()
    fault = post(client, "faults/", {"kind": "a003", "minutes": 5}).json()
    shared = post(client, "faults/", {"kind": "outage"})
    unknown = post(client, "scenarios/", {"verdict": "nonsense"})

    assert (scenario["eori"], fault["eori"]) == ("NL851746302", "NL851746302")
    assert shared.status_code == 409
    assert "share" in shared.json()["detail"]
    assert unknown.status_code == 409
    assert client.delete(f"/api/v1/sandbox/scenarios/{scenario['id']}/").status_code == 204
    assert client.delete(f"/api/v1/sandbox/faults/{fault['id']}/").status_code == 204
    with every_tenant(REASON):
        assert not Scenario.objects.exists()
        assert Fault.objects.get().until is not None


def test_people_have_a_page_for_it(gateway: Gateway) -> None:
    filing = gateway.file("forwarder", "IE3F26", "LF-N03-NEVER-1")
    with every_tenant(REASON):
        pk = Registration.objects.get(lrn=filing.lrn).pk
    client = person(gateway, "forwarder")

    overview = client.get("/o/forwarder/sandbox/").content.decode()
    detail = client.get(f"/o/forwarder/sandbox/{pk}/").content.decode()
    done = client.post(f"/o/forwarder/sandbox/{pk}/provoke/", {"name": "do_not_load"}, follow=True)
    wrong = client.post(f"/o/forwarder/sandbox/{pk}/provoke/", {"name": "x", "script": "{"}, follow=True)

    assert filing.lrn in overview
    assert "Forbid loading" in detail
    assert "Customs did it" in done.content.decode()
    assert "not JSON" in wrong.content.decode()
    gateway.fetch()
    assert [row.filing_id for row in gateway.arrived("IE3Q01")][:1] == [filing.pk]
    for path, form in (("scenarios/", {"verdict": "silent"}), ("faults/", {"kind": "a003"}), ("reset/", {})):
        assert client.post(f"/o/forwarder/sandbox/{path}", form).status_code == 302
    assert client.get(f"/o/forwarder/sandbox/messages/{pk}/xml/").status_code == 404


def test_readers_look_and_do_nothing(gateway: Gateway) -> None:
    client = person(gateway, "forwarder", "reader")

    assert client.get("/o/forwarder/sandbox/").status_code == 200
    assert client.post("/o/forwarder/sandbox/reset/").status_code == 403


@pytest.mark.parametrize("environment", ["production", "conformance"])
def test_nothing_is_tried_on_customs_own_systems(gateway: Gateway, environment: str) -> None:
    with every_tenant("a test moves the connection"):
        Connection.objects.update(environment=environment)

    page = person(gateway, "forwarder").get("/o/forwarder/sandbox/")
    call = post(system(gateway, "forwarder"), "faults/", {"kind": "a003"})

    assert page.status_code == 404
    assert "None of your connections leads to the sandbox" in page.content.decode()
    assert call.status_code == 404


def test_a_sandbox_that_is_away_is_told(gateway: Gateway, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"

    reply = system(gateway, "forwarder").get("/api/v1/sandbox/offers/")

    assert reply.status_code == 503
    assert reply["Retry-After"] == "5"
