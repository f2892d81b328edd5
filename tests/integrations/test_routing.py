"""From stored bytes to the verb of the filing they are about; never to somebody else's filing."""

from typing import Any

import pytest
from django.db import connection

from filings.lifecycle import State
from filings.messages import xml
from filings.messages.document import Document
from filings.models import Filing
from integrations import outbound, routing
from integrations.models import Connection, InboundMessage
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock, Identities, make_connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(acme: Operator, itsp: Connection, clock: Clock) -> Filing:
    """A filing customs signed for."""
    with tenant_scope(acme.pk):
        made = factories.submitted()
    outbound.send_next(clock=clock)
    return made


def message_id_of(filing: Filing) -> str:
    with tenant_scope(filing.operator_id):
        return str(filing.outbox.get().message_id)


def arrived(
    connection: Connection,
    document: Document | bytes,
    *,
    ref_to: str = "",
    action: str = "",
    number: int = 1,
    urgent: bool = False,
) -> InboundMessage:
    """Return a stored message of customs."""
    payload = document if isinstance(document, bytes) else xml.write(document)
    fields: dict[str, Any] = {"content_type": "x", "body": b"x", "references": [], "signer": "", "receipt": b"x"}
    with every_tenant("a test"):
        row: InboundMessage = InboundMessage.objects.create(
            connection=connection,
            message_id=f"answer-{number}@sti.example",
            message_type=action or (document.message.id if isinstance(document, Document) else "IE3R01"),
            ref_to_message_id=ref_to,
            payload=payload,
            received_at=factories.later(number),
            due_at=factories.later(number),
            urgent=urgent,
            **fields,
        )
    return row


def after(row: InboundMessage) -> InboundMessage:
    with every_tenant("a test"):
        row.refresh_from_db()
    return row


def reloaded(filing: Filing) -> Filing:
    with tenant_scope(filing.operator_id):
        filing.refresh_from_db()
    return filing


# --- By the message it answers ---------------------------------------------------------------------------------------------


def test_a_registration_gives_the_filing_its_mrn(filing: Filing, itsp: Connection, clock: Clock) -> None:
    row = arrived(itsp, factories.registration(filing), ref_to=message_id_of(filing))

    assert routing.route_next(at=clock.now)

    assert (reloaded(filing).state, filing.mrn) == (State.REGISTERED, factories.MRN)
    assert (after(row).state, row.operator_id, row.filing_id) == ("routed", filing.operator_id, filing.pk)
    assert row.routed_at == clock.now


def test_a_rejection_gives_the_filing_its_errors(filing: Filing, itsp: Connection, clock: Clock) -> None:
    arrived(itsp, factories.rejection(filing), ref_to=message_id_of(filing))

    routing.route_next(at=clock.now)

    assert reloaded(filing).state == State.REJECTED
    assert [error["path"] for error in filing.errors] == ["/IE3F26/LRN"]


def test_a_refusal_by_the_life_cycle_rejects_as_well(filing: Filing, itsp: Connection, clock: Clock) -> None:
    refusal = factories.answer("IE3N01", LRN=filing.lrn, error__validationCode="12", error__description="Arrived already.")
    arrived(itsp, refusal, ref_to=message_id_of(filing))

    routing.route_next(at=clock.now)

    assert reloaded(filing).state == State.REJECTED


def test_any_other_message_is_noted_on_the_timeline(filing: Filing, itsp: Connection, clock: Clock) -> None:
    row = arrived(itsp, factories.answer("IE3N03", MRN=factories.MRN), ref_to=message_id_of(filing))

    routing.route_next(at=clock.now)

    assert after(row).state == "routed"
    with tenant_scope(filing.operator_id):
        assert filing.events.filter(kind="noted").count() == 1


def test_the_registration_of_something_else_than_a_filing_registers_no_filing(
    filing: Filing, itsp: Connection, clock: Clock
) -> None:
    arrived(itsp, factories.answer("IE3R04", LRN=filing.lrn, MRN=factories.MRN), ref_to=message_id_of(filing))

    routing.route_next(at=clock.now)

    assert reloaded(filing).state == State.SENT


