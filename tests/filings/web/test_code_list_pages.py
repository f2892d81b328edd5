"""Pages of the ITSP's staff about code lists: who may see them, looking a file over, and loading it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from filings import reference
from filings.models import CodeListEdition
from filings.reference import shelf
from filings.services.code_lists import DatabaseShelf
from tests import factories

LISTS = "/staff/code-lists/"
OFFICES = """<?xml version="1.0" encoding="UTF-8"?>
<RDEntityList><RDEntity name="CustomsOffices">
 <RDEntry><RDEntryStatus><state>valid</state></RDEntryStatus><dataItem name="ReferenceNumber">DE004851</dataItem>
  <LsdList><description lang="en">Hamburg-Waltershof</description></LsdList></RDEntry>
 <RDEntry><RDEntryStatus><state>invalid</state></RDEntryStatus><dataItem name="ReferenceNumber">DE009999</dataItem></RDEntry>
</RDEntity></RDEntityList>"""


@pytest.fixture(autouse=True)
def fresh_shelf() -> Iterator[None]:
    shelf.stand(DatabaseShelf())
    yield
    shelf.stand(DatabaseShelf())


@pytest.fixture
def staff(db: None) -> Client:
    user = factories.member(factories.operator("itsp"), "steve")
    user.is_itsp_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def look(client: Client, code_list: str, name: str, data: str, **more: str) -> Any:
    form = {"code_list": code_list, "published": "2026-07-01", "valid_from": "2026-08-01", **more}
    return client.post(f"{LISTS}preview/", {**form, "file": SimpleUploadedFile(name, data.encode())})


def packed(response: Any) -> str:
    found = re.search(r'name="packed" value="([^"]+)"', response.content.decode())
    assert found
    return found[1]


def test_only_staff_may_see_them(staff: Client) -> None:
    stranger = Client()
    stranger.force_login(factories.member(factories.operator("acme"), "alice"))

    assert stranger.get(LISTS).status_code == 404
    assert stranger.post(f"{LISTS}load/").status_code == 404
    assert Client().get(LISTS).status_code == 302
    assert staff.get(LISTS).status_code == 200


def test_every_list_is_shown_with_source_edition_and_what_is_checked(staff: Client) -> None:
    text = staff.get(LISTS).content.decode()

    assert "UN/LOCODE 2023-1" in text
    assert "20 Jun 2023" in text
    assert "115763" in text
    assert "no copy under a licence that allows it; the format and the country are checked" in text
    assert "None yet: the lists are those of the release." in text


def test_a_file_is_looked_over_and_loaded(staff: Client) -> None:
    response = look(staff, "CL141", "col.xml", OFFICES, licence="Commission Decision 2011/833/EU")

    assert "1 code added" in response.content.decode()
    assert "Hamburg-Waltershof" in response.content.decode()
    assert CodeListEdition.objects.count() == 0

    page = staff.post(f"{LISTS}load/", {"packed": packed(response)}, follow=True).content.decode()

    assert "CL141 of 2026-07-01 is loaded; it has 1 code." in page
    assert "Commission Decision 2011/833/EU" in page
    assert reference.customs_office("DE004851") == reference.Entry("DE004851", "Hamburg-Waltershof")
    again = staff.post(f"{LISTS}load/", {"packed": packed(response)}, follow=True)
    assert "was there already" in again.content.decode()


def test_a_file_that_loses_most_codes_has_to_be_confirmed(staff: Client) -> None:
    response = look(staff, "CL352", "iso4217.csv", "code,name\nEUR,Euro\n")
    assert "More than half of the codes in force" in response.content.decode()

    refused = staff.post(f"{LISTS}load/", {"packed": packed(response)})
    assert refused.status_code == 422
    assert reference.currency("USD")

    staff.post(f"{LISTS}load/", {"packed": packed(response), "despite_loss": "yes"})
    assert reference.currency("USD") is None


@pytest.mark.parametrize(
    ("code_list", "data", "words"),
    [
        ("CL352", "nothing,here\n1,2\n", "No heading such as"),
        ("CL010", "code,name\n1,2\n", "belongs to the message set"),
    ],
)
def test_what_cannot_be_loaded_is_said_at_the_form(staff: Client, code_list: str, data: str, words: str) -> None:
    response = look(staff, code_list, "list.csv", data)

    assert response.status_code == 422
    assert words in response.content.decode()


def test_without_file_day_or_a_preview_nothing_is_loaded(staff: Client) -> None:
    assert staff.post(f"{LISTS}preview/", {"code_list": "CL352"}).status_code == 422
    assert look(staff, "CL352", "list.csv", "code,name\nEUR,Euro\n", published="soon").status_code == 422
    assert staff.post(f"{LISTS}load/", {"packed": "made-up"}).status_code == 422
    assert CodeListEdition.objects.count() == 0
