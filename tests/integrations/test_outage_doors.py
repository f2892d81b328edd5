"""Pages, API and command of outages and packs of evidence: each deed once through each door, and who may."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from integrations import evidence_packs, outages
from integrations.models import Connection, EvidencePack, Outage
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(bells: list[str]) -> None:
    """Nobody hears a bell."""


@pytest.fixture
def desk(db: None) -> Client:
    user = factories.member(factories.operator("itsp"), "lieve")
    user.is_itsp_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice(acme: Operator) -> Client:
    client = Client()
    client.force_login(factories.member(acme, "alice"))
    return client


@pytest.fixture
def key(acme: Operator) -> Client:
    return Client(headers={"authorization": f"Bearer {factories.api_key(acme)}"})


def announce(**more: Any) -> Outage:
    at = timezone.now()
    fields: dict[str, Any] = {"component": "access_point", "text": "Maintenance of customs.", "starts_at": at, "ends_at": None}
    return outages.announce(**{**fields, **more}, by="Lieve", at=at)


def filled(**more: str) -> dict[str, str]:
    at = timezone.now() - timedelta(minutes=1)
    fields = {"component": "access_point", "text": "Maintenance.", "starts_at": f"{at:%Y-%m-%dT%H:%M}", "connection": ""}
    return {**fields, **more}


def register() -> list[Outage]:
    with every_tenant("a test"):
        return list(outages.register())


# --- Staff -----------------------------------------------------------------------------------------------------------------


def test_staff_announce_an_outage_and_end_it(desk: Client) -> None:
    before = desk.get("/gateway/outages/").content.decode()
    desk.post("/gateway/outages/", filled(member_states="nl, be", is_planned="on", component="national"))
    [outage] = register()
    during = desk.get("/gateway/outages/").content.decode()
    desk.post(f"/gateway/outages/{outage.pk}/end/")

    assert "Everything works" in before
    assert "Member States BE, NL" in during
    assert outage.is_planned
    assert register()[0].ends_at is not None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("ends_at", "2001-01-01T00:00", "cannot end before it starts"),
        ("member_states", "Netherlands", "country codes of two letters"),
        ("message_types", "everything", "ids of messages"),
        ("text", "", "required"),
        ("connection", "77", "Select a valid choice"),
    ],
)
def test_a_wrong_field_says_what_to_do(field: str, value: str, words: str, desk: Client) -> None:
    answer = desk.post("/gateway/outages/", filled(**{field: value}))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert register() == []


def test_nobody_else_finds_the_desk(alice: Client) -> None:
    outage = announce()

    asked = [
        alice.get("/gateway/outages/"),
        alice.post("/gateway/outages/", filled()),
        alice.post(f"/gateway/outages/{outage.pk}/end/"),
        alice.get("/api/v1/gateway/outages/"),
        alice.post(f"/api/v1/gateway/outages/{outage.pk}/end/"),
    ]

    assert [answer.status_code for answer in asked] == [404] * 5
    assert Client().get("/gateway/outages/").status_code == 302
    assert Client().get("/api/v1/gateway/outages/").status_code == 401


def test_staff_announce_through_the_api(desk: Client) -> None:
    body = {"component": "ours", "text": "A move.", "starts_at": "2026-12-01T08:00:00Z", "ends_at": "2026-12-01T09:00:00Z"}

    made = desk.post("/api/v1/gateway/outages/", json.dumps(body), content_type="application/json")
    wrong = desk.post("/api/v1/gateway/outages/", json.dumps({**body, "connection_id": 77}), content_type="application/json")
    early = desk.post(
        "/api/v1/gateway/outages/", json.dumps({**body, "ends_at": body["starts_at"]}), content_type="application/json"
    )
    ended = desk.post(f"/api/v1/gateway/outages/{made.json()['id']}/end/")

    assert (made.status_code, wrong.status_code, early.status_code, ended.status_code) == (201, 400, 409, 200)
    assert made.json()["holds"] is True
    assert [outage.text for outage in register()] == ["A move."]


def test_the_api_of_staff_is_safe_from_other_sites(desk: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies

    assert strict.post("/api/v1/gateway/outages/", "{}", content_type="application/json").status_code == 403


def test_the_command_announces_lists_and_ends(itsp: Connection) -> None:
    out = StringIO()
    call_command("outage", "announce", "access_point", "Maintenance", "--connection", itsp.party_id, stdout=out)
    pk = out.getvalue().strip()
    call_command("outage", "list", stdout=out)
    call_command("outage", "end", pk, stdout=out)

    assert f"{pk}  access_point" in out.getvalue()
    assert register()[0].connection_id == itsp.pk
    with pytest.raises(CommandError, match="has ended already"):
        call_command("outage", "end", pk, stdout=out)
    with pytest.raises(CommandError, match="no connection"):
        call_command("outage", "announce", "ours", "x", "--connection", "NOBODY", stdout=out)


# --- Operators -------------------------------------------------------------------------------------------------------------


def test_an_operator_sees_an_outage_on_its_pages_and_through_the_api(alice: Client, key: Client) -> None:
    announce()
    announce(text="Next week.", starts_at=timezone.now() + timedelta(days=7), is_planned=True)

    banner = alice.get("/o/acme/evidence/outages/banner/").content.decode()
    page = alice.get("/o/acme/evidence/outages/").content.decode()
    now, coming, both = (key.get("/api/v1/outages/", {"when": when}).json() for when in ("now", "coming", "all"))

    assert "waits in order" in banner
    assert "Next week." in banner
    assert "Maintenance of customs." in page
    assert [each["text"] for each in now] == ["Maintenance of customs."]
    assert [each["text"] for each in coming] == ["Next week."]
    assert len(both) == 2
    assert "/o/acme/evidence/outages/banner/" in alice.get("/o/acme/filings/").content.decode()


def test_the_banner_is_empty_while_everything_works(alice: Client) -> None:
    assert alice.get("/o/acme/evidence/outages/banner/").content.strip() == b""


def period() -> dict[str, str]:
    return {"since": "2026-11-01T00:00", "until": "2026-12-01T00:00"}


def test_a_pack_is_asked_for_followed_and_downloaded_on_the_page(
    alice: Client, acme: Operator, tmp_path: Any, settings: Any
) -> None:
    settings.VAR_FOLDER = tmp_path
    with tenant_scope(acme.pk):
        factories.submitted()

    alice.post("/o/acme/evidence/packs/", period())
    making = alice.get("/o/acme/evidence/packs/rows/").content.decode()
    evidence_packs.make_next(at=timezone.now())
    ready = alice.get("/o/acme/evidence/packs/rows/").content.decode()
    with tenant_scope(acme.pk):
        pack = EvidencePack.objects.get()
    file = alice.get(f"/o/acme/evidence/packs/{pack.pk}/download/")

    assert "being made" in making
    assert "every 2s" in making
    assert "every 2s" not in ready
    assert file["Content-Type"] == "application/zip"
    assert len(b"".join(file.streaming_content)) == pack.size


def test_a_pack_of_nothing_says_so_on_the_page(alice: Client) -> None:
    answer = alice.post("/o/acme/evidence/packs/", period())

    assert answer.status_code == 422
    assert "Nothing was submitted in this period" in answer.content.decode()


def test_a_pack_is_asked_for_followed_and_downloaded_through_the_api(
    key: Client, acme: Operator, tmp_path: Any, settings: Any
) -> None:
    settings.VAR_FOLDER = tmp_path
    with tenant_scope(acme.pk):
        factories.submitted()
    body = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}

    made = key.post("/api/v1/evidence-packs/", json.dumps(body), content_type="application/json")
    early = key.get(f"/api/v1/evidence-packs/{made.json()['id']}/content/")
    evidence_packs.make_next(at=timezone.now())
    followed = key.get(made["Location"]).json()
    file = key.get(followed["links"]["content"])
    both = key.post("/api/v1/evidence-packs/", json.dumps({**body, "outage": made.json()["id"]}), content_type="application/json")

    assert (made.status_code, early.status_code, both.status_code) == (201, 409, 400)
    assert (followed["state"], followed["messages"]) == ("ready", 1)
    assert len(b"".join(file.streaming_content)) == followed["size"]
    assert [each["id"] for each in key.get("/api/v1/evidence-packs/").json()] == [followed["id"]]


def test_an_operator_never_gets_the_pack_of_another(alice: Client, acme: Operator, tmp_path: Any, settings: Any) -> None:
    settings.VAR_FOLDER = tmp_path
    other = factories.operator("other")
    with tenant_scope(other.pk):
        factories.submitted()
        pack = evidence_packs.request(since=factories.NOW, until=factories.later(99), by=factories.ALICE, at=factories.later(50))
    evidence_packs.make_next(at=timezone.now())

    assert alice.get(f"/o/acme/evidence/packs/{pack.pk}/download/").status_code == 404
    assert str(pack.pk) not in alice.get("/o/acme/evidence/packs/").content.decode()