def test_an_answer_that_overtakes_the_receipt_is_routed(acme: Operator, itsp: Connection, clock: Clock) -> None:
    with tenant_scope(acme.pk):
        filing = factories.submitted()
    arrived(itsp, factories.registration(filing))

    routing.route_next(at=clock.now)
    outbound.send_next(clock=clock)

    assert reloaded(filing).state == State.REGISTERED


# --- By reference ----------------------------------------------------------------------------------------------------------


def test_without_reference_to_a_message_the_lrn_leads_to_the_filing(filing: Filing, itsp: Connection, clock: Clock) -> None:
    arrived(itsp, factories.registration(filing))

    routing.route_next(at=clock.now)

    assert reloaded(filing).state == State.REGISTERED


def test_a_reference_to_an_unknown_message_falls_back_to_the_lrn(filing: Filing, itsp: Connection, clock: Clock) -> None:
    arrived(itsp, factories.registration(filing), ref_to="unknown@example.org")

    routing.route_next(at=clock.now)

    assert reloaded(filing).state == State.REGISTERED


def test_the_functional_reference_of_a_rejection_is_the_lrn(filing: Filing, itsp: Connection, clock: Clock) -> None:
    arrived(itsp, factories.rejection(filing))

    routing.route_next(at=clock.now)

    assert reloaded(filing).state == State.REJECTED


def test_a_message_about_an_mrn_leads_to_its_filing(filing: Filing, itsp: Connection, clock: Clock) -> None:
    arrived(itsp, factories.registration(filing), ref_to=message_id_of(filing))
    row = arrived(itsp, factories.answer("IE3N03", MRN=factories.MRN), number=2)

    routing.route_next(at=clock.now)
    routing.route_next(at=clock.now)

    assert after(row).filing_id == filing.pk


def test_of_two_operators_with_one_lrn_the_named_party_decides(acme: Operator, itsp: Connection, clock: Clock) -> None:
    other = factories.operator("other")
    filings = []
    for operator in (acme, other):
        with tenant_scope(operator.pk):
            filings.append(factories.submitted(LRN="SAME1"))
    answer = factories.registration(filings[1])
    answer.set("declarant/identificationNumber", other.eori)
    arrived(itsp, answer)

    routing.route_next(at=clock.now)

    assert [reloaded(filing).state for filing in filings] == [State.QUEUED, State.REGISTERED]


# --- What waits for a person -----------------------------------------------------------------------------------------------


def test_an_lrn_that_two_filings_have_is_not_guessed(acme: Operator, itsp: Connection, clock: Clock) -> None:
    other = factories.operator("other")
    filings = []
    for operator in (acme, other):
        with tenant_scope(operator.pk):
            filings.append(factories.submitted(LRN="SAME1"))
    row = arrived(itsp, factories.registration(filings[0]))

    routing.route_next(at=clock.now)

    assert (after(row).state, row.operator_id) == ("parked", None)
    assert "More than one filing" in row.reason


@pytest.mark.parametrize(
    "payload",
    [b"", b"no XML", b"<html/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><IE3R01>&a;</IE3R01>", b"<IE3R01/>"],
    ids=["empty", "text", "html", "doctype", "no reference"],
)
def test_what_leads_nowhere_waits_for_a_person(payload: bytes, itsp: Connection, clock: Clock) -> None:
    row = arrived(itsp, payload)

    assert routing.route_next(at=clock.now)

    assert after(row).state == "parked"
    assert row.reason
    assert not routing.route_next(at=clock.now)


def test_an_unreadable_answer_is_parked_with_the_filing_it_answers(filing: Filing, itsp: Connection, clock: Clock) -> None:
    row = arrived(itsp, b"<IE3R01", ref_to=message_id_of(filing))

    routing.route_next(at=clock.now)

    assert (after(row).state, row.filing_id) == ("parked", filing.pk)


def test_an_answer_that_names_another_lrn_than_its_envelope_is_not_believed(
    filing: Filing, itsp: Connection, clock: Clock
) -> None:
    answer = factories.registration(filing)
    answer.set("LRN", "SOMEBODY-ELSES")
    row = arrived(itsp, answer, ref_to=message_id_of(filing))

    routing.route_next(at=clock.now)

    assert after(row).state == "parked"
    assert reloaded(filing).state == State.SENT


