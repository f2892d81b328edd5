"""What the board of a shipment shows of another operator's filings: where they stand, never what they say."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from filings import selectors
from filings.models import Filing, FilingRequest, Shipment
from filings.services import drafting, responses, submission
from filings.services.filing_requests import filing_requests, following
from filings.services.shipments import board, elsewhere
from filings.services.shipments.board import Expected
from filings.services.shipments.others import Elsewhere, Theirs
from tenants.models import AuditEvent, Operator
from tenants.scope import ScopeConflict, tenant_scope
from tests import factories
from tests.factories import NOW, later
from tests.filings.services.filing_requests.asking_others import CARRIER, FORWARDER, Pair, house_of, pair

HOUSE_CARRIER = "consignmentMasterLevel/consignmentHouseLevel/carrier/identificationNumber"


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


def shipment_of(operator: Operator) -> Shipment:
    with tenant_scope(operator.pk):
        return shipment_of_scope()


def shipment_of_scope() -> Shipment:
    found: Shipment = Shipment.objects.get()
    return found


def registered(two: Pair) -> Any:
    """Let customs give the carrier's master its MRN, and return since when it has it."""
    with tenant_scope(two.carrier.pk):
        two.master.refresh_from_db()
        submission.submit(filing=two.master, by=CARRIER, at=later(10))
        responses.register(filing=two.master, document=factories.registration(two.master), message_id="m1", at=later(20))
        return two.master.registered_at


def row(two: Pair, *, at: Any = NOW) -> Expected:
    """Return the one row of the carrier's board."""
    shipment = shipment_of(two.carrier)
    theirs = elsewhere.look(shipment.pk, operator_id=two.carrier.pk, by=CARRIER, at=at)
    with tenant_scope(two.carrier.pk):
        [found] = board.expected(shipment, at=at, theirs=theirs).rows
        return found


def above(two: Pair, *, at: Any = NOW) -> tuple[Elsewhere, ...]:
    """Return what the forwarder's board shows above its own."""
    shipment = shipment_of(two.forwarder)
    theirs = elsewhere.look(shipment.pk, operator_id=two.forwarder.pk, by=FORWARDER, at=at)
    with tenant_scope(two.forwarder.pk):
        return board.expected(shipment, at=at, theirs=theirs).above


def house(two: Pair, **values: str) -> Filing:
    """Return a draft of the forwarder that links to the master, values by path with "__" for "/"."""
    with tenant_scope(two.forwarder.pk):
        document = house_of(two.master, two.forwarder.eori)
        document.set("LRN", "SECRETLRN1")
        for path, value in values.items():
            document.set(path.replace("__", "/"), value)
        return drafting.create(document=document, by=FORWARDER, at=NOW, source="web")


def attached(two: Pair, filing: Filing, request: FilingRequest, *, compares: bool = False) -> None:
    with tenant_scope(two.forwarder.pk):
        filing_requests.attach(request=request, filing=filing, by=FORWARDER, at=later(5), compares=compares)


def test_the_board_shows_the_filing_of_who_agreed(two: Pair) -> None:
    two.accept(two.send())

    found = row(two)

    [each] = found.elsewhere
    assert (each.name, each.kind, each.state_words, each.link_words) == ("Forwarder", "F15", "Draft", "Will link.")
    assert (found.status, found.is_open, found.filings) == ("drafted_elsewhere", True, ())


def test_nothing_is_shown_before_the_other_side_agrees(two: Pair) -> None:
    house(two)
    two.send()

    assert (row(two).elsewhere, row(two).status) == ((), "unknown")


def test_a_filing_that_links_is_shown_though_another_one_answers_the_request(two: Pair) -> None:
    two.accept(two.send())
    house(two)

    assert [each.links for each in row(two).elsewhere] == [True, True]


def test_a_filing_about_something_else_is_not_shown(two: Pair) -> None:
    two.accept(two.send())
    house(two, consignmentMasterLevel__consignmentHouseLevel__transportDocumentMasterLevel__documentNumber="ANOTHER1")

    assert len(row(two).elsewhere) == 1


