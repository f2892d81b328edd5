"""The console's verbs by API and command: the same deeds as its pages, each once through each door."""

import json
import uuid
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from filings.models import OutboxMessage
from filings.services import submission
from integrations import inbound, outbound, routing
from integrations.models import Connection, InboundMessage, Refusal
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock
from tests.integrations.test_console import alice, came, desk, quiet, trail_of, waiting  # noqa: F401 (fixtures)
from tests.integrations.test_routing import after, arrived

pytestmark = pytest.mark.django_db

API = "/api/v1/gateway"


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"{API}/{path}", json.dumps(body), content_type="application/json")


def state_of(operator: Operator, message: OutboxMessage) -> str:
    with tenant_scope(operator.pk):
        return str(OutboxMessage.objects.values_list("state", flat=True).get(pk=message.pk))


@pytest.fixture
def refused(itsp: Connection, sti: FakeSti, clock: Clock) -> Refusal:
    """Something of customs that we pulled and refused."""
    sti.waiting.append(sti.message(to="FR0000000000", action="IE3R01", payload=b"<IE3R01/>"))
    inbound.pull_next(clock=clock)
    with every_tenant("a test"):
        return Refusal.objects.select_related("connection").get()  # type: ignore[no-any-return]


# --- API -------------------------------------------------------------------------------------------------------------------


def test_messages_are_found_by_any_id_and_page_by_page(desk: Client, itsp: Any, acme: Operator) -> None:  # noqa: F811
    message = waiting(acme)
    for _ in range(51):
        waiting(acme)

    found = desk.get(f"{API}/messages/", {"q": message.filing.lrn}).json()  # type: ignore[union-attr]
    first = desk.get(f"{API}/messages/").json()
    second = desk.get(first["next"]).json()

    assert [row["message"]["id"] for row in found["results"]] == [str(message.pk)]
    assert found["next"] is None
    assert found["results"][0]["message"]["operator"]["eori"] == acme.eori
    assert (len(first["results"]), len(second["results"]), second["next"]) == (50, 2, None)
    assert desk.get(found["results"][0]["links"]["self"]).json()["message_id"] == message.message_id


@pytest.mark.parametrize("query", [{"q": "ab"}, {"state": "none"}, {"since": "yesterday"}, {"operator": "acme"}])
def test_a_question_that_makes_no_sense_is_refused(desk: Client, query: dict[str, str]) -> None:  # noqa: F811
    assert desk.get(f"{API}/messages/", query).status_code == 400


def test_a_message_is_held_released_and_sent_again(desk: Client, itsp: Any, acme: Operator) -> None:  # noqa: F811
    message = waiting(acme)
    ids = [str(message.pk)]

    assert post(desk, "messages/hold/", ids=ids, reason="asked by phone").json() == {"count": 1}
    assert state_of(acme, message) == "held"
    assert post(desk, "messages/release/", ids=ids).json() == {"count": 1}
    assert post(desk, "messages/release/", ids=ids).json() == {"count": 0}
    with tenant_scope(acme.pk):
        OutboxMessage.objects.filter(pk=message.pk).update(state="failed", done_at=timezone.now())
    assert post(desk, "messages/resend/", whole=True, operator=str(acme.pk)).json() == {"count": 1}

    assert state_of(acme, message) == "waiting"
    assert [len(trail_of(acme, f"outbox.{deed}")) for deed in ("held", "released", "resent")] == [1, 1, 1]
    assert {event.actor for event in trail_of(acme, "outbox.held")} == {"Lieve (ITSP)"}


def test_nothing_chosen_is_no_deed(desk: Client, itsp: Any, acme: Operator) -> None:  # noqa: F811
    message = waiting(acme)

    assert post(desk, "messages/hold/").status_code == 400
    assert state_of(acme, message) == "waiting"


