"""Pages about oneself and one's operator."""

from typing import Any

import pytest
from django.test import Client

from tenants.models import ApiKey, Member, Operator
from tenants.scope import tenant_scope
from tenants.services import keys
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Operator:
    return factories.operator("acme")


def signed_in(operator: Operator, name: str = "ann", role: str = Member.Role.ADMIN) -> Client:
    client = Client()
    client.force_login(factories.member(operator, name, role))
    return client


def test_who_works_for_one_operator_goes_straight_to_its_filings(acme: Operator) -> None:
    assert signed_in(acme).get("/")["Location"] == "/o/acme/filings/"


def test_who_works_for_several_chooses(acme: Operator) -> None:
    other = factories.operator("other")
    client = signed_in(acme)
    with tenant_scope(other.pk):
        Member.objects.create(user_id=client.session["_auth_user_id"])

    html = client.get("/").content.decode()

    assert "/o/acme/filings/" in html
    assert "/o/other/filings/" in html


def test_who_works_for_nobody_is_told_what_to_do() -> None:
    from tenants.models import User

    client = Client()
    client.force_login(User.objects.create_user("new@example.org", factories.PASSWORD))

    assert "do not work for an operator yet" in client.get("/").content.decode()


def test_one_signs_in_with_address_and_password(acme: Operator) -> None:
    user = factories.member(acme, "ann")

    answer = Client().post("/accounts/login/", {"login": user.email, "password": factories.PASSWORD})

    assert answer["Location"] == "/"


@pytest.mark.parametrize("page", ["login/", "password/reset/", "signup/"])
def test_pages_before_sign_in_answer(page: str) -> None:
    answer = Client().get(f"/accounts/{page}")

    assert answer.status_code == 200
    assert "Landfall" in answer.content.decode()


@pytest.mark.parametrize("page", ["/profile/", "/accounts/logout/", "/accounts/password/change/", "/accounts/mfa/", "/?choose=1"])
def test_pages_about_oneself_answer(page: str, acme: Operator) -> None:
    assert signed_in(acme).get(page).status_code == 200


@pytest.mark.parametrize("page", ["/", "/profile/"])
def test_a_visitor_is_asked_to_sign_in(page: str) -> None:
    assert Client().get(page)["Location"].startswith("/accounts/login/")


def test_the_time_zone_of_the_profile_is_the_one_times_are_shown_in(acme: Operator) -> None:
    client = signed_in(acme)

    client.post("/profile/", {"first_name": "Ann", "last_name": "", "time_zone": "Asia/Tokyo"})
    with tenant_scope(acme.pk):
        keys.issue(name="x", by=factories.ALICE, at=factories.NOW)  # 09:30 UTC

    assert "18:30" in client.get("/o/acme/settings/keys/").content.decode()


def test_a_time_zone_nobody_knows_is_refused(acme: Operator) -> None:
    answer = signed_in(acme).post("/profile/", {"first_name": "Ann", "time_zone": "Moon/Tycho"})

    assert answer.status_code == 422


def test_a_key_is_shown_once_and_works(acme: Operator) -> None:
    client = signed_in(acme)

    made = client.post("/o/acme/settings/keys/", {"name": "TMS"})
    again = client.get("/o/acme/settings/keys/")

    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert made["Cache-Control"] == "no-store"
    assert secret not in again.content.decode()
    holder: Any = keys.holder(text=secret, at=factories.NOW)
    assert holder.operator == acme


def test_a_key_needs_a_name(acme: Operator) -> None:
    assert signed_in(acme).post("/o/acme/settings/keys/", {"name": ""}).status_code == 422


def test_a_revoked_key_is_refused(acme: Operator) -> None:
    text = factories.api_key(acme)
    with tenant_scope(acme.pk):
        key = ApiKey.objects.get()

    signed_in(acme).post(f"/o/acme/settings/keys/{key.pk}/revoke/")

    assert keys.holder(text=text, at=factories.NOW) is None


@pytest.mark.parametrize("role", [Member.Role.FILER, Member.Role.READER])
def test_only_an_administrator_manages_keys(role: str, acme: Operator) -> None:
    client = signed_in(acme, role=role)

    assert client.get("/o/acme/settings/keys/").status_code == 403
    assert client.post("/o/acme/settings/keys/", {"name": "x"}).status_code == 403


def test_a_stranger_finds_no_settings_and_cannot_revoke(acme: Operator) -> None:
    text = factories.api_key(acme)
    stranger = signed_in(factories.operator("other"))
    with tenant_scope(acme.pk):
        key = ApiKey.objects.get()

    assert stranger.get("/o/acme/settings/keys/").status_code == 404
    assert stranger.post(f"/o/other/settings/keys/{key.pk}/revoke/").status_code == 404
    assert keys.holder(text=text, at=factories.NOW) is not None


def test_a_page_that_is_not_there_is_told_in_the_design(acme: Operator) -> None:
    answer = signed_in(acme).get("/o/nobody/filings/")

    assert answer.status_code == 404
    assert "Not found" in answer.content.decode()
