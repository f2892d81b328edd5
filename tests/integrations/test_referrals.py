"""What customs asks comes in over the gateway and becomes a case in the same transaction; answers leave with their files."""

from datetime import UTC, datetime

import pytest

from filings.messages import xml
from filings.messages.document import Document
from filings.models import Filing
from filings.services import responses
from integrations import as4, outbound, routing
from integrations.models import Connection, InboundMessage
from referrals.models import CarrierCopy, Case
from referrals.services import answering
from referrals.services.answering import Given
from referrals.services.attaching import File
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import answer, later
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock
from tests.integrations.test_routing import after, arrived
from tests.referrals.asking import JPEG, PDF, question, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(acme: Operator, itsp: Connection) -> Filing:
    with tenant_scope(acme.pk):
        made = registered()
        made.outbox.update(state="done", done_at=later(2), answered_at=later(3))
    return made


def cases(of: Operator) -> list[tuple[str, bool, str]]:
    with tenant_scope(of.pk):
        return [(case.kinds, case.of_copy, case.state) for case in Case.objects.order_by("received_at")]


def routed(itsp: Connection, document: Document, clock: Clock, number: int = 1) -> InboundMessage:
    row = arrived(itsp, document, number=number)
    assert routing.route_next(at=clock.forward(60))
    return after(row)


def test_a_request_becomes_a_case_however_often_it_comes(acme: Operator, filing: Filing, itsp: Connection, clock: Clock) -> None:
    document = question(filing, "RFI", "AMD")

    for number in (1, 2):
        assert routed(itsp, document, clock, number).state == "routed"

    assert cases(acme) == [("AMD RFI", False, "open")]
    with tenant_scope(acme.pk):
        assert Filing.objects.get(pk=filing.pk).asked == "open"
        assert Filing.objects.get(pk=filing.pk).events.filter(kind="noted").count() == 1


@pytest.mark.parametrize("forbids", [False, True])
def test_what_overtook_the_registration_of_its_filing_is_given_to_it(
    forbids: bool, acme: Operator, itsp: Connection, clock: Clock
) -> None:
    with tenant_scope(acme.pk):
        filing = factories.submitted()
    filing.mrn = factories.MRN
    # To its carrier customs tells a do-not-load about any filing, so that one of its own looks like a copy until then.
    stop = factories.answer("IE3Q01", MRN=factories.MRN, carrier__identificationNumber=acme.eori)
    early = stop if forbids else question(filing, "RFI")
    row = routed(itsp, early, clock)
    before, waits = cases(acme), row.waits_for
    nothing = routing.read_again(at=clock.forward(1))
    routed(itsp, factories.registration(filing), clock, 2)

    again = routing.read_again(at=clock.forward(1))
    while routing.route_next(at=clock.forward(1)):
        pass

    assert ([of_copy for _, of_copy, _ in before], waits) == ([True] if forbids else [], factories.MRN)
    assert (nothing, again) == (0, 1)
    assert [of_copy for _, of_copy, _ in cases(acme)] == [False]
    assert (after(row).state, row.filing_id, row.waits_for) == ("routed", filing.pk, "")
    with tenant_scope(acme.pk):
        case = Case.objects.get()
        assert case.filing_id == filing.pk
        assert case.events.filter(kind="adopted").exists() == forbids


def test_a_copy_is_not_read_again_for_the_filing_of_somebody_else(acme: Operator, itsp: Connection, clock: Clock) -> None:
    carrier, mrn = factories.operator("other"), "26NL000000000077R3"
    copy = factories.answer("IE3N04", MRN=mrn, carrier__identificationNumber=carrier.eori)
    row = routed(itsp, copy, clock)
    with tenant_scope(acme.pk):
        theirs = factories.submitted()
    routed(itsp, factories.registration(theirs, mrn=mrn), clock, 2)

    assert (row.operator_id, row.waits_for) == (carrier.pk, mrn)
    assert routing.read_again(at=clock.forward(1)) == 0


