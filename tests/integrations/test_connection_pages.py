"""The pages of connections: each deed once, and what is refused; never a key."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from integrations import connections, credentials, pki
from integrations.models import Connection, Credential, CredentialUse, Deed
from tenants.models import Operator
from tenants.scope import every_tenant
from tests import factories
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import END, START, Identities

pytestmark = pytest.mark.django_db
LIST = "/gateway/connections/"


@pytest.fixture
def desk(db: None) -> Client:
    user = factories.member(factories.operator("desk"), "lieve")
    user.is_itsp_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def page(itsp: Connection) -> str:
    return f"{LIST}{itsp.pk}/"


def fields(row: Connection, **more: Any) -> dict[str, Any]:
    from integrations.web.connection_forms import ConnectionForm

    values = {name: getattr(row, name) for name in ConnectionForm.Meta.fields}
    return {name: value for name, value in {**values, **more}.items() if value not in {None, False}}


def told(of: Connection) -> list[str]:
    with every_tenant("a test"):
        rows = Deed.objects.filter(target_type="integrations.connection", target_id=str(of.pk), actor__startswith="Lieve")
        return list(rows.values_list("deed", flat=True))


def test_the_list_shows_whose_where_and_until_when(desk: Client, itsp: Connection) -> None:
    text = desk.get(LIST).content.decode()

    assert itsp.party_id in text
    assert "Sandbox" in text
    assert f"{END:%Y-%m-%dT%H:%M:%SZ}" in text
    assert "PRIVATE" not in text


def test_a_connection_is_made_and_its_deed_kept(desk: Client, itsp: Connection, acme: Operator) -> None:
    values = fields(itsp, name="Acme's own", party_id="sys1@DE123456789@FR", operator=acme.pk)

    response = desk.post(f"{LIST}new/", values)

    with every_tenant("a test"):
        made = Connection.objects.get(party_id="sys1@DE123456789@FR")
    assert response.headers["Location"] == f"{LIST}{made.pk}/"
    assert (made.operator_id, made.is_default, connections.for_operator(acme.pk)) == (acme.pk, True, made)
    assert told(made) == ["connection.made"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"party_id": "no party"}, "Give it as registered"),
        ({"endpoint": "http://customs.example/msh"}, "https only"),
        ({"environment": "production", "endpoint": "http://127.0.0.1/msh"}, "https only"),
        ({"anchors": "nothing"}, "There is no certificate in it"),
        ({"tls_anchors": "nothing"}, "There is no certificate in it"),
        ({"pinned": "abc"}, "64 hexadecimal digits"),
        ({"burst": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    more: dict[str, str], sentence: str, desk: Client, page: str, itsp: Connection
) -> None:
    response = desk.post(page, fields(itsp, **more))

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert told(itsp) == []


def test_a_change_is_kept_with_the_names_of_the_fields(desk: Client, page: str, itsp: Connection) -> None:
    assert desk.post(page, fields(itsp, burst=7)).status_code == 302

    assert connections.get(itsp.pk).burst == 7
    with every_tenant("a test"):
        assert Deed.objects.get(deed="connection.changed").detail == {"fields": ["burst"]}


def test_a_new_default_takes_over_from_the_one_before(desk: Client, itsp: Connection, acme: Operator) -> None:
    desk.post(f"{LIST}new/", fields(itsp, name="Second", party_id="BE0700000002"))

    assert connections.for_operator(acme.pk).name == "Second"
    assert not connections.get(itsp.pk).is_default


def upload(identity: pki.Identity, **more: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("seal.pem", identity.private_key + identity.chain)
    return {"name": "Seal 2027", "purpose": "seal", "file": file, "password": "", "key_uri": "", "since": "", **more}


FRESH = pki.make_leaf(
    "fresh", issuer=pki.make_root("page root", not_before=START, not_after=END), not_before=START, not_after=END
)


def test_a_certificate_is_added_and_used_at_once(desk: Client, page: str, itsp: Connection) -> None:
    response = desk.post(f"{page}add/", upload(FRESH))

    assert response.status_code == 302, response.content.decode()
    assert connections.seal(itsp, at=timezone.now()).private_key == FRESH.private_key
    assert told(itsp) == ["credential.planned"]
    secret = FRESH.private_key.decode().splitlines()[3]
    assert secret not in desk.get(page).content.decode()


def test_a_planned_one_waits_and_can_be_called_off(desk: Client, page: str, itsp: Connection) -> None:
    later = timezone.now() + timedelta(days=3)
    before = connections.seal(itsp, at=timezone.now()).fingerprint

    desk.post(f"{page}add/", upload(FRESH, since=f"{later:%Y-%m-%dT%H:%M}"))

    assert connections.seal(itsp, at=timezone.now()).fingerprint == before
    assert connections.seal(itsp, at=later + timedelta(hours=14)).fingerprint != before
    with every_tenant("a test"):
        planned = CredentialUse.objects.get(credential__name="Seal 2027")
    assert "planned" in desk.get(page).content.decode()
    desk.post(f"{page}uses/{planned.pk}/call-off/")
    with every_tenant("a test"):
        assert not CredentialUse.objects.filter(pk=planned.pk).exists()


def test_a_key_that_does_not_fit_is_refused(desk: Client, page: str, identities: Identities) -> None:
    file = SimpleUploadedFile("seal.pem", identities.stranger.private_key + FRESH.chain)

    response = desk.post(f"{page}add/", upload(FRESH, file=file))

    assert response.status_code == 422
    assert "belongs to none of the certificates" in response.content.decode()
    with every_tenant("a test"):
        assert Credential.objects.count() == 1


def test_one_certificate_serves_several_connections(desk: Client, page: str, itsp: Connection, sti: FakeSti) -> None:
    desk.post(f"{LIST}new/", fields(itsp, name="Second", party_id="BE0700000002"))
    with every_tenant("a test"):
        second, held = Connection.objects.get(name="Second"), Credential.objects.get()

    assert desk.post(f"{LIST}{second.pk}/use/", {"credential": held.pk, "since": ""}).status_code == 302

    found = credentials.find(second, "seal", at=timezone.now())
    assert found == held


def test_the_test_says_what_came_of_it(desk: Client, page: str, itsp: Connection) -> None:
    text = desk.post(f"{page}test/", follow=True).content.decode()

    assert "customs has signed for the test" in text
    assert told(itsp) == ["connection.tested"]


def test_without_a_seal_the_test_says_what_to_do(desk: Client, page: str, itsp: Connection) -> None:
    with every_tenant("a test"):
        CredentialUse.objects.all().delete()

    text = desk.post(f"{page}test/", follow=True).content.decode()

    assert "No sealing certificate" in text
    assert "messages wait" in text


def test_what_ends_soon_stands_on_the_staffs_pages(desk: Client, itsp: Connection) -> None:
    with every_tenant("a test"):
        Credential.objects.update(not_after=timezone.now() + timedelta(days=5, hours=1))

    assert "ends in 5 days" in desk.get(f"{LIST}expiring/").content.decode()


@pytest.mark.parametrize("where", ["", "new/", "expiring/"])
def test_nobody_else_has_such_pages(where: str, acme: Operator, itsp: Connection) -> None:
    client = Client()
    client.force_login(factories.member(acme, "anna", "admin"))

    assert client.get(f"{LIST}{where}").status_code == 404
    assert client.get(f"{LIST}{itsp.pk}/").status_code == 404
