"""Owner, escalation, the alarm and its mails: each is a row, each leaves a line, nothing is said twice."""

from dataclasses import replace
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail

from filings.models import Filing
from filings.services.voyages import journeys
from referrals import selectors
from referrals.models import Case, Notice
from referrals.services import alarms, handling, notices, ruling, watching
from tenants.actors import SYSTEM
from tenants.models import AuditEvent, Operator, User
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, NOW, later
from tests.referrals.asking import asked, forbidden, registered


@pytest.fixture
def boss(acme: Operator) -> User:
    return factories.member(acme, "boss", "admin")


def kinds_of(case: Case) -> list[str]:
    return list(case.events.values_list("kind", flat=True))


def test_a_case_is_given_to_somebody_who_files(filing: Filing, boss: User, acme: Operator) -> None:
    case = asked(filing, "RFI")

    handling.assign(case=case, to=boss, by=ALICE, at=later(30))
    handling.assign(case=case, to=boss, by=ALICE, at=later(31))

    assert (case.owner, kinds_of(case).count("assigned")) == (boss, 1)
    with pytest.raises(handling.NotOfTheHouse):
        handling.assign(case=case, to=factories.member(acme, "rita", "reader"), by=ALICE, at=later(32))


def test_who_is_given_a_case_is_told_by_mail_once(filing: Filing, boss: User, acme: Operator) -> None:
    case = asked(filing, "RFI")

    for second in (30, 31):
        handling.assign(case=case, to=boss, by=ALICE, at=later(second))

    notice = Notice.objects.get()
    assert (notice.purpose, notice.to, notice.state, notice.created_by) == ("assignment", boss.email, "waiting", "Alice")
    assert notice.subject == f"Given to you: RFI about {case.mrn}"
    assert "Alice gave you a referral of Acme" in notice.text
    assert f"/o/acme/referrals/{case.pk}/" in notice.text


def test_who_takes_a_case_gets_no_mail(filing: Filing, boss: User) -> None:
    case = asked(filing, "RFI")
    oneself = replace(ALICE, user=boss)

    handling.assign(case=case, to=boss, by=oneself, at=later(30))
    handling.assign(case=case, to=None, by=oneself, at=later(31))

    assert (case.owner, Notice.objects.count()) == (None, 0)


def test_nobody_is_told_of_a_case_with_nothing_left_to_do(filing: Filing, boss: User) -> None:
    case = forbidden(filing)
    alarms.acknowledge(case=case, name="Alice", by=ALICE, at=later(30))

    handling.assign(case=case, to=boss, by=ALICE, at=later(31))

    assert (case.owner, Notice.objects.count()) == (boss, 0)


def test_a_person_who_left_gets_no_mail(filing: Filing, boss: User) -> None:
    boss.is_active = False
    boss.save(update_fields=["is_active"])

    handling.assign(case=asked(filing, "RFI"), to=boss, by=ALICE, at=later(30))

    assert not Notice.objects.exists()


def test_an_empty_comment_is_refused(filing: Filing) -> None:
    with pytest.raises(handling.NothingSaid):
        handling.comment(case=asked(filing, "RFI"), text="  ", by=ALICE, at=later(30))


def test_escalating_needs_somebody_to_tell(filing: Filing, boss: User) -> None:
    case = asked(filing, "RFI")
    with pytest.raises(handling.NobodyToTell):
        handling.escalate(case=case, to=None, why="", by=ALICE, at=later(30))

    handling.escalate(case=case, to=boss, why="Shipper is silent.", by=ALICE, at=later(31))

    notice = Notice.objects.get()
    assert (notice.to, notice.state, "Shipper is silent." in notice.text) == (boss.email, "waiting", True)
    assert case.escalated_to == str(boss)


# --- The watch and the postman, as the beat wakes them ---------------------------------------------------------------------


@pytest.fixture
def late(operator: Operator) -> Case:
    """A case that is due in half an hour, and a second person."""
    with tenant_scope(operator.pk):
        boss = factories.member(operator, "boss", "admin")
        ruling.rule(four_eyes=False, answer_within=30, escalate_before=60, second_person=boss, by=SYSTEM, at=NOW)
        return asked(registered(), "RFI")


def test_what_is_nearly_due_is_escalated_once(late: Case) -> None:
    assert watching.escalate_next(at=NOW) == 1
    assert watching.escalate_next(at=later(60)) == 0

    with tenant_scope(late.operator.pk):
        assert [notice.purpose for notice in Notice.objects.all()] == ["escalation"]


