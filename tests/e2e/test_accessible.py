"""Every main page, on a desk and on a phone, light and dark: no serious or critical finding of axe, and nothing beside the page.

axe runs in the page without being part of it: the browser is told to leave the content-security policy aside.
"""

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
import requests

from config.embedded.paths import PROJECT
from tests.e2e.conftest import Product, eventually
from tests.e2e.test_console import OUTAGE, PARKED
from tests.e2e.test_referrals import asked as referral

pytestmark = pytest.mark.e2e

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SAMPLE = next((PROJECT / "samples").glob("*/IE3F26-*.json"))
VIEWS = [(1280, "light"), (1280, "dark"), (390, "light")]
# A connectivity test that nobody answered.
PING = """
    insert into integrations_ping (connection_id, message_id, content_type, body, sent_at, ended_at, outcome, code, reason,
        advice, response_type)
    values (%s, gen_random_uuid() || '@test', 'text/plain', 'x', now(), now(), 'no_receipt', 'EBMS:0005', 'No answer.',
        'Try again.', '')
    returning id
    """
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def places(product: Product) -> list[str]:
    """Return the addresses of the main pages, with something on each."""
    content = json.loads(SAMPLE.read_text(encoding="utf-8"))
    content["IE3F26"]["LRN"] = uuid.uuid4().hex[:20].upper()
    content["IE3F26"]["declarant"]["identificationNumber"] = "wrong"
    draft = product.call("POST", "filings/", json=content).json()["id"]
    code = uuid.uuid4().hex[:8]
    product.call("POST", "templates/", json={"filing": draft, "name": f"Accessible {code}"})
    product.call("POST", "products/", json={"code": code, "description": "Toys", "goods_code": "999999"})
    ship = {"mode": "1", "number": "IMO9741372", "eta": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    entered = product.call("POST", "voyages/", json=ship).json()
    voyage, call = entered["id"], entered["calls"][0]["id"]
    filings, own = "/o/nordmeer/filings/", "/o/nordmeer/"
    question = referral(product, "LF-RFI")
    asked, registered = question["id"], question["filing"]
    return [
        f"{own}referrals/",
        f"{own}referrals/{asked}/",
        f"{own}referrals/{asked}/answer/",
        f"{own}referrals/copies/",
        f"{own}referrals/rules/",
        f"{own}referrals/texts/",
        *of_the_gateway(product),
        "/?choose=1",
        "/profile/",
        "/staff/stop-words/",
        "/staff/stop-words/0/",
        filings,
        f"{filings}new/",
        f"{filings}upload/",
        f"{filings}to-look-at/",
        f"{filings}{draft}/",
        f"{filings}{draft}/edit/?check=1",
        f"{filings}{draft}/keep-as-template/",
        f"{own}shipments/",
        f"{own}shipments/?q=none",
        f"{own}alarms/",
        f"{own}alarms/?show=all",
        f"{own}alarms/rules/",
        f"{own}alarms/rules/add/",
        f"{own}calendars/",
        f"{own}templates/",
        f"{own}voyages/",
        f"{own}voyages/new/",
        f"{own}voyages/{voyage}/",
        f"{own}voyages/{voyage}/arrival/",
        f"{own}voyages/{voyage}/calls/{call}/eta/",
        *of_requests(product, own),
        f"{own}houses/{draft}/",
        f"{own}houses/{draft}/?faulty=1&c=totalGrossMass",
        f"{own}houses/{draft}/split/?size=1",
        f"{own}houses/{registered}/?state=asked",
        f"{own}products/",
        f"{own}products/add/",
        f"{own}products/load/",
        f"{own}settings/keys/",
        f"{own}conformance/",
        f"{own}conformance/learn/",
        f"{own}message-sets/",
        f"{own}dictionary/",
        f"{own}dictionary/messages/IE3F26/",
        f"{own}dictionary/rules/C3004/",
        f"{own}dictionary/compare/?a=IE3F20&b=IE3A20",
    ]


def of_requests(product: Product, own: str) -> list[str]:
    """Return the addresses of filing requests, of both sides and of who has a link, and of who files what."""
    given = {
        "asked_eori": "FR12345678901", "mail": "ens@outside.example", "message_type": "IE3F15", "combination": "sea-house",
        "key": {"master document": ["NDML000000001"], "carrier": ["DE482910573620148"]},
        "due_at": f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}",
    }  # fmt: skip
    asked = product.call("POST", "filing-requests/", json=given).json()["id"]
    link = eventually(lambda: sent_link(product), within=60)
    pages = ["filing-requests/", "filing-requests/?side=asking", f"filing-requests/{asked}/", "filing-requests/new/"]
    pages += ["who-files-what/", "who-files-what/sea-carrier-forwarder/", "who-files-what/begun/"]
    return [*(f"{own}{each}" for each in pages), link]


