"""A filer provokes customs' answers from the page and runs a conformance scenario; the report holds."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from config.embedded import paths
from filings import samples
from tests.e2e.conftest import Product, eventually
from tests.e2e.test_browser import sign_in

pytestmark = pytest.mark.e2e
SLUG = "nordmeer"


def registered(product: Product) -> dict[str, Any]:
    """Submit an air filing before loading that customs leaves alone, and wait for its MRN."""
    document = samples.sample("IE3F26", seed=7, at=datetime.now(UTC))
    document.set("LRN", f"LF-N03-NEVER-{datetime.now(UTC):%H%M%S}")
    made = product.call("POST", "filings/", slug=SLUG, json=document.to_json())
    assert made.status_code == 201, made.text
    pk = made.json()["id"]
    assert product.call("POST", f"filings/{pk}/submit/", slug=SLUG).ok
    return dict(eventually(lambda: (row := product.call("GET", f"filings/{pk}/", slug=SLUG).json())["mrn"] and row, within=60))


def test_provoked_answers_stand_on_the_timeline(product: Product, chromium: Any) -> None:
    filing = registered(product)
    page = chromium.new_page()
    sign_in(page, product, SLUG)
    page.goto(f"{product.url}/o/{SLUG}/sandbox/?q={filing['lrn']}")
    page.get_by_role("link", name=filing["lrn"]).click()

    page.get_by_role("button", name="Ask for information").click()
    page.get_by_text("Customs did it").wait_for()
    page.get_by_role("button", name="Forbid loading").click()
    page.get_by_text("Customs did it").wait_for()

    page.goto(f"{product.url}/o/{SLUG}/filings/{filing['id']}/")
    eventually(lambda: "IE3Q02" in page.content() and "IE3Q01" in page.content(), within=60)


def test_a_scenario_ends_with_a_report_that_holds(product: Product, chromium: Any, tmp_path: Path) -> None:
    page = chromium.new_page()
    sign_in(page, product, SLUG)
    page.goto(f"{product.url}/o/{SLUG}/conformance/")
    page.get_by_role("button", name="Run: A lorry from filing to invalidation").click()

    page.get_by_role("heading", name="Passed").wait_for(timeout=180_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the sealed report").click()
    file = tmp_path / "report.xml"
    download.value.save_as(file)

    assert urlsplit(page.url).path.startswith(f"/o/{SLUG}/conformance/runs/")
    anchor = product.var / "evidence-anchor.pem"
    verify = [sys.executable, "manage.py", "verify_evidence", str(file), "--anchor", str(anchor)]
    told = subprocess.run(verify, cwd=paths.PROJECT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "passed" in told.stdout
    file.write_bytes(file.read_bytes().replace(b'state="passed"', b'state="Passed"', 1))
    assert subprocess.run(verify, cwd=paths.PROJECT, capture_output=True, check=False).returncode == 1


def test_a_story_is_played_by_hand(product: Product, chromium: Any) -> None:
    page = chromium.new_page()
    sign_in(page, product, SLUG)
    page.goto(f"{product.url}/o/{SLUG}/conformance/learn/")
    page.get_by_role("button", name="Begin: A delivery van").click()
    page.get_by_role("link", name="Open the draft").click(timeout=60_000)
    page.get_by_role("button", name="Submit", exact=False).first.click()
    with page.expect_navigation():
        page.locator("#confirm [data-yes]").click()

    page.goto(f"{product.url}/o/{SLUG}/conformance/learn/")
    page.get_by_role("link", name="A delivery van").first.click()

    page.get_by_text("The story is told.").wait_for(timeout=120_000)
    assert "Registered and assessed." in page.inner_text("ol.story")
