"""A person sees that two filings will not link, mends the field, and sees that they will, in a real browser."""

import json
import uuid
from typing import Any

import pytest

from config.embedded.paths import PROJECT
from tests.e2e.conftest import Product, eventually
from tests.e2e.test_browser import sign_in

pytestmark = pytest.mark.e2e

SAMPLES = PROJECT / "samples" / "01-deep-sea-consolidation"
WRONG = "NL999999999"  # not the carrier of the master


def draft(product: Product, message: str, number: str, carrier: str = "") -> str:
    """Return the id of a draft of a sample, about a master document of its own."""
    content = json.loads(next(SAMPLES.glob(f"{message}-*.json")).read_text(encoding="utf-8"))
    content[message]["LRN"] = uuid.uuid4().hex[:20].upper()
    master = content[message]["consignmentMasterLevel"]
    houses = master.get("consignmentHouseLevel")
    holder = master if houses is None else houses[0] if isinstance(houses, list) else houses
    holder["transportDocumentMasterLevel"]["documentNumber"] = number
    if carrier:
        holder["carrier"]["identificationNumber"] = carrier
    made: str = product.call("POST", "filings/", json=content).json()["id"]
    return made


def test_a_field_that_keeps_two_filings_apart_is_mended(product: Product, chromium: Any) -> None:
    number = f"NDML{uuid.uuid4().hex[:8].upper()}"
    draft(product, "IE3F12", number)
    house = draft(product, "IE3F15", number, carrier=WRONG)
    page = chromium.new_context().new_page()
    sign_in(page, product)

    page.goto(f"{product.url}/o/nordmeer/shipments/?q={number}")
    page.click(f"text={number}")
    page.wait_for_selector("text=These will not link")
    page.locator(f'a[href*="{house}/field/"]', has_text="Repair").click()
    page.wait_for_url(f"**/filings/{house}/edit/**")
    carrier = product.operator("nordmeer")["eori"]
    field = page.locator('[name$="carrier.identificationNumber"]').first
    field.fill(carrier)
    field.press("Tab")
    eventually(lambda: WRONG not in product.call("GET", f"filings/{house}/document/").text, within=30)
    page.goto(f"{product.url}/o/nordmeer/shipments/?q={number}")
    page.click(f"text={number}")

    page.wait_for_selector("text=Will link")
    assert page.locator("text=These will not link").count() == 0
