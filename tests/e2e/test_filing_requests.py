"""A carrier asks a forwarder for its house bill; both see that they will link, file, and see customs have both."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.embedded.paths import PROJECT
from tests.e2e.conftest import Product, eventually
from tests.e2e.test_browser import sign_in

pytestmark = pytest.mark.e2e

STORY = PROJECT / "samples" / "01-deep-sea-consolidation"
CARRIER, FORWARDER = "nordmeer", "brabant"
HOUSE = "consignmentHouseLevel"


@pytest.fixture
def windows(product: Product, chromium: Any) -> Iterator[Any]:
    """Yield a function that opens a signed-in window; no page may have complained at the end."""
    complaints: list[str] = []
    contexts = []

    def opened(slug: str) -> Any:
        contexts.append(chromium.new_context(viewport={"width": 1366, "height": 850}))
        page = contexts[-1].new_page()
        page.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        sign_in(page, product, slug)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def sample(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(next(STORY.glob(f"{name}-*.json")).read_text(encoding="utf-8"))
    content[name]["LRN"] = uuid.uuid4().hex[:20].upper()
    return content


def test_two_companies_complete_one_ens(product: Product, windows: Any) -> None:
    number = f"NDML{uuid.uuid4().int % 10**9:09d}"
    master, house = sample("IE3F12"), sample("IE3F15")
    master["IE3F12"]["consignmentMasterLevel"]["transportDocumentMasterLevel"]["documentNumber"] = number
    inner = house["IE3F15"]["consignmentMasterLevel"][HOUSE]
    inner["transportDocumentMasterLevel"]["documentNumber"] = number
    inner["transportDocumentHouseLevel"]["documentNumber"] = f"BRBS{uuid.uuid4().int % 10**9:09d}"
    drafted = product.call("POST", "filings/", slug=CARRIER, json=master).json()

    # The carrier asks, from the page of its draft.
    carla = windows(CARRIER)
    carla.goto(f"{product.url}/o/{CARRIER}/filings/{drafted['id']}/")
    carla.get_by_role("link", name="for their filing").click()
    carla.get_by_label("What is asked").select_option(label=f"F15: {kind()}, by {inner_party(master)}")
    carla.get_by_role("button", name="Choose").click()
    carla.get_by_label("E-mail address").fill("ens@brabant.example")
    carla.get_by_label("Needed by").fill((datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"))
    carla.get_by_role("button", name="Send the request").click()
    carla.get_by_role("heading", name="Waiting for an answer").wait_for()
    request = carla.url.rstrip("/").rpartition("/")[2]

    # The forwarder finds it, has its house bill ready, and answers with it.
    answer = product.call("POST", "filings/", slug=FORWARDER, json=house).json()
    frits = windows(FORWARDER)
    frits.goto(f"{product.url}/o/{FORWARDER}/filing-requests/")
    frits.get_by_role("link", name=number).click()
    frits.get_by_label("Answer with").select_option(value=answer["id"])
    frits.get_by_role("button", name="Accept").click()
    frits.get_by_text("It will link:").wait_for()

    # The carrier sees it without a reload, and not what the other side files.
    carla.get_by_text("It will link:").wait_for(timeout=40_000)
    assert answer["id"] not in carla.content()
    assert product.call("GET", f"filings/{answer['id']}/", slug=CARRIER).status_code == 404
    assert product.call("GET", f"filings/{drafted['id']}/", slug=FORWARDER).status_code == 404

    # Both file.
    for slug, pk in ((CARRIER, drafted["id"]), (FORWARDER, answer["id"])):
        product.call("POST", f"filings/{pk}/submit/", slug=slug, json={}).raise_for_status()
    seen = eventually(lambda: lodged(product, request), within=120, every=1)
    assert seen["answers"][0]["state"] == "registered"
    assert product.call("GET", f"filing-requests/{request}/", slug=FORWARDER).json()["state"] == "lodged"


def lodged(product: Product, request: str) -> dict[str, Any] | None:
    found: dict[str, Any] = product.call("GET", f"filing-requests/{request}/", slug=CARRIER).json()
    return found if found["state"] == "lodged" else None


def kind() -> str:
    from filings.messages import catalogue

    message = catalogue.message("IE3F15")
    return f"{message.mode}, {message.level}"


def inner_party(master: dict[str, Any]) -> str:
    named: str = master["IE3F12"]["consignmentMasterLevel"]["supplementaryDeclarant"]["identificationNumber"]
    return named