def test_a_request_that_answers_an_amendment_is_about_its_filing(
    acme: Operator, filing: Filing, itsp: Connection, clock: Clock
) -> None:
    from filings.services import amending, submission

    with tenant_scope(acme.pk):
        draft = amending.start(filing=filing, by=factories.ALICE, at=later(10))
        submission.submit(filing=draft, by=factories.ALICE, at=later(11))
    outbound.send_next(clock=clock)
    with tenant_scope(acme.pk):
        message_id = draft.outbox.get().message_id
    arrived(itsp, question(filing, "RFI"), ref_to=message_id)

    routing.route_next(at=clock.forward(60))

    with tenant_scope(acme.pk):
        assert Case.objects.get().filing_id == filing.pk


def test_do_not_load_reaches_the_filer_and_the_carrier(acme: Operator, filing: Filing, itsp: Connection, clock: Clock) -> None:
    carrier = factories.operator("carrier")
    document = answer(
        "IE3Q01", documentIssueDate="2026-11-23T09:45:00Z", MRN=filing.mrn, carrier__identificationNumber=carrier.eori,
        declarant__identificationNumber=filing.declarant,
        doNotLoadDetails__transportEquipment__containerIdentificationNumber="MSCU1234566",
    )  # fmt: skip

    for number in (1, 2):
        routed(itsp, document, clock, number)

    assert cases(acme) == [("DNL", False, "open")]
    assert cases(carrier) == [("DNL", True, "open")]


def test_copies_reach_the_carrier_and_are_no_cases(filing: Filing, itsp: Connection, clock: Clock) -> None:
    carrier = factories.operator("carrier")
    document = answer(
        "IE3N04", MRN=filing.mrn, carrier__identificationNumber=carrier.eori,
        referralRequestDetails__referralRequestReference="RFR1", referralRequestDetails__requestType="RFI",
    )  # fmt: skip

    routed(itsp, document, clock)

    assert cases(carrier) == []
    with tenant_scope(carrier.pk):
        assert [copy.message_type for copy in CarrierCopy.objects.all()] == ["IE3N04"]


def test_an_answer_leaves_with_its_files_as_parts(
    acme: Operator, filing: Filing, itsp: Connection, clock: Clock, sti: FakeSti
) -> None:
    with tenant_scope(acme.pk):
        case = _asked(filing)
        reference = case.requests.get().reference
        files = [File("invoice.pdf", PDF), File("photo.jpg", JPEG)]
        answering.answer(
            case=case, given={reference: Given("Toys.", files=files)}, by=factories.ALICE, at=clock(), source="web", send_it=True
        )

    outbound.send_next(clock=clock)

    content_type, body = sti.pushes[-1]
    received = as4.receive(content_type=content_type, body=body, trust=sti.trust, at=datetime.now(UTC))
    parts = as4.unpack(received)
    business = xml.read(parts[0].data)
    assert [part.data for part in parts[1:]] == [PDF, JPEG]
    assert [part.mime_type for part in parts[1:]] == ["application/pdf", "image/jpeg"]
    named = business.values("additionalInformationResponse/binaryAttachment/identification")
    assert named == [part.cid for part in parts[1:]]
    with tenant_scope(acme.pk):
        assert case.requests.get().state == "answered"


def _asked(filing: Filing) -> Case:
    from tests.referrals.asking import asked

    return asked(filing, "RFI")


def test_a_refusal_of_an_answer_finds_it_without_naming_it(
    acme: Operator, filing: Filing, itsp: Connection, clock: Clock
) -> None:
    with tenant_scope(acme.pk):
        case = _asked(filing)
        reference = case.requests.get().reference
        made = answering.answer(
            case=case, given={reference: Given("Toys.")}, by=factories.ALICE, at=clock(), source="web", send_it=True
        )
        responses.handed_over(filing=made, message_id="receipt", at=clock())
    refusal = answer(
        "IE3N99", functionalReference=filing.mrn, notificationDate="2026-11-23T10:00:00Z", error__validationCode="98",
        declarant__identificationNumber=filing.declarant,
    )  # fmt: skip

    routed(itsp, refusal, clock)

    with tenant_scope(acme.pk):
        assert case.requests.get().state == "refused"
        assert Filing.objects.get(pk=filing.pk).state == "registered"
