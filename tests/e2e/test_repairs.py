"""A person accepts what findings propose, with the keyboard, in a real browser, and takes it back."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from config.embedded.paths import PROJECT
from tests.e2e.conftest import Product, eventually
from tests.e2e.test_browser import sign_in

pytestmark = pytest.mark.e2e

SAMPLE = next((PROJECT / "samples").glob("*/IE3F26-*.json"))
PARTY, COUNTRY = "declarant.identificationNumber", "declarant.address.country"


@pytest.fixture
def pk(product: Product) -> str:
    """Return the id of a draft with two repairs and an error that takes a person."""
    content = json.loads(SAMPLE.read_text(encoding="utf-8"))
    declarant = content["IE3F26"]["declarant"]
    content["IE3F26"]["LRN"] = uuid.uuid4().hex[:22].upper()
    declarant["identificationNumber"] = declarant["identificationNumber"].lower()
    declarant["address"]["country"] = "nl"
    declarant["name"] = "N" * 71
    made: str = product.call("POST", "filings/", json=content).json()["id"]
    return made


@pytest.fixture
def page(product: Product, chromium: Any, pk: str) -> Iterator[Any]:
    """Yield the checked form of the draft on a phone; it must not have complained at the end."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, product)
    page.goto(f"{product.url}/o/nordmeer/filings/{pk}/edit/?check=1")
    yield page
    context.close()
    assert complaints == []


def kept(product: Product, pk: str) -> Any:
    """Return the declarant as it is kept."""
    return product.call("GET", f"filings/{pk}/document/").json()["IE3F26"]["declarant"]


def test_one_repair_is_put_in_at_once_saved_by_itself_and_taken_back(product: Product, page: Any, pk: str) -> None:
    field = page.locator(f'[name="{PARTY}"]')
    proposed = field.input_value().upper()
    field.fill("typed by me")

    page.locator(f'button[value="repair:{PARTY}"]').press("Enter")

    assert field.input_value() == proposed
    assert field.get_attribute("aria-invalid") == "false"
    assert f"is now {proposed}" in page.inner_text("#announce")
    assert page.locator(f'button[value="undo:{PARTY}"]').evaluate("button => button === document.activeElement")
    assert not page.locator("[data-all-repairs]").is_visible()  # only one is left
    eventually(lambda: kept(product, pk)["identificationNumber"] == proposed, within=10)
    page.wait_for_function("document.querySelector('#save-state').textContent.includes('as revision 2')")

    page.keyboard.press("Enter")

    assert field.input_value() == "typed by me"
    assert page.locator(f'button[value="repair:{PARTY}"]').is_visible()
    assert page.locator("[data-all-repairs]").is_visible()
    eventually(lambda: kept(product, pk)["identificationNumber"] == "typed by me", within=10)


def test_all_repairs_are_put_in_and_taken_back_and_nothing_typed_is_lost(product: Product, page: Any, pk: str) -> None:
    city = page.locator('[name="declarant.address.city"]')
    city.fill("Typed meanwhile")

    page.locator('button[value="repair:"]').press("Enter")
    page.wait_for_selector("#repaired")

    declarant = kept(product, pk)
    assert (declarant["address"]["country"], declarant["address"]["city"]) == ("NL", "Typed meanwhile")
    assert page.locator("#summary-title").inner_text() == "1 error"
    eventually(lambda: "2 values changed as proposed" in page.inner_text("#announce"), within=5)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0

    page.locator('#repaired button[value="undo:"]').press("Enter")
    page.wait_for_selector(f'button[value="repair:{COUNTRY}"]')

    declarant = kept(product, pk)
    assert (declarant["address"]["country"], declarant["address"]["city"]) == ("nl", "Typed meanwhile")