def test_one_message_shows_attempts_header_and_files(
    desk: Client,  # noqa: F811
    itsp: Any,
    acme: Operator,
    clock: Clock,
) -> None:
    message = waiting(acme)
    assert outbound.send_next(clock=clock)

    found = desk.get(f"{API}/messages/sent/{message.pk}/").json()

    assert [each["outcome"] for each in found["attempts"]] == ["receipted"]
    assert "ConversationId" in {each["name"] for each in found["header"]["fields_of_header"]}
    assert found["header"]["signed_by"][0]["subject"] == "CN=itsp"
    assert {desk.get(address).status_code for address in found["links"].values()} == {200}
    assert len(trail_of(acme, "gateway.downloaded")) == 3


def test_the_tray_is_read_processed_again_set_aside_and_given(desk: Client, itsp: Any, acme: Operator) -> None:  # noqa: F811
    first, second = came(itsp), came(itsp)

    assert {row["id"] for row in desk.get(f"{API}/tray/").json()} == {str(first.pk), str(second.pk)}
    one = desk.get(f"{API}/tray/{first.pk}/").json()
    assert "Grand piano" in "".join(one["beginning"])
    assert post(desk, "tray/aside/", ids=[str(second.pk)], text="a test of customs").json() == {"count": 1}
    assert [row["note"] for row in desk.get(f"{API}/tray/", {"state": "aside"}).json()] == ["Lieve (ITSP): a test of customs"]
    assert post(desk, "tray/again/", ids=[str(second.pk)]).json() == {"count": 1}
    given = post(desk, f"tray/{first.pk}/give/", operator=str(acme.pk), text="named on the phone")
    assert given.json()["reason"]

    with every_tenant("a test"):
        states = dict(InboundMessage.objects.values_list("pk", "state"))
        assert states == {first.pk: "routed", second.pk: "stored"}
    assert post(desk, f"tray/{first.pk}/give/", operator=str(acme.pk), text="twice").status_code == 409
    assert post(desk, f"tray/{second.pk}/give/", operator=str(first.pk), text="nobody").status_code == 400


def test_what_was_refused_is_listed_read_and_settled(desk: Client, refused: Refusal) -> None:  # noqa: F811
    (item,) = desk.get(f"{API}/refused/", {"origin": "customs"}).json()
    assert (item["code"], item["connection"]) == ("EBMS:0003", "ITSP")
    assert "add its connection" in item["advice"]
    assert desk.get(f"{API}/refused/", {"origin": "anybody"}).json() == []

    one = desk.get(item["links"]["self"]).json()
    assert "ConversationId" in {each["name"] for each in one["header"]["fields_of_header"]}
    assert desk.get(item["links"]["octets"]).content == bytes(refused.head)
    assert post(desk, "refused/settle/", ids=[item["id"]], text="told customs").json() == {"count": 1}
    assert desk.get(f"{API}/refused/").json() == []
    assert post(desk, "refused/reopen/", ids=[item["id"]]).json() == {"count": 1}
    assert len(desk.get(f"{API}/refused/").json()) == 1


@pytest.mark.parametrize("path", ["messages/", "tray/", "refused/"])
def test_nobody_but_staff_gets_in(alice: Client, acme: Operator, path: str) -> None:  # noqa: F811
    key = Client(headers={"authorization": f"Bearer {factories.api_key(acme)}"})

    assert alice.get(f"{API}/{path}").status_code == 404
    assert key.get(f"{API}/{path}").status_code == Client().get(f"{API}/{path}").status_code == 401


def test_writing_needs_the_token_of_the_session(acme: Operator, itsp: Any) -> None:
    message = waiting(acme)
    user = factories.member(factories.operator("itsp"), "lieve")
    user.is_itsp_staff = True
    user.save()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    assert post(client, "messages/hold/", ids=[str(message.pk)]).status_code == 403
    assert state_of(acme, message) == "waiting"


# --- Pages of what was refused ---------------------------------------------------------------------------------------------