def test_nothing_of_what_it_says_is_told(two: Pair) -> None:
    attached(two, filing := house(two), two.send())

    told = str([asdict(each) for each in row(two).elsewhere])

    assert set(asdict(row(two).elsewhere[0])) == {
        "request", "name", "eori", "is_above", "message_type", "state", "has_mrn", "mrn_since", "about", "links_by",
        "differs", "figures",
    }  # fmt: skip
    for secret in ("SECRETLRN1", str(filing.pk), "totalGrossMass", filing.transport_document):
        assert secret not in told


@pytest.mark.parametrize("side", ["carrier", "forwarder"])
def test_it_is_gone_the_moment_either_side_takes_its_consent_back(two: Pair, side: str) -> None:
    two.accept(request := two.send())
    assert row(two).elsewhere
    with tenant_scope(getattr(two, side).pk):
        filing_requests.withdraw(request=request, by=CARRIER, at=later(90))

    assert (row(two).elsewhere, row(two).status) == ((), "unknown")


def test_consent_taken_back_while_one_looks_counts(two: Pair) -> None:
    two.accept(request := two.send())
    with tenant_scope(two.carrier.pk):
        known = elsewhere._agreed(shipment_of(two.carrier).pk)
    with tenant_scope(two.forwarder.pk):
        filing_requests.withdraw(request=request, by=FORWARDER, at=later(90))

    assert elsewhere._found(two.carrier.pk, known) == ()


def test_a_third_operator_sees_nothing_and_cannot_use_the_consent_of_others(two: Pair) -> None:
    two.accept(two.send())
    with tenant_scope(two.carrier.pk):
        known = elsewhere._agreed(shipment_of(two.carrier).pk)

    assert elsewhere.look(shipment_of(two.carrier).pk, operator_id=two.third.pk, by=CARRIER, at=NOW) == Theirs()
    assert elsewhere._found(two.third.pk, known) == ()


def test_who_was_asked_sees_that_the_filing_above_is_not_registered_yet(two: Pair) -> None:
    two.accept(request := two.send())

    [each] = above(two)

    assert (each.request, each.name, each.eori, each.kind) == (request.pk, "Carrier", two.carrier.eori, "F12")
    assert (each.state_words, each.has_mrn, each.link_words) == ("Draft", False, "Will link.")
    assert each.registered_words == "Not registered yet"


def test_who_was_asked_sees_since_when_the_filing_above_has_an_mrn_and_not_which(two: Pair) -> None:
    two.accept(two.send())
    since = registered(two)

    [each] = above(two)

    assert (each.state_words, each.mrn_since, each.registered_words) == ("Registered", since, "Registered; yours will link")
    told = str(asdict(each))
    for secret in (factories.MRN, two.master.transport_document, str(two.master.pk), two.master.lrn):
        assert secret not in told


def test_who_was_asked_sees_nothing_before_it_agrees(two: Pair) -> None:
    house(two)
    two.send()

    assert above(two) == ()


def test_who_was_asked_sees_which_field_of_its_own_keeps_the_two_apart(two: Pair) -> None:
    attached(two, house(two, **{HOUSE_CARRIER.replace("/", "__"): "NL000000000"}), two.send())

    [each] = above(two)

    assert (each.link_words, each.registered_words) == ("Will not link: the carrier differs.", "Yours will not link")


def test_another_filing_of_who_asked_is_seen_by_the_key_of_the_request_alone(two: Pair) -> None:
    two.accept(two.send())
    with tenant_scope(two.carrier.pk):
        same, other = selectors.document_of(two.master), selectors.document_of(two.master)
        other.set("consignmentMasterLevel/transportDocumentMasterLevel/documentNumber", "ANOTHER1")
        for document in (same, other):
            drafting.create(document=document, by=CARRIER, at=NOW, source="web")

    assert [each.links for each in above(two)] == [True, True]


@pytest.mark.parametrize("side", ["carrier", "forwarder"])
def test_the_filing_above_is_gone_the_moment_either_side_takes_its_consent_back(two: Pair, side: str) -> None:
    two.accept(request := two.send())
    with tenant_scope(two.forwarder.pk):
        known = elsewhere._agreed(shipment_of_scope().pk)
    with tenant_scope(getattr(two, side).pk):
        filing_requests.withdraw(request=request, by=CARRIER, at=later(90))

    assert above(two) == ()
    assert elsewhere._found(two.forwarder.pk, known) == ()
    assert elsewhere._met(two.forwarder.pk, known)[0].above == frozenset()


