"""Alarms: raised once, told to whom the rules name, escalated, acknowledged by name, held while the clock stands still."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from filings.models import Alarm, AlarmDelivery, AlarmRule, Filing, Topic
from filings.services import freezing, responses
from filings.services.alarms import alarms, rules, sending, watch
from filings.services.alarms.rules import BadRule, Given
from filings.services.freezing import Freeze
from tenants import vault
from tenants.models import AuditEvent
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, NOW, later

ARRIVAL = "activeBorderTransportMeans__estimatedDateAndTimeOfArrival"
DUE_AT = NOW + timedelta(hours=4)


def rule(**given: Any) -> AlarmRule:
    """Return a rule made an hour ago that tells the desk two hours before something is due."""
    values = {"name": "Road", "topic": "due", "minutes_before": 120, "emails": ["desk@acme.example"], **given}
    return rules.add(given=Given(**values), by=ALICE, at=later(-3600))[0]


def lorry(due_at: datetime = DUE_AT, how: Any = factories.draft) -> Filing:
    """Return a filing by road that is due at a moment."""
    found: Filing = how("IE3F50", **{ARRIVAL: f"{due_at + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"})
    return found


def send_all(at: datetime) -> None:
    """Send what is due, as the task does, outside the test's scope."""
    for _ in range(20):
        if not sending.send_next(at=at):
            return


def raised(**given: Any) -> Alarm:
    values = {"topic": Topic.LOADING, "key": "k", "title": "Do not load", "sentence": "Stop the goods.", "at": NOW, **given}
    found = alarms.raise_(**values)
    assert found is not None
    return found


