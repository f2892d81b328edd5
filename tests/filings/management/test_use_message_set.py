from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from filings.models import EditionChoice
from filings.services import editions
from tenants.scope import tenant_scope
from tests.factories import operator

pytestmark = pytest.mark.django_db

SINCE = datetime(2026, 2, 3, tzinfo=UTC)


def test_a_choice_for_everybody_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("use_message_set", "HTI:2.02", "--since", "2026-02-03T00:00:00Z", "--message", "IE3F10")

    choice = EditionChoice.objects.get()
    assert (choice.message_type, choice.version, choice.since, choice.operator_id) == ("IE3F10", "2.02", SINCE, None)
    assert "HTI 2.02 is used for IE3F10 of everybody since 2026-02-03T00:00:00Z." in capsys.readouterr().out


def test_a_choice_for_one_operator_is_its_own() -> None:
    first, second = operator("first"), operator("second")

    call_command("use_message_set", "HTI:2.02", "--operator", "first")

    for who, count in ((first, 1), (second, 0)):
        with tenant_scope(who.pk):
            assert EditionChoice.objects.count() == count


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["HTI:9"], "load the set first"),
        (["HTI:2.02", "--message", "IE3F99"], "load the set first"),
        (["HTI:2.02", "--operator", "nobody"], "no operator nobody"),
        (["HTI:2.02", "--since", "soon"], "not 'soon'"),
    ],
)
def test_what_does_not_exist_is_refused(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("use_message_set", *arguments)


def test_the_same_moment_is_decided_once() -> None:
    call_command("use_message_set", "HTI:2.02", "--since", "2026-02-03")

    with pytest.raises(CommandError, match="There is a choice"):
        call_command("use_message_set", "HTI:2.02", "--since", "2026-02-03T00:00:00Z")
    assert editions.edition_for("IE3F26", at=SINCE) == ("HTI", "2.02")
