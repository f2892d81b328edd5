"""The evidence on the page and by the API, the push endpoint, health: what a reader, a stranger and customs see."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.db import DatabaseError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse

from filings.messages import xml
from filings.models import Filing
from integrations import inbound, outbound, routing
from integrations.models import Attempt, Connection, Exchange, InboundMessage
from integrations.web import push as push_door
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti, Reply, replies
from tests.integrations.conftest import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(acme: Operator, itsp: Connection, sti: FakeSti, clock: Clock) -> Filing:
    """A filing that went to customs at the second attempt and was registered."""
    with tenant_scope(acme.pk):
        made = factories.submitted()
    sti.next_answers.append(replies(Reply(503, "text/html", b"<script>later</script>")))
    outbound.send_next(clock=clock)
    clock.forward(60)
    outbound.send_next(clock=clock)
    with tenant_scope(acme.pk):
        message_id = made.outbox.get().message_id
    payload = xml.write(factories.registration(made))
    sti.waiting.append(sti.message(to=itsp.party_id, action="IE3R01", payload=payload, ref_to=message_id))
    clock.forward(1)
    inbound.pull_next(clock=clock)
    routing.route_next(at=clock.now)
    return made


@pytest.fixture
def files(filing: Filing) -> dict[tuple[str, str], tuple[Any, bytes]]:
    """Every file of evidence: kind and part, with its row's key and the octets it must have."""
    with tenant_scope(filing.operator_id):
        exchange, row = Exchange.objects.select_related("outbox").get(), InboundMessage.objects.get()
        first = Attempt.objects.order_by("number").first()
    assert first is not None
    return {
        ("exchanges", "xml"): (exchange.pk, bytes(exchange.outbox.payload)),
        ("exchanges", "message"): (exchange.pk, bytes(exchange.body)),
        ("exchanges", "receipt"): (exchange.pk, bytes(exchange.receipt)),
        ("attempts", "response"): (first.pk, b"<script>later</script>"),
        ("inbound", "xml"): (row.pk, bytes(row.payload)),
        ("inbound", "message"): (row.pk, bytes(row.body)),
        ("inbound", "receipt"): (row.pk, bytes(row.receipt)),
    }


Files = dict[tuple[str, str], tuple[Any, bytes]]


def signed_in(operator: Operator, name: str = "alice") -> Client:
    client = Client()
    client.force_login(factories.member(operator, name))
    return client


def page(name: str, operator: Operator, *args: Any) -> str:
    return reverse(f"integrations:{name}", args=[operator.slug, *args])


# --- Pages -----------------------------------------------------------------------------------------------------------------


def test_the_fragment_tells_what_went_over_the_wire(filing: Filing, acme: Operator, files: Files) -> None:
    response = signed_in(acme).get(page("of-filing", acme, filing.pk))

    text = response.content.decode()
    assert response.status_code == 200
    assert "Receipted" in text
    assert "HTTP 503" in text
    for (kind, part), (pk, _) in files.items():
        assert page("download", acme, kind, pk, part) in text


def test_every_file_comes_octet_for_octet_and_only_for_saving(acme: Operator, files: Files) -> None:
    client = signed_in(acme)

    for (kind, part), (pk, octets) in files.items():
        response = client.get(page("download", acme, kind, pk, part))

        assert response.status_code == 200, (kind, part)
        assert response.content == octets
        assert response["Content-Disposition"].startswith('attachment; filename="TEST')
        assert response["Content-Type"] in {"application/xml", "application/octet-stream"}
        assert response["X-Content-Type-Options"] == "nosniff"


def test_a_page_that_answered_for_customs_is_not_served_as_a_page(acme: Operator, files: Files) -> None:
    pk, _ = files["attempts", "response"]

    response = signed_in(acme).get(page("download", acme, "attempts", pk, "response"))

    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].endswith('-attempt-1-response.bin"')


def test_a_stranger_finds_nothing_at_his_own_address_either(filing: Filing, acme: Operator, files: Files) -> None:
    other = factories.operator("other")
    charlie = signed_in(other, "charlie")

    for operator in (acme, other):
        assert charlie.get(page("of-filing", operator, filing.pk)).status_code == 404
        for (kind, part), (pk, _) in files.items():
            assert charlie.get(page("download", operator, kind, pk, part)).status_code == 404, (operator.slug, kind, part)


@pytest.mark.parametrize(("kind", "part"), [("exchanges", "key"), ("connections", "xml"), ("inbound", "response")])
def test_there_are_no_other_files(kind: str, part: str, acme: Operator, files: Files) -> None:
    pk, _ = files["exchanges", "xml"]

    assert signed_in(acme).get(page("download", acme, kind, pk, part)).status_code == 404


def test_a_filing_never_sent_has_no_evidence_yet(acme: Operator) -> None:
    with tenant_scope(acme.pk):
        draft = factories.draft()

    text = signed_in(acme).get(page("of-filing", acme, draft.pk)).content.decode()

    assert "Nothing was sent yet" in text
    assert "Nothing was received yet" in text


# --- API -------------------------------------------------------------------------------------------------------------------


def api(operator: Operator) -> Callable[[str], Any]:
    headers = {"Authorization": f"Bearer {factories.api_key(operator)}"}
    return lambda address: Client().get(address, headers=headers)