# --- Raising (inside acme's scope) --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("acme")
class TestRaising:
    def test_what_is_due_is_raised_when_its_time_comes_and_once(self) -> None:
        filing, made = lorry(), rule()

        assert watch.raise_for(made, at=DUE_AT - timedelta(minutes=121)) == 0
        assert watch.raise_for(made, at=DUE_AT - timedelta(minutes=120)) == 1
        assert watch.raise_for(made, at=DUE_AT) == 0

        alarm = Alarm.objects.get()
        assert (alarm.filing_id, alarm.moment_at, alarm.rule_id) == (filing.pk, DUE_AT, made.pk)
        assert filing.lrn in alarm.title
        assert str(filing.pk) in alarm.link
        assert AlarmDelivery.objects.get().target == "desk@acme.example"
        assert AuditEvent.objects.filter(deed="alarm.raised").count() == 1

    def test_a_deadline_that_moves_is_raised_anew_and_the_old_alarm_ends(self) -> None:
        filing, made = lorry(), rule()
        watch.raise_for(made, at=DUE_AT)
        Filing.objects.filter(pk=filing.pk).update(due_at=DUE_AT + timedelta(hours=1))

        watch.end_settled(at=DUE_AT)
        assert watch.raise_for(made, at=DUE_AT) == 1

        assert [alarm.is_open for alarm in Alarm.objects.order_by("moment_at")] == [False, True]
        assert set(AlarmDelivery.objects.values_list("alarm__moment_at", "state")) == {
            (DUE_AT, "off"),
            (DUE_AT + timedelta(hours=1), "waiting"),
        }

    def test_an_alarm_ends_when_customs_has_answered(self) -> None:
        filing = lorry(how=factories.submitted)
        watch.raise_for(rule(), at=DUE_AT)
        responses.register(filing=filing, document=factories.registration(filing), message_id="m", at=DUE_AT)

        assert watch.end_settled(at=DUE_AT) == 1
        assert watch.end_settled(at=DUE_AT) == 0
        assert Alarm.objects.get().ended_because == "Customs has answered the filing."

    def test_a_rule_about_other_filings_raises_nothing(self) -> None:
        lorry()

        assert watch.raise_for(rule(message_types=["IE3F10"]), at=DUE_AT) == 0
        assert watch.raise_for(rule(name="b", message_types=["IE3F50"]), at=DUE_AT) == 1

    def test_what_was_late_before_the_rule_was_made_is_no_news(self) -> None:
        filing = lorry(NOW - timedelta(hours=3))
        Filing.objects.filter(pk=filing.pk).update(created_at=NOW - timedelta(days=2))

        assert watch.raise_for(rule(), at=NOW) == 0

    def test_a_lapse_is_raised_200_days_after_the_registration(self) -> None:
        filing = factories.sent()
        responses.register(filing=filing, document=factories.registration(filing), message_id="m", at=NOW)
        filing.refresh_from_db()
        assert filing.expires_at is not None
        made = rule(topic="expires", minutes_before=14 * 24 * 60)

        assert watch.raise_for(made, at=filing.expires_at - timedelta(days=15)) == 0
        assert watch.raise_for(made, at=filing.expires_at - timedelta(days=14)) == 1
        assert watch.raise_for(made, at=filing.expires_at - timedelta(days=3)) == 0
        assert "lapses" in Alarm.objects.get().title

    def test_nothing_is_raised_while_the_clock_stands_still_and_goes_on_afterwards(self, monkeypatch: pytest.MonkeyPatch) -> None:
        filing, made = lorry(how=factories.submitted), rule()
        ends = DUE_AT + timedelta(hours=1)
        frozen = {filing.pk: [Freeze(NOW, ends, "The access point of customs does not answer.")]}
        monkeypatch.setattr(freezing, "_provider", lambda _: frozen)

        assert watch.raise_for(made, at=DUE_AT) == 0
        assert watch.raise_for(made, at=ends) == 1

    def test_another_part_raises_for_all_rules_of_its_topic_and_once_per_cause(self) -> None:
        rule(topic="loading")
        rule(name="second", topic="loading", emails=["desk@acme.example", "dock@acme.example"])
        rule(name="other", topic="referral", emails=["else@acme.example"])

        raised()

        assert alarms.raise_(topic=Topic.LOADING, key="k", title="Again", sentence="Again.", at=NOW) is None
        assert set(AlarmDelivery.objects.values_list("target", flat=True)) == {"desk@acme.example", "dock@acme.example"}
        assert AlarmDelivery.objects.count() == 2
        assert Alarm.objects.get().link == "/o/acme/alarms/"

    def test_an_alarm_is_acknowledged_by_name_and_only_once(self) -> None:
        rule(topic="loading", escalate_after=10, escalate_to=["boss@acme.example"])
        alarm = raised(filing=factories.sent())

        alarms.acknowledge(alarm=alarm, by=ALICE, at=later(60), note="Called the dock.")

        assert (alarm.acknowledged_by, alarm.note, alarm.is_open) == ("Alice", "Called the dock.", False)
        assert set(AlarmDelivery.objects.values_list("state", flat=True)) == {"off"}
        assert alarm.filing.events.filter(kind="alarm", actor="Alice").exists()
        with pytest.raises(alarms.NotOpen, match="Alice"):
            alarms.acknowledge(alarm=alarm, by=ALICE, at=later(61))

    @pytest.mark.parametrize(
        "given",
        [
            {"name": " "},
            {"topic": "weather"},
            {"emails": []},
            {"emails": ["nobody"]},
            {"minutes_before": -1},
            {"escalate_after": 5},
            {"escalate_to": ["boss@acme.example"]},
            {"message_types": ["IE3Q01"]},
            {"emails": [f"{number}@acme.example" for number in range(21)]},
        ],
    )
    def test_a_rule_that_cannot_work_is_refused(self, given: dict[str, Any]) -> None:
        with pytest.raises(BadRule):
            rule(**given)

    def test_a_name_is_given_once(self) -> None:
        rule()

        with pytest.raises(BadRule, match="of this name"):
            rule()

    def test_a_secret_is_shown_once_kept_encrypted_and_renewed(self) -> None:
        given = Given("Hook", "due", webhook_url="https://hooks.acme.example/x")
        made, secret = rules.add(given=given, by=ALICE, at=NOW)

        assert secret.encode() not in bytes(made.webhook_secret)
        assert vault.unlock(bytes(made.webhook_secret)) == secret
        assert rules.change(rule=made, given=given, by=ALICE, at=NOW) == ""
        assert rules.new_secret(rule=made, by=ALICE, at=NOW) != secret

    def test_removing_a_rule_keeps_its_alarms_and_sends_no_more(self) -> None:
        made = rule()
        lorry()
        watch.raise_for(made, at=DUE_AT)

        rules.remove(rule=made, by=ALICE, at=DUE_AT)

        assert Alarm.objects.get().rule is None
        assert AlarmDelivery.objects.get().state == "off"


# --- Sending (outside any scope, as a worker) ---------------------------------------------------------------------------------


@pytest.fixture
def operator(db: None) -> Any:
    return factories.operator("acme")


def make(operator: Any, how: Any, *args: Any, **values: Any) -> Any:
    with tenant_scope(operator.pk):
        return how(*args, **values)


