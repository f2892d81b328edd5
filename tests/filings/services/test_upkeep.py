"""After an upgrade what is kept beside filings is brought to what this release keeps, by itself and once."""

import logging
from typing import Any

import pytest

from filings.models import Filing, LinkKey, Shipment, Upkeep
from filings.services import upkeep
from filings.services.shipments import keeping
from filings.tasks import keep_up
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.factories import NOW, later

ARRIVAL = "activeBorderTransportMeans__estimatedDateAndTimeOfArrival"

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Operator:
    """An operator whose filings were made by a release that kept none of it."""
    operator = factories.operator("acme")
    with tenant_scope(operator.pk):
        factories.draft("IE3F50", **{ARRIVAL: "2026-12-01T12:00:00Z"})
        factories.draft("IE3F12", **{ARRIVAL: "2026-12-01T12:00:00Z"})
        factories.submitted("IE3F15")
        _forget()
    return operator


def _forget() -> None:
    Filing.objects.update(due_at=None, journey_key="", arrives_at=None)
    Shipment.objects.all().delete()
    LinkKey.objects.all().delete()


def _kept(operator: Operator) -> tuple[bool, int, int]:
    with tenant_scope(operator.pk):
        return Filing.objects.exclude(due_at=None).exists(), LinkKey.objects.count(), Shipment.objects.count()


def test_what_is_missing_is_written_for_every_operator(acme: Operator) -> None:
    other = factories.operator("other")
    with tenant_scope(other.pk):
        factories.draft("IE3F12")
        _forget()
    assert _kept(acme) == (False, 0, 0)

    assert not upkeep.keep_up(at=NOW)

    assert _kept(acme)[0]
    assert _kept(acme)[1] >= 3
    assert _kept(other)[2] == 1
    with tenant_scope(acme.pk):
        assert (Filing.objects.get(message_type="IE3F50").due_at is None, Upkeep.objects.get().count) == (False, 4)


def test_it_is_done_once_for_each_edition(acme: Operator) -> None:
    upkeep.keep_up(at=NOW)
    with tenant_scope(acme.pk):
        _forget()

    assert not upkeep.keep_up(at=later(60))
    assert _kept(acme) == (False, 0, 0)
    assert not upkeep.keep_up(at=later(120), edition=upkeep.EDITION + 1)

    assert _kept(acme)[0]


def test_some_are_done_at_a_time_and_the_bell_is_rung_for_the_others(acme: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr(upkeep, "BATCH", 2)
    monkeypatch.setattr(upkeep, "AT_ONCE", 0.0)
    monkeypatch.setattr("filings.outbox.ring", rung.append)

    keep_up()
    with every_tenant("a test looks"):
        first: Any = Upkeep.objects.get()
    keep_up()

    with every_tenant("a test looks"):
        second: Any = Upkeep.objects.get()
    assert (first.count, first.done_at, rung) == (2, None, [upkeep.BELL])
    assert (second.count, second.done_at is None) == (3, False)


def test_one_that_fails_is_logged_and_keeps_back_no_other(
    acme: Operator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keep = keeping.keep

    def fail(*, filing: Filing, **how: Any) -> None:
        if filing.message_type == "IE3F12":
            raise RuntimeError("broken")
        keep(filing=filing, **how)

    monkeypatch.setattr(upkeep.keeping, "keep", fail)

    with caplog.at_level(logging.ERROR):
        assert not upkeep.keep_up(at=NOW)

    assert "could not be reckoned anew" in caplog.text
    assert _kept(acme)[1] > 0


def test_a_filing_travels_as_its_amendment_says(acme: Operator) -> None:
    with tenant_scope(acme.pk):
        filing = Filing.objects.get(message_type="IE3F12")
        later_on = {**filing.document, "activeBorderTransportMeans": dict(filing.document["activeBorderTransportMeans"])}
        later_on["activeBorderTransportMeans"]["estimatedDateAndTimeOfArrival"] = "2026-12-02T12:00:00Z"
        Filing.objects.create(
            about=filing, message_type="IE3A12", message_set=filing.message_set, version=filing.version, document=later_on,
            state="done", mrn="26BE0000000000ABC1", submitted_at=NOW, answered_at=NOW, created_at=NOW, changed_at=NOW,
        )  # fmt: skip

    upkeep.keep_up(at=NOW)

    with tenant_scope(acme.pk):
        filing.refresh_from_db()
        assert filing.arrives_at is not None
        assert f"{filing.arrives_at:%d}" == "02"