def sent_link(product: Product) -> str:
    """Return the link in the last mail that the worker wrote into its log."""
    logs = "".join(path.read_text(errors="ignore") for path in sorted((product.var / "log").glob("*.log")))
    found = re.findall(r"/outside/open/[A-Za-z0-9_-]{40,}/", logs)
    return found[-1] if found else ""


def of_the_gateway(product: Product) -> list[str]:
    """Return the addresses of the console, with a message in each of its lists."""
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    lrn = sample["IE3F26"]["LRN"] = uuid.uuid4().hex[:20].upper()
    product.call("POST", "filings/?submit=true", json=sample).raise_for_status()
    about = "from integrations_inboundmessage i join filings_filing f on f.id = i.filing_id where f.lrn = %s limit 1"
    received = eventually(lambda: product.rows(f"select i.id {about}", lrn), within=100)[0][0]
    statement = "select m.id from filings_outboxmessage m join filings_filing f on f.id = m.filing_id where f.lrn = %s"
    sent = product.rows(statement, lrn)[0][0]
    parked = product.rows(PARKED, "aside", received)[0][0]  # other tests want the tray empty
    requests.post(f"{product.url}/as4/", data=b"nonsense", headers={"Content-Type": "text/plain"}, timeout=30)
    refused = product.rows("select id from integrations_refusal order by at desc limit 1")[0][0]
    line = product.rows("select id from integrations_connection order by id limit 1")[0][0]
    ping = product.rows(PING, line)[0][0]
    product.rows(OUTAGE, "now")
    return [
        "/gateway/",
        "/gateway/messages/",
        "/gateway/messages/?q=nothing-like-it",
        f"/gateway/messages/sent/{sent}/",
        f"/gateway/messages/received/{received}/",
        "/gateway/tray/",
        f"/gateway/tray/{parked}/",
        "/gateway/refused/",
        f"/gateway/refused/{refused}/",
        "/gateway/connections/",
        "/gateway/connections/new/",
        f"/gateway/connections/{line}/",
        f"/gateway/pings/{ping}/",
        "/gateway/outages/",
    ]


@pytest.fixture(params=VIEWS, ids=[f"{width}-{scheme}" for width, scheme in VIEWS])
def page(request: pytest.FixtureRequest, product: Product, chromium: Any) -> Iterator[Any]:
    """Yield a page of the ITSP's staff at a size and in colours."""
    width, scheme = request.param
    context = chromium.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme, bypass_csp=True)
    yield context.new_page()
    context.close()


def faults(page: Any, address: str) -> list[str]:
    """Return what axe minds gravely on the page that is open, and whether the page is wider than its window."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    told = [f"{address}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found if each["impact"] in GRAVE]
    too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*told, f"{address}: wider than the window"] if too_wide else told


def test_nothing_grave_is_found_on_any_page(product: Product, page: Any, places: list[str]) -> None:
    page.goto(f"{product.url}/accounts/login/")
    told = faults(page, "sign-in")
    staff = product.facts["staff"]
    page.fill("input[name=login]", staff["email"])
    page.fill("input[name=password]", staff["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()

    for address in places:
        answer = page.goto(product.url + address)
        assert answer.status == 200, address
        told += faults(page, address)

    assert told == []


def test_a_fault_is_noticed(product: Product, page: Any) -> None:
    page.goto(f"{product.url}/accounts/login/")
    page.evaluate("document.querySelector('input[name=login]').replaceWith(document.createElement('input'))")

    assert any(": label: " in each for each in faults(page, "sign-in"))
