"""Pages of templates, products, texts to look at and lists of stop words, each once from end to end."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from filings.models import Filing, FilingTemplate, Product, StopWordHit, StopWordList
from filings.rules.layers import lists
from filings.services.stop_words import rescanning, stop_words
from tenants.scope import tenant_scope
from tests import factories
from tests.filings.web.desk import Desk

WHERE = "consignmentMasterLevel__consignmentHouseLevel__goodsItem__commodity__descriptionOfGoods"
CSV = b"code,description,goods_code\nA1,Dolls of wood,950300\n"


@pytest.fixture(autouse=True)
def fresh_shelf() -> Iterator[None]:
    lists.stand(stop_words.DatabaseShelf())
    yield
    lists.stand(stop_words.DatabaseShelf())


@pytest.fixture
def staff(db: None) -> Client:
    """A person of the ITSP."""
    user = factories.member(factories.operator("itsp"), "steve")
    user.is_itsp_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def address(desk: Desk, path: str) -> str:
    return f"/o/{desk.operator.slug}/{path}"


def only(desk: Desk, model: Any) -> Any:
    with tenant_scope(desk.operator.pk):
        return model.objects.get()


def test_a_filing_is_kept_as_a_template_and_offered_for_a_new_one(alice: Desk) -> None:
    filing = alice.make(factories.draft)
    alice.post(f"{filing.pk}/keep-as-template/", {"name": "Toys by air"})
    template = only(alice, FilingTemplate)

    taken = alice.post(f"{filing.pk}/keep-as-template/", {"name": "toys by air"})
    assert (taken.status_code, 'name="replace"' in taken.content.decode()) == (409, True)
    again = alice.post(f"{filing.pk}/keep-as-template/", {"name": "toys by air", "replace": "yes"})
    assert again.status_code == 302
    assert alice.post(f"{filing.pk}/keep-as-template/", {"name": ""}).status_code == 422

    assert f"/templates/{template.pk}/use/" in alice.get("new/?q=toys").content.decode()
    assert f"/templates/{template.pk}/use/" not in alice.get("new/?q=road").content.decode()
    used = alice.client.post(address(alice, f"templates/{template.pk}/use/"))
    form = alice.client.get(used["Location"])
    assert form.status_code == 200
    with tenant_scope(alice.operator.pk):
        assert Filing.objects.get(source="template").lrn == ""


def test_a_template_is_listed_renamed_and_deleted(alice: Desk, rita: Desk) -> None:
    alice.post(f"{alice.make(factories.draft).pk}/keep-as-template/", {"name": "Toys"})
    pk = only(alice, FilingTemplate).pk

    alice.client.post(address(alice, f"templates/{pk}/rename/"), {"name": "Dolls"})
    assert "Dolls" in rita.client.get(address(rita, "templates/")).content.decode()
    assert "Nothing fits" in rita.client.get(address(rita, "templates/?q=toys")).content.decode()
    assert rita.client.post(address(rita, f"templates/{pk}/delete/")).status_code == 403

    alice.client.post(address(alice, f"templates/{pk}/delete/"))
    assert "No templates yet" in alice.client.get(address(alice, "templates/")).content.decode()


def test_a_product_is_added_found_changed_and_deleted(alice: Desk) -> None:
    wrong = alice.client.post(address(alice, "products/add/"), {"code": "A1", "description": "", "goods_code": "95"})
    assert wrong.status_code == 422
    assert wrong.content.decode().count('class="wrong"') == 2

    values = {"code": "A1", "description": "Toys", "goods_code": "999999"}
    alice.client.post(address(alice, "products/add/"), values)
    product = only(alice, Product)
    text = alice.client.get(address(alice, "products/?q=toys")).content.decode()
    assert "Only stop words (toys)" in text
    assert "Not in the Harmonized System" in text

    changed = alice.client.post(address(alice, f"products/{product.pk}/"), {**values, "description": "Dolls of wood"})
    assert changed.status_code == 302
    assert "Only stop words" not in alice.client.get(address(alice, "products/")).content.decode()
    options = alice.client.get(address(alice, "products/offered/?q=dolls")).content.decode()
    assert re.search(r'data-code="Dolls of wood" data-goods="999999"', options)

    alice.client.post(address(alice, f"products/{product.pk}/delete/"))
    assert "No products yet" in alice.client.get(address(alice, "products/")).content.decode()


def test_products_come_from_a_file_and_go_into_one(alice: Desk) -> None:
    def send(data: bytes) -> Any:
        return alice.client.post(address(alice, "products/load/"), {"file": SimpleUploadedFile("p.csv", data)}, follow=True)

    refused = send(CSV + b",Pumps,\n")
    assert refused.status_code == 422
    assert "Line 3" in refused.content.decode()
    assert "1 added, 0 changed, 0 as they were" in send(CSV).content.decode()
    assert alice.client.post(address(alice, "products/load/")).status_code == 422

    saved = alice.client.get(address(alice, "products/products.csv"))
    assert saved.content.decode("utf-8-sig").splitlines()[1] == "A1,Dolls of wood,950300"


def test_the_form_offers_products_where_goods_are_described(alice: Desk) -> None:
    filing = alice.make(factories.draft)

    text = alice.get(f"{filing.pk}/edit/").content.decode()

    found = re.search(r'<textarea id="f-([^"]*)\.descriptionOfGoods"[^>]* data-goods="([^"]*)"', text)
    assert found
    group = f"{found[1]}.commodityCode"
    assert found[2].split() == [f"{group}.harmonizedSystemSubHeadingCode", f"{group}.combinedNomenclatureCode"]


def test_a_text_to_look_at_leads_to_its_field_and_can_be_dismissed(alice: Desk, staff: Client) -> None:
    filing = alice.make(factories.draft, **{WHERE: "Zorbs"})
    load(staff, "term\nzorbs\n")
    rescanning.rescan(at=factories.NOW)
    hit = only(alice, StopWordHit)

    text = alice.get("to-look-at/").content.decode()
    assert "Zorbs" in text
    assert "Only stop words (zorbs)" in text
    field = alice.get(f"{filing.pk}/field/?path={hit.path}")
    assert field["Location"].endswith(".commodity.descriptionOfGoods")
    assert "check=1#f-" in field["Location"]

    alice.post(f"to-look-at/{hit.pk}/dismiss/")
    assert "Nothing to look at" in alice.get("to-look-at/").content.decode()
    alice.post(f"to-look-at/{hit.pk}/put-back/")
    assert "Nothing to look at" not in alice.get("to-look-at/").content.decode()


def load(staff: Client, text: str, day: str = "") -> Any:
    """Look a list over as a browser does, then load it."""
    file = SimpleUploadedFile("words.csv", text.encode())
    values = {"file": file, "valid_from": day or f"{datetime.now(UTC):%Y-%m-%d}"}
    preview = staff.post("/staff/stop-words/preview/", values)
    assert preview.status_code == 200
    packed = re.findall(r'name="packed" value="([^"]+)"', preview.content.decode())[0]
    return preview, staff.post("/staff/stop-words/load/", {"packed": packed}, follow=True)


def test_staff_see_what_a_list_changes_before_they_load_it(alice: Desk, staff: Client) -> None:
    alice.make(factories.draft, **{WHERE: "Zorbs"})

    preview, loaded = load(staff, "term,confirmed\nzorbs,yes\n", "2026-11-01")

    shown = " ".join(preview.content.decode().split())
    assert "1 word added" in shown
    assert "words gone" in shown
    assert f'<th scope="row">{alice.operator.name}</th><td class="number" data-label="Open drafts">1</td>' in shown
    assert "The list of 2026-11-01 is loaded" in loaded.content.decode()
    assert StopWordList.objects.get().loaded_by == "Steve"
    number = StopWordList.objects.get().pk
    assert "zorbs" in staff.get(f"/staff/stop-words/{number}/?only=yes").content.decode()
    assert "Nothing fits" in staff.get(f"/staff/stop-words/{number}/?only=no").content.decode()
    assert staff.get("/staff/stop-words/987654/").status_code == 404


@pytest.mark.parametrize(
    ("data", "day", "words"),
    [("word\nx\n", "2026-11-01", "must be “term”"), ("term\nx\n", "soon", "first day"), ("", "2026-11-01", "words.csv: ")],
)
def test_a_file_that_is_no_list_is_refused_on_the_page(staff: Client, data: str, day: str, words: str) -> None:
    values = {"file": SimpleUploadedFile("words.csv", data.encode()), "valid_from": day}

    answer = staff.post("/staff/stop-words/preview/", values)

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_what_was_not_looked_over_is_not_loaded(staff: Client) -> None:
    assert staff.post("/staff/stop-words/load/", {"packed": "forged"}).status_code == 422
    assert not StopWordList.objects.exists()


def test_only_staff_find_the_lists_of_stop_words(alice: Desk) -> None:
    assert alice.client.get("/staff/stop-words/").status_code == 404
    assert Client().get("/staff/stop-words/")["Location"].startswith("/accounts/login/")
