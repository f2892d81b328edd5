"""A person files through the form, in a real browser, on a desk and on a phone."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from config.embedded.paths import PROJECT
from tests.e2e.conftest import Product, eventually

pytestmark = pytest.mark.e2e

SAMPLE = next((PROJECT / "samples").glob("*/IE3F44-*.json"))
DESK, PHONE = {"width": 1366, "height": 850}, {"width": 390, "height": 844}


@pytest.fixture
def window(product: Product, chromium: Any) -> Iterator[Any]:
    """Yield a function that opens a page; at the end no page may have complained or asked another host for anything."""
    complaints: list[str] = []
    contexts = []

    def open_page(size: dict[str, int], **options: Any) -> Any:
        context = chromium.new_context(viewport=size, timezone_id="Europe/Lisbon", accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(product.url) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(page: Any, product: Product, slug: str = "nordmeer") -> None:
    """Sign in as the operator's filer and land on the list of filings."""
    person = product.operator(slug)["sign_in"]
    page.goto(f"{product.url}/o/{slug}/filings/")
    page.fill("input[name=login]", person["email"])
    page.fill("input[name=password]", person["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"**/o/{slug}/filings/")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the field name and the value of everything a document holds."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{index}")
    else:
        yield path, value


def fill(page: Any, name: str, value: str) -> None:
    """Put a value into a field of the form, opening the groups it stands in as a person would."""
    field = page.locator(f'#form [name="{name}"]')
    steps = name.split(".")
    for length in range(1, len(steps) + 1):
        if field.count():
            break
        adder = page.locator(f'button[hx-get$="at={".".join(steps[:length])}"]')
        if adder.count():
            adder.click()
            adder.wait_for(state="detached")
    while not field.is_visible():
        page.locator("details:not([open])", has=page.locator(f'[name="{name}"]')).first.locator("> summary").click()
    kind = field.evaluate("element => element.tagName + ' ' + element.type")
    if kind.startswith("SELECT"):
        field.select_option(value)
    else:
        field.fill(value.removesuffix("Z") if "datetime" in kind else value)


def fill_in(page: Any, document: dict[str, Any]) -> None:
    """Put a whole document into the form."""
    for name, value in leaves(document):
        fill(page, name, value)


def document() -> dict[str, Any]:
    """Return the content of a small sample, with one house and an LRN of its own."""
    content: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))["IE3F44"]
    content["LRN"] = uuid.uuid4().hex[:22].upper()
    del content["consignmentMasterLevel"]["consignmentHouseLevel"][1:]
    return content


def confirm(page: Any, label: str) -> None:
    """Say yes to the question that a weighty deed asks."""
    yes = page.locator("#confirm [data-yes]")
    assert yes.inner_text() == label
    yes.click()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_filing_made_in_the_form_gets_its_mrn_without_a_reload(product: Product, window: Any, size: dict[str, int]) -> None:
    page, content = window(size), document()
    sign_in(page, product)
    page.goto(f"{product.url}/o/nordmeer/filings/new/")
    page.locator("main").get_by_text("F44", exact=True).click()
    page.wait_for_selector("#form")

    fill_in(page, content)
    page.click("#form button[name=deed][value=submit]")
    confirm(page, "Submit")

    page.wait_for_selector("#mrn", timeout=20_000)
    assert len(page.inner_text("#mrn").strip()) == 18
    assert content["LRN"] in page.inner_text("main")
    assert "Registered" in page.inner_text("main")
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0


def test_a_finding_stands_beside_its_field_and_nothing_typed_is_lost(product: Product, window: Any) -> None:
    page, content = window(DESK), document()
    sign_in(page, product)
    page.goto(f"{product.url}/o/nordmeer/filings/new/")
    page.locator("main").get_by_text("F44", exact=True).click()
    page.wait_for_selector("#form")
    content["declarant"]["identificationNumber"] = "N" * 40
    content["declarant"]["address"].pop("city")

    fill_in(page, content)
    page.click("#form button[name=deed][value=check]")

    field = page.locator('[name="declarant.identificationNumber"]')
    page.wait_for_selector('[name="declarant.identificationNumber"][aria-invalid="true"]')
    described = [page.inner_text(f"#{name}") for name in field.get_attribute("aria-describedby").split()]
    assert any("17" in text for text in described)
    assert page.locator('[name="declarant.address.city"][aria-invalid="true"]').count() == 1
    assert field.input_value() == "N" * 40


def test_every_message_and_receipt_can_be_downloaded(product: Product, window: Any) -> None:
    made = product.call("POST", "filings/?submit=true", json={"IE3F44": document()}).json()
    eventually(lambda: product.call("GET", f"filings/{made['id']}/").json()["mrn"], within=15)
    page = window(DESK)
    sign_in(page, product)
    page.goto(f"{product.url}/o/nordmeer/filings/{made['id']}/")
    page.get_by_text("Received from customs").wait_for()

    contents = {}
    for label in ("XML sent", "AS4 message", "Receipt of customs", "XML received", "Our receipt"):
        with page.expect_download() as download:
            page.get_by_text(label, exact=True).first.click()
        contents[label] = download.value.path().read_bytes()

    assert made["lrn"].encode() in contents["XML sent"]
    assert made["lrn"].encode() in contents["XML received"]
    assert b"NonRepudiationInformation" in contents["Receipt of customs"]
    assert b"NonRepudiationInformation" in contents["Our receipt"]
    assert b"SignatureValue" in contents["AS4 message"]


def test_another_operators_people_find_nothing(product: Product, window: Any) -> None:
    made = product.call("POST", "filings/", json={"IE3F44": document()}).json()
    page = window(DESK)
    sign_in(page, product, slug="brabant")

    for address in (f"/o/nordmeer/filings/{made['id']}/", f"/o/brabant/filings/{made['id']}/", "/o/nordmeer/filings/"):
        answer = page.request.get(product.url + address)
        assert answer.status == 404


def test_the_keyboard_alone_reaches_the_form(product: Product, window: Any) -> None:
    page = window(DESK)
    sign_in(page, product)

    page.keyboard.press("n")

    page.wait_for_url("**/filings/new/")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
