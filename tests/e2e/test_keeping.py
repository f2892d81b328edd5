"""A person keeps a template and starts from it, picks a product in the form, and mends what a newer list of stop words minds."""

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.embedded.paths import PROJECT
from tests.e2e.conftest import Product, eventually
from tests.e2e.test_browser import sign_in

pytestmark = pytest.mark.e2e

SAMPLE = next((PROJECT / "samples").glob("*/IE3F26-*.json"))
OWN = "/o/brabant/"
SLUG = "brabant"


@pytest.fixture
def pages(chromium: Any) -> Iterator[Any]:
    """Yield a function that opens a window; no page may have complained at the end."""
    complaints: list[str] = []
    contexts = []

    def opened() -> Any:
        contexts.append(chromium.new_context(viewport={"width": 1366, "height": 850}))
        page = contexts[-1].new_page()
        page.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(product: Product, pages: Any) -> Any:
    """Return a page of the operator's filer."""
    page = pages()
    sign_in(page, product, SLUG)
    return page


def drafted(product: Product, description: str) -> str:
    """Return the id of a new draft with that description of its goods."""
    content = json.loads(SAMPLE.read_text(encoding="utf-8"))
    content["IE3F26"]["LRN"] = uuid.uuid4().hex[:20].upper()
    commodity(content)["descriptionOfGoods"] = description
    made: str = product.call("POST", "filings/", slug=SLUG, json=content).json()["id"]
    return made


def commodity(content: Any) -> Any:
    """Return the commodity of the first goods item."""
    found = content["IE3F26"]["consignmentMasterLevel"]
    for name in ("consignmentHouseLevel", "goodsItem"):
        found = found[name][0] if isinstance(found[name], list) else found[name]
    return found["commodity"]


def test_a_template_is_kept_and_a_draft_started_from_it(product: Product, page: Any) -> None:
    name = f"Pumps {uuid.uuid4().hex[:6]}"
    page.goto(f"{product.url}{OWN}filings/{drafted(product, 'Centrifugal pumps')}/")
    page.get_by_role("link", name="Keep as template").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Keep as template").click()
    page.get_by_text(f"“{name}” is kept as a template").wait_for()

    page.keyboard.press("n")
    page.wait_for_url("**/filings/new/")
    page.fill("#q", name)
    page.get_by_role("button", name=name).click()
    page.wait_for_url("**/edit/")

    assert page.locator("[name$='.commodity.descriptionOfGoods']").first.input_value() == "Centrifugal pumps"
    assert page.locator("[name='LRN']").input_value() == ""


def test_a_picked_product_fills_description_and_goods_code(product: Product, page: Any) -> None:
    code = uuid.uuid4().hex[:8]
    given = {"code": code, "description": f"Wooden dolls {code}", "goods_code": "95030021"}
    product.call("POST", "products/", slug=SLUG, json=given)
    pk = drafted(product, "Something")
    page.goto(f"{product.url}{OWN}filings/{pk}/edit/")
    field = page.locator("[name$='.commodity.descriptionOfGoods']").first
    group = (field.get_attribute("name") or "").removesuffix("descriptionOfGoods") + "commodityCode."

    field.fill("")
    field.press_sequentially(code[:6], delay=20)
    page.locator("#codes-list [role=option]").first.wait_for()
    field.press("ArrowDown")
    field.press("Enter")

    assert field.input_value() == given["description"]
    page.wait_for_function(f"document.getElementById('f-{group}harmonizedSystemSubHeadingCode')?.value === '950300'")
    assert page.locator(f"[name='{group}combinedNomenclatureCode']").input_value() == "21"

    def kept() -> Any:
        return commodity(product.call("GET", f"filings/{pk}/document/", slug=SLUG).json())

    eventually(lambda: kept()["descriptionOfGoods"] == given["description"], within=15)
    assert kept()["commodityCode"] == {"harmonizedSystemSubHeadingCode": "950300", "combinedNomenclatureCode": "21"}


def test_a_loaded_stop_word_is_told_and_goes_when_mended(product: Product, pages: Any, page: Any, tmp_path: Path) -> None:
    word = "zorb" + uuid.uuid4().hex[:6].translate(str.maketrans("0123456789", "ghijklmnop"))
    drafted(product, word)
    file = tmp_path / "words.csv"
    shipped = (PROJECT / "filings" / "rules" / "tables" / "stop_words.csv").read_text(encoding="utf-8")
    file.write_text(f"{shipped}{word},,,no,no,made up\n", encoding="utf-8")

    desk, staff = pages(), product.facts["staff"]
    desk.goto(f"{product.url}/staff/stop-words/")
    desk.fill("input[name=login]", staff["email"])
    desk.fill("input[name=password]", staff["password"])
    desk.press("input[name=password]", "Enter")
    desk.set_input_files("#file", str(file))
    desk.fill("#valid_from", f"{datetime.now(UTC):%Y-%m-%d}")
    desk.get_by_role("button", name="See what it changes").click()
    desk.get_by_text("1 word added").wait_for()
    desk.get_by_role("row", name="Brabant").wait_for()
    desk.get_by_role("button", name="Load the list").click()
    desk.locator("#confirm [data-yes]").click()
    desk.get_by_text("is loaded. Open drafts").wait_for()

    def told() -> list[Any]:
        entries = product.call("GET", "stop-word-hits/", slug=SLUG).json()["results"]
        return [each for each in entries if each["value"] == word]

    eventually(told, within=90)
    page.goto(f"{product.url}{OWN}filings/to-look-at/")
    page.get_by_role("row", name=word).get_by_role("link", name="Mend").click()
    page.wait_for_url(re.compile(r"/edit/\?check=1#f-"))
    field = page.locator("[name$='.commodity.descriptionOfGoods']").first
    page.wait_for_function("document.activeElement.name?.endsWith('descriptionOfGoods')")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("Dolls of beech wood")
    page.keyboard.press("Control+s")

    eventually(lambda: not told(), within=15)
    page.goto(f"{product.url}{OWN}filings/to-look-at/")
    assert word not in page.content()
