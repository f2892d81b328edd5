"""A shipment of many filings: its figures follow a moment later, for all changes at once; houses are found by their numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client

from filings.models import Filing, Shipment, ShipmentChange
from filings.services import drafting
from filings.services.shipments import figures, keeping, matching, reading, settling
from filings.tasks import settle_shipments
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, NOW, draft, later, submitted
from tests.filings.services.shipments.large import PATH, kept_in_parts

FIGURES = ("filings_count", "filed_count", "missing_count", "unlinked_count", "awaited_count", "due_at")
pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An operator, without an open scope; three filings, each of which waits for another one, are many."""
    monkeypatch.setattr(figures, "LARGE", 4)
    return factories.operator("acme")


@contextmanager
def large(operator: Any) -> Iterator[Shipment]:
    """Open the operator's scope with a large shipment in it: a master that waits, and two houses."""
    with tenant_scope(operator.pk):
        draft("IE3F12")
        for _ in range(2):
            draft("IE3F14")
        yield Shipment.objects.get()


def counts(operator: Any) -> tuple[Any, ...]:
    with tenant_scope(operator.pk):
        return tuple(Shipment.objects.values_list(*FIGURES).get())


def test_a_change_of_a_large_shipment_is_written_down_and_reckoned_later(acme: Any) -> None:
    with large(acme) as shipment:
        assert shipment.is_large
        submitted("IE3F15")
        assert figures.is_behind(shipment)
    before = counts(acme)

    settle_shipments()

    assert before[:2] == (3, 0)
    assert counts(acme)[:2] == (4, 1)
    with tenant_scope(acme.pk):
        assert not figures.is_behind(shipment)


def test_what_is_reckoned_later_is_what_would_have_been_reckoned_at_once(acme: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with large(acme):
        submitted("IE3F15")
    settling.settle()
    later_on = counts(acme)

    monkeypatch.setattr(figures, "LARGE", 1000)
    with tenant_scope(acme.pk):
        Shipment.objects.update(is_large=False)
        for filing in Filing.objects.all():
            keeping.keep(filing=filing, at=later(9))

    assert counts(acme) == later_on


def test_many_changes_are_reckoned_once_and_then_none(acme: Any) -> None:
    with large(acme) as shipment:
        for second in range(3):
            figures.reckon([shipment.pk], at=later(second))
        assert ShipmentChange.objects.count() == 3

    assert (settling.settle(), settling.settle()) == (1, 0)
    with tenant_scope(acme.pk):
        assert Shipment.objects.get().changed_at == later(2)


def test_a_shipment_that_is_small_again_is_reckoned_at_once(acme: Any) -> None:
    with large(acme):
        for filing in Filing.objects.filter(message_type="IE3F14"):
            drafting.discard(filing=filing, by=ALICE, at=later(1))
    settling.settle()

    with tenant_scope(acme.pk):
        draft("IE3F14")
        assert Shipment.objects.get().filings_count == 2


def test_a_shipment_whose_filings_are_all_gone_goes_too(acme: Any) -> None:
    with large(acme):
        for filing in Filing.objects.all():
            drafting.discard(filing=filing, by=ALICE, at=later(1))

    settling.settle()

    with tenant_scope(acme.pk):
        assert not Shipment.objects.exists()


def test_page_and_list_say_that_the_figures_follow(acme: Any) -> None:
    with large(acme) as shipment:
        figures.reckon([shipment.pk], at=NOW)
    client = Client()
    client.force_login(factories.member(acme, "rita", "reader"))
    one, every = f"/o/acme/shipments/{shipment.pk}/", "/o/acme/shipments/"

    behind = [client.get(address).content.decode() for address in (one, every)]
    settling.settle()
    settled = [client.get(address).content.decode() for address in (one, every)]

    assert ["follow in a few seconds" in behind[0], "follows in seconds" in behind[1]] == [True, True]
    assert ["follow in a few seconds" in settled[0], "follows in seconds" in settled[1]] == [False, False]


def test_a_large_filing_is_compared_by_the_house_that_the_other_one_names(acme: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    with tenant_scope(acme.pk):
        _, upper = kept_in_parts("IE3F14", houses=7)
        sixth = upper.parts.get(number=6).reference
        keeping.keep(filing=upper, at=NOW)
        house = PATH.replace("/", "__")
        number, carrier = f"{house}__transportDocumentHouseLevel__documentNumber", f"{house}__carrier__identificationNumber"
        lower = draft("IE3F16", **{number: sixth, carrier: "NL999"})

        said = matching.predict(upper, lower)

    assert [part.name for part in said.apart] == ["carrier"]
    assert sixth in {part.upper for part in said.parts}
