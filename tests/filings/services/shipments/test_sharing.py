"""The list of shipments counts what a company that agreed to it has filed, and forgets it, as the board does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from filings import selectors
from filings.models import Filing, FilingRequest, FilingRequestChange, FilingRequestKey, Shipment, ShipmentNotice
from filings.services import drafting, responses, submission
from filings.services.filing_requests import filing_requests, following
from filings.services.shipments import board, elsewhere, figures, keeping, searching, settling
from tenants.actors import SYSTEM
from tenants.models import AuditEvent, Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.factories import NOW, later
from tests.filings.services.filing_requests.asking_others import CARRIER, FORWARDER, Pair, house_of, pair

NUMBER = "consignmentMasterLevel/transportDocumentMasterLevel/documentNumber"


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


def listed(operator: Operator, which: str, *, at: Any = NOW) -> bool:
    """Say whether an operator's shipment stands in a list of what is open."""
    with tenant_scope(operator.pk):
        return searching.shipments(which=which, at=at).exists()


def counts(operator: Operator) -> tuple[int, int, int]:
    """Return how many filings the list says are missing, unlinked and awaited."""
    with tenant_scope(operator.pk):
        found: tuple[int, int, int] = Shipment.objects.values_list("missing_count", "unlinked_count", "awaited_count").get()
        return found


def open_rows(operator: Operator) -> int:
    """Return how many rows of the board are open."""
    with tenant_scope(operator.pk):
        shipment = Shipment.objects.get()
    theirs = elsewhere.look(shipment.pk, operator_id=operator.pk, by=CARRIER, at=NOW)
    with tenant_scope(operator.pk):
        return sum(row.is_open for row in board.expected(shipment, at=NOW, theirs=theirs).rows)


@contextmanager
def of(operator: Operator, filing: Filing) -> Iterator[Filing]:
    """Open the scope of an operator with a filing of its own as it stands now."""
    with tenant_scope(operator.pk):
        yield Filing.objects.get(pk=filing.pk)


def submit(operator: Operator, filing: Filing) -> None:
    with of(operator, filing) as current:
        submission.submit(filing=current, by=FORWARDER, at=later(70))


def withdraw(operator: Operator, request: FilingRequest) -> None:
    with tenant_scope(operator.pk):
        filing_requests.withdraw(request=FilingRequest.objects.get(pk=request.pk), by=CARRIER, at=later(90))


def lodged(two: Pair) -> tuple[FilingRequest, Filing]:
    """Return a request and the submitted house with which it was answered."""
    house = complete(two, two.accept(request := two.send()))
    submit(two.forwarder, house)
    settling.settle()
    return request, house


def complete(two: Pair, draft: Filing) -> Filing:
    """Return the draft with all it needs to be submitted, its linking key as it is."""
    with of(two.forwarder, draft) as filing:
        document = house_of(two.master, two.forwarder.eori)
        document.set("LRN", filing.pk.hex[:22])
        drafting.change(filing=filing, document=document, revision=filing.revision, by=FORWARDER, at=later(65))
        return filing


def test_what_the_other_company_lodged_is_not_missing_in_the_list(two: Pair) -> None:
    before = counts(two.carrier)

    lodged(two)

    assert before == (1, 0, 0)
    assert counts(two.carrier) == (0, 0, 0)
    assert not listed(two.carrier, "incomplete")
    assert open_rows(two.carrier) == 0


def test_a_draft_of_the_other_company_is_still_missing(two: Pair) -> None:
    two.accept(two.send())
    settling.settle()

    assert counts(two.carrier) == (1, 0, 0)
    assert open_rows(two.carrier) == 1


def test_what_is_lodged_without_consent_is_missing(two: Pair) -> None:
    draft = two.accept(request := two.send())
    withdraw(two.forwarder, request)
    submit(two.forwarder, complete(two, draft))
    settling.settle()

    assert counts(two.carrier) == (1, 0, 0)
    with every_tenant("test"):
        assert not FilingRequestChange.objects.filter(seen_until=None).exists()


