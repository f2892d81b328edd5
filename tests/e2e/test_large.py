"""A file with thousands of houses, from the upload page to the MRN: checked, changed and sent in parts."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from filings import samples
from tests.e2e.conftest import Product, eventually
from tests.e2e.test_browser import DESK, confirm, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

HOUSES = 3_000


@pytest.fixture
def window(product: Product, chromium: Any) -> Iterator[Any]:
    """Yield a page; at the end it may not have complained or asked another host for anything."""
    complaints: list[str] = []
    context = chromium.new_context(viewport=DESK, timezone_id="Europe/Lisbon", accept_downloads=True)
    page = context.new_page()
    page.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(product.url) else None)
    yield page
    context.close()
    assert complaints == []


def large(folder: Path, lrn: str, *, seed: int, faulty: bool = False) -> Path:
    """Write a filing with many houses and an LRN of its own; a faulty one has a fault in its first house."""
    path = folder / "houses.xml"
    data = b"".join(samples.stream("IE3F32", houses=HOUSES, seed=seed))
    start, end = data.index(b"<LRN>") + 5, data.index(b"</LRN>")
    data = data[:start] + lrn.encode() + data[end:]
    mass = b"<consignmentHouseLevel><totalGrossMass>"
    path.write_bytes(data.replace(mass, mass + b"x", 1) if faulty else data)
    return path


def test_a_large_file_goes_from_the_page_to_its_mrn(product: Product, window: Any, tmp_path: Path) -> None:
    page, lrn = window, f"BIG{uuid.uuid4().hex[:16].upper()}"
    sign_in(page, product)
    page.goto(f"{product.url}/o/nordmeer/filings/upload/")
    page.set_input_files("#files", large(tmp_path, lrn, seed=7, faulty=True))
    page.click("[data-upload] button[type=submit]")
    page.click("text=Follow the check")

    # The check is followed to its end; one house has an error.
    page.wait_for_selector("text=Open the filing", timeout=240_000)
    assert "1 error" in page.inner_text("#upload-now")
    page.click("#findings-table tbody tr a >> nth=0")

    # That house is put right in its form.
    field = page.locator('[name$="consignmentHouseLevel.0.totalGrossMass"]').first
    field.fill(field.input_value().removeprefix("x"))
    page.click("text=Save and check")
    page.wait_for_selector("text=Saved.")
    assert page.locator("#summary-title").count() == 0

    # It is found in the list, and all of it is submitted.
    page.click(".crumbs a >> nth=1")
    page.wait_for_selector("#parts-table")
    page.fill("#part-search", "2999")
    page.press("#part-search", "Enter")
    page.wait_for_selector("#parts-table tbody tr:only-child")
    page.click(".status .actions button:has-text('Submit')")
    confirm(page, "Submit")
    page.wait_for_selector("#mrn", timeout=300_000)

    at_customs = product.rows("select mrn from sandbox_registration where lrn = %s", lrn)
    assert at_customs == [(page.inner_text("#mrn"),)]
    houses = product.rows(
        "select count(*) from filings_filingpart p join filings_filing f on f.id = p.filing_id where f.lrn = %s", lrn
    )
    assert houses == [(HOUSES,)]


def test_a_large_file_is_filed_through_the_api_with_one_request(product: Product, tmp_path: Path) -> None:
    import gzip

    lrn = f"BIG{uuid.uuid4().hex[:16].upper()}"
    body = gzip.compress(large(tmp_path, lrn, seed=8).read_bytes(), 1)

    answer = product.call(
        "POST", "uploads/?submit=true&name=houses.xml.gz", data=body, headers={"Content-Type": "application/gzip"}
    )

    assert answer.status_code == 202, answer.text
    headers = {"Authorization": f"Bearer {product.operator('nordmeer')['api_key']}"}
    upload = answer.json()["links"]["self"]

    def filing() -> dict[str, Any] | None:
        shown = requests.get(upload, headers=headers, timeout=30).json()
        assert shown["check"]["refusal"] == ""
        found = shown["links"].get("filing")
        return requests.get(found, headers=headers, timeout=30).json() if found else None

    registered = eventually(lambda: (found := filing()) and found["state"] == "registered" and found, within=300)
    assert registered["lrn"] == lrn
    assert registered["mrn"]
    with requests.get(f"{registered['links']['document']}?as=xml", headers=headers, timeout=60, stream=True) as xml:
        assert sum(map(len, xml.iter_content(65_536))) > 2_000_000
