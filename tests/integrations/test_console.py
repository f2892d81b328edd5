"""The gateway console: who may, what it shows, and each deed once through its page."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from filings.models import FilingEvent, OutboxMessage
from integrations import outbound, routing, tray
from integrations.models import Deed, Exchange, InboundMessage, Ping
from tenants.models import AuditEvent, Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.integrations.conftest import Clock

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


def waiting(acme: Operator, **fields: Any) -> OutboxMessage:
    """Return a message of a submitted filing."""
    with tenant_scope(acme.pk):
        filing = factories.submitted()
        OutboxMessage.objects.filter(filing=filing).update(**fields)
        return OutboxMessage.objects.select_related("filing").get(filing=filing)


def came(itsp: Any, **fields: Any) -> InboundMessage:
    """Return a message of customs that is in the tray."""
    values = {
        "message_id": f"{uuid4()}@sti.example",
        "message_type": "IE3Q99",
        "content_type": "application/soap+xml",
        "body": b"<Envelope/>",
        "payload": b"<?xml version='1.0'?><IE3Q99><secret>Grand piano</secret></IE3Q99>",
        "references": [["#body", "abc="]],
        "signer": "00",
        "receipt": b"<Receipt/>",
        "receipt_type": "application/soap+xml",
        "state": InboundMessage.State.PARKED,
        "reason": "It names no filing of ours, and no operator of ours.",
        "received_at": timezone.now(),
        "due_at": timezone.now(),
    }
    with every_tenant("a test puts a message into the tray"):
        return InboundMessage.objects.create(connection=itsp, **{**values, **fields})


def trail_of(operator: Operator, deed: str) -> list[AuditEvent]:
    with tenant_scope(operator.pk):
        return list(AuditEvent.objects.filter(deed=deed))


PAGES = ["/gateway/", "/gateway/messages/", "/gateway/tray/"]


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_staff_are_not_there_for_others(alice: Client, page: str) -> None:
    assert alice.get(page).status_code == 404
    assert Client().get(page).status_code == 302


def test_each_page_says_so_where_there_is_nothing(desk: Client) -> None:
    assert "There is no active connection" in desk.get("/gateway/").content.decode()
    assert "No messages yet" in desk.get("/gateway/messages/").content.decode()
    assert "The tray is empty" in desk.get("/gateway/tray/").content.decode()


def test_the_overview_shows_queue_failures_and_the_tray(desk: Client, itsp: Any, acme: Operator) -> None:
    waiting(acme)
    late = waiting(acme, due_at=timezone.now() + timedelta(minutes=3), reason="The endpoint does not answer.", attempts=1)
    lost = waiting(acme, state="failed", done_at=timezone.now(), reason="EBMS:0103 Fix the set-up.")
    came(itsp)

    page = desk.get("/gateway/").content.decode()

    assert "found nobody" in page
    assert f"/gateway/messages/sent/{late.pk}/" in page
    assert f"/gateway/messages/sent/{lost.pk}/" in page
    assert "The endpoint does not answer." in page
    assert "EBMS:0103 Fix the set-up." in page
    assert re.search(r"<th scope=\"row\">B</th>\s*<td data-label=\"Waiting\">2</td>", page)


def test_htmx_gets_the_changing_part_alone_and_every_control_in_it_has_an_id(desk: Client, itsp: Any) -> None:
    """Htmx gives the focus back to what has the same id after a swap."""
    page = desk.get("/gateway/", headers={"HX-Request": "true", "HX-Target": "overview"}).content.decode()

    assert "<html" not in page
    controls = re.findall(r"<(?:a|button)\b[^>]*>", page)
    assert controls
    assert all(" id=" in control for control in controls)


def test_a_failing_message_is_held_released_and_sent_again(desk: Client, itsp: Any, acme: Operator, sti: Any) -> None:
    message = waiting(acme)
    chosen = {"id": str(message.pk), "back": f"/gateway/messages/sent/{message.pk}/"}

    held = desk.post("/gateway/messages/do/hold/", {**chosen, "reason": "asked by phone"}, follow=True)
    assert "1 message is held back." in held.content.decode()
    released = desk.post("/gateway/messages/do/release/", chosen, follow=True)
    assert "1 message is let go" in released.content.decode()
    with tenant_scope(acme.pk):
        OutboxMessage.objects.filter(pk=message.pk).update(state="failed", done_at=timezone.now())
    again = desk.post("/gateway/messages/do/resend/", chosen, follow=True)
    assert "1 message is queued again" in again.content.decode()

    with tenant_scope(acme.pk):
        assert OutboxMessage.objects.get(pk=message.pk).state == "waiting"
    assert [len(trail_of(acme, f"outbox.{deed}")) for deed in ("held", "released", "resent")] == [1, 1, 1]


def test_all_that_fit_are_held_in_one_go(desk: Client, itsp: Any, acme: Operator) -> None:
    for _ in range(3):
        waiting(acme)
    other = factories.operator("other")
    waiting(other)

    answer = desk.post("/gateway/messages/do/hold/", {"whole": "yes", "operator": str(acme.pk)}, follow=True)

    assert "3 messages are held back." in answer.content.decode()


def test_without_a_tick_nothing_is_done(desk: Client, acme: Operator) -> None:
    waiting(acme)

    answer = desk.post("/gateway/messages/do/hold/", {"operator": ""}, follow=True)

    assert "Choose at least one message first." in answer.content.decode()
    assert not trail_of(acme, "outbox.held")


def test_deeds_lead_back_to_the_console_only(desk: Client) -> None:
    answer = desk.post("/gateway/messages/do/hold/", {"id": str(uuid4()), "back": "https://elsewhere.example/gateway/"})

    assert answer["Location"] == "/gateway/messages/"


def test_one_message_shows_its_header_attempts_and_receipt_readable(
    desk: Client, itsp: Any, acme: Operator, clock: Clock
) -> None:
    message = waiting(acme)
    assert outbound.send_next(clock=clock)

    page = desk.get(f"/gateway/messages/sent/{message.pk}/").content.decode()

    assert "receipted" in page
    assert "ConversationId" in page
    assert "Receipt of customs" in page
    assert "CN=itsp" in page  # who signed
    assert message.message_id in page


def test_who_takes_a_file_stands_in_the_trail_of_the_operator(desk: Client, itsp: Any, acme: Operator, clock: Clock) -> None:
    message = waiting(acme)
    outbound.send_next(clock=clock)
    with tenant_scope(acme.pk):
        exchange = Exchange.objects.get(outbox=message)

    answers = [
        desk.get(f"/gateway/messages/files/{kind}/{pk}/{part}/")
        for kind, pk, part in (
            ("messages", message.pk, "xml"),
            ("exchanges", exchange.pk, "message"),
            ("exchanges", exchange.pk, "receipt"),
        )
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all("attachment" in answer["Content-Disposition"] for answer in answers)
    trail = trail_of(acme, "gateway.downloaded")
    assert sorted(event.detail["part"] for event in trail) == ["message", "receipt", "xml"]
    assert {event.actor for event in trail} == {"Lieve (ITSP)"}
    assert desk.get(f"/gateway/messages/files/nothing/{message.pk}/xml/").status_code == 404


def test_the_list_finds_by_any_id_and_says_so_where_nothing_fits(desk: Client, itsp: Any, acme: Operator) -> None:
    message = waiting(acme)
    assert message.filing is not None

    for text in (message.message_id[:12], message.filing.lrn, str(message.filing_id), str(message.pk), acme.eori):
        assert message.message_id in desk.get("/gateway/messages/", {"q": text}).content.decode(), text
    assert "Nothing fits" in desk.get("/gateway/messages/", {"q": "nobody has this"}).content.decode()
    assert "at least 3 characters" in desk.get("/gateway/messages/", {"q": "x"}).content.decode()


def test_a_wrong_filter_is_said_and_left_out(desk: Client, itsp: Any, acme: Operator) -> None:
    message = waiting(acme)

    page = desk.get("/gateway/messages/", {"operator": "nonsense", "direction": "sent"}).content.decode()

    assert "Operator: Select a valid choice" in page
    assert message.message_id in page


# --- Tray ------------------------------------------------------------------------------------------------------------------


def test_the_tray_shows_reasons_and_one_message_its_beginning_which_is_audited(desk: Client, itsp: Any) -> None:
    row = came(itsp, payload=b"<a>\x00\xe2\x80\xaeGrand piano</a>\xff")

    listed = desk.get("/gateway/tray/").content.decode()
    page = desk.get(f"/gateway/tray/{row.pk}/").content.decode()

    assert "It names no filing of ours" in listed
    assert "Grand piano" not in listed
    assert "&lt;a&gt;\\u0000\\u202eGrand piano&lt;/a&gt;\\xff" in page
    with every_tenant("a test reads the trail"):
        assert [deed.deed for deed in Deed.objects.filter(target_id=str(row.pk))] == ["inbound.looked_at"]


def test_parked_messages_are_processed_again_in_bulk(desk: Client, itsp: Any) -> None:
    rows = [came(itsp), came(itsp)]

    answer = desk.post("/gateway/tray/again/", {"id": [str(row.pk) for row in rows]}, follow=True)

    assert "2 messages are processed again" in answer.content.decode()
    with every_tenant("a test looks"):
        assert InboundMessage.objects.filter(state="stored").count() == 2
        assert Deed.objects.filter(deed="inbound.processed_again").count() == 2
    assert routing.route_next(at=timezone.now() + timedelta(seconds=1))  # and come back, since nothing was mended
    with every_tenant("a test looks"):
        assert InboundMessage.objects.filter(state="parked").count() == 1


def test_a_message_is_set_aside_with_a_note_and_can_come_back(desk: Client, itsp: Any) -> None:
    row = came(itsp)

    assert "write why" in desk.post("/gateway/tray/aside/", {"id": str(row.pk)}, follow=True).content.decode()
    answer = desk.post("/gateway/tray/aside/", {"id": str(row.pk), "text": "Sent twice by mistake"}, follow=True)

    assert "Lieve (ITSP): Sent twice by mistake" in answer.content.decode()
    with every_tenant("a test looks"):
        assert row.pk not in [each.pk for each in tray.waiting()]
    desk.post("/gateway/tray/again/", {"id": str(row.pk)})
    with every_tenant("a test looks"):
        assert InboundMessage.objects.get(pk=row.pk).state == "stored"


def test_a_message_is_given_to_a_filing_by_hand_and_stands_in_its_timeline(desk: Client, itsp: Any, acme: Operator) -> None:
    message = waiting(acme)
    assert message.filing is not None
    row = came(itsp)
    given = {"operator": str(acme.pk), "reference": message.filing.lrn, "text": "named in the text"}

    answer = desk.post(f"/gateway/tray/{row.pk}/", given, follow=True)

    assert "kept as evidence" in answer.content.decode()  # nothing can be done with a message that no table has
    with tenant_scope(acme.pk):
        kept = InboundMessage.objects.get(pk=row.pk)
        assert (kept.state, kept.filing_id, kept.note) == ("routed", message.filing_id, "Lieve (ITSP): named in the text")
        assert FilingEvent.objects.filter(filing=message.filing, kind="given").count() == 1
    assert len(trail_of(acme, "inbound.given")) == 1


def test_what_is_given_by_hand_is_processed_where_it_can_be(desk: Client, itsp: Any, acme: Operator) -> None:
    from filings.messages import xml

    message = waiting(acme)
    assert message.filing is not None
    payload = xml.write(factories.registration(message.filing))
    row = came(itsp, message_type="IE3R01", payload=payload)

    desk.post(f"/gateway/tray/{row.pk}/", {"operator": str(acme.pk), "reference": message.filing.lrn, "text": "ours"})

    with tenant_scope(acme.pk):
        message.filing.refresh_from_db()
        assert message.filing.mrn == factories.MRN


@pytest.mark.parametrize(("reference", "words"), [("NOBODYS", "has sent no filing"), ("", "")])
def test_a_reference_that_the_operator_does_not_have_is_refused(
    desk: Client, itsp: Any, acme: Operator, reference: str, words: str
) -> None:
    row = came(itsp)

    answer = desk.post(f"/gateway/tray/{row.pk}/", {"operator": str(acme.pk), "reference": reference, "text": "why"})

    assert answer.status_code == (422 if words else 302)
    assert words in answer.content.decode()


def test_a_message_of_an_operators_own_connection_stays_its_own(desk: Client, itsp: Any, acme: Operator) -> None:
    other = factories.operator("other")
    with every_tenant("a test sets up connections"):
        itsp.operator = other
        itsp.save()
    row = came(itsp)

    answer = desk.post(f"/gateway/tray/{row.pk}/", {"operator": str(acme.pk), "reference": "", "text": "why"})

    assert answer.status_code == 422
    assert "another operator" in answer.content.decode()
    with every_tenant("a test looks"):
        assert InboundMessage.objects.get(pk=row.pk).operator_id is None


def test_what_was_dealt_with_is_not_given_twice(desk: Client, itsp: Any, acme: Operator) -> None:
    row = came(itsp, state="routed", routed_at=timezone.now())

    answer = desk.post(f"/gateway/tray/{row.pk}/", {"operator": str(acme.pk), "text": "why"}, follow=True)

    assert "somebody else has dealt with it" in answer.content.decode()


def test_only_what_is_open_is_touched(itsp: Any) -> None:
    row = came(itsp, state="routed", routed_at=timezone.now())

    assert tray.again([row.pk], by=factories.ALICE, at=timezone.now()) == 0


# --- Ping ------------------------------------------------------------------------------------------------------------------


def test_a_ping_is_sent_shown_and_kept(desk: Client, itsp: Any, sti: Any) -> None:
    answer = desk.post(f"/gateway/connections/{itsp.pk}/ping/", follow=True)
    page = answer.content.decode()

    with every_tenant("a test looks"):
        sent = Ping.objects.get()
    assert sent.succeeded
    assert "customs has signed for the test" in page
    assert sent.message_id in page
    for part in ("message", "response"):
        assert desk.get(f"/gateway/pings/{sent.pk}/{part}/").status_code == 200
    assert desk.get(f"/gateway/pings/{sent.pk}/nothing/").status_code == 404
    assert desk.post("/gateway/connections/999999/ping/").status_code == 404
