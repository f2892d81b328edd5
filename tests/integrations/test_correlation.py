"""Whose message it is, where several operators share an access point or have one of their own."""

import pytest
from django.db import connection

from filings.messages.document import Document
from filings.models import Filing
from integrations import correlation, routing
from integrations.models import CONTENT, Connection, InboundMessage
from tenants.models import AuditEvent, Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock, Identities, make_connection
from tests.integrations.test_routing import after, arrived

pytestmark = pytest.mark.django_db

CARRIER = "carrier/identificationNumber"


@pytest.fixture
def filing(acme: Operator, itsp: Connection) -> Filing:
    """A registered filing of acme."""
    with tenant_scope(acme.pk):
        made = factories.sent()
        Filing.objects.filter(pk=made.pk).update(mrn=factories.MRN)
    return made


@pytest.fixture
def carrier(db: None) -> Operator:
    return factories.operator("carrier")


def deliver(row: InboundMessage, clock: Clock) -> InboundMessage:
    while routing.route_next(at=clock.forward(60)):
        pass
    return after(row)


def assessment(carrier: Operator) -> Document:
    answer = factories.answer("IE3N03", MRN=factories.MRN)
    answer.set(CARRIER, carrier.eori)
    return answer


def test_a_copy_goes_to_the_carrier_and_the_original_to_the_filer(
    filing: Filing, carrier: Operator, itsp: Connection, clock: Clock
) -> None:
    first = deliver(arrived(itsp, assessment(carrier), number=1), clock)
    second = deliver(arrived(itsp, assessment(carrier), ref_to="unknown@sti.example", number=2), clock)

    assert (first.operator_id, first.filing_id) == (filing.operator_id, filing.pk)
    assert (second.state, second.operator_id, second.filing_id) == ("routed", carrier.pk, None)
    with tenant_scope(carrier.pk):
        assert AuditEvent.objects.get(deed="operator.told").detail["message"] == "IE3N03"


def test_of_two_copies_that_workers_look_at_together_one_goes_to_the_carrier(
    filing: Filing, carrier: Operator, itsp: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (arrived(itsp, assessment(carrier), number=number) for number in (1, 2))
    with every_tenant("a test"):
        early = [correlation.about(second)]  # as a second worker finds before the first one has told anybody
    routing.route_next(at=clock.now)
    about = correlation.about
    monkeypatch.setattr(correlation, "about", lambda row: early.pop() if early else about(row))

    routing.route_next(at=clock.now)

    assert after(first).filing_id == filing.pk
    assert (after(second).state, second.operator_id, second.filing_id) == ("routed", carrier.pk, None)
    with tenant_scope(filing.operator_id):
        assert filing.events.filter(kind="noted").count() == 1


def test_a_third_time_is_a_repetition_for_the_first(filing: Filing, carrier: Operator, itsp: Connection, clock: Clock) -> None:
    for number in (1, 2):
        deliver(arrived(itsp, assessment(carrier), number=number), clock)

    third = deliver(arrived(itsp, assessment(carrier), number=3), clock)

    assert third.filing_id == filing.pk


def test_the_same_type_with_other_content_is_no_copy(filing: Filing, carrier: Operator, itsp: Connection, clock: Clock) -> None:
    deliver(arrived(itsp, assessment(carrier), number=1), clock)
    other = assessment(carrier)
    other.set("completionDate", "2026-11-23T12:00:00Z")

    assert deliver(arrived(itsp, other, number=2), clock).filing_id == filing.pk


@pytest.mark.parametrize("message", ["IE3N04", "IE3N05"])
def test_a_copy_that_is_for_the_carrier_alone_never_reaches_the_filer(
    filing: Filing, carrier: Operator, itsp: Connection, clock: Clock, message: str
) -> None:
    answer = factories.answer(message, MRN=factories.MRN)
    answer.set(CARRIER, "FR000000001")
    stranger = deliver(arrived(itsp, answer, number=1), clock)
    answer.set(CARRIER, carrier.eori)
    known = deliver(arrived(itsp, answer, number=2), clock)

    assert (stranger.state, stranger.operator_id) == ("parked", None)
    assert known.operator_id == carrier.pk


def test_who_has_to_file_is_found_by_its_eori(acme: Operator, itsp: Connection, clock: Clock) -> None:
    row = arrived(itsp, factories.answer("IE3N11", supplementaryDeclarant__identificationNumber=acme.eori))

    assert (deliver(row, clock).state, row.operator_id, row.filing_id) == ("routed", acme.pk, None)


def test_who_has_filed_for_the_same_master_document_sees_it_on_that_filing(
    acme: Operator, itsp: Connection, clock: Clock
) -> None:
    with tenant_scope(acme.pk):
        filing = factories.sent()
    notice = factories.answer(
        "IE3N11",
        supplementaryDeclarant__identificationNumber=acme.eori,
        transportDocument__documentNumber=filing.transport_document,
    )

    row = deliver(arrived(itsp, notice), clock)

    assert row.filing_id == filing.pk
    with tenant_scope(acme.pk):
        assert "waits for a filing" in filing.events.get(kind="noted").sentence


def test_what_comes_over_an_operators_own_connection_is_that_operators(
    filing: Filing, carrier: Operator, sti: FakeSti, identities: Identities, clock: Clock
) -> None:
    own = make_connection("Own", "NL0700000002", sti.url, identities, operator=carrier)

    row = deliver(arrived(own, assessment(carrier)), clock)

    assert (row.state, row.operator_id, row.filing_id) == ("routed", carrier.pk, None)


def test_the_lrn_of_another_declarant_is_another_filing(filing: Filing, itsp: Connection, clock: Clock) -> None:
    answer = factories.registration(filing, mrn="26FR000000000001T7")
    answer.set("declarant/identificationNumber", "FR000000001")

    row = deliver(arrived(itsp, answer), clock)

    assert (row.state, row.filing_id) == ("parked", None)


def test_a_refusal_that_names_the_mrn_alone_does_not_reject_the_filing(filing: Filing, itsp: Connection, clock: Clock) -> None:
    refusal = factories.answer("IE3N01", MRN=factories.MRN, error__validationCode="72", error__description="Too late.")

    row = deliver(arrived(itsp, refusal), clock)

    with tenant_scope(filing.operator_id):
        filing.refresh_from_db()
        assert (row.filing_id, filing.state) == (filing.pk, "sent")
        assert "Too late" in filing.events.get(kind="noted").sentence


def test_the_functional_reference_may_be_the_mrn(filing: Filing, itsp: Connection, clock: Clock) -> None:
    refusal = factories.rejection(filing)
    refusal.set("functionalReference", factories.MRN)

    row = deliver(arrived(itsp, refusal), clock)

    with tenant_scope(filing.operator_id):
        filing.refresh_from_db()
        assert (row.filing_id, filing.state) == (filing.pk, "sent")


def test_whether_the_same_content_came_before_is_asked_of_an_index() -> None:
    """One filing may get 99,999 messages of a type within the hour; none of them may walk the others."""
    with every_tenant("a test"), connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        plan = InboundMessage.objects.annotate(content=CONTENT).filter(state="routed", content=b"x" * 32).explain()

    assert "inbound_by_content" in plan
