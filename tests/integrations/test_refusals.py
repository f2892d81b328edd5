"""What is refused at our door is kept within bounds, shown to staff with what to do, and counted."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.db import connection as database
from django.test import Client

from integrations import inbound, metrics, refusals
from integrations.as4 import As4Error
from integrations.listening import WholeBodies
from integrations.models import Connection, Deed, Refusal
from integrations.refusals import Refused
from tenants import rows
from tenants.actors import Actor
from tenants.models import Operator
from tenants.scope import NoScope, every_tenant, tenant_scope
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock, Identities, make_connection

pytestmark = pytest.mark.django_db

US = "BE0700000001"
LIEVE = Actor(name="Lieve (ITSP)", role="staff")


def kept() -> list[Refusal]:
    with every_tenant("a test"):
        return list(Refusal.objects.order_by("at", "pk"))


@pytest.fixture
def pushed_to(sti: FakeSti, identities: Identities, bells: list[str], db: None) -> Connection:
    return make_connection("ITSP", US, sti.url, identities, reception="push")  # type: ignore[no-any-return]


def push(sti: FakeSti, clock: Clock, *, address: str = "192.0.2.7", **message: Any) -> Any:
    """Push a message of customs; return it."""
    sent = sti.message(**{"to": US, "action": "IE3R01", "payload": b"<IE3R01/>", **message})
    inbound.answer_push(content_type=sent.content_type, body=sent.body, at=clock(), address=address)
    return sent


def stranger(number: int = 0, *, address: str = "192.0.2.9") -> Refused:
    """Return what somebody without a seal pushed."""
    body = f"nonsense {number}".encode()
    error = As4Error("EBMS:0009", "this is no SOAP")
    return refusals.pushed(error, content_type="text/plain", body=body, address=address, received=None, connection=None)


def test_a_message_for_somebody_else_is_kept_with_who_and_why(pushed_to: Connection, sti: FakeSti, clock: Clock) -> None:
    sent = push(sti, clock, to="FR0000000000")

    (row,) = kept()
    assert (row.code, row.door, row.is_customs, row.address) == ("EBMS:0003", "pushed", True, "192.0.2.7")
    assert (row.message_id, row.action, row.size) == (sent.message_id, "IE3R01", len(sent.body))
    assert bytes(row.head) == sent.body
    assert row.is_whole
    assert "add its connection" in refusals.advice(row.code)


def test_a_broken_seal_is_nobodys(pushed_to: Connection, sti: FakeSti, clock: Clock) -> None:
    sent = sti.message(to=US, action="IE3R01", payload=b"<IE3R01/>")
    inbound.answer_push(content_type=sent.content_type, body=sent.body.replace(US.encode(), b"BE0700000009"), at=clock())

    (row,) = kept()
    assert (row.code, row.is_customs) == ("EBMS:0101", False)


def test_what_we_refuse_of_a_pull_is_kept_with_its_connection(itsp: Connection, sti: FakeSti, clock: Clock) -> None:
    sti.waiting.append(sti.message(to="FR0000000000", action="IE3R01", payload=b"<IE3R01/>"))

    inbound.pull_next(clock=clock)

    (row,) = kept()
    assert (row.door, row.is_customs, row.connection_id, row.code) == ("pulled", True, itsp.pk, "EBMS:0003")


def test_a_message_that_was_taken_is_not_among_them(pushed_to: Connection, sti: FakeSti, clock: Clock) -> None:
    push(sti, clock)

    assert kept() == []


def test_a_fault_of_ours_is_kept_too(pushed_to: Connection, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(rows, "insert", fails)
    push(sti, clock)

    (row,) = kept()
    assert row.code == "EBMS:0004"
    assert "fault of its own" in refusals.advice(row.code)


def test_the_answer_leaves_although_nothing_can_be_kept(
    pushed_to: Connection, sti: FakeSti, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise DatabaseError("read-only")

    monkeypatch.setattr(Refusal, "save", fails)
    sent = sti.message(to="FR0000000000", action="IE3R01", payload=b"<IE3R01/>")

    status, signal = inbound.answer_push(content_type=sent.content_type, body=sent.body, at=clock())

    assert status == 500
    assert signal is not None


def test_what_comes_again_adds_to_its_row(pushed_to: Connection, sti: FakeSti, clock: Clock) -> None:
    for _ in range(3):
        refusals.keep(stranger(), at=clock.forward(1))

    (row,) = kept()
    assert (row.times, row.last_at - row.at) == (3, timedelta(seconds=2))


def test_an_oversized_push_is_kept_though_nobody_read_it(pushed_to: Connection) -> None:
    for _ in range(2):
        answer = Client().post("/as4/", b"x", content_type="multipart/related", headers={"content-length": "30000000"})
        assert answer.status_code == 413

    (row,) = kept()
    assert (row.code, row.size, row.times, bytes(row.head)) == ("HTTP:413", 30_000_000, 2, b"")


def test_what_the_server_turns_away_before_the_application_is_told_with_who_and_how_large() -> None:
    told: list[tuple[Any, ...]] = []
    answers: list[Any] = []

    async def send(event: Any) -> None:
        answers.append(event)

    async def nobody(*_: Any) -> Any:
        raise AssertionError("the application is not asked")

    bodies = WholeBodies(nobody, paths={"/as4/"}, limit=10, told=lambda *what: told.append(what))
    headers = [(b"content-length", b"11"), (b"content-type", b"a/b")]
    asyncio.run(bodies({"type": "http", "path": "/as4/", "headers": headers, "client": ("192.0.2.1", 5)}, nobody, send))

    assert answers[0]["status"] == 413
    assert told == [(413, 11, "a/b", "192.0.2.1")]


# --- Bounds ----------------------------------------------------------------------------------------------------------------


def test_a_flood_of_one_address_makes_few_rows_and_all_are_counted(pushed_to: Connection, clock: Clock) -> None:
    for number in range(50):
        refusals.keep(stranger(number), at=clock())
    refusals.keep(stranger(99, address="192.0.2.10"), at=clock())

    assert len(kept()) == refusals.A_MINUTE_EACH + 1
    text = metrics.scrape(at=clock()).decode()
    assert 'landfall_refused_total{code="EBMS:0009",connection="",origin="anybody"} 51.0' in text
    assert 'landfall_refused_unkept_total{origin="anybody"} 40.0' in text
    assert 'landfall_refused_waiting_messages{origin="anybody"} 11.0' in text


def test_a_flood_of_strangers_does_not_keep_customs_message_out(pushed_to: Connection, sti: FakeSti, clock: Clock) -> None:
    for number in range(50):
        refusals.keep(stranger(number, address=f"192.0.2.{number}"), at=clock())
    push(sti, clock, to="FR0000000000")

    found = kept()
    assert len(found) == refusals.A_MINUTE + 1
    assert [row.is_customs for row in found].count(True) == 1


def test_the_oldest_make_room_and_those_dealt_with_first(
    pushed_to: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "MOST", 3)
    for number in range(3):
        refusals.keep(stranger(number), at=clock.forward(60))
    first, second, _ = kept()
    refusals.settle([second.pk], text="a scanner", by=LIEVE, at=clock())

    refusals.keep(stranger(3), at=clock.forward(60))
    assert second.pk not in {row.pk for row in kept()}
    refusals.keep(stranger(4), at=clock.forward(60))

    assert len(kept()) == 3
    assert first.pk not in {row.pk for row in kept()}


def test_only_the_first_octets_are_kept(pushed_to: Connection, clock: Clock) -> None:
    body = b"x" * (refusals.HEAD + 1)
    what = refusals.pushed(As4Error("EBMS:0007"), content_type="", body=body, address="", received=None, connection=None)
    refusals.keep(what, at=clock())

    (row,) = kept()
    assert (len(row.head), row.size, row.is_whole) == (refusals.HEAD, refusals.HEAD + 1, False)


def test_signs_that_cannot_be_seen_are_stored_as_numbers(pushed_to: Connection, clock: Clock) -> None:
    error = As4Error("EBMS:0101", "broken", ref_to="a\x00b\u202ec@sti")
    what = refusals.pushed(error, content_type="a\nb", body=b"", address="", received=None, connection=None)
    refusals.keep(what, at=clock())

    (row,) = kept()
    assert (row.message_id, row.content_type) == (r"a\u0000b\u202ec@sti", r"a\u000ab")


# --- Whose they are --------------------------------------------------------------------------------------------------------


def test_no_operator_sees_them(pushed_to: Connection, acme: Operator, clock: Clock) -> None:
    refusals.keep(stranger(), at=clock())

    with pytest.raises(NoScope), tenant_scope(acme.pk):
        list(Refusal.objects.all())
    with tenant_scope(acme.pk), database.cursor() as cursor:
        cursor.execute("select count(*) from integrations_refusal")
        assert cursor.fetchone() == (0,)


def test_looking_downloading_and_settling_stand_in_the_trail(pushed_to: Connection, clock: Clock) -> None:
    refusals.keep(stranger(), at=clock())
    (row,) = kept()

    found, lines, _ = refusals.look(row.pk, by=LIEVE, at=clock())
    assert (found.pk, lines) == (row.pk, ["nonsense 0"])
    assert refusals.octets(row.pk, by=LIEVE, at=clock()).data == b"nonsense 0"
    assert refusals.settle([row.pk], text="a scanner", by=LIEVE, at=clock()) == 1
    assert refusals.settle([row.pk], text="twice", by=LIEVE, at=clock()) == 0
    assert refusals.reopen([row.pk], by=LIEVE, at=clock()) == 1

    with every_tenant("a test reads the trail"):
        deeds = set(Deed.objects.filter(target_id=str(row.pk)).values_list("deed", flat=True))
    assert deeds == {"refused.looked_at", "refused.downloaded", "refused.settled", "refused.reopened"}
    assert kept()[0].note == "Lieve (ITSP): a scanner"


def test_each_code_of_a_refusal_says_what_to_do(pushed_to: Connection) -> None:
    for code in ("EBMS:0001", "EBMS:0003", "EBMS:0004", "EBMS:0007", "EBMS:0008", "EBMS:0009", "EBMS:0010", "EBMS:0011",
                 "EBMS:0101", "EBMS:0103", "EBMS:0202", "EBMS:0302", "EBMS:0303", "HTTP:408", "HTTP:413"):  # fmt: skip
        assert refusals.advice(code).endswith("."), code


def test_lists_are_narrowed_by_state_origin_and_id(pushed_to: Connection, sti: FakeSti, clock: Clock) -> None:
    refusals.keep(stranger(), at=clock())
    sent = push(sti, clock, to="FR0000000000")
    with every_tenant("a test"):
        assert len(refusals.listed()) == 2
        assert [row.is_customs for row in refusals.listed(origin=refusals.CUSTOMS)] == [True]
        assert [row.message_id for row in refusals.listed(text=sent.message_id[:12])] == [sent.message_id]
        assert refusals.listed(state=refusals.SETTLED) == []
        assert refusals.waiting() == {"customs": 1, "anybody": 1}
    assert refusals.settle([uuid4()], text="none", by=LIEVE, at=clock()) == 0
