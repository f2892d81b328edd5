"""Alarms, their rules and calendars as pages: who sees and does what, and what is shown once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from filings.models import Alarm, AlarmRule, CalendarFeed, Filing, Topic
from filings.services import calendars, freezing
from filings.services.alarms import alarms
from filings.services.freezing import Freeze
from tenants.actors import SYSTEM
from tenants.models import Member
from tenants.scope import tenant_scope
from tests import factories
from tests.filings.web.desk import Desk
from tests.filings.web.test_deadline_pages import lorry

RULE = {
    "name": "Road", "topic": "due", "before": "4", "unit": "hours", "emails": "desk@acme.example\nnight@acme.example",
    "message_types": ["IE3F50"], "active": "on",
}  # fmt: skip


def at(desk: Desk, path: str) -> str:
    """Return the address of a page beside those about filings."""
    return f"/o/{desk.operator.slug}/{path}"


def raised(desk: Desk, **given: Any) -> Alarm:
    values = {
        "topic": Topic.LOADING, "key": "k", "title": "Do not load", "sentence": "Stop them.", "urgent": True,
        "at": timezone.now(), **given,
    }  # fmt: skip
    with tenant_scope(desk.operator.pk):
        found = alarms.raise_(**values)
    assert found is not None
    return found


def rule_of(desk: Desk) -> AlarmRule:
    with tenant_scope(desk.operator.pk):
        found: AlarmRule = AlarmRule.objects.get()
        return found


# --- Alarms -----------------------------------------------------------------------------------------------------------------


def test_an_open_alarm_stands_on_the_page_and_in_the_menu_until_somebody_takes_note(alice: Desk) -> None:
    alarm = raised(alice)
    assert "Do not load" in alice.client.get(at(alice, "alarms/")).content.decode()
    assert 'class="count urgent">1' in alice.client.get(at(alice, "alarms/bell/")).content.decode()

    answer = alice.client.post(at(alice, f"alarms/{alarm.pk}/acknowledge/"), {"note": "Called the dock."}, follow=True)

    html = answer.content.decode()
    assert "You took note" in html
    assert "Nothing is open" in html
    assert alice.client.get(at(alice, "alarms/bell/")).content.decode().strip() == ""
    everything = alice.client.get(at(alice, "alarms/?show=all")).content.decode()
    assert "Alice took note" in everything
    assert "Called the dock." in everything


def test_the_second_to_take_note_is_told_who_was_first(alice: Desk) -> None:
    alarm = raised(alice)
    alice.client.post(at(alice, f"alarms/{alarm.pk}/acknowledge/"))

    again = alice.client.post(at(alice, f"alarms/{alarm.pk}/acknowledge/"), follow=True)

    assert "Alice has acknowledged this alarm before" in again.content.decode()


def test_a_held_alarm_says_since_when_and_why(alice: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    filing = lorry(alice, 1)
    raised(alice, topic=Topic.DUE, filing=filing)
    outage = Freeze(timezone.now() - timedelta(hours=1), None, "Access point of customs (STI), detected.")
    monkeypatch.setattr(freezing, "_provider", lambda _: {filing.pk: [outage]})

    html = alice.client.get(at(alice, "alarms/")).content.decode()

    assert "the clock stands still" in html
    assert "Access point of customs" in html


def test_a_filing_whose_clock_stands_still_is_not_called_late(alice: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    filing = lorry(alice, -2)
    assert "Late" in alice.get("?due=late").content.decode()
    outage = Freeze(timezone.now() - timedelta(hours=5), None, "Processing at customs.", reference="INC-7")
    monkeypatch.setattr(freezing, "_provider", lambda _: {filing.pk: [outage]})

    page, row = alice.get(f"{filing.pk}/deadlines/").content.decode(), alice.get("?due=late").content.decode()

    assert "The clock stands still" in page
    assert "INC-7" in page
    assert "Held, was due" in page
    assert "Late, was due" not in page
    assert ">Held<" in row


# --- Rules ------------------------------------------------------------------------------------------------------------------


def test_a_rule_is_made_changed_and_removed(alice: Desk) -> None:
    assert "No rules yet" in alice.client.get(at(alice, "alarms/rules/")).content.decode()

    made = alice.client.post(at(alice, "alarms/rules/add/"), RULE, follow=True)

    assert "4 hours before" in made.content.decode()
    rule = rule_of(alice)
    assert (rule.minutes_before, rule.message_types) == (240, ["IE3F50"])
    assert rule.emails == ["desk@acme.example", "night@acme.example"]
    form = alice.client.get(at(alice, f"alarms/rules/{rule.pk}/")).content.decode()
    assert 'value="4"' in form
    assert "night@acme.example" in form
    alice.client.post(at(alice, f"alarms/rules/{rule.pk}/"), {**RULE, "before": "2", "unit": "days", "active": ""})
    assert (rule_of(alice).minutes_before, rule_of(alice).active) == (2880, False)
    alice.client.post(at(alice, f"alarms/rules/{rule.pk}/remove/"))
    with tenant_scope(alice.operator.pk):
        assert not AlarmRule.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"emails": ""}, "Name at least one e-mail address"),
        ({"emails": "nobody"}, "is no e-mail address"),
        ({"webhook_url": "http://hooks.acme.example/"}, "https address of a public host"),
        ({"webhook_url": "https://127.0.0.1/"}, "inside a network"),
        ({"escalate_to": "boss@acme.example"}, "give both"),
        ({"before": "-1"}, "greater than or equal to 0"),
        ({"topic": "weather"}, "Select a valid choice"),
    ],
)
def test_a_rule_that_cannot_work_is_told_and_not_kept(changed: dict[str, str], words: str, alice: Desk) -> None:
    answer = alice.client.post(at(alice, "alarms/rules/add/"), {**RULE, **changed})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    with tenant_scope(alice.operator.pk):
        assert not AlarmRule.objects.exists()


def test_the_secret_of_a_webhook_is_shown_once(alice: Desk) -> None:
    made = alice.client.post(at(alice, "alarms/rules/add/"), {**RULE, "webhook_url": "https://hooks.acme.example/x"})

    assert "whs_" in made.content.decode()
    assert made["Cache-Control"] == "no-store"
    rule = rule_of(alice)
    assert "whs_" not in alice.client.get(at(alice, f"alarms/rules/{rule.pk}/")).content.decode()
    assert "whs_" in alice.client.post(at(alice, f"alarms/rules/{rule.pk}/secret/")).content.decode()


def test_a_reader_sees_alarms_and_rules_and_changes_none(alice: Desk, rita: Desk) -> None:
    alarm = raised(alice)

    assert rita.client.get(at(rita, "alarms/")).status_code == 200
    assert rita.client.get(at(rita, "alarms/rules/")).status_code == 200
    for path in (f"alarms/{alarm.pk}/acknowledge/", "alarms/rules/add/"):
        assert rita.client.post(at(rita, path), RULE).status_code == 403


def test_a_stranger_finds_neither_alarm_nor_rule(alice: Desk, charlie: Desk) -> None:
    alarm = raised(alice)
    alice.client.post(at(alice, "alarms/rules/add/"), RULE)
    rule = rule_of(alice)

    for path in ("alarms/", f"alarms/rules/{rule.pk}/", "calendars/"):
        assert charlie.client.get(at(alice, path)).status_code == 404
    for path in (f"alarms/{alarm.pk}/acknowledge/", f"alarms/rules/{rule.pk}/", f"alarms/rules/{rule.pk}/secret/"):
        assert charlie.client.post(f"/o/other/{path}", RULE).status_code == 404
    assert rule_of(alice).name == "Road"


# --- Calendars --------------------------------------------------------------------------------------------------------------


def made_by(desk: Desk) -> str:
    """Return the path of a calendar that somebody makes."""
    html = desk.client.post(at(desk, "calendars/"), {"name": "Pocket 7"}).content.decode()
    address = html.partition('id="secret" data-secret>')[2].partition("<")[0]
    return "/" + address.partition("://")[2].partition("/")[2]


def test_a_calendar_is_read_without_signing_in_by_who_has_its_address(alice: Desk) -> None:
    filing, late = lorry(alice, 5), lorry(alice, -1)
    path = made_by(alice)

    answer = Client().get(path)

    assert answer["Content-Type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    events = {str(event["url"]).split("/")[-2]: event for event in calendar.walk("VEVENT")}
    assert set(events) == {str(filing.pk), str(late.pk)}
    event = events[str(filing.pk)]
    assert event.decoded("dtstart") == alice.kept(filing).due_at.replace(microsecond=0)  # type: ignore[union-attr]
    assert b"DTSTART:" in answer.content
    assert str(event["uid"]).startswith(f"{filing.pk}-due@")
    assert filing.lrn in event["summary"]
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    assert (
        "just now" in alice.client.get(at(alice, "calendars/")).content.decode()
        or "ago" in alice.client.get(at(alice, "calendars/")).content.decode()
    )


def test_what_customs_has_stands_in_no_calendar_and_ids_stay(alice: Desk) -> None:
    filing = lorry(alice, 5)
    path = made_by(alice)
    before = {str(event["uid"]) for event in Calendar.from_ical(Client().get(path).content).walk("VEVENT")}
    with tenant_scope(alice.operator.pk):
        Filing.objects.filter(pk=filing.pk).update(due_at=timezone.now() + timedelta(hours=9))
    moved = {str(event["uid"]) for event in Calendar.from_ical(Client().get(path).content).walk("VEVENT")}
    with tenant_scope(alice.operator.pk):
        Filing.objects.filter(pk=filing.pk).update(
            registered_at=timezone.now(), state="registered", mrn=factories.MRN, submitted_at=timezone.now(),
            answered_at=timezone.now(),
        )  # fmt: skip

    assert before == moved
    assert f"{filing.pk}-due".encode() not in Client().get(path).content


@pytest.mark.parametrize("why", ["revoked", "left", "inactive", "wrong"])
def test_an_address_that_is_no_longer_good_finds_nothing(why: str, alice: Desk) -> None:
    path = made_by(alice)
    assert Client().get(path).status_code == 200
    with tenant_scope(alice.operator.pk):
        feed = CalendarFeed.objects.select_related("user").get()
        if why == "left":
            Member.objects.filter(user=feed.user).delete()
    if why == "revoked":
        alice.client.post(at(alice, f"calendars/{feed.pk}/revoke/"))
    elif why == "inactive":
        type(feed.user).objects.filter(pk=feed.user.pk).update(is_active=False)
    elif why == "wrong":
        path = path.replace(".ics", "x.ics")

    assert Client().get(path).status_code == 404


def test_a_calendar_is_of_its_person_alone(alice: Desk, rita: Desk) -> None:
    made_by(alice)
    with tenant_scope(alice.operator.pk):
        feed = CalendarFeed.objects.get()

    assert "Pocket 7" not in rita.client.get(at(rita, "calendars/")).content.decode()
    assert rita.client.post(at(rita, f"calendars/{feed.pk}/revoke/")).status_code == 404


def test_a_key_of_the_api_gets_no_calendar(alice: Desk) -> None:
    with tenant_scope(alice.operator.pk), pytest.raises(calendars.NeedsAPerson):
        calendars.make(name="x", by=SYSTEM, at=timezone.now())
