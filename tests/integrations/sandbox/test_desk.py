"""Asking the sandbox for answers: through its page, through its interface for programs, and who may."""

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.utils import timezone

from integrations.sandbox import desk, scenarios
from integrations.sandbox.desk import STAFF, Who
from integrations.sandbox.models import REASON, Registration, Scenario, Timer
from integrations.sandbox.request import secret
from tenants.scope import every_tenant
from tests.integrations.sandbox.trader import Reply, Trader, filing, inbox, kinds
from tests.integrations.sandbox.world import hurry, judge_all

DECLARANT = str(filing().value("declarant/identificationNumber"))
STRANGER = "XX999999999999"


def registered(alfa: Trader, lrn: str = "ONE", message: str = "IE3F26") -> Registration:
    alfa.file(filing(message, LRN=lrn))
    judge_all()
    inbox(alfa)
    with every_tenant(REASON):
        return Registration.objects.get(lrn=lrn)


def call(alfa: Trader, method: str, path: str, content: Any = None, *, eori: str = "", key: str | None = None) -> Reply:
    headers = {"Authorization": f"Bearer {secret() if key is None else key}"}
    if eori:
        headers["X-Operator-EORI"] = eori
    return alfa.request(method, path, json.dumps(content).encode() if content is not None else None, headers)