def test_the_page_tells_why_and_what_to_do(desk: Client, refused: Refusal) -> None:  # noqa: F811
    listed = desk.get("/gateway/refused/").content.decode()
    one = desk.get(f"/gateway/refused/{refused.pk}/").content.decode()

    assert "was refused</strong> by our side" in desk.get("/gateway/").content.decode()
    assert "add its connection" in listed
    assert refused.message_id in listed
    assert "ConversationId" in one
    assert "it was the answer to a pull of ours" in one
    assert desk.get(f"/gateway/refused/{refused.pk}/octets/").content == bytes(refused.head)


def test_it_is_dealt_with_and_opened_again_on_the_page(desk: Client, refused: Refusal) -> None:  # noqa: F811
    chosen = {"id": str(refused.pk)}

    assert "Choose at least one" in desk.post("/gateway/refused/settle/", {"text": "x"}, follow=True).content.decode()
    settled = desk.post("/gateway/refused/settle/", {**chosen, "text": "told customs"}, follow=True).content.decode()
    assert "1 refusal is marked as dealt with." in settled
    assert "Nothing is open" in settled
    assert "told customs" in desk.get("/gateway/refused/?state=settled").content.decode()
    again = desk.post("/gateway/refused/reopen/", chosen, follow=True).content.decode()
    assert "1 refusal is open again." in again
    assert "Nothing was changed" in desk.post("/gateway/refused/reopen/", chosen, follow=True).content.decode()


def test_the_list_of_refusals_says_when_nothing_fits(desk: Client, refused: Refusal) -> None:  # noqa: F811
    assert "Nothing fits" in desk.get("/gateway/refused/?origin=anybody").content.decode()
    assert "Nothing here yet" in desk.get("/gateway/refused/?state=settled").content.decode()
    assert desk.post("/gateway/refused/settle/", {"id": "nonsense"}).status_code == 404


# --- Command ---------------------------------------------------------------------------------------------------------------


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("gateway_messages", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_finds_holds_and_releases(itsp: Any, acme: Operator) -> None:
    message = waiting(acme)

    assert str(message.pk) in told("find", message.message_id[:12])
    assert told("hold", str(message.pk), "--reason", "a test") == "1 of 1\n"
    assert "Held back by" in told("find", "--state", "held")
    assert told("release", str(message.pk)) == "1 of 1\n"
    assert told("resend", str(message.pk)) == "0 of 1\n"
    with pytest.raises(CommandError, match="at least 3"):
        told("find", "ab")


def test_the_command_processes_a_parked_message_again_after_a_fix(itsp: Any, acme: Operator) -> None:
    with tenant_scope(acme.pk):
        filing = factories.draft()
    row = arrived(itsp, factories.registration(filing))
    routing.route_next(at=factories.later(60))
    listed = told("tray")
    with tenant_scope(acme.pk):
        submission.submit(filing=filing, by=factories.ALICE, at=factories.later(70))

    assert told("again", str(row.pk), str(uuid.uuid4())) == "1 of 2\n"
    routing.route_next(at=factories.later(80))

    assert str(row.pk) in listed
    assert "names no filing" in listed
    assert after(row).state == "routed"
    assert told("tray") == ""


def test_the_command_sets_aside_and_gives_by_hand(itsp: Any, acme: Operator) -> None:
    row = arrived(itsp, b"rubbish")
    routing.route_next(at=factories.later(60))

    assert told("aside", str(row.pk), "--note", "of no use") == "1 of 1\n"
    assert "of no use" in told("tray", "--aside")
    with pytest.raises(CommandError, match="no operator nobody"):
        told("give", str(row.pk), "--operator", "nobody", "--note", "theirs")
    with pytest.raises(CommandError, match="no filing with this LRN"):
        told("give", str(row.pk), "--operator", "acme", "--reference", "NONE", "--note", "theirs")
    assert told("give", str(row.pk), "--operator", "acme", "--note", "theirs").startswith("Given. It was not processed: ")
    assert after(row).operator_id == acme.pk


def test_the_command_lists_and_settles_refusals(refused: Refusal) -> None:
    assert "add its connection" in told("refused")
    assert told("settle", str(refused.pk), "--note", "told customs") == "1 of 1\n"
    assert told("refused") == ""
    assert refused.message_id in told("refused", "--all")