@pytest.mark.parametrize("side", ["carrier", "forwarder"])
def test_when_either_side_ends_it_the_list_changes_back(two: Pair, side: str) -> None:
    request, _ = lodged(two)

    withdraw(getattr(two, side), request)
    settling.settle()

    assert counts(two.carrier) == (1, 0, 0)
    assert listed(two.carrier, "incomplete")
    assert open_rows(two.carrier) == 1
    with tenant_scope(two.carrier.pk):
        assert not Shipment.objects.get().is_shared
        assert not FilingRequestKey.objects.exists()


def test_what_customs_refuses_is_missing_again(two: Pair) -> None:
    _, house = lodged(two)
    with of(two.forwarder, house) as filing:
        responses.reject(filing=filing, document=factories.rejection(filing), message_id="r9", at=later(80))
    settling.settle()

    assert counts(two.carrier) == (1, 0, 0)
    assert open_rows(two.carrier) == 1


def test_nothing_is_late_that_the_other_company_lodged(two: Pair) -> None:
    with of(two.carrier, two.master) as master:
        submission.submit(filing=master, by=CARRIER, at=later(10))
        responses.register(filing=master, document=factories.registration(master), message_id="m1", at=later(20))
        Filing.objects.filter(pk=master.pk).update(due_at=later(30))
        figures.reckon(keeping.shipments_of([master.pk]), at=later(30))
    before = listed(two.carrier, "late", at=later(60))

    lodged(two)

    assert before
    assert not listed(two.carrier, "late", at=later(60))


def test_customs_waits_for_nobody_who_lodged(two: Pair) -> None:
    with tenant_scope(two.carrier.pk):
        shipment = Shipment.objects.get()
        ShipmentNotice.objects.create(
            shipment=shipment, fact="missing", party=two.forwarder.eori, dated=NOW, message_type="IE3N02"
        )
        figures.reckon([shipment.pk], at=NOW)
    before = counts(two.carrier)

    lodged(two)

    assert before == (1, 0, 1)
    assert counts(two.carrier) == (0, 0, 0)


def test_a_house_links_to_the_master_of_who_asked(two: Pair) -> None:
    request, house = lodged(two)
    with of(two.forwarder, house):
        Filing.objects.update(completeness="pending")
        figures.reckon(keeping.shipments_of([house.pk]), at=later(75))
    settling.settle()
    while_agreed = counts(two.forwarder)

    withdraw(two.carrier, request)
    settling.settle()

    assert while_agreed == (0, 0, 0)
    assert counts(two.forwarder) == (0, 1, 0)
    assert listed(two.forwarder, "unlinked")


def test_a_master_that_is_discarded_or_says_something_else_links_no_house(two: Pair) -> None:
    _, house = lodged(two)
    with of(two.forwarder, house):
        Filing.objects.update(completeness="pending")
        figures.reckon(keeping.shipments_of([house.pk]), at=later(75))
    with of(two.carrier, two.master) as master:
        document = selectors.document_of(master)
        document.set(NUMBER, "OTHER77")
        drafting.change(filing=master, document=document, revision=master.revision, by=CARRIER, at=later(80))
        twin = drafting.copy(filing=master, by=CARRIER, at=later(81))
    settling.settle()
    said_something_else = counts(two.forwarder)
    with of(two.carrier, twin) as copy:
        document = selectors.document_of(copy)
        document.set(NUMBER, two.master.transport_document)
        drafting.change(filing=copy, document=document, revision=copy.revision, by=CARRIER, at=later(82))
    settling.settle()
    said_it_again = counts(two.forwarder)
    with of(two.carrier, twin) as copy:
        drafting.discard(filing=copy, by=CARRIER, at=later(83))
    settling.settle()

    assert (said_something_else, said_it_again, counts(two.forwarder)) == ((0, 1, 0), (0, 0, 0), (0, 1, 0))


