"""The list of shipments and the page of one: what is open, who is expected, what will not link and where to mend it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from filings.models import Filing, Shipment
from filings.services import responses
from filings.services.filing_requests import filing_requests
from filings.services.shipments.told import told
from tenants.scope import tenant_scope
from tests import factories
from tests.filings.services.filing_requests.asking_others import CARRIER, pair
from tests.filings.web.desk import Desk, desk

HOUSE = "consignmentMasterLevel__consignmentHouseLevel"
HOUSE_CARRIER = f"{HOUSE}__carrier__identificationNumber"
MASTER = "consignmentMasterLevel__transportDocumentMasterLevel__documentNumber"
ARRIVAL = "activeBorderTransportMeans__estimatedDateAndTimeOfArrival"
MRN = "26DE000000000001T0"


def page(desk: Desk, path: str = "", *, status: int = 200) -> str:
    """Return a page about shipments."""
    answer = desk.client.get(f"/o/{desk.operator.slug}/shipments/{path}")
    assert answer.status_code == status
    return str(answer.content.decode())


def shipment(desk: Desk, number: str = "") -> Shipment:
    with tenant_scope(desk.operator.pk):
        found: Shipment = Shipment.objects.get(number=number) if number else Shipment.objects.get()
        return found


def registered(message: str) -> Filing:
    filing = factories.submitted(message)
    document = factories.registration(filing, MRN)
    responses.register(filing=filing, document=document, message_id="registered", at=factories.later(2))
    return filing


def test_a_master_without_its_house_is_incomplete_and_names_who_is_expected(alice: Desk) -> None:
    master = alice.make(factories.draft, "IE3F12")
    party = master.document["consignmentMasterLevel"]["supplementaryDeclarant"]["identificationNumber"]

    assert "1 missing" in page(alice)
    html = page(alice, f"{shipment(alice).pk}/")

    assert party in html
    assert "Not filed here" in html
    assert f"filing-requests/new/?filing={master.pk}" in html


def test_what_was_submitted_is_on_the_board_with_its_state(alice: Desk) -> None:
    alice.make(factories.draft, "IE3F12")
    house = alice.make(factories.submitted, "IE3F15")

    html = page(alice, f"{shipment(alice).pk}/")

    assert "On its way to customs" in html
    assert house.lrn in html
    assert "Will link" in html


def test_a_carrier_that_differs_is_named_with_a_way_to_its_field(alice: Desk) -> None:
    alice.make(factories.draft, "IE3F12")
    house = alice.make(factories.draft, "IE3F15", **{HOUSE_CARRIER: "NL999"})

    html = page(alice, f"{shipment(alice).pk}/")

    assert "These two will not link: carrier EORI differs" in html
    assert "1 not linked" in page(alice)
    repair = f"{house.pk}/field/?path=/IE3F15/consignmentMasterLevel/consignmentHouseLevel%5B1%5D/carrier/identificationNumber"
    assert repair in html
    assert alice.get(repair.replace("%5B", "[").replace("%5D", "]")).status_code == 302


def test_what_is_with_customs_is_to_be_filed_anew(alice: Desk) -> None:
    alice.make(factories.submitted, "IE3F12")
    alice.make(factories.draft, "IE3F15", **{HOUSE_CARRIER: "NL999"})

    html = page(alice, f"{shipment(alice).pk}/")

    assert "invalidate and file anew" in html


@pytest.mark.parametrize("text", ["ndml 00", "NDML00", "DE4829", "TEST"])
def test_the_search_finds_the_beginning_of_number_carrier_and_lrn(alice: Desk, text: str) -> None:
    alice.make(factories.draft, "IE3F12")

    assert shipment(alice).number in page(alice, f"?q={text}")
    assert "Nothing fits" in page(alice, "?q=zzz")


def test_the_filters_show_what_is_open(alice: Desk) -> None:
    alice.make(factories.draft, "IE3F12")
    alice.make(factories.draft, "IE3F10", **{MASTER: "WHOLE1"})

    incomplete = page(alice, "?open=incomplete")

    assert "NDML" in incomplete
    assert "WHOLE1" not in incomplete
    assert "Every filing finds" in page(alice, "?open=unlinked")


def test_what_is_late_stands_in_the_order_in_which_it_was_due(alice: Desk) -> None:
    for hours, number in ((-1, "SECOND"), (-9, "FIRST"), (9, "FUTURE")):
        arrives = timezone.now() + timedelta(hours=hours + 1)
        alice.make(factories.draft, "IE3F50", **{ARRIVAL: f"{arrives:%Y-%m-%dT%H:%M:%SZ}", MASTER: number})

    html = page(alice, "?open=late")

    assert html.index("FIRST") < html.index("SECOND")
    assert "FUTURE" not in html
    assert "FUTURE" in page(alice, "?sort=due")


def test_customs_notice_of_a_missing_filing_is_on_the_board(alice: Desk) -> None:
    with tenant_scope(alice.operator.pk):
        filing = registered("IE3F12")
        party = filing.document["consignmentMasterLevel"]["supplementaryDeclarant"]["identificationNumber"]
        notice = factories.answer(
            "IE3N02", MRN=MRN, notificationDate="2026-11-23T12:00:00Z", supplementaryDeclarant__identificationNumber=party,
            transportDocument__documentNumber=filing.transport_document,
        )  # fmt: skip
        responses.note(filing=filing, document=notice, message_id="n02", at=factories.later(9))

    html = page(alice, f"{shipment(alice).pk}/")

    assert "Missing, says customs" in html
    assert "Customs misses the filing of" in html


def test_a_filing_customs_waits_for_makes_a_shipment(alice: Desk) -> None:
    notice = factories.answer(
        "IE3N11", notificationDate="2026-11-23T12:00:00Z", transportDocument__documentNumber="UNKNOWN77",
        supplementaryDeclarant__identificationNumber=alice.operator.eori,
    )  # fmt: skip
    with tenant_scope(alice.operator.pk):
        told(document=notice, filing=None, message_id="n11", at=factories.later(1))

    assert "Customs waits for 1" in page(alice, "?open=incomplete")
    html = page(alice, f"{shipment(alice, 'UNKNOWN77').pk}/")

    assert "Customs waits for a filing of <strong>yours</strong>" in html


def test_the_page_of_a_filing_leads_to_its_shipment(alice: Desk) -> None:
    master = alice.make(factories.draft, "IE3F12")
    house = alice.make(factories.draft, "IE3F15")

    assert f"shipments/of-filing/{master.pk}/" in alice.get(f"{master.pk}/").content.decode()
    html = page(alice, f"of-filing/{house.pk}/")

    assert f"/shipments/{shipment(alice).pk}/" in html
    assert str(master.pk) in html
    assert "Will link" in html


def test_many_expected_are_shown_a_page_at_a_time(alice: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filings.services.shipments.board.PAGE", 1)
    alice.make(factories.draft, "IE3F40")
    alice.make(factories.draft, "IE3F44")
    pk = shipment(alice).pk

    pages = [page(alice, f"{pk}/board/?row={number}") for number in (1, 2)]

    assert ['rel="next"' in each for each in pages] == [True, False]
    assert ["F44" in each for each in pages].count(True) == 1


def test_a_stranger_finds_nothing(alice: Desk, charlie: Desk) -> None:
    filing = alice.make(factories.draft, "IE3F12")
    pk = shipment(alice).pk

    for path in ("", f"{pk}/", f"{pk}/board/", f"of-filing/{filing.pk}/"):
        page(charlie, path, status=404)


@pytest.mark.django_db
def test_who_agreed_shows_where_its_filing_stands_and_nothing_of_what_it_says() -> None:
    two = pair()
    carla = desk(two.carrier, "carla", "filer")
    two.accept(request := two.send())

    html = page(carla, f"{shipment(carla).pk}/")
    rows = page(carla, f"{shipment(carla).pk}/board/")

    for shown in (html, rows):
        assert "F15 of <a" in shown
        assert f"/filing-requests/{request.pk}/" in shown
        assert "Drafted by them, not sent" in shown
        assert "Will link." in shown
    with tenant_scope(two.carrier.pk):
        filing_requests.withdraw(request=request, by=CARRIER, at=factories.later(99))
    assert "Not filed here" in page(carla, f"{shipment(carla).pk}/")


@pytest.mark.django_db
def test_who_was_asked_sees_above_its_own_where_the_filing_of_who_asked_stands() -> None:
    two = pair()
    frits = desk(two.forwarder, "frits", "filer")
    draft = two.accept(request := two.send())

    pages = [
        page(frits, f"{shipment(frits).pk}/"),
        page(frits, f"{shipment(frits).pk}/board/"),
        page(frits, f"of-filing/{draft.pk}/"),
    ]

    for html in pages:
        assert "F12 of <a" in html
        assert f"/filing-requests/{request.pk}/" in html
        assert "Will link." in html
        assert two.master.lrn not in html
    assert "Not registered yet" in pages[0]
    assert "Nothing to link to here" not in "".join(pages)
    with tenant_scope(two.forwarder.pk):
        filing_requests.withdraw(request=request, by=CARRIER, at=factories.later(99))
    ended = page(frits, f"{shipment(frits).pk}/")
    assert "Above yours" not in ended
    assert "Nothing to link to here" in ended


def test_an_empty_list_says_how_shipments_come_to_be(alice: Desk) -> None:
    assert "No shipments yet" in page(alice)


def test_a_reader_sees_no_way_to_change_anything(rita: Desk) -> None:
    rita.make(factories.draft, "IE3F12")
    rita.make(factories.draft, "IE3F15", **{HOUSE_CARRIER: "NL999"})

    html = page(rita, f"{shipment(rita).pk}/")

    assert "will not link" in html
    assert "Repair" not in html


@pytest.mark.parametrize("query", ["?page=0", "?page=x", "?open=none&sort=none", "?row=99999999", "?q=%00"])
def test_what_makes_no_sense_in_an_address_is_left_out(alice: Desk, query: str) -> None:
    alice.make(factories.draft, "IE3F12")

    page(alice, query)
    page(alice, f"{shipment(alice).pk}/{query}")
