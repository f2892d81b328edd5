"""Who is told when that a certificate ends: each warning once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from integrations import expiry_watch, pki
from integrations.models import Connection, Credential, ExpiryNote
from tenants.models import Member, Operator
from tenants.scope import every_tenant
from tests import factories
from tests.integrations.conftest import END, Identities, give

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db: None) -> Any:
    user = factories.member(factories.operator("itsp"), "lieve")
    user.is_itsp_staff = True
    user.save()
    return user


def look(days: float) -> list[str]:
    """Look so many days before the end; return the subjects of the mails sent."""
    mail.outbox.clear()
    expiry_watch.tell_all(at=END - timedelta(days=days))
    return [each.subject for each in mail.outbox]


def test_each_warning_is_sent_once(itsp: Connection, staff: Any) -> None:
    sent = [(days, len(look(days))) for days in (61, 60, 59, 31, 29.9, 29, 8, 6.5, 6, 1, 0, -1, -30)]

    assert [days for days, count in sent if count] == [60, 29.9, 6.5, 0]
    with every_tenant("a test"):
        assert sorted(ExpiryNote.objects.values_list("days", flat=True)) == [0, 7, 30, 60]


def test_a_late_look_sends_one_mail_for_all(itsp: Connection, staff: Any) -> None:
    assert len(look(5)) == 1
    assert look(5) == []
    assert len(look(-1)) == 1


def test_the_mail_says_what_when_and_where(itsp: Connection, staff: Any) -> None:
    assert "ends in 5 days" in look(5)[0]

    text = mail.outbox[0].body
    assert mail.outbox[0].to == [staff.email]
    assert itsp.party_id in text
    assert f"{END:%d %B %Y}" in text
    assert "/gateway/connections/" in text
    assert "PRIVATE" not in text


def test_the_operators_administrators_are_told_of_their_own(
    itsp: Connection, acme: Operator, staff: Any, identities: Identities
) -> None:
    admin = factories.member(acme, "anna", Member.Role.ADMIN)
    factories.member(acme, "felix", Member.Role.FILER)
    factories.member(factories.operator("other"), "olga", Member.Role.ADMIN)
    with every_tenant("a test"):
        Credential.objects.update(operator=acme)

    look(7)

    assert sorted(mail.outbox[0].to) == sorted([staff.email, admin.email])


def test_a_mail_that_fails_is_tried_again(itsp: Connection, staff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(expiry_watch, "send_mail", refuse)
        look(7)

    assert len(look(7)) == 1


def test_what_is_replaced_in_time_is_not_told(itsp: Connection, staff: Any) -> None:
    later = END + timedelta(days=400)
    root = pki.make_root("later", not_before=datetime(2026, 1, 1, tzinfo=END.tzinfo), not_after=later)
    give(itsp, root, since=END - timedelta(days=90))

    assert look(5) == []