def test_both_trails_say_when_who_was_asked_looked(two: Pair) -> None:
    two.accept(two.send())
    row(two)
    for at in (NOW, later(60)):
        above(two, at=at)

    for operator, actors in ((two.carrier, ["Carla", "Forwarder"]), (two.forwarder, ["Carrier", "Frits"])):
        with tenant_scope(operator.pk):
            seen = AuditEvent.objects.filter(deed="filing_request.state_seen").order_by("at", "pk")
            assert sorted(seen.values_list("actor", flat=True)) == actors


def test_the_state_follows_when_customs_gives_the_other_filing_its_mrn(two: Pair) -> None:
    attached(two, filing := house(two), two.send())
    with tenant_scope(two.forwarder.pk):
        submission.submit(filing=filing, by=FORWARDER, at=later(10))
    assert row(two).status == "sent"
    with tenant_scope(two.forwarder.pk):
        responses.register(filing=filing, document=factories.registration(filing), message_id="r1", at=later(20))

    found = row(two)

    [each] = found.elsewhere
    assert (found.status, found.is_open, found.late) == ("registered", False, False)
    assert (each.state_words, each.has_mrn, each.mrn_since) == ("Registered", True, filing.registered_at)
    assert factories.MRN not in str(asdict(each))


def test_the_field_that_keeps_it_from_linking_is_named_without_its_value(two: Pair) -> None:
    attached(two, house(two, **{HOUSE_CARRIER.replace("/", "__"): "NL000000000"}), two.send())

    found = row(two)

    [each] = found.elsewhere
    assert (found.status, each.link_words) == ("apart", "Will not link: the carrier differs.")
    assert "NL000000000" not in str(asdict(each))


def test_the_weight_that_differs_is_told_if_both_agreed_to_compare(two: Pair) -> None:
    mass = {"consignmentMasterLevel__consignmentHouseLevel__totalGrossMass": "4397.5"}
    attached(two, house(two, **mass), two.send(share_totals=True), compares=True)

    [each] = row(two).elsewhere

    assert "The filings that were asked for weigh 12.5 kg less than the filing above them." in each.figures


def test_a_request_made_by_hand_shows_it_as_well(two: Pair) -> None:
    key = {"master document": two.master.transport_document, "carrier": two.carrier.eori}
    two.accept(two.send(filing=None, key=key))

    assert [each.links for each in row(two).elsewhere] == [True]


def test_what_the_master_no_longer_says_is_no_longer_shown(two: Pair) -> None:
    two.accept(two.send())
    with tenant_scope(two.carrier.pk):
        two.master.refresh_from_db()
        document = selectors.document_of(two.master)
        document.set("consignmentMasterLevel/transportDocumentMasterLevel/documentNumber", "OTHER77")
        drafting.change(filing=two.master, document=document, revision=two.master.revision, by=CARRIER, at=later(70))
    following.follow(at=later(80))

    assert not any(each.links for each in row(two).elsewhere)


def test_both_trails_say_once_a_day_that_it_was_looked_at(two: Pair) -> None:
    two.accept(two.send())
    for at in (NOW, later(60), NOW + timedelta(days=2)):
        row(two, at=at)

    for operator, actor in ((two.carrier, "Carla"), (two.forwarder, "Carrier")):
        with tenant_scope(operator.pk):
            seen = AuditEvent.objects.filter(deed="filing_request.state_seen")
            assert list(seen.values_list("actor", flat=True)) == [actor, actor]


def test_an_operators_own_scope_cannot_look_at_others(two: Pair) -> None:
    two.accept(two.send())
    shipment = shipment_of(two.carrier)

    with tenant_scope(two.carrier.pk), pytest.raises(ScopeConflict):
        elsewhere.look(shipment.pk, operator_id=two.carrier.pk, by=CARRIER, at=NOW)