def test_the_api_lists_the_evidence_and_hands_out_every_file(filing: Filing, acme: Operator, files: Files) -> None:
    get = api(acme)

    body = get(f"/api/v1/filings/{filing.pk}/exchanges/").json()

    (sent,), (received,) = body["sent"], body["received"]
    links = {**sent["links"], **sent["attempts"][0]["links"]}
    assert [attempt["outcome"] for attempt in sent["attempts"]] == ["no_receipt", "receipted"]
    assert {part: get(address).content for part, address in links.items()} == {
        part: octets for (kind, part), (_, octets) in files.items() if kind != "inbound"
    }
    assert {part: get(address).content for part, address in received["links"].items()} == {
        part: octets for (kind, part), (_, octets) in files.items() if kind == "inbound"
    }


def test_the_digest_shown_is_that_of_the_octets(filing: Filing, acme: Operator) -> None:
    (sent,) = api(acme)(f"/api/v1/filings/{filing.pk}/exchanges/").json()["sent"]

    with tenant_scope(acme.pk):
        exchange = Exchange.objects.get()
    assert (sent["sha256"], sent["size"]) == (exchange.sha256, len(exchange.body))


def test_a_strangers_key_finds_nothing(filing: Filing, files: Files) -> None:
    get = api(factories.operator("other"))

    assert get(f"/api/v1/filings/{filing.pk}/exchanges/").status_code == 404
    for (kind, part), (pk, _) in files.items():
        assert get(f"/api/v1/filings/{filing.pk}/{kind}/{pk}/{part}/").status_code == 404


def test_a_file_of_another_filing_is_not_found_under_this_one(acme: Operator, files: Files) -> None:
    with tenant_scope(acme.pk):
        other = factories.draft()
    get = api(acme)

    for (kind, part), (pk, _) in files.items():
        assert get(f"/api/v1/filings/{other.pk}/{kind}/{pk}/{part}/").status_code == 404


def test_without_a_key_nothing_is_said(filing: Filing) -> None:
    assert Client().get(f"/api/v1/filings/{filing.pk}/exchanges/").status_code == 401


# --- Customs' door ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def pushed(itsp: Connection) -> Connection:
    with every_tenant("a test"):
        Connection.objects.update(reception=Connection.Reception.PUSH)
    return itsp


def test_customs_pushes_without_session_or_form_token(pushed: Connection, sti: FakeSti) -> None:
    message = sti.message(to=pushed.party_id, action="IE3R01", payload=b"<IE3R01/>", mpc=None)
    customs = Client(enforce_csrf_checks=True)

    first, second = (customs.post("/as4/", message.body, content_type=message.content_type) for _ in range(2))

    assert (first.status_code, first.content) == (200, second.content)
    assert b"NonRepudiationInformation" in first.content
    with every_tenant("a test"):
        assert InboundMessage.objects.get().receipt_sent_at is not None


def test_rubbish_gets_an_error_signal_and_is_no_fault_of_ours(pushed: Connection, caplog: pytest.LogCaptureFixture) -> None:
    response = Client().post("/as4/", b"hello", content_type="text/html")

    assert (response.status_code, response["Content-Type"]) == (500, "application/soap+xml; charset=UTF-8")
    assert b"EBMS:0007" in response.content
    assert [record.levelname for record in caplog.records if record.levelname != "INFO"] == ["WARNING"]


@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
def test_only_post_is_answered(method: str) -> None:
    assert getattr(Client(), method)("/as4/").status_code == 405


def test_a_flood_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_door, "LIMIT", 1000)

    assert Client().post("/as4/", b"x" * 1001, content_type="application/soap+xml").status_code == 413


def test_a_flood_in_chunks_is_cut_off(pushed: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_door, "LIMIT", 1000)

    assert in_chunks(b"x" * 1001, "application/soap+xml").status_code == 413


def test_a_message_in_chunks_is_read(pushed: Connection, sti: FakeSti) -> None:
    message = sti.message(to=pushed.party_id, action="IE3R01", payload=b"<IE3R01/>", mpc=None)

    assert in_chunks(message.body, message.content_type).status_code == 200


def in_chunks(body: bytes, content_type: str) -> Any:
    """Post a body of unannounced length, as a server in front hands it over."""
    from io import BytesIO

    environ = {"wsgi.input": BytesIO(body), "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": content_type}
    return Client().generic("POST", "/as4/", **environ)


# --- Health ----------------------------------------------------------------------------------------------------------------


def test_alive_says_nothing_else() -> None:
    assert Client().get("/health/live").json() == {"status": "alive"}


def test_ready_with_the_database_of_this_release_even_without_a_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis+socket:///nowhere/valkey.sock")

    response = Client().get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {"status": "ready", "database": "ok", "migrations": "ok", "broker": "failing"}


def test_not_ready_while_migrations_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [object()])

    response = Client().get("/health/ready")

    assert (response.status_code, response.json()["migrations"]) == (503, "failing")


def test_not_ready_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise DatabaseError("no secret: host=db.internal")

    monkeypatch.setattr(MigrationExecutor, "migration_plan", fails)

    response = Client().get("/health/ready")

    assert response.status_code == 503
    assert b"db.internal" not in response.content
