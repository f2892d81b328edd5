"""A ship comes in: filed, its arrival moved and notified, and what customs says to that read in words by its operator."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.embedded.paths import PROJECT
from tests.e2e.conftest import Product, eventually
from tests.e2e.test_browser import sign_in

pytestmark = pytest.mark.e2e
SLUG = "nordmeer"
SAMPLE = next((PROJECT / "samples").glob("*/IE3F12-*.json"))
FLIGHT = next((PROJECT / "samples").glob("*/IE3F27-*.json"))
MEANS = "activeBorderTransportMeans"


def filed(product: Product, path: Any, word: str, *, eta: str, **means: str) -> dict[str, Any]:
    """File a sample whose LRN asks the sandbox for an answer, and wait for its MRN."""
    ((message, document),) = json.loads(path.read_text(encoding="utf-8")).items()
    document["LRN"] = f"{word}-{uuid.uuid4().hex[: 21 - len(word)]}".upper()
    document[MEANS] |= {"estimatedDateAndTimeOfArrival": eta, **means}
    number = document["consignmentMasterLevel"]["transportDocumentMasterLevel"]
    if "F12" in message:  # an air waybill has a check digit of its own
        number["documentNumber"] = f"ARV{uuid.uuid4().hex[:12].upper()}"
    made = product.call("POST", "filings/?submit=true&despite_findings=true", slug=SLUG, json={message: document})
    assert made.status_code == 201, made.text
    return registered(product, made.json()["id"])


def registered(product: Product, pk: str) -> dict[str, Any]:
    def answered() -> dict[str, Any] | None:
        row: dict[str, Any] = product.call("GET", f"filings/{pk}/", slug=SLUG).json()
        assert row["state"] not in {"rejected", "failed"}, row["errors"]
        return row if row["mrn"] else None

    return dict(eventually(answered, within=90))


def entered(product: Product, eta: datetime, **values: str) -> str:
    body = {"mode": "1", "eta": f"{eta:%Y-%m-%dT%H:%M:%SZ}", "office": "NL000511", **values}
    made = product.call("POST", "voyages/", slug=SLUG, json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def notify(product: Product, voyage: str, **values: Any) -> Any:
    contact = {"eori": product.rows("select eori from tenants_operator where slug = %s", SLUG)[0][0], "kind": "EM"}
    body = {
        "arrived_at": f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        "notifier": {**contact, "address": "desk@nordmeer.example"},
        **values,
    }
    key = {"Idempotency-Key": str(uuid.uuid4())}
    return product.call("POST", f"voyages/{voyage}/arrival/", slug=SLUG, json=body, headers=key)


def notices(product: Product, voyage: str) -> dict[str, dict[str, Any]]:
    told = product.call("GET", f"voyages/{voyage}/notices/", slug=SLUG).json()
    return {f"{each['event']} {each['mrn']}": each for each in told}


@pytest.fixture(scope="module")
def eta() -> datetime:
    return datetime.now(UTC).replace(microsecond=0, second=0) + timedelta(days=20)


@pytest.fixture(scope="module")
def ship(product: Product, eta: datetime) -> dict[str, Any]:
    """A ship with three master bills: one fine, one to be controlled, one that will be in the wrong state."""
    when = f"{eta:%Y-%m-%dT%H:%M:%SZ}"
    fine, controlled, wrong = (filed(product, SAMPLE, word, eta=when) for word in ("ARV", "LF-N08", "LF-N07"))
    number = product.call("GET", f"filings/{fine['id']}/document/", slug=SLUG).json()["IE3F12"][MEANS]["identificationNumber"]
    return {"fine": fine, "controlled": controlled, "wrong": wrong, "number": number}


@pytest.fixture(scope="module")
def voyage(product: Product, ship: dict[str, Any], eta: datetime) -> str:
    return entered(product, eta, number=ship["number"], name="Nordmeer Star", place="NLRTM")


def test_a_ship_arrives_and_customs_answer_is_told_in_words(
    product: Product, ship: dict[str, Any], voyage: str, chromium: Any
) -> None:
    lines = product.call("GET", f"voyages/{voyage}/arrival/", slug=SLUG).json()["lines"]
    assert {each["mrn"] for each in lines} == {ship[name]["mrn"] for name in ("fine", "controlled", "wrong")}

    made = notify(product, voyage)

    assert made.status_code == 201, made.text
    arrival = registered(product, made.json()["id"])
    assert arrival["mrn"][16] == "Z"
    wanted = {f"order_control {ship['controlled']['mrn']}", f"find_wrong_state {ship['wrong']['mrn']}"}
    eventually(lambda: wanted <= set(notices(product, voyage)), within=90)
    found = notices(product, voyage)
    assert set(found) == wanted
    control = found[f"order_control {ship['controlled']['mrn']}"]
    assert control["detail"]["office"]
    assert control["detail"]["controls"][0]["goods"]
    assert found[f"find_wrong_state {ship['wrong']['mrn']}"]["deed"]
    states = {name: product.call("GET", f"filings/{ship[name]['id']}/", slug=SLUG).json() for name in ("fine", "controlled")}
    assert states["controlled"]["state"] == "arrived"
    assert "Arrival announced" in {fact["name"] for fact in states["fine"]["facts"]}
    again = notify(product, voyage)
    assert again.status_code in {409, 422}, again.text

    page = chromium.new_page()
    sign_in(page, product, SLUG)
    page.goto(f"{product.url}/o/{SLUG}/voyages/{voyage}/")
    page.get_by_role("heading", name="Customs will control").wait_for()
    assert page.get_by_text("Unload and present these goods").is_visible()
    assert page.get_by_role("heading", name="What could not arrive").is_visible()
    page.goto(f"{product.url}/o/{SLUG}/filings/{ship['wrong']['id']}/")
    page.get_by_role("heading", name="What could not arrive").wait_for()
    page.close()


def test_a_flight_is_drafted_moved_and_notified_in_the_browser(product: Product, chromium: Any) -> None:
    eta = datetime.now(UTC).replace(microsecond=0, second=0) + timedelta(hours=12)
    number = f"KT{uuid.uuid4().int % 9000 + 1000}"
    known = filed(product, FLIGHT, "ARV", eta=f"{eta:%Y-%m-%dT%H:%M:%SZ}", conveyanceReferenceNumber=number)
    page = chromium.new_page()
    sign_in(page, product, SLUG)

    page.goto(f"{product.url}/o/{SLUG}/voyages/")
    page.get_by_role("link", name=f"Enter Flight {number}").click()
    page.get_by_label("Customs office of first entry").fill("FR000740")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name=number).wait_for()
    page.get_by_role("link", name="Notify the arrival").click()
    assert page.get_by_label(f"List {known['lrn']}").is_checked()
    page.get_by_label("E-mail address or telephone number", exact=True).fill("desk@nordmeer.example")
    page.get_by_role("button", name="Notify customs").click()
    page.get_by_role("button", name="Notify", exact=True).click()

    page.get_by_text("Customs registered the arrival.").first.wait_for(timeout=90_000)
    page.close()


def test_one_change_of_the_estimate_reaches_drafts_and_amendments(product: Product, eta: datetime) -> None:
    later = eta + timedelta(days=3)
    known = filed(product, SAMPLE, "ARV", eta=f"{later:%Y-%m-%dT%H:%M:%SZ}", identificationNumber="IMO9074729")
    voyage = entered(product, later, number="IMO9074729")
    new = f"{later + timedelta(hours=9):%Y-%m-%dT%H:%M:%SZ}"

    changed = product.call("POST", f"voyages/{voyage}/eta/", slug=SLUG, json={"eta": new, "amendments": [known["id"]]}).json()
    amendment = changed["amendments"][0]
    sent = product.call("POST", f"filings/{amendment}/submit/", slug=SLUG, json={"despite_findings": True})

    assert sent.status_code in {200, 202}, sent.text
    eventually(lambda: product.call("GET", f"filings/{amendment}/", slug=SLUG).json()["state"] == "done", within=90)
    [line] = product.call("GET", f"voyages/{voyage}/filings/", slug=SLUG).json()
    assert all("another arrival" not in each["sentence"] for each in line["warnings"])
