"""Two companies that count each other's filings at once: nothing is lost and nothing counted twice, whoever comes when."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections, transaction

from filings import selectors
from filings.models import Filing, FilingRequest, FilingRequestChange, ShipmentChange
from filings.services import drafting, responses
from filings.services.shipments import elsewhere, settling, sharing
from filings.services.shipments.figures import Met
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.factories import later
from tests.filings.services.filing_requests.asking_others import CARRIER, Pair, pair
from tests.filings.services.shipments.test_sharing import complete, counts, of, open_rows, submit, two, withdraw

__all__ = ["two"]  # the fixture
NUMBER = "consignmentMasterLevel/transportDocumentMasterLevel/documentNumber"


def interrupted(monkeypatch: pytest.MonkeyPatch, deed: Any) -> None:
    """Let something happen once, after it was looked up what others have and before the figures are reckoned."""
    look = elsewhere.met

    def looked(pk: Any, *, operator_id: Any) -> Met:
        found = look(pk, operator_id=operator_id)
        monkeypatch.setattr(elsewhere, "met", look)
        deed()
        return found

    monkeypatch.setattr(elsewhere, "met", looked)


def test_consent_that_ends_while_the_figures_are_reckoned_is_reckoned_again(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    house = complete(two, two.accept(request := two.send()))
    submit(two.forwarder, house)
    interrupted(monkeypatch, lambda: withdraw(two.forwarder, request))

    settling.settle()
    settling.settle()

    assert counts(two.carrier) == (1, 0, 0)


def test_what_is_lodged_while_the_figures_are_reckoned_is_reckoned_again(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    house = complete(two, two.accept(two.send()))
    interrupted(monkeypatch, lambda: submit(two.forwarder, house))

    settling.settle()
    settling.settle()

    assert counts(two.carrier) == (0, 0, 0)


def test_a_worker_that_looked_earlier_does_not_undo_what_a_later_one_reckoned(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    house = complete(two, two.accept(two.send()))

    def lodge_and_settle() -> None:
        submit(two.forwarder, house)
        settling.settle()

    interrupted(monkeypatch, lodge_and_settle)
    settling.settle()

    assert counts(two.carrier) == (0, 0, 0)


def test_a_worker_that_was_killed_loses_nothing(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    house = complete(two, two.accept(two.send()))
    submit(two.forwarder, house)

    def killed() -> None:
        raise KeyboardInterrupt

    interrupted(monkeypatch, killed)
    with pytest.raises(KeyboardInterrupt):
        settling.settle()
    settling.settle()

    assert counts(two.carrier) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(2))
def test_list_and_board_agree_whatever_both_sides_do(two: Pair, seed: int) -> None:
    chance = random.Random(seed)
    requests: list[FilingRequest] = []

    def ask() -> None:
        requests.append(two.send())
        complete(two, two.accept(requests[-1]))

    def lodge() -> None:
        with tenant_scope(two.forwarder.pk):
            drafts = list(Filing.objects.filter(state="draft"))
        if drafts:
            submit(two.forwarder, chance.choice(drafts))

    def refuse() -> None:
        with tenant_scope(two.forwarder.pk):
            for filing in Filing.objects.filter(state="queued")[:1]:
                responses.reject(filing=filing, document=factories.rejection(filing), message_id=str(filing.pk), at=later(80))

    def end() -> None:
        if requests:
            withdraw(chance.choice([two.carrier, two.forwarder]), requests.pop(chance.randrange(len(requests))))

    ask()
    for _ in range(12):
        chance.choice([ask, lodge, lodge, refuse, end])()
        settling.settle()
        assert counts(two.carrier)[0] == open_rows(two.carrier)


@contextmanager
def being_drafted(two: Pair, number: str) -> Iterator[None]:
    """Let a master of a number be drafted in a transaction that ends with the block."""
    kept, go_on = Event(), Event()

    def draft() -> None:
        try:
            with of(two.carrier, two.master) as master, transaction.atomic():
                document = selectors.document_of(master)
                document.set(NUMBER, number)
                drafting.create(document=document, by=CARRIER, at=later(5), source="web")
                kept.set()
                go_on.wait(60)
        finally:
            kept.set()
            connections.close_all()

    worker = Thread(target=draft)
    worker.start()
    kept.wait(60)
    try:
        yield
    finally:
        go_on.set()
        worker.join()


def marked(operator: Operator) -> int:
    """Return how many shipments of an operator are to be reckoned."""
    with tenant_scope(operator.pk):
        return ShipmentChange.objects.values("shipment").distinct().count()


def test_a_filing_drafted_while_the_other_side_agreed_is_found_when_it_is_there(transactional_db: None) -> None:
    """It did not know of the consent when it was kept, and the first look at the marker did not know of it."""
    two = pair()
    key = {"master document": "NEW1", "carrier": two.carrier.eori}
    request = two.send(filing=None, key=key)
    with being_drafted(two, "NEW1"):
        two.accept(request)
        sharing.sweep()
        at_first = marked(two.carrier)

    sharing.sweep()

    assert (at_first, marked(two.carrier)) == (0, 1)
    with every_tenant("test"):
        assert not FilingRequestChange.objects.exists()


def test_a_shipment_somebody_works_on_is_marked_a_moment_later_and_keeps_nobody_waiting(transactional_db: None) -> None:
    two = pair()
    request = two.send()
    with being_drafted(two, two.master.transport_document):
        two.accept(request)
        sharing.sweep()
        meanwhile = marked(two.carrier)

    sharing.sweep()

    assert (meanwhile, marked(two.carrier)) == (0, 1)
