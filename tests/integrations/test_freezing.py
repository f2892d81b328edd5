"""An outage that a filing meets stops its clock: alarms wait, and go on when it ends."""

from datetime import timedelta

import pytest
from django.core import mail

from filings.models import Alarm
from filings.services import alarm_rules, alarm_sending, alarm_watch, freezing
from integrations import outages, stamping
from integrations.models import Connection, Outage
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, NOW, later

pytestmark = pytest.mark.django_db
ARRIVAL = "activeBorderTransportMeans__estimatedDateAndTimeOfArrival"
DUE_AT = NOW + timedelta(hours=2)


def outage() -> Outage:
    return outages.announce(
        component=Outage.Component.PROCESSING, text="No answers.", starts_at=later(5), ends_at=None, by="staff", at=later(5),
        reference="INC-7",
    )  # fmt: skip


def test_alarms_about_a_stamped_filing_wait_for_the_end_of_the_outage(acme: Operator, itsp: Connection) -> None:
    with tenant_scope(acme.pk):
        given = alarm_rules.Given("Due", "due", minutes_before=60, emails=["desk@acme.example"])
        alarm_rules.add(given=given, by=ALICE, at=NOW)
        arrives = DUE_AT + timedelta(hours=1)
        filing = factories.submitted("IE3F50", **{ARRIVAL: f"{arrives:%Y-%m-%dT%H:%M:%SZ}"})
    announced = outage()
    stamping.stamp_all(at=later(60))

    assert alarm_watch.raise_all(at=DUE_AT) == 0
    with tenant_scope(acme.pk):
        [freeze] = freezing.of_filing(filing)
        assert freezing.now_frozen([filing.pk], at=DUE_AT) == {filing.pk: freeze}
    assert (freeze.since, freeze.until, freeze.reference) == (later(5), None, "INC-7")
    assert "No answers." in freeze.why

    outages.end(pk=announced.pk, by="staff", at=DUE_AT)
    assert alarm_watch.raise_all(at=DUE_AT + timedelta(seconds=1)) == 1
    assert alarm_sending.send_next(at=DUE_AT + timedelta(seconds=1))
    assert [letter.to for letter in mail.outbox] == [["desk@acme.example"]]


def test_the_outage_of_one_operator_freezes_nothing_of_another(acme: Operator, itsp: Connection) -> None:
    other = factories.operator("other")
    with tenant_scope(acme.pk):
        mine = factories.submitted("IE3F50")
    outage()
    stamping.stamp_all(at=later(60))

    with tenant_scope(other.pk):
        assert freezing.now_frozen([mine.pk], at=later(99)) == {}
        assert not Alarm.objects.exists()
