"""Keys and shipments follow what filings say and where they stand."""

from typing import Any

import pytest

from filings import linking, selectors
from filings.models import Filing, LinkKey, Shipment, ShipmentFiling
from filings.services import amending, drafting, responses, submission
from filings.services.large import editing
from filings.services.shipments import keeping, matching, reading
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, NOW, draft, later, registration, rejection, submitted
from tests.filings.services.shipments.large import kept_in_parts

HOUSE = "consignmentMasterLevel__consignmentHouseLevel"
MASTER = "consignmentMasterLevel__transportDocumentMasterLevel__documentNumber"
HOUSE_MASTER = f"{HOUSE}__transportDocumentMasterLevel__documentNumber"
HOUSE_CARRIER = f"{HOUSE}__carrier__identificationNumber"
MRNS = [f"26DE00000000000{number}T0" for number in range(1, 9)]


def one() -> Shipment:
    """Return the only shipment there is."""
    return Shipment.objects.get()


def members(shipment: Shipment) -> set[str]:
    return set(Filing.objects.filter(shipments__shipment=shipment).values_list("message_type", flat=True))


def registered(message: str, mrn: str = MRNS[0], **values: str | None) -> Filing:
    filing = submitted(message, **values)
    responses.register(filing=filing, document=registration(filing, mrn), message_id=f"r-{mrn}", at=later(2))
    return filing


@pytest.mark.parametrize(("upper", "lower"), [("IE3F12", "IE3F15"), ("IE3F21", "IE3F22"), ("IE3F13", "IE3F17")])
def test_a_master_and_its_house_are_one_shipment(acme: Any, upper: str, lower: str) -> None:
    draft(lower)
    draft(upper)

    shipment = one()
    assert members(shipment) == {upper, lower}
    assert (shipment.kind, shipment.filings_count, shipment.filed_count) == ("master", 2, 0)
    assert shipment.missing_count == 1  # the house filing is only drafted
    assert shipment.unlinked_count == 0
    assert shipment.carrier


def test_what_is_submitted_is_no_longer_missing(acme: Any) -> None:
    draft("IE3F12")
    submitted("IE3F15")

    assert (one().missing_count, one().filed_count) == (0, 1)


def test_a_number_spelled_in_two_ways_is_one_shipment_that_does_not_link(acme: Any) -> None:
    master = draft("IE3F12")
    draft("IE3F15", **{HOUSE_MASTER: f"{master.transport_document[:4]} {master.transport_document[4:]}".lower()})

    assert one().filings_count == 2
    assert one().unlinked_count == 1
    assert one().number == master.transport_document


def test_another_carrier_does_not_link(acme: Any) -> None:
    draft("IE3F12")
    house = draft("IE3F15", **{HOUSE_CARRIER: "NL999"})

    assert one().unlinked_count == 1
    [found] = matching.mismatches([house], Filing.objects.all())
    assert [part.name for part in found.prediction.apart] == ["carrier"]
    assert found.prediction.apart[0].lower_path == f"{HOUSE}[1]/carrier/identificationNumber".replace("__", "/")


def test_a_house_alone_is_not_called_unlinked_until_customs_says_so(acme: Any) -> None:
    filing = registered("IE3F15")
    assert one().unlinked_count == 0

    filing.completeness = "pending"
    filing.save(update_fields=["completeness"])
    keeping.keep(filing=filing, at=later(3), content=False)

    assert one().unlinked_count == 1


def test_what_customs_calls_complete_misses_nothing(acme: Any) -> None:
    filing = registered("IE3F12")
    assert one().missing_count == 1

    filing.completeness = "complete"
    filing.save(update_fields=["completeness"])
    keeping.keep(filing=filing, at=later(3), content=False)

    assert one().missing_count == 0


def test_a_changed_number_leaves_its_shipment(acme: Any) -> None:
    filing = draft("IE3F12")
    before = one()
    document = factories.document("IE3F12", **{MASTER: "OTHER1"})

    drafting.change(filing=filing, document=document, revision=1, by=ALICE, at=later(1))

    assert one().number == "OTHER1"
    assert one().pk != before.pk
    assert LinkKey.objects.get().key.startswith("sea-house|OTHER1|")


def test_a_discarded_draft_leaves_nothing(acme: Any) -> None:
    filing = draft("IE3F12")
    drafting.discard(filing=filing, by=ALICE, at=later(1))

    assert not Shipment.objects.exists()
    assert not LinkKey.objects.exists()


def test_a_rejected_filing_stays_to_be_seen_and_links_to_nothing(acme: Any) -> None:
    master = submitted("IE3F12")
    submitted("IE3F15")

    responses.reject(filing=master, document=rejection(master), message_id="no", at=later(3))

    assert one().filings_count == 2
    assert set(LinkKey.objects.values_list("side", flat=True)) == {"lower"}


def test_an_invalidated_filing_links_to_nothing(acme: Any) -> None:
    filing = registered("IE3F12")
    document = factories.answer("IE3R07", MRN=MRNS[0], completionDate="2026-11-23T10:00:00Z")

    responses.fulfil(filing=filing, document=document, message_id="gone", at=later(9))

    assert not LinkKey.objects.exists()