def test_the_request_is_about_what_the_filing_above_says_now(two: Pair) -> None:
    lodged(two)
    with of(two.carrier, two.master) as master:
        document = selectors.document_of(master)
        document.set(NUMBER, "OTHER77")
        drafting.change(filing=master, document=document, revision=master.revision, by=CARRIER, at=later(80))
    following.follow(at=later(90))
    settling.settle()

    with tenant_scope(two.carrier.pk):
        assert [shipment.missing_count for shipment in Shipment.objects.all()] == [1]
        assert FilingRequestKey.objects.count() == 1


def test_a_change_of_ones_own_never_says_missing_in_between(two: Pair) -> None:
    lodged(two)
    submit(two.carrier, two.master)
    at_once = counts(two.carrier)
    with tenant_scope(two.carrier.pk):
        behind = figures.is_behind(Shipment.objects.get())

    settling.settle()

    assert at_once == counts(two.carrier) == (0, 0, 0)
    assert behind
    with tenant_scope(two.carrier.pk):
        assert Shipment.objects.get().filed_count == 1


def test_the_page_says_that_the_figures_follow_what_the_other_company_did(two: Pair) -> None:
    house = complete(two, two.accept(two.send()))
    settling.settle()
    submit(two.forwarder, house)

    with tenant_scope(two.carrier.pk):
        before = figures.is_behind(Shipment.objects.get())
    settling.settle()

    with tenant_scope(two.carrier.pk):
        assert (before, figures.is_behind(Shipment.objects.get())) == (True, False)


def test_both_trails_say_that_the_others_filing_was_counted(two: Pair) -> None:
    lodged(two)

    for operator, actors in ((two.carrier, {SYSTEM.name, "Forwarder"}), (two.forwarder, {"Carrier", SYSTEM.name})):
        with tenant_scope(operator.pk):
            assert set(AuditEvent.objects.filter(deed="filing_request.state_counted").values_list("actor", flat=True)) == actors


def test_nothing_but_a_digest_crosses_and_no_third_operator_can_read_or_forge_it(two: Pair) -> None:
    two.accept(request := two.send())
    with tenant_scope(two.carrier.pk):
        marker = FilingRequestChange.objects.first()
    assert {field.name for field in marker._meta.fields} == {
        "id", "operator", "asked", "side", "digest", "at", "seen_until",
    }  # fmt: skip

    both = {"operator_id": two.carrier.pk, "asked_id": two.forwarder.pk, "digest": marker.digest}
    told = {"side": "asking", "at": NOW}
    with tenant_scope(two.third.pk):
        assert not FilingRequestChange.objects.exists()
        assert not FilingRequestKey.objects.exists()
        refused(FilingRequestKey, **both, request_id=request.pk)
        refused(FilingRequestChange, **both, **told)
        refused(FilingRequestChange, **{**both, "operator_id": two.third.pk}, **told)  # about nothing both agreed to


def refused(model: Any, **values: Any) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        model.objects.create(**values)


def test_a_third_operator_counts_nothing_by_the_consent_of_others(two: Pair) -> None:
    lodged(two)
    with tenant_scope(two.carrier.pk):
        known = elsewhere._agreed(Shipment.objects.get().pk)

    assert elsewhere._met(two.carrier.pk, known)[0].filed
    assert elsewhere._met(two.third.pk, known)[0].filed == frozenset()


def test_keys_of_requests_made_before_are_written_by_the_command(two: Pair) -> None:
    lodged(two)
    for operator in (two.carrier, two.forwarder):
        with tenant_scope(operator.pk):
            FilingRequestKey.objects.all().delete()
            Shipment.objects.update(is_shared=False)
    with tenant_scope(two.carrier.pk):
        figures.reckon([Shipment.objects.get().pk], at=NOW)
    forgotten = counts(two.carrier)

    call_command("keep_shipments")
    settling.settle()

    assert (forgotten, counts(two.carrier)) == ((1, 0, 0), (0, 0, 0))