def test_an_envelope_that_names_another_message_than_its_content_is_parked(
    filing: Filing, itsp: Connection, clock: Clock
) -> None:
    row = arrived(itsp, factories.registration(filing), ref_to=message_id_of(filing), action="IE3N99")

    routing.route_next(at=clock.now)

    assert after(row).state == "parked"


def test_a_registration_without_mrn_is_parked(filing: Filing, itsp: Connection, clock: Clock) -> None:
    row = arrived(itsp, factories.answer("IE3R01", LRN=filing.lrn), ref_to=message_id_of(filing))

    routing.route_next(at=clock.now)

    assert after(row).state == "parked"
    assert "MRN" in row.reason


def test_a_registration_after_a_rejection_changes_only_the_timeline(filing: Filing, itsp: Connection, clock: Clock) -> None:
    arrived(itsp, factories.rejection(filing), ref_to=message_id_of(filing))
    row = arrived(itsp, factories.registration(filing), ref_to=message_id_of(filing), number=2)

    routing.route_next(at=clock.now)
    routing.route_next(at=clock.now)

    assert after(row).state == "routed"
    assert reloaded(filing).state == State.REJECTED


def test_a_reference_to_a_message_of_another_connection_counts_for_nothing(
    filing: Filing, sti: FakeSti, identities: Identities, clock: Clock
) -> None:
    other = make_connection("Other", "BE0700000002", sti.url, identities)
    row = arrived(other, factories.answer("IE3N03"), ref_to=message_id_of(filing))

    routing.route_next(at=clock.now)

    assert (after(row).state, row.operator_id) == ("parked", None)


def test_no_operator_sees_a_message_that_is_nobodys(acme: Operator, itsp: Connection, clock: Clock) -> None:
    arrived(itsp, b"")

    with tenant_scope(acme.pk), connection.cursor() as cursor:
        cursor.execute("select count(*) from integrations_inboundmessage")
        assert cursor.fetchone() == (0,)


# --- Faults of ours --------------------------------------------------------------------------------------------------------


def test_a_fault_lets_others_go_first_and_ends_with_a_person(
    filing: Filing, itsp: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = arrived(itsp, factories.registration(filing), ref_to=message_id_of(filing))
    good = arrived(itsp, factories.answer("IE3N03"), ref_to=message_id_of(filing), number=2)
    monkeypatch.setitem(routing.VERBS, ("filing", "register"), lambda **_: 1 / 0)  # type: ignore[arg-type]

    routing.route_next(at=clock.now)
    routing.route_next(at=clock.now)
    states = (after(bad).state, after(good).state)
    for _ in range(routing.MOST_TRIES):
        routing.route_next(at=clock.forward(3600))

    assert states == ("stored", "routed")
    assert (after(bad).state, bad.tries) == ("parked", routing.MOST_TRIES)


def test_after_a_fault_is_mended_the_message_is_routed(
    filing: Filing, itsp: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived(itsp, factories.registration(filing), ref_to=message_id_of(filing))
    with monkeypatch.context() as broken:
        broken.setitem(routing.VERBS, ("filing", "register"), lambda **_: 1 / 0)  # type: ignore[arg-type]
        routing.route_next(at=clock.now)

    routing.route_next(at=clock.forward(60))

    assert reloaded(filing).state == State.REGISTERED


# --- All the way -----------------------------------------------------------------------------------------------------------


def test_a_filing_travels_to_customs_and_its_answer_back(filing: Filing, sti: FakeSti, itsp: Connection, clock: Clock) -> None:
    from integrations import inbound

    answer = sti.message(
        to=itsp.party_id,
        action="IE3R01",
        payload=xml.write(factories.registration(filing)),
        ref_to=message_id_of(filing),
    )
    sti.waiting.extend([answer, answer])

    clock.forward(1)
    inbound.pull_next(clock=clock)
    while routing.route_next(at=clock.now):
        pass

    assert (reloaded(filing).state, filing.mrn) == (State.REGISTERED, factories.MRN)
    with tenant_scope(filing.operator_id):
        assert filing.events.filter(kind="registered").count() == 1