def test_pre_loading_data_join_the_master_once_they_link(acme: Any) -> None:
    early = draft("IE3F23")
    assert one().kind == "house"

    draft("IE3F25")

    assert one().kind == "master"
    assert members(one()) == {"IE3F23", "IE3F25"}
    assert ShipmentFiling.objects.get(filing=early).by_link


def test_the_mrn_customs_gave_is_a_key(acme: Any) -> None:
    trigger = factories.document("IE3F25", **{f"{HOUSE}__transportDocumentHouseLevel__documentNumber": "ELSEWHERE"})
    given = trigger.value("previousDocument/identification") or ""
    drafting.create(document=trigger, by=ALICE, at=NOW, source="web")
    filing = registered("IE3F23", given)

    assert [each.message_type for each in matching.linked(filing)] == ["IE3F25"]
    assert members(one()) == {"IE3F23", "IE3F25"}


def test_items_and_receptacles_follow_the_transport_that_carries_them(acme: Any) -> None:
    for message in ("IE3F43", "IE3F44", "IE3F40"):
        draft(message)

    assert one().kind == "master"
    assert members(one()) == {"IE3F40", "IE3F43", "IE3F44"}


def test_the_order_in_which_filings_come_does_not_matter(acme: Any) -> None:
    for message in ("IE3F40", "IE3F44", "IE3F43"):
        draft(message)

    assert members(one()) == {"IE3F40", "IE3F43", "IE3F44"}
    assert one().missing_count == 2  # the receptacle, and any of its items: drafts do not count


def test_pre_loading_data_go_back_to_their_own_number_when_the_master_is_discarded(acme: Any) -> None:
    draft("IE3F23")
    trigger = draft("IE3F25")

    drafting.discard(filing=trigger, by=ALICE, at=later(1))

    assert (one().kind, one().filings_count) == ("house", 1)


def test_what_followed_a_filing_follows_it_to_another_shipment(acme: Any) -> None:
    draft("IE3F44")
    transport = draft("IE3F40")
    document = factories.document("IE3F40", **{MASTER: "OTHER1"})

    drafting.change(filing=transport, document=document, revision=1, by=ALICE, at=later(1))

    assert one().number == "OTHER1"
    assert members(one()) == {"IE3F40", "IE3F44"}


def test_an_amendment_that_customs_accepted_gives_the_keys(acme: Any) -> None:
    filing = registered("IE3F14")
    amendment = amending.start(filing=filing, by=ALICE, at=later(3))
    document = selectors.document_of(amendment)
    document.set(f"{HOUSE}/supplementaryDeclarant/identificationNumber".replace("__", "/"), "NL777")
    drafting.change(filing=amendment, document=document, revision=amendment.revision, by=ALICE, at=later(4))
    submission.submit(filing=amendment, by=ALICE, at=later(5), despite_findings=True)
    assert not LinkKey.objects.filter(party="NL777").exists()

    done = factories.answer("IE3N10", MRN=MRNS[0], completionDate="2026-11-23T10:00:00Z")
    responses.fulfil(filing=amendment, document=done, message_id="done", at=later(6))

    assert LinkKey.objects.filter(party="NL777").exists()


def test_the_keys_of_a_filing_in_parts_are_those_of_the_whole(acme: Any) -> None:
    whole, filing = kept_in_parts("IE3F32", houses=7)
    keeping.keep(filing=filing, at=NOW)

    assert set(LinkKey.objects.filter(filing=filing).values_list("key", flat=True)) == linking.offers(whole)
    assert len(list(reading.documents(filing))) == 1


def test_a_filing_in_parts_is_read_in_batches(acme: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH", 3)
    whole, filing = kept_in_parts("IE3F14", houses=7)
    keeping.keep(filing=filing, at=NOW)

    kept = LinkKey.objects.filter(filing=filing)
    assert set(kept.filter(side="lower").values_list("key", flat=True)) == linking.offers(whole)
    expected = linking.expectations(whole)
    assert set(kept.filter(side="upper").values_list("key", flat=True)) == {key for each in expected for key in each.keys}
    assert kept.filter(side="upper").values("number").distinct().count() == len(expected)


def test_a_changed_house_of_a_filing_in_parts_changes_its_keys(acme: Any) -> None:
    _, filing = kept_in_parts("IE3F32", houses=3)
    keeping.keep(filing=filing, at=NOW)
    part = filing.parts.get(number=2)
    content = {**part.document, "transportDocumentHouseLevel": {"documentNumber": "CHANGED", "type": "N703"}}

    editing.change_part(filing=filing, part=part, content=content, revision=filing.revision, by=ALICE, at=later(1))

    assert LinkKey.objects.filter(filing=filing, key="express-house|CHANGED").exists()
    assert LinkKey.objects.filter(filing=filing).count() == 3


@pytest.mark.django_db
def test_two_operators_with_one_master_have_a_shipment_each() -> None:
    first, second = (factories.operator(name) for name in ("first", "second"))
    with tenant_scope(first.pk):
        draft("IE3F12")
        mine = LinkKey.objects.get()
    with tenant_scope(second.pk):
        draft("IE3F15")
        assert one().filings_count == 1
        assert not LinkKey.objects.filter(pk=mine.pk).exists()
