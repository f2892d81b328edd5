"""What each role may do, as a table of methods and addresses."""

from typing import Any, Final

import pytest
from django.test import Client

from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories

NOT_HERE: Final = {404, 405}

# method, address with {draft} {sent} {copy}, and who may: everyone else is forbidden. "key" is an API key.
EVERYONE: Final = frozenset({"reader", "filer", "admin", "staff"})
FILERS: Final = EVERYONE - {"reader"}
ADMINS: Final = FILERS - {"filer"}
ROLES: Final = [
    ("GET", "/o/acme/filings/", EVERYONE),
    ("GET", "/o/acme/filings/rows/", EVERYONE),
    ("GET", "/o/acme/filings/{draft}/", EVERYONE),
    ("GET", "/o/acme/filings/{draft}/document.xml", EVERYONE),
    ("GET", "/o/acme/filings/new/", FILERS),
    ("POST", "/o/acme/filings/new/IE3F26/", FILERS),
    ("GET", "/o/acme/filings/upload/", FILERS),
    ("GET", "/o/acme/filings/{draft}/edit/", FILERS),
    ("POST", "/o/acme/filings/{draft}/submit/", FILERS),
    ("POST", "/o/acme/filings/{draft}/copy/", FILERS),
    ("POST", "/o/acme/filings/{draft}/discard/", FILERS),
    ("POST", "/o/acme/filings/{sent}/send-again/", FILERS),
    ("GET", "/o/acme/filings/to-look-at/", EVERYONE),
    ("GET", "/o/acme/filings/{draft}/keep-as-template/", FILERS),
    ("POST", "/o/acme/filings/{draft}/keep-as-template/", FILERS),
    ("GET", "/o/acme/alarms/", EVERYONE),
    ("GET", "/o/acme/alarms/bell/", EVERYONE),
    ("GET", "/o/acme/alarms/rules/", EVERYONE),
    ("GET", "/o/acme/alarms/rules/add/", FILERS),
    ("POST", "/o/acme/alarms/rules/add/", FILERS),
    ("GET", "/o/acme/calendars/", EVERYONE),
    ("GET", "/o/acme/templates/", EVERYONE),
    ("GET", "/o/acme/products/", EVERYONE),
    ("GET", "/o/acme/products/products.csv", EVERYONE),
    ("GET", "/o/acme/products/add/", FILERS),
    ("POST", "/o/acme/products/add/", FILERS),
    ("POST", "/o/acme/products/load/", FILERS),
    ("GET", "/o/acme/filing-requests/", EVERYONE),
    ("GET", "/o/acme/filing-requests/new/", FILERS),
    ("GET", "/o/acme/filing-requests/of-filing/{draft}/", EVERYONE),
    ("GET", "/o/acme/who-files-what/", EVERYONE),
    ("POST", "/o/acme/who-files-what/road/", FILERS),
    ("GET", "/o/acme/houses/{draft}/", EVERYONE),
    ("POST", "/o/acme/houses/{draft}/", FILERS),
    ("GET", "/o/acme/houses/{draft}/split/", FILERS),
    ("GET", "/o/acme/referrals/", EVERYONE),
    ("GET", "/o/acme/referrals/copies/", EVERYONE),
    ("GET", "/o/acme/referrals/texts/", FILERS),
    ("GET", "/o/acme/referrals/rules/", ADMINS),
    ("GET", "/o/acme/dictionary/", EVERYONE),
    ("GET", "/o/acme/settings/keys/", ADMINS),
    ("POST", "/o/acme/settings/keys/", ADMINS),
]


@pytest.mark.parametrize("role", sorted(EVERYONE))
def test_a_role_may_do_what_the_table_says(role: str, db: None) -> None:
    acme = factories.operator("acme")
    person = Client()
    person.force_login(_person(acme, role))
    faults = []

    for method, url, allowed in ROLES:
        with tenant_scope(acme.pk):
            values = {"draft": factories.draft().pk, "sent": factories.sent().pk}
        status = person.generic(method, url.format(**values)).status_code
        if (status != 403) is not (role in allowed) or status >= 500 or status in NOT_HERE:
            faults.append((method, url, status))

    assert faults == []


def _person(acme: Operator, role: str) -> Any:
    if role == "staff":
        user = factories.member(factories.operator("itsp"), "steve")
        user.is_itsp_staff = True
        user.save()
        return user
    return factories.member(acme, "alice", role)
