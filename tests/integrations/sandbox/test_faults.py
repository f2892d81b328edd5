"""What goes wrong on the wire when somebody asks for it: what the sandbox does, and what the product makes of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from filings import outbox, samples
from filings.messages import xml
from filings.models import Filing, OutboxMessage
from filings.services import drafting, submission
from integrations import outbound
from integrations.models import Attempt, Refusal
from integrations.sandbox import desk, expired, faults
from integrations.sandbox.desk import STAFF, Who
from integrations.sandbox.models import REASON, Answer, Fault, Received
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.integrations.sandbox.test_delivery import Gateway, gateway  # noqa: F401
from tests.integrations.sandbox.trader import Trader, filing, inbox, kinds
from tests.integrations.sandbox.world import judge_all, old_seal

EORI = "NL851746302"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "ring", lambda *_, **__: None)


def fault(kind: str, **limits: Any) -> Fault:
    with every_tenant(REASON):
        return desk.put_fault(STAFF, kind, at=timezone.now(), **limits)


def submitted(gateway: Gateway, lrn: str = "ONE") -> Filing:  # noqa: F811
    document = samples.sample("IE3F26", seed=1, at=timezone.now())
    document.set("LRN", lrn)
    with tenant_scope(gateway.operators["forwarder"].pk):
        made = drafting.create(document=document, by=factories.ALICE, at=timezone.now(), source="web")
        submission.submit(filing=made, by=factories.ALICE, at=timezone.now())
    return made


def attempts(made: Filing) -> list[Attempt]:
    with tenant_scope(made.operator_id):
        return list(Attempt.objects.filter(exchange__filing=made).order_by("number"))


def again(made: Filing) -> None:
    """Let the time of the next attempt come."""
    with tenant_scope(made.operator_id):
        OutboxMessage.objects.filter(filing=made, state=OutboxMessage.State.WAITING).update(due_at=timezone.now())
    assert outbound.send_next()


def stored() -> int:
    with every_tenant(REASON):
        return Received.objects.count()


# Kind, outcome of the first attempt, whether customs took the message all the same.
FAULTS = [
    ("outage", "no_receipt", False),
    ("cut", "no_receipt", False),
    ("not_soap", "no_receipt", False),
    ("a002", "transient", False),
    ("a003", "transient", False),
    ("lost_receipt", "no_receipt", True),
    ("empty_answer", "no_receipt", True),
    ("wrong_digests", "no_receipt", True),
    ("unsigned_receipt", "no_receipt", True),
    ("other_receipt", "no_receipt", True),
    ("expired_certificate", "no_receipt", True),
]


@pytest.mark.parametrize(("kind", "outcome", "taken"), FAULTS, ids=[row[0] for row in FAULTS])
def test_the_product_sends_the_same_bytes_again_until_a_receipt_proves_it(
    gateway: Gateway,  # noqa: F811
    kind: str,
    outcome: str,
    taken: bool,
) -> None:
    fault(kind)
    made = submitted(gateway)

    assert outbound.send_next()

    first = attempts(made)
    assert [each.outcome for each in first] == [outcome], first[0].reason
    assert stored() == (1 if taken else 0)
    assert gateway.reloaded(made).state == "queued"
    again(made)
    assert [each.outcome for each in attempts(made)] == [outcome, "receipted"]
    assert stored() == 1
    gateway.exchange()
    assert gateway.reloaded(made).state == "registered"
    with every_tenant(REASON):
        assert list(faults.live(at=timezone.now())) == []


def test_an_unregistered_certificate_ends_the_attempts(gateway: Gateway) -> None:  # noqa: F811
    fault("a001")
    made = submitted(gateway)

    assert outbound.send_next()

    assert [each.outcome for each in attempts(made)] == ["refused"]
    assert gateway.reloaded(made).state == "failed"


def test_an_expired_certificate_of_the_same_authority_is_named(gateway: Gateway) -> None:  # noqa: F811
    with every_tenant(REASON):
        expired.keep(old_seal())
    fault("expired_certificate")
    made = submitted(gateway)

    assert outbound.send_next()

    assert "not valid at this time" in attempts(made)[0].reason


def test_customs_message_under_an_expired_seal_is_refused_and_taken_when_it_comes_sealed_anew(gateway: Gateway) -> None:  # noqa: F811
    with every_tenant(REASON):
        expired.keep(old_seal())
    fault("expired_seal", message_type="IE3R01", times=9)  # others who are told of the filing get theirs, too
    made = submitted(gateway)
    assert outbound.send_next()
    gateway.exchange()

    assert gateway.reloaded(made).state == "sent"
    with every_tenant("a test looks"):
        refused = {row.message_id: (row.code, row.is_customs) for row in Refusal.objects.all()}
    assert set(refused.values()) == {("EBMS:0101", True)}
    with every_tenant(REASON):
        stale = Answer.objects.filter(state=Answer.State.FAILED, problem__startswith="EBMS:0101")
        anew = Answer.objects.filter(state=Answer.State.READY)
        assert {each.message_id for each in stale} == set(refused)
        assert [bytes(each.payload) for each in stale.order_by("eori")] == [bytes(each.payload) for each in anew.order_by("eori")]
        anew.update(due_at=timezone.now())
    gateway.exchange()

    assert gateway.reloaded(made).state == "registered"


def test_slow_answers_are_waited_for(gateway: Gateway) -> None:  # noqa: F811
    fault("slow", seconds=1)
    made = submitted(gateway)
    began = timezone.now()

    assert outbound.send_next()

    assert timezone.now() - began >= timedelta(seconds=1)
    assert [each.outcome for each in attempts(made)] == ["receipted"]


def test_late_answers_leave_the_filing_with_customs(gateway: Gateway) -> None:  # noqa: F811
    fault("late_answers", seconds=600)
    made = submitted(gateway)

    gateway.exchange()

    assert gateway.reloaded(made).state == "sent"
    with every_tenant(REASON):
        Received.objects.update(due_at=timezone.now())
    gateway.exchange()
    assert gateway.reloaded(made).state == "registered"


def test_answers_that_come_twice_are_told_once(gateway: Gateway) -> None:  # noqa: F811
    fault("duplicates", times=5)

    made = gateway.file("forwarder", "IE3F26", "TWICE")

    gateway.fetch()
    with every_tenant(REASON):
        row = Answer.objects.get(registration__lrn="TWICE", eori=EORI)
    assert (row.attempts, row.state) == (2, "acknowledged")
    assert len([row for row in gateway.arrived("IE3R01") if row.filing_id == made.pk]) == 1


def test_answers_come_in_the_opposite_order_after_a_while(alfa: Trader) -> None:
    fault("reordered", seconds=0, minutes=5)
    for lrn in ("FIRST", "SECOND"):
        alfa.file(filing(LRN=lrn))
    judge_all()

    found = [each.value("LRN") for each in inbox(alfa) if each.message.id == "IE3R01"]

    assert found == ["SECOND", "FIRST"]
    assert kinds(inbox(alfa)) == []


def test_answers_are_held_back_before_they_turn(alfa: Trader) -> None:
    row = fault("reordered", seconds=600, minutes=5)
    alfa.file(filing(LRN="FIRST"))
    judge_all()

    assert kinds(inbox(alfa)) == []
    with every_tenant(REASON):
        desk.end_fault(STAFF, row.pk, at=timezone.now())
    assert "IE3R01" in kinds(inbox(alfa))


def test_a_fault_is_for_one_operator_where_several_share_an_access_point(alfa: Trader) -> None:
    declarant = filing().value("declarant/identificationNumber")
    with every_tenant(REASON):
        desk.put_fault(Who("XX000000000"), "a001", at=timezone.now())
        mine = desk.put_fault(Who(str(declarant)), "not_soap", at=timezone.now(), message_type="IE3F26")

    wire = alfa.wire(alfa.message(xml.write(filing()), "IE3F26"))

    assert alfa.send(wire).result.value == "no_receipt"
    assert alfa.send(wire).result.value == "receipted"
    with every_tenant(REASON):
        assert Fault.objects.get(pk=mine.pk).happened == 1


def test_an_operator_cannot_stop_an_access_point_it_shares(office: None) -> None:
    with every_tenant(REASON):
        with pytest.raises(desk.Refused, match="share"):
            desk.put_fault(Who(EORI), "outage", at=timezone.now())
        own = desk.put_fault(Who(EORI, "NL12"), "outage", at=timezone.now(), minutes=5)

    assert own.party is not None
    assert own.party.party_id == "NL12"


def test_a_fault_ends_by_itself(office: None) -> None:
    with every_tenant(REASON):
        by_time = desk.put_fault(STAFF, "a003", at=timezone.now(), minutes=1)
        assert faults.live(at=timezone.now()).count() == 1
        assert faults.live(at=by_time.until or timezone.now()).count() == 0
        with pytest.raises(desk.Refused):
            desk.put_fault(STAFF, "a003", at=timezone.now(), minutes=60 * 25)
        with pytest.raises(desk.Refused):
            desk.put_fault(STAFF, "gremlins", at=timezone.now())


def test_no_fault_can_be_stored_that_never_ends(office: None) -> None:
    with pytest.raises(IntegrityError), every_tenant(REASON):
        Fault.objects.create(kind="a003", created_at=timezone.now())


@pytest.mark.parametrize("kind", [each.name for each in faults.kinds()])
def test_each_kind_says_what_it_does_and_what_to_make_of_it(kind: str) -> None:
    found = faults.kind(kind)

    assert found.words.endswith(".")
    assert found.product.endswith(".")
    assert found.moment in {"pace", "request", "receipt", "judging", "sealing", "order", "repeat"}
