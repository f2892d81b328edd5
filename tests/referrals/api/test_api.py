"""The API of referrals: the same verbs as the pages, each once however often it is asked for."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from filings.models import Filing, OutboxMessage
from referrals.models import Case, CaseEvent, Notice
from referrals.services import ruling
from tenants.actors import SYSTEM
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import NOW
from tests.referrals.asking import JPEG, asked, forbidden, registered


@dataclass
class System:
    """A client system of an operator."""

    operator: Operator
    client: Client

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}")

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        return self.client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)

    def make(self, how: Any, *args: Any, **values: Any) -> Any:
        with tenant_scope(self.operator.pk):
            return how(*args, **values)


def system(operator: Operator) -> System:
    return System(operator, Client(headers={"authorization": f"Bearer {factories.api_key(operator)}"}))


@pytest.fixture
def ours(operator: Operator) -> System:
    return system(operator)


@pytest.fixture
def case(ours: System) -> Case:
    made: Case = ours.make(lambda: asked(registered(), "RFI", "AMD"))
    return made


def reference(ours: System, case: Case, kind: str) -> str:
    return str(ours.make(lambda: case.requests.get(kind=kind).reference))


def test_cases_are_listed_and_read(ours: System, case: Case) -> None:
    [row] = ours.get("referrals/?kind=RFI").json()["results"]
    read = ours.get(f"referrals/{case.pk}/").json()

    assert (row["id"], row["kinds"], row["state"]) == (str(case.pk), ["AMD", "RFI"], "open")
    assert read["requests"][0]["asks"]["information"] == [{"text": "State what the goods are used for."}]
    assert read["goods"] == [{"kind": "house", "number": "HAWB-1", "forbidden": False}]
    assert read["events"][0]["kind"] == "opened"
    assert ours.get("referrals/?which=closed").json()["results"] == []
    assert ours.get(f"referrals/?filing={case.filing_id}").json()["count"] == 1


def test_an_answer_leaves_with_its_files_once(ours: System, case: Case) -> None:
    file = {"filename": "photo.jpg", "content": base64.b64encode(JPEG).decode(), "description": "The toys"}
    body = {"responses": [{"reference": reference(ours, case, "RFI"), "text": "Wooden toys.", "files": [file]}]}

    first = ours.post(f"referrals/{case.pk}/answer/", body, **{"Idempotency-Key": "one"})
    again = ours.post(f"referrals/{case.pk}/answer/", body, **{"Idempotency-Key": "one"})

    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 201, first.json()["id"])
    assert first.json()["state"] == "queued"
    row = ours.make(lambda: OutboxMessage.objects.get(filing=first.json()["id"]))
    assert b"photo.jpg" in bytes(row.payload)


def test_a_refused_answer_keeps_nothing(ours: System, case: Case) -> None:
    file = {"filename": "photo.jpg", "content": base64.b64encode(b"no picture").decode()}
    body = {"responses": [{"reference": reference(ours, case, "RFI"), "files": [file]}]}

    refused = ours.post(f"referrals/{case.pk}/answer/", body)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:landfall:problem:not_taken")
    assert not ours.make(lambda: Filing.objects.filter(about__isnull=False).exists())


def test_findings_of_an_answer_are_told(ours: System) -> None:
    case = ours.make(lambda: asked(registered(), "RFS", message="IE3Q03"))
    body = {"responses": [{"reference": reference(ours, case, "RFS"), "screening": {"result": "1", "methods": ["XRY"]}}]}

    refused = ours.post(f"referrals/{case.pk}/answer/", body)

    assert refused.status_code == 422
    assert [one["path"] for one in refused.json()["findings"] if one["severity"] == "error"]


def test_screening_is_answered(ours: System) -> None:
    case = ours.make(lambda: asked(registered(), "RFS", message="IE3Q03"))
    person = {"name": "Ann", "identificationNumber": "BE1", "typeOfPerson": "1"}
    address = {"street": "Rue du Fret", "number": "4", "postCode": "4460", "city": "Liège", "country": "BE"}
    screening = {"result": "1", "methods": ["XRY", "ZZZ"], "person": person, "address": address}
    body = {"responses": [{"reference": reference(ours, case, "RFS"), "screening": screening}]}

    assert ours.post(f"referrals/{case.pk}/answer/", body).status_code == 201


def test_a_draft_waits_for_a_second_person(ours: System, case: Case) -> None:
    ours.make(ruling.rule, four_eyes=True, answer_within=None, escalate_before=60, second_person=None, by=SYSTEM, at=NOW)
    body = {"responses": [{"reference": reference(ours, case, "RFI"), "text": "Toys."}]}

    made = ours.post(f"referrals/{case.pk}/answer/", body)
    forced = ours.post(f"filings/{made.json()['id']}/submit/", {})

    assert (made.json()["state"], forced.status_code) == ("draft", 409)
    assert forced.json()["type"] == "urn:landfall:problem:needs_approval"


def test_an_amendment_is_drafted_with_the_reference(ours: System, case: Case) -> None:
    asked_for = reference(ours, case, "AMD")

    made = ours.post(f"referrals/{case.pk}/amend/", {"reference": asked_for})

    document = ours.get(f"filings/{made.json()['id']}/document/").json()
    assert made.status_code == 201
    assert next(iter(document.values()))["referralRequestReference"] == asked_for


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("comments", {"text": "Asked the shipper."}, "comment"),
        ("set-aside", {"reference": "{RFI}", "why": "By telephone."}, "set_aside"),
    ],
)
def test_deeds_happen_once_for_a_key(ours: System, case: Case, path: str, body: dict[str, str], kind: str) -> None:
    body = {name: value.replace("{RFI}", reference(ours, case, "RFI")) for name, value in body.items()}
    for _ in range(2):
        assert ours.post(f"referrals/{case.pk}/{path}/", body, **{"Idempotency-Key": path}).status_code == 200

    assert ours.make(lambda: CaseEvent.objects.filter(case=case, kind=kind).count()) == 1


def test_a_case_is_given_to_a_person_by_address(ours: System, case: Case) -> None:
    person = factories.member(ours.operator, "ann")

    assert ours.post(f"referrals/{case.pk}/assign/", {"to": person.email}).json()["owner"] == person.email
    assert ours.post(f"referrals/{case.pk}/assign/", {"to": "who@else.example"}).status_code == 422
    assert ours.post(f"referrals/{case.pk}/assign/", {"to": None}).json()["owner"] is None


def test_an_order_is_acknowledged_and_relayed(ours: System) -> None:
    case = ours.make(lambda: forbidden(registered(), "MSCU1234566"))

    ours.post(f"referrals/{case.pk}/relay/", {"way": "mail", "to": "ops@carrier.example"})
    call = {"way": "phone", "to": "+32 2", "spoke_with": "Ms Jansen", "text": "Stopped."}
    ours.post(f"referrals/{case.pk}/relay/", call)
    read = ours.post(f"referrals/{case.pk}/acknowledge/", {"name": "Alice"}).json()

    assert (read["state"], read["acknowledged_by"], [notice["way"] for notice in read["notices"]]) == (
        "closed", "Alice", ["mail", "phone"],
    )  # fmt: skip
    assert ours.make(Notice.objects.count) == 2


def test_a_stranger_finds_nothing(ours: System, case: Case) -> None:
    stranger = system(factories.operator("other"))
    person = {"to": None}

    assert stranger.get("referrals/").json()["results"] == []
    assert stranger.get(f"referrals/{case.pk}/").status_code == 404
    deeds = (("comments", {"text": "x"}), ("assign", person), ("amend", {"reference": "x"}), ("acknowledge", {"name": "x"}))
    for path, body in deeds:
        assert stranger.post(f"referrals/{case.pk}/{path}/", body).status_code == 404


def test_what_is_unreadable_is_named(ours: System, case: Case) -> None:
    files = [{"filename": "a", "content": "?"}]
    bad = ours.post(f"referrals/{case.pk}/answer/", {"responses": [{"reference": "x", "files": files}]})

    assert bad.status_code == 400
    assert "responses" in bad.json()["fields"]