def test_what_is_far_off_is_not_escalated(late: Case) -> None:
    assert watching.escalate_next(at=NOW - timedelta(hours=3)) == 0


def test_a_mail_is_sent_once_and_its_id_kept_as_proof(late: Case) -> None:
    watching.escalate_next(at=NOW)

    assert notices.send_next(at=later(60))
    assert not notices.send_next(at=later(600))

    [sent] = mail.outbox
    with tenant_scope(late.operator.pk):
        notice = Notice.objects.get()
        assert (notice.state, notice.sent_at, sent.extra_headers["Message-ID"]) == ("sent", later(60), notice.mail_id)
        assert AuditEvent.objects.filter(deed="referral.mail_sent").count() == 1


def test_the_mail_about_a_case_just_given_leaves(operator: Operator) -> None:
    with tenant_scope(operator.pk):
        handling.assign(case=asked(registered(), "RFI"), to=factories.member(operator, "bob"), by=ALICE, at=NOW)

    assert notices.send_next(at=later(60))

    assert [sent.to for sent in mail.outbox] == [["bob@acme.example"]]


def test_a_mail_that_cannot_be_sent_is_tried_again_and_given_up_in_sight(late: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> None:
        raise SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", cut)
    watching.escalate_next(at=NOW)
    at = NOW
    for _ in range(notices.MOST_ATTEMPTS):
        assert notices.send_next(at=at)
        at += timedelta(hours=3)

    assert not notices.send_next(at=at)
    with tenant_scope(late.operator.pk):
        notice = Notice.objects.get()
        assert (notice.state, notice.reason) == ("failed", "SMTPServerDisconnected: gone")
        assert "tell them another way" in late.events.filter(kind="mail_failed").get().sentence


def test_a_mail_whose_postman_died_is_sent_by_the_next(late: Case) -> None:
    watching.escalate_next(at=NOW)
    assert notices._claim(at=NOW) is not None

    assert not notices.send_next(at=later(30))
    assert notices.send_next(at=later(300))


# --- Do not load -----------------------------------------------------------------------------------------------------------


def test_an_order_is_acknowledged_by_name_once(filing: Filing) -> None:
    case = forbidden(filing)
    with pytest.raises(alarms.NoName):
        alarms.acknowledge(case=case, name=" ", by=ALICE, at=later(30))

    alarms.acknowledge(case=case, name="Alice", by=ALICE, at=later(31))
    alarms.acknowledge(case=case, name="Bob", by=ALICE, at=later(32))

    assert (case.state, case.acknowledged_by, case.acknowledged_at) == ("closed", "Alice", later(31))
    assert not selectors.alarms().exists()


def test_goods_stay_forbidden_after_the_acknowledgement(filing: Filing) -> None:
    alarms.acknowledge(case=forbidden(filing), name="Alice", by=ALICE, at=later(31))

    assert selectors.forbidden(filing) == {"HAWB-1"}


def test_the_carrier_is_told_at_an_address(filing: Filing) -> None:
    case = forbidden(filing, "MSCU1234566")
    with pytest.raises(notices.NoAddress):
        alarms.relay_by_mail(case=case, to="nobody", text="", by=ALICE, at=later(30))

    alarms.relay_by_mail(case=case, to="ops@carrier.example", text="", by=ALICE, at=later(31))

    assert alarms.last_address(case) == "ops@carrier.example"
    assert {"MSCU1234566", "HAWB-1"} <= set(Notice.objects.get().text.replace(":", "").split())


def test_a_request_is_no_order(filing: Filing) -> None:
    case = asked(filing, "RFI")

    for deed in (
        lambda: alarms.acknowledge(case=case, name="Alice", by=ALICE, at=NOW),
        lambda: alarms.relay_by_mail(case=case, to="a@b.example", text="", by=ALICE, at=NOW),
        lambda: alarms.relay_by_phone(case=case, number="1", spoke_with="a", note="b", by=ALICE, at=NOW),
    ):
        with pytest.raises(alarms.NotAnAlarm):
            deed()


def test_own_time_to_answer_counts_where_it_is_earlier(filing: Filing) -> None:
    journeys.enter(filing=filing, facts={"loading_at": NOW + timedelta(days=9)}, by=SYSTEM, at=NOW)
    case = asked(filing, "RFI")

    ruling.rule(four_eyes=False, answer_within=120, escalate_before=60, second_person=None, by=SYSTEM, at=NOW)

    case.refresh_from_db()
    assert case.due_reason == "own"
