"""Isolation shown with raw SQL: what the ORM forgets, PostgreSQL refuses."""

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.db.utils import DataError
from django.utils import timezone

from tenants.actors import SYSTEM
from tenants.models import AuditEvent, Member, Operator, User
from tenants.scope import NoScope, ScopeConflict, every_tenant, tenant_scope
from tenants.services import keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_operators() -> tuple[Operator, Operator]:
    first, second = (
        Operator.objects.create(slug=slug, name=slug.title(), eori=eori, created_at=timezone.now())
        for slug, eori in (("alpha", "DE1234567"), ("beta", "NL7654321"))
    )
    for operator in (first, second):
        with tenant_scope(operator.pk):
            keys.issue(name=operator.slug, by=SYSTEM, at=timezone.now())
    return first, second


def rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_raw_sql_inside_a_scope_sees_only_its_operators_rows(two_operators: tuple[Operator, Operator]) -> None:
    first, _ = two_operators

    with tenant_scope(first.pk):
        seen = rows("select operator_id from tenants_apikey")
        changed = rows("update tenants_apikey set name = 'x' where name = 'beta' returning id")

    assert seen == [(first.pk,)]
    assert changed == []


def test_raw_sql_outside_a_scope_raises(two_operators: tuple[Operator, Operator]) -> None:
    with pytest.raises((ProgrammingError, DataError)), transaction.atomic():
        rows("select * from tenants_apikey")


def test_a_row_of_another_operator_cannot_be_inserted(two_operators: tuple[Operator, Operator]) -> None:
    first, second = two_operators

    with pytest.raises(ProgrammingError, match="row-level security"), tenant_scope(first.pk):
        AuditEvent.objects.create(operator=second, at=timezone.now(), actor="x", deed="x", target_type="x", target_id="x")


def test_the_trail_cannot_be_changed(two_operators: tuple[Operator, Operator]) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), tenant_scope(two_operators[0].pk):
        rows("update tenants_auditevent set deed = 'nothing'")


def test_the_orm_raises_outside_a_scope() -> None:
    with pytest.raises(NoScope):
        list(Member.objects.all())


def test_a_second_operators_scope_cannot_be_opened_inside_the_first(two_operators: tuple[Operator, Operator]) -> None:
    first, second = two_operators

    with tenant_scope(first.pk), pytest.raises(ScopeConflict), tenant_scope(second.pk):
        pass


def test_the_scope_ends_with_its_block(two_operators: tuple[Operator, Operator]) -> None:
    with tenant_scope(two_operators[0].pk):
        pass

    with pytest.raises((ProgrammingError, DataError)), transaction.atomic():
        rows("select * from tenants_apikey")


def test_every_tenant_sees_all_keys_but_not_the_trail(two_operators: tuple[Operator, Operator]) -> None:
    with every_tenant("a test"):
        seen = rows("select operator_id from tenants_apikey order by prefix")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            rows("select * from tenants_auditevent")

    assert {operator.pk for operator in two_operators} == {row[0] for row in seen}


def test_every_tenant_ends_with_its_block(two_operators: tuple[Operator, Operator]) -> None:
    with every_tenant("a test"):
        pass

    assert rows("select current_user") == [("itsp_app",)]


@pytest.mark.parametrize(
    "statement",
    [
        "set role itsp_owner",
        "set session authorization itsp_owner",
        "alter table tenants_apikey disable row level security",
        "copy tenants_apikey to stdout",
        "drop policy own_rows on tenants_apikey",
    ],
)
def test_the_application_role_cannot_lift_the_limit(statement: str, two_operators: tuple[Operator, Operator]) -> None:
    with pytest.raises((ProgrammingError, InternalError, DataError)), transaction.atomic():
        rows(statement)


def test_every_table_with_an_operator_is_protected() -> None:
    unprotected = rows(
        """
        select c.relname from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'operator_id' and not a.attisdropped
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
          and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
        """
    )

    assert unprotected == []


def test_every_link_between_tenant_tables_names_the_operator() -> None:
    """A plain foreign key ignores row-level security, so each needs a twin that includes the operator."""
    loose = rows(
        """
        with tenant as (select attrelid as oid from pg_attribute a join pg_class c on c.oid = a.attrelid
            where a.attname = 'operator_id' and c.relnamespace = 'public'::regnamespace and c.relkind = 'r')
        select con.conrelid::regclass::text, con.conname from pg_constraint con
        where con.contype = 'f' and con.conrelid in (select oid from tenant) and con.confrelid in (select oid from tenant)
          and cardinality(con.conkey) = 1
          and not exists (select from pg_constraint twin where twin.contype = 'f' and twin.conrelid = con.conrelid
            and twin.confrelid = con.confrelid and cardinality(twin.conkey) = 2 and twin.conkey @> con.conkey)
        """
    )

    platform = {name for name, _ in loose}
    assert platform <= {"integrations_exchange", "integrations_inboundmessage"}  # to a connection, which the platform owns
    assert all("connection" in str(name) for _, name in loose)


def test_members_are_found_by_person_without_a_scope(two_operators: tuple[Operator, Operator]) -> None:
    from tenants.selectors import operators_of

    user = User.objects.create_user("ann@example.org", "a long enough secret")
    with tenant_scope(two_operators[1].pk):
        Member.objects.create(user=user, role=Member.Role.FILER)

    assert operators_of(user) == [two_operators[1]]
