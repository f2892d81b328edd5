"""Loading newer editions of code lists: everybody's, written by the platform, used without a restart."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from filings import reference
from filings.models import CodeListEdition
from filings.reference import shelf
from filings.services import code_lists
from filings.services.code_lists import BadCodeList, DatabaseShelf, Loaded, LosesTooMuch, NotPublishedElsewhere
from tenants.scope import every_tenant, tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 1)
OFFICES = b"Reference number,Usual name\nDE004851,Hamburg-Waltershof\nNL000432,Rotterdam\n"


@pytest.fixture(autouse=True)
def fresh_shelf() -> Iterator[None]:
    shelf.stand(DatabaseShelf())
    yield
    shelf.stand(DatabaseShelf())


def load(data: bytes = OFFICES, code_list: str = "CL141", **changed: Any) -> Loaded:
    given = {"source": "offices.csv", "published": DAY, "valid_from": DAY, "by": "test", "at": factories.NOW, **changed}
    return code_lists.load(code_list=code_list, data=data, **given)


def test_a_loaded_list_is_used_at_once() -> None:
    assert reference.customs_office("DE004851") is None

    loaded = load()

    assert (loaded.count, loaded.new, len(loaded.difference.added)) == (2, True, 2)
    assert reference.customs_office("DE004851") == reference.Entry("DE004851", "Hamburg-Waltershof")


def test_the_same_edition_again_changes_nothing() -> None:
    load()
    again = load(OFFICES.replace(b",", b";"), source="other.csv")

    assert not again.new
    assert not again.difference
    assert CodeListEdition.objects.count() == 1


def test_a_newer_edition_reports_what_it_changes_and_leaves_the_older_in_force_before_it() -> None:
    load()
    newer = OFFICES.replace(b"NL000432,Rotterdam", b"NL000511,Amsterdam").replace(b"-Waltershof", b" Waltershof")
    loaded = load(newer, published=DAY + timedelta(10), valid_from=DAY + timedelta(14))

    assert loaded.difference.added == {"NL000511": "Amsterdam"}
    assert loaded.difference.gone == {"NL000432": "Rotterdam"}
    assert loaded.difference.changed == {"DE004851": ("Hamburg-Waltershof", "Hamburg Waltershof")}
    assert reference.customs_office("NL000432", on=DAY + timedelta(13))
    assert reference.customs_office("NL000432", on=DAY + timedelta(14)) is None


def test_an_edition_of_later_does_not_count_today() -> None:
    load(valid_from=date(2999, 1, 1))

    assert reference.customs_office("DE004851") is None


def test_lists_of_the_message_set_are_not_loaded() -> None:
    with pytest.raises(NotPublishedElsewhere):
        load(code_list="CL754")


def test_a_file_that_is_no_list_is_refused_with_the_reason() -> None:
    with pytest.raises(BadCodeList, match="No heading"):
        load(b"what,is,this\n")


def test_a_file_with_few_of_the_codes_in_force_is_taken_for_the_wrong_one() -> None:
    few = b"Code,Name\nEUR,Euro\n"
    with pytest.raises(LosesTooMuch):
        load(few, "CL352")

    assert load(few, "CL352", despite_loss=True).count == 1
    assert reference.currency("USD") is None


def test_every_operator_reads_the_lists_and_none_writes_them() -> None:
    load()
    operator = factories.operator("acme")

    with tenant_scope(operator.pk):
        assert CodeListEdition.objects.get().count == 2
        for statement in ("insert into", "update", "delete from"):
            rest = {"insert into": "default values", "update": "set source = ''", "delete from": ""}[statement]
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"{statement} filings_codelistedition {rest}")


def test_nobody_changes_an_edition_that_is_there() -> None:
    load()

    with pytest.raises(ProgrammingError, match="permission denied"), every_tenant("a test"), connection.cursor() as cursor:
        cursor.execute("update filings_codelistedition set source = ''")
