"""An outage that a filing meets stops its clock: alarms wait, and go on when it ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from filings.models import Alarm, Filing
from filings.services import freezing
from filings.services.alarms import rules, sending, watch
from integrations import outages, stamping
from integrations.models import Connection, Outage
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.factories import ALICE, NOW, later

pytestmark = pytest.mark.django_db
ARRIVAL = "activeBorderTransportMeans__estimatedDateAndTimeOfArrival"
DUE_AT = NOW + timedelta(hours=2)


def outage(component: str = Outage.Component.PROCESSING, **more: Any) -> Outage:
    return outages.announce(
        component=component, text="No answers.", starts_at=later(5), ends_at=None, by="staff", at=later(5),
        reference="INC-7", **more,
    )  # fmt: skip


def draft_due(of: Operator, at: datetime = DUE_AT) -> Filing:
    """Return a draft that is due at a moment, of an operator that wants an alarm an hour before."""
    with tenant_scope(of.pk):
        given = rules.Given("Due", "due", minutes_before=60, emails=["desk@acme.example"])
        rules.add(given=given, by=ALICE, at=NOW)
        return factories.draft("IE3F50", **{ARRIVAL: f"{at + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"})


def stamps(of: Operator, filing: Filing) -> int:
    with tenant_scope(of.pk):
        return len(freezing.of_filing(filing))


def test_a_draft_that_is_due_while_nothing_can_be_sent_is_frozen_and_stamped(acme: Operator, itsp: Connection) -> None:
    draft = draft_due(acme)
    announced = outage(Outage.Component.ACCESS_POINT)
    stamping.stamp_all(at=later(60))
    stamping.stamp_all(at=later(90))

    assert watch.raise_all(at=DUE_AT) == 0
    with tenant_scope(acme.pk):
        [freeze] = freezing.of_filing(draft)
        assert freezing.now_frozen([draft.pk], at=DUE_AT) == {draft.pk: freeze}
        [line] = draft.events.filter(kind="outage")
        assert "Submit it all the same" in line.sentence

    outages.end(pk=announced.pk, by="staff", at=DUE_AT)
    assert watch.raise_all(at=DUE_AT + timedelta(seconds=1)) == 1
    with tenant_scope(acme.pk):
        assert [each.until for each in freezing.of_filing(draft)] == [DUE_AT]


def test_a_draft_runs_on_while_customs_only_answers_late(acme: Operator, itsp: Connection) -> None:
    draft = draft_due(acme)
    outage(Outage.Component.PROCESSING)
    stamping.stamp_all(at=later(60))

    assert stamps(acme, draft) == 0
    assert watch.raise_all(at=DUE_AT) == 1


def test_a_draft_due_long_after_is_stamped_when_the_outage_lasts_until_near(acme: Operator, itsp: Connection) -> None:
    draft = draft_due(acme, NOW + timedelta(hours=30))
    outage(Outage.Component.ACCESS_POINT)

    stamping.stamp_all(at=later(60))
    assert stamps(acme, draft) == 0
    stamping.stamp_all(at=NOW + timedelta(hours=27))
    assert stamps(acme, draft) == 1


def test_a_draft_made_or_due_outside_the_outage_has_no_stamp(acme: Operator, itsp: Connection) -> None:
    before = draft_due(acme, NOW - timedelta(hours=1))
    announced = outage(Outage.Component.ACCESS_POINT)
    outages.end(pk=announced.pk, by="staff", at=later(100))
    with tenant_scope(acme.pk):
        after = factories.draft("IE3F50", **{ARRIVAL: f"{DUE_AT + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"})
        Filing.objects.filter(pk=after.pk).update(created_at=later(130))

    stamping.stamp_all(at=later(140))

    assert (stamps(acme, before), stamps(acme, after)) == (0, 0)


def test_the_outage_of_a_connection_freezes_drafts_of_those_who_would_use_it(acme: Operator, itsp: Connection) -> None:
    other = factories.operator("other")
    mine, theirs = draft_due(acme), draft_due(other)
    with every_tenant("test"):
        Connection.objects.filter(pk=itsp.pk).update(operator=acme)
    outage(Outage.Component.ACCESS_POINT, connection_id=itsp.pk)

    stamping.stamp_all(at=later(60))

    assert (stamps(acme, mine), stamps(other, theirs)) == (1, 0)


def test_an_outage_limited_to_messages_freezes_no_other_draft(acme: Operator, itsp: Connection) -> None:
    draft = draft_due(acme)
    outage(Outage.Component.ACCESS_POINT, message_types=["IE3F10"])
    stamping.stamp_all(at=later(60))

    assert stamps(acme, draft) == 0


def test_alarms_about_a_stamped_filing_wait_for_the_end_of_the_outage(acme: Operator, itsp: Connection) -> None:
    with tenant_scope(acme.pk):
        given = rules.Given("Due", "due", minutes_before=60, emails=["desk@acme.example"])
        rules.add(given=given, by=ALICE, at=NOW)
        arrives = DUE_AT + timedelta(hours=1)
        filing = factories.submitted("IE3F50", **{ARRIVAL: f"{arrives:%Y-%m-%dT%H:%M:%SZ}"})
    announced = outage()
    stamping.stamp_all(at=later(60))

    assert watch.raise_all(at=DUE_AT) == 0
    with tenant_scope(acme.pk):
        [freeze] = freezing.of_filing(filing)
        assert freezing.now_frozen([filing.pk], at=DUE_AT) == {filing.pk: freeze}
    assert (freeze.since, freeze.until, freeze.reference) == (later(5), None, "INC-7")
    assert "No answers." in freeze.why

    outages.end(pk=announced.pk, by="staff", at=DUE_AT)
    assert watch.raise_all(at=DUE_AT + timedelta(seconds=1)) == 1
    assert sending.send_next(at=DUE_AT + timedelta(seconds=1))
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