def sent(alfa: Trader, path: str, **form: str) -> None:
    """Send a form of the page."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = alfa.request("POST", path, urlencode(form).encode(), headers)
    assert reply.status == 303
    return reply.body.decode()


# --- Deeds -----------------------------------------------------------------------------------------------------------------

DEEDS = {
    "request_information": "IE3Q02",
    "request_amendment": "IE3Q02",
    "request_screening": "IE3Q03",
    "do_not_load": "IE3Q01",
    "announce_control": "IE3N09",
    "refuse": "IE3N01",
    "assess": "IE3N03",
}


@pytest.mark.parametrize(("deed", "message"), DEEDS.items())
def test_each_answer_that_fits_can_be_provoked_on_a_registration(alfa: Trader, deed: str, message: str) -> None:
    row = registered(alfa, message="IE3F27" if deed == "assess" else "IE3F26", lrn="LF-N03-NEVER-1")

    reply = call(alfa, "POST", f"/api/registrations/{row.pk}/provoke", {"name": deed}, eori=row.declarant)

    assert reply.status == 201, reply.body
    hurry()
    assert message in kinds(inbox(alfa))


def test_what_is_possible_is_what_the_process_of_the_filing_has(alfa: Trader) -> None:
    road = registered(alfa, "ROAD", "IE3F50")
    found = json.loads(call(alfa, "GET", f"/api/registrations/{road.pk}").body)

    names = [each["name"] for each in found["possible"]]
    refused = call(alfa, "POST", f"/api/registrations/{road.pk}/provoke", {"name": "do_not_load"})

    assert "request_information" in names
    assert "do_not_load" not in names
    assert refused.status == 409
    assert b"do not load" in refused.body


def test_a_script_is_followed_step_by_step(alfa: Trader) -> None:
    script = {"answer": "registered", "steps": [{"do": "request_information", "after": 1}, {"do": "do_not_load", "after": 1}]}
    made = call(alfa, "POST", "/api/scenarios", {"script": script, "lrn": "SCRIPT"}, eori=DECLARANT)

    row = registered(alfa, "SCRIPT")
    hurry()

    assert made.status == 201
    assert row.verdict.startswith("script-")
    assert kinds(inbox(alfa)) == ["IE3Q02", "IE3Q01"]


BAD = [
    ({"steps": [{"do": "explode"}]}, b"Step 1"),
    ({"steps": [{"do": "await"}]}, b"limit"),
    ({"steps": [{"do": "assess", "after": "soon"}]}, b"number of minutes"),
    ({"answer": "maybe"}, b"answer is one of"),
    ({"colour": "red"}, b"colour"),
    ({"error": {"text": 3}}, b"texts"),
    ({"steps": [{"do": "await", "limit": 1, "unanswered": "nowhere"}]}, b"nowhere"),
]


@pytest.mark.parametrize(("script", "told"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_a_script_that_is_not_understood_is_refused_with_the_place(alfa: Trader, script: dict[str, Any], told: bytes) -> None:
    reply = call(alfa, "POST", "/api/scenarios", {"script": script})

    assert reply.status == 409
    assert told in reply.body


def test_a_scenario_is_for_the_declarant_who_asked(alfa: Trader) -> None:
    with every_tenant(REASON):
        desk.attach(Who(STRANGER), at=timezone.now(), verdict="silent")
        desk.attach(Who(DECLARANT), at=timezone.now(), verdict="refused")

    alfa.file(filing(LRN="ONE"))
    judge_all()

    assert kinds(inbox(alfa)) == ["IE3N01"]
    with every_tenant(REASON):
        assert [row.eori for row in desk.attached(STAFF)] == [STRANGER]


# --- Who may ---------------------------------------------------------------------------------------------------------------


def test_an_operator_sees_and_touches_only_its_own(alfa: Trader) -> None:
    row = registered(alfa)
    with every_tenant(REASON):
        scenario = desk.attach(Who(DECLARANT), at=timezone.now(), verdict="silent")
        fault = desk.put_fault(Who(DECLARANT), "a003", at=timezone.now())
    answer = json.loads(call(alfa, "GET", f"/api/registrations/{row.pk}", eori=row.declarant).body)["answers"][0]["id"]

    mine = call(alfa, "GET", f"/api/answers/{answer}/xml", eori=row.declarant)
    assert mine.status == 200
    assert b"<MRN>" in mine.body or b"MRN>" in mine.body
    assert json.loads(call(alfa, "GET", "/api/registrations", eori=STRANGER).body) == {"registrations": []}
    for method, path in (
        ("GET", f"/api/registrations/{row.pk}"),
        ("POST", f"/api/registrations/{row.pk}/provoke"),
        ("GET", f"/api/answers/{answer}/xml"),
        ("GET", f"/api/messages/{row.received_id}/xml"),
        ("DELETE", f"/api/scenarios/{scenario.pk}"),
        ("DELETE", f"/api/faults/{fault.pk}"),
    ):
        assert call(alfa, method, path, {"name": "expire"} if method == "POST" else None, eori=STRANGER).status == 404, path
    assert call(alfa, "POST", "/api/clock", {"speed": 3600}, eori=DECLARANT).status == 409
    call(alfa, "POST", "/api/reset", {}, eori=STRANGER)
    with every_tenant(REASON):
        assert Scenario.objects.filter(pk=scenario.pk).exists()


@pytest.mark.parametrize("path", ["/api/offers", "/api/registrations", "/api/faults"])
def test_programs_show_the_secret(alfa: Trader, path: str) -> None:
    assert call(alfa, "GET", path, key="guessed").status == 401
    assert alfa.request("GET", path).status == 401
    assert call(alfa, "GET", path).status == 200


def test_the_page_asks_people_from_elsewhere_for_the_secret(alfa: Trader) -> None:
    far = {"X-Forwarded-For": "203.0.113.9"}
    password = {"Authorization": "Basic " + base64.b64encode(f"anna:{secret()}".encode()).decode()}

    assert alfa.request("GET", "/").status == 200
    assert alfa.request("GET", "/", headers=far).status == 401
    assert alfa.request("GET", "/", headers={"Host": "evil.example"}).status == 401
    assert alfa.request("GET", "/", headers={**far, **password}).status == 200


def test_a_form_from_elsewhere_does_nothing(alfa: Trader) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert alfa.request("POST", "/clock", b"speed=5", headers).status == 403
    with every_tenant(REASON):
        assert desk.speed() == 60


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/nothing", None, 404),
        ("GET", "/api/registrations/00000000-0000-0000-0000-000000000000", None, 404),
        ("PUT", "/api/offers", None, 405),
        ("POST", "/api/clock", {"speed": "fast"}, 400),
        ("POST", "/api/clock", {"speed": 0}, 409),
        ("POST", "/api/scenarios", {"script": 3}, 400),
        ("POST", "/api/scenarios", [1], 400),
        ("POST", "/api/faults", {"kind": "none"}, 409),
    ],
)
def test_what_is_not_understood_is_told(alfa: Trader, method: str, path: str, body: Any, status: int) -> None:
    reply = call(alfa, method, path, body)

    assert reply.status == status
    assert json.loads(reply.body)["error"]


# --- The page --------------------------------------------------------------------------------------------------------------


def test_the_page_has_a_form_for_each_deed(alfa: Trader) -> None:
    row = registered(alfa)

    sent(alfa, f"/registrations/{row.pk}/provoke", name="request_information")
    assert "IE3Q02" in kinds(inbox(alfa))
    sent(alfa, "/attach", verdict="silent", times="2")
    sent(alfa, "/fault", kind="a003", minutes="5")
    sent(alfa, "/clock", speed="120")
    page = alfa.request("GET", "/").body.decode()
    detail = alfa.request("GET", f"/registrations/{row.pk}").body.decode()

    assert "120 times as fast" in page
    assert "the register of parties is out of order" in page
    assert "Forbid loading" in detail
    assert row.mrn in detail
    sent(alfa, "/reset")
    with every_tenant(REASON):
        assert (desk.speed(), desk.attached(STAFF).count(), desk.faults_of(STAFF, at=timezone.now()).count()) == (60, 0, 0)


def test_what_a_form_cannot_do_is_said_on_the_page(alfa: Trader) -> None:
    row = registered(alfa, "ROAD", "IE3F50")
    reply = alfa.request("POST", f"/registrations/{row.pk}/provoke", b"name=do_not_load")

    page = alfa.request("GET", f"/registrations/{row.pk}?wrong=" + quote("<b>no</b>"))

    assert reply.status == 303
    assert b"&lt;b&gt;no" in page.body


def test_the_speed_moves_what_waits(alfa: Trader) -> None:
    row = registered(alfa)
    with every_tenant(REASON):
        before = Timer.objects.get(registration=row, deed="unused").due_at
        desk.set_speed(STAFF, 3600, at=timezone.now())
        assert Timer.objects.get(registration=row, deed="unused").due_at < before
        assert scenarios.waiting(row)
