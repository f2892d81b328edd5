"""Which connection an operator's messages take, and what is believed over it."""

from typing import Any

import pytest
from django.test import Client

from integrations import connections, credentials, wire
from integrations.models import Connection
from tenants.models import Operator
from tenants.scope import NoScope, every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Identities, make_connection

pytestmark = pytest.mark.django_db


def test_an_operator_without_its_own_takes_the_itsps(acme: Operator, itsp: Connection) -> None:
    assert connections.for_operator(acme.pk) == itsp


def test_an_operator_takes_its_own(acme: Operator, itsp: Connection, sti: FakeSti, identities: Identities) -> None:
    own = make_connection("Own", "DE0000000001", sti.url, identities, operator=acme)

    assert connections.for_operator(acme.pk) == own


def test_never_another_operators(acme: Operator, sti: FakeSti, identities: Identities) -> None:
    make_connection("Other's", "DE0000000001", sti.url, identities, operator=factories.operator("other"))

    with pytest.raises(connections.NoConnection):
        connections.for_operator(acme.pk)


def test_a_switched_off_connection_of_its_own_does_not_count(
    acme: Operator, itsp: Connection, sti: FakeSti, identities: Identities
) -> None:
    make_connection("Own", "DE0000000001", sti.url, identities, operator=acme, active=False)

    assert connections.for_operator(acme.pk) == itsp


def test_the_private_key_is_encrypted_in_its_row(itsp: Connection, identities: Identities) -> None:
    held = credentials.find(itsp, "seal", at=factories.NOW)

    assert held
    assert b"PRIVATE KEY" not in bytes(held.private_key)
    assert held.key_pem().encode() == identities.itsp.private_key
    connections.seal(itsp, at=factories.NOW).check()


def test_no_operators_scope_sees_a_connection(acme: Operator, itsp: Connection) -> None:
    with tenant_scope(acme.pk), pytest.raises(NoScope):
        list(Connection.objects.all())


def test_the_channel_is_that_of_the_party_unless_agreed_otherwise(itsp: Connection) -> None:
    plain = connections.channel(itsp)
    itsp.mpc = "urn:agreed"

    assert (plain, connections.channel(itsp)) == (wire.pull_channel(itsp.party_id), "urn:agreed")


@pytest.mark.parametrize(("pins", "expected"), [(["", ""], set()), (["AA bb", "cc"], {"aa", "bb", "cc"}), (["aa", ""], set())])
def test_pins_hold_only_if_every_connection_has_them(
    pins: list[str], expected: set[str], sti: FakeSti, identities: Identities, bells: Any
) -> None:
    made = [
        make_connection(f"Line {number}", f"BE070000000{number}", sti.url, identities, pinned=pin)
        for number, pin in enumerate(pins)
    ]

    assert connections.trust(*made).pinned == expected


def test_the_busiest_and_the_idlest_pause(itsp: Connection) -> None:
    itsp.pull_every = 60

    assert connections.pause(itsp, empty=0) == connections.pause(itsp, empty=10_000)


def test_a_sending_does_not_push_a_pull_further_away(itsp: Connection) -> None:
    with every_tenant("a test"):
        Connection.objects.update(next_pull_at=factories.NOW)

    connections.expect_answer(itsp, at=factories.later(5))

    with every_tenant("a test"):
        itsp.refresh_from_db()
    assert itsp.next_pull_at == factories.NOW


def test_an_operator_sees_its_own_and_the_itsps(acme: Operator, itsp: Connection, sti: FakeSti, identities: Identities) -> None:
    own = make_connection("Own", "DE0000000001", sti.url, identities, operator=acme)
    make_connection("Other's", "DE0000000002", sti.url, identities, operator=factories.operator("other"))
    make_connection("Off", "DE0000000003", sti.url, identities, operator=acme, active=False)

    with tenant_scope(acme.pk):
        seen = connections.open_here()
        assert seen == [own, itsp]
        assert Connection.open.update(name="changed") == 0


def test_its_pages_say_where_messages_go(acme: Operator, itsp: Connection) -> None:
    client = Client()
    client.force_login(factories.member(acme, "alice"))
    address = f"/o/{acme.slug}/evidence/connection/"

    assert "nothing is declared for real" in client.get(address).content.decode()
    with every_tenant("a test"):
        Connection.objects.update(environment="production")
    assert "every message is a declaration" in client.get(address).content.decode()
    with every_tenant("a test"):
        Connection.objects.update(active=False)
    assert "No connection to customs" in client.get(address).content.decode()


def test_the_one_named_is_taken_if_it_is_open(acme: Operator, itsp: Connection, sti: FakeSti, identities: Identities) -> None:
    second = make_connection("Second", "sys2@BE0700000001", sti.url, identities)
    make_connection("Other's", "DE0000000002", sti.url, identities, operator=factories.operator("other"))

    assert connections.for_operator(acme.pk, via="sys2@BE0700000001") == second
    assert connections.for_operator(acme.pk) == itsp
    with pytest.raises(connections.NoConnection):
        connections.for_operator(acme.pk, via="DE0000000002")
