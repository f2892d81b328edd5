"""Cases 114 to 118: other tenants, new keys, jumping clocks, hostile names, a disk that is full."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection as database
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from filings.models import Filing
from integrations import outbound, pki
from integrations.models import Attempt, Connection, Exchange
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti, Reply, replies
from tests.integrations.adversarial.sides import Side
from tests.integrations.as4 import forge
from tests.integrations.conftest import START, Clock, Identities
from tests.integrations.conftest import give as put_to_use
from tests.integrations.test_outbound import attempts_of, exchange_of, state

pytestmark = pytest.mark.django_db

SECRET = "/var/lib/secret/base"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


# --- 114 ------------------------------------------------------------------------------------------------------------------


def test_case_114_a_strangers_question_and_one_about_nothing_get_the_same_answer(
    filing: Filing, sti: FakeSti, clock: Clock
) -> None:
    outbound.send_next(clock=clock)
    with tenant_scope(filing.operator_id):
        pk = Exchange.objects.get().pk
    key = factories.api_key(factories.operator("stranger"))
    theirs, nobodys = (
        asked(f"/api/v1/filings/{filing_id}/exchanges/{pk}/message/", key) for filing_id in (filing.pk, uuid.uuid4())
    )
    listed, unlisted = (asked(f"/api/v1/filings/{filing_id}/exchanges/", key) for filing_id in (filing.pk, uuid.uuid4()))

    assert theirs[0] == listed[0] == 404
    assert theirs == nobodys  # status, words, and the questions the database was asked: no clock tells them apart
    assert listed == unlisted


def asked(path: str, key: str) -> tuple[int, bytes, int]:
    client = Client()
    client.get(path, headers={"Authorization": f"Bearer {key}"})
    with CaptureQueriesContext(database) as queries:
        response = client.get(path, headers={"Authorization": f"Bearer {key}"})
    return response.status_code, re.sub(rb"[0-9a-f-]{36}", b"", response.content), len(queries)


def test_case_114_a_message_id_finds_nothing_for_a_stranger(filing: Filing, sti: FakeSti, clock: Clock) -> None:
    outbound.send_next(clock=clock)
    message_id = exchange_of(filing).message_id
    key = factories.api_key(factories.operator("stranger"))

    response = Client().get(
        f"/api/v1/filings/?search={message_id}&message_id={message_id}", headers={"Authorization": f"Bearer {key}"}
    )

    assert message_id.encode() not in response.content
    assert str(filing.pk).encode() not in response.content


# --- 115 ------------------------------------------------------------------------------------------------------------------


def give(identity: pki.Identity, *, since: datetime, **more: Any) -> None:
    """Let the connection seal with another key from now on."""
    with every_tenant("a test"):
        Connection.objects.update(**more)
        connection = Connection.objects.get()
    put_to_use(connection, identity, since=since)


@pytest.fixture
def brief(identities: Identities, clock: Clock) -> pki.Identity:
    """A seal that holds for another hour, under the same authority as the one that follows it."""
    issuer = pki.make_ca("Issuing CA", issuer=ROOT, not_before=START, not_after=clock.now + timedelta(days=9))
    return pki.make_leaf("brief", issuer=issuer, not_before=START, not_after=clock.now + timedelta(hours=1))


ROOT = pki.make_root("rotating", not_before=START, not_after=START + timedelta(days=9999))


@pytest.fixture
def queued(filing: Filing, sti: FakeSti, brief: pki.Identity, clock: Clock) -> Filing:
    """A filing that was sealed with the brief seal, and did not get through."""
    give(brief, since=START + timedelta(days=1), endpoint="http://127.0.0.1:9/")
    outbound.send_next(clock=clock)
    fresh = pki.make_leaf("fresh", issuer=ROOT, not_before=START, not_after=START + timedelta(days=9000))
    give(fresh, since=clock.now, endpoint=sti.url)
    sti.trust = type(sti.trust).load([ROOT.root])
    return filing


def test_case_115_the_stored_octets_go_while_their_seal_holds(queued: Filing, sti: FakeSti, clock: Clock) -> None:
    before = bytes(exchange_of(queued).body)
    clock.forward(1200)

    outbound.send_next(clock=clock)

    assert [bytes(body) for _, body in sti.pushes] == [before]
    assert [item.outcome for item in attempts_of(queued)] == ["no_receipt", "receipted"]


def test_case_115_when_the_old_seal_has_ended_a_new_id_gets_a_new_one(queued: Filing, sti: FakeSti, clock: Clock) -> None:
    before = exchange_of(queued)
    clock.forward(3500)  # the last attempt allowed would come later still
    with every_tenant("a test"):
        Connection.objects.update(give_up_after=600)
    clock.forward(200)

    outbound.send_next(clock=clock)

    after = exchange_of(queued)
    assert after.message_id != before.message_id
    assert [*sti.delivered] == [after.message_id]
    assert after.state == Exchange.State.RECEIPTED
    assert state(queued) == "sent"
    resealed = attempts_of(queued)[1]
    assert (resealed.outcome, bytes(resealed.response)) == ("resealed", bytes(before.body))
    assert after.message_id in resealed.reason


# --- 116 ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)], ids=["ahead", "back"])
def test_case_116_a_jump_of_the_clock_keeps_order_and_doubles_nothing(
    jump: timedelta, acme: Operator, itsp: Connection, sti: FakeSti, clock: Clock
) -> None:
    with every_tenant("a test"):
        Connection.objects.update(give_up_after=3000)
    with tenant_scope(acme.pk):
        made = [factories.submitted() for _ in range(3)]
    sti.next_answers.append(replies(Reply(500)))
    outbound.send_next(clock=clock)
    first = sti.pushes[0]

    clock.now += jump
    for _ in range(20):
        outbound.send_next(clock=clock)
        clock.forward(20)
    clock.now -= jump
    for _ in range(20):
        outbound.send_next(clock=clock)
        clock.forward(20)

    assert len(sti.delivered) == len(made)
    assert len(sti.pushes) == len(made) + 1
    assert sti.pushes.count(first) == 2
    order = [body for number, (_, body) in enumerate(sti.pushes) if number]
    assert [body for body in order if body != first[1]] == [
        bytes(exchange_of(filing).body) for filing in made if bytes(exchange_of(filing).body) != first[1]
    ]
    with tenant_scope(acme.pk):
        assert {item.outcome for item in Attempt.objects.all()} == {"no_receipt", "receipted"}


# --- 117 ------------------------------------------------------------------------------------------------------------------

HOSTILE = "NL1&#13;&#10;FORGED 2026 entry &#x202E;kcatta"


def units(side: Side) -> list[str]:
    return [
        side.unit((f">{side.sender_id}<", f">{HOSTILE}<")),
        side.unit((f">{side.action}<", f">{HOSTILE}<")),
        side.unit((forge.MESSAGE_ID, f"{HOSTILE}@x")),
        side.unit(("EU-ICS2-TI-V2.0", HOSTILE)),
    ]


def test_case_117_what_a_stranger_writes_forges_no_line_of_a_log(side: Side) -> None:
    since = side.server.written
    for unit in units(side):
        side.post(side.message(unit))
    with side.server.dial() as raw:
        raw.sendall(f"GET {side.server.path}%0d%0aFORGED%1b[31m HTTP/1.1\r\nHost: x\r\nX: \u202eFORGED\r\n\r\n".encode())
        raw.recv(100)
    side.assert_stored(0)

    written = side.server.logged(since)

    assert not CONTROL.search(written.replace("\t", "").replace("\n", "")), repr(written)
    assert not re.search("^FORGED", written, re.MULTILINE)


# --- 118 ------------------------------------------------------------------------------------------------------------------


def as_owner() -> psycopg.Connection[Any]:
    """Return a connection of the role that owns the tables."""
    owner, where = connections["owner"].settings_dict, connections["default"].settings_dict
    login = {"user": owner["USER"], "password": owner["PASSWORD"] or None}
    place = {"dbname": where["NAME"], "host": where["HOST"], "port": where["PORT"] or None}
    return psycopg.connect(**login, **place, autocommit=True)


@contextmanager
def full_disk(table: str) -> Iterator[None]:
    """Let every insert into a table fail, as it does when the disk is full."""
    with as_owner() as link:
        link.execute(
            "create or replace function full_disk() returns trigger language plpgsql as"
            f" $$ begin raise exception 'could not extend file {SECRET}' using errcode = 'disk_full'; end $$"
        )
        link.execute(f"create trigger full_disk before insert on {table} for each row execute function full_disk()")
        try:
            yield
        finally:
            link.execute(f"drop trigger full_disk on {table}")
            link.execute("drop function full_disk")


def test_case_118_what_cannot_be_stored_gets_no_receipt_and_may_come_again(side: Side) -> None:
    with full_disk("sandbox_received" if side.is_customs else "integrations_inboundmessage"):
        refused = side.post(side.good)
        side.assert_refused(refused, "EBMS:0202")
        assert SECRET.encode() not in refused.body

    side.accepts(side.good)


def test_case_118_without_the_connections_nothing_is_sealed_and_nothing_leaks(gateway: Side) -> None:
    """The gateway does not even know its own seal: an error anybody could have written, which ends nothing at customs."""
    with as_owner() as link:
        link.execute("alter table integrations_connection rename to gone")
        try:
            reply = gateway.post(gateway.good)
        finally:
            link.execute("alter table gone rename to integrations_connection")

    assert reply.status == 500
    assert b"EBMS:0202" in reply.body
    assert b"integrations_connection" not in reply.body
    gateway.assert_stored(0)