def deliveries(operator: Any) -> list[AlarmDelivery]:
    with tenant_scope(operator.pk):
        return list(AlarmDelivery.objects.order_by("due_at", "target"))


def test_a_mail_says_what_is_the_matter_by_when_and_where_to_act(operator: Any) -> None:
    make(operator, rule)
    make(operator, lorry)

    assert watch.raise_all(at=DUE_AT - timedelta(hours=1)) == 1
    send_all(DUE_AT - timedelta(hours=1))
    send_all(DUE_AT)

    [letter] = mail.outbox
    assert letter.to == ["desk@acme.example"]
    assert "is due" in letter.subject
    assert "By: 23 November 2026 13:30 UTC" in letter.body
    assert "http://localhost:8000/o/acme/filings/" in letter.body
    assert str(deliveries(operator)[0].pk) in letter.extra_headers["Message-ID"]
    assert [row.state for row in deliveries(operator)] == ["done"]


def test_the_second_person_hears_of_it_when_nobody_acknowledges(operator: Any) -> None:
    make(operator, rule, topic="loading", escalate_after=10, escalate_to=["boss@acme.example"])
    alarm = make(operator, raised)

    send_all(later(599))
    assert [letter.to for letter in mail.outbox] == [["desk@acme.example"]]
    send_all(later(600))

    assert mail.outbox[-1].to == ["boss@acme.example"]
    assert mail.outbox[-1].subject.startswith("Nobody has acknowledged")
    make(operator, alarm.refresh_from_db)
    assert alarm.escalated_at == later(600)


def test_nobody_else_is_woken_after_an_acknowledgement(operator: Any) -> None:
    make(operator, rule, topic="loading", escalate_after=10, escalate_to=["boss@acme.example"])
    alarm = make(operator, raised)
    send_all(later(1))
    make(operator, alarms.acknowledge, alarm=alarm, by=ALICE, at=later(60))

    send_all(later(700))

    assert len(mail.outbox) == 1


def test_a_mail_server_that_fails_is_tried_again_later_and_given_up_in_the_end(
    operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    make(operator, rule, topic="loading")
    make(operator, raised)
    monkeypatch.setattr("django.core.mail.EmailMessage.send", fails)

    send_all(NOW)
    [row] = deliveries(operator)
    assert (row.state, row.attempts, row.due_at) == ("waiting", 1, later(30))
    for hours in range(1, 30):
        send_all(NOW + timedelta(hours=2 * hours))

    [row] = deliveries(operator)
    assert (row.state, row.attempts) == ("failed", sending.MOST_ATTEMPTS)


def test_what_a_killed_worker_left_is_sent_by_the_next(operator: Any) -> None:
    make(operator, rule, topic="loading")
    make(operator, raised)
    assert sending._claim(at=NOW) is not None  # and the worker dies

    send_all(later(1))
    assert mail.outbox == []
    send_all(NOW + sending.LEASE)

    assert len(mail.outbox) == 1
    assert [row.state for row in deliveries(operator)] == ["done"]


def test_a_worker_that_comes_back_late_marks_nothing(operator: Any) -> None:
    make(operator, rule, topic="loading")
    make(operator, raised)
    claimed = sending._claim(at=NOW)
    assert claimed is not None
    letter = make(operator, sending._letter, claimed[0], at=NOW)
    send_all(NOW + sending.LEASE)

    sending._again(letter, claimed[2], "late", at=later(999))

    assert [(row.state, row.reason) for row in deliveries(operator)] == [("done", "")]


def test_an_alarm_about_a_deadline_is_held_while_the_clock_stands_still(operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make(operator, rule)
    filing = make(operator, lorry)
    watch.raise_all(at=DUE_AT)
    ends = DUE_AT + timedelta(hours=2)
    monkeypatch.setattr(freezing, "_provider", lambda _: {filing.pk: [Freeze(NOW, ends, "Outage")]})

    send_all(DUE_AT)
    assert mail.outbox == []
    send_all(ends)

    assert len(mail.outbox) == 1
    assert deliveries(operator)[0].attempts == 1


def test_the_alarms_of_two_operators_stay_apart(operator: Any) -> None:
    other = factories.operator("other")
    make(operator, rule)
    make(other, rule, emails=["desk@other.example"])
    make(operator, lorry)

    watch.raise_all(at=DUE_AT)
    send_all(DUE_AT)

    assert [letter.to for letter in mail.outbox] == [["desk@acme.example"]]
    assert make(other, Alarm.objects.count) == 0
