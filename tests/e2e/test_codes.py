"""A person finds codes in the form with the keyboard, in a real browser, and hears what a screen reader would say."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Product
from tests.e2e.test_browser import sign_in

pytestmark = pytest.mark.e2e

PLACE = "input[name='consignmentMasterLevel.placeOfLoading.UNLOCODE']"


def unfold(page: Any) -> None:
    """Open what is folded away, as a reader would on the way to the field."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


@pytest.fixture
def page(product: Product, chromium: Any) -> Iterator[Any]:
    """Yield a page at the form of a new sea filing; it must not have complained at the end."""
    context = chromium.new_context(viewport={"width": 1366, "height": 850})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, product)
    page.goto(f"{product.url}/o/nordmeer/filings/new/")
    page.locator("form[action$='/new/IE3F12/'] button, button[formaction$='/new/IE3F12/']").first.click()
    page.wait_for_url("**/edit/")
    unfold(page)
    yield page
    context.close()
    assert complaints == []


def test_a_place_is_found_by_a_misspelt_name_with_the_keyboard(page: Any) -> None:
    field = page.locator(PLACE)
    field.focus()
    assert field.get_attribute("role") == "combobox"
    # The first question makes the web process build the index of 115,000 places, beside whatever else the machine does.
    with page.expect_response(lambda response: response.url.endswith("q=roterd"), timeout=60_000):
        field.press_sequentially("roterd", delay=20)
    page.locator("#codes-list [role=option]").first.filter(has_text="Rotterdam").wait_for()
    assert field.get_attribute("aria-expanded") == "true"

    field.press("ArrowDown")
    first = page.locator("#codes-list [aria-selected=true]")
    assert first.get_attribute("id") == field.get_attribute("aria-activedescendant")
    assert "Rotterdam" in first.inner_text()
    field.press("Enter")

    assert field.input_value() == "NLRTM"
    assert page.url.endswith("/edit/")  # Enter took the code and did not send the form
    assert page.locator(f".field:has({PLACE}) [data-meaning]").inner_text() == "Rotterdam"
    assert not page.locator("#codes-list").is_visible()


def test_escape_closes_the_list_and_leaves_what_was_typed(page: Any) -> None:
    field = page.locator(PLACE)
    field.press_sequentially("hamb", delay=20)
    page.locator("#codes-list [role=option]").first.wait_for()

    field.press("Escape")

    assert not page.locator("#codes-list").is_visible()
    assert field.input_value() == "hamb"


def test_a_code_is_taken_with_the_mouse_and_saved(page: Any) -> None:
    field = page.locator(PLACE)
    field.press_sequentially("DEHAM", delay=20)
    page.locator("#codes-list [role=option]").first.click()

    assert field.input_value() == "DEHAM"
    page.locator("#save-state", has_text="revision 2").wait_for(timeout=30_000)
    page.reload()
    unfold(page)
    assert page.locator(PLACE).input_value() == "DEHAM"
