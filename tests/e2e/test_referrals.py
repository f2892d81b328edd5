"""Customs asks, people answer from the page, customs has it: against the sandbox, for each kind of request."""

from datetime import UTC, datetime
from typing import Any

import pytest

from filings import samples
from tests.e2e.conftest import Product, eventually
from tests.e2e.test_browser import sign_in
from tests.referrals.asking import PDF

pytestmark = pytest.mark.e2e
SLUG = "nordmeer"


def asked(product: Product, word: str) -> dict[str, Any]:
    """File air cargo before loading whose LRN makes customs ask; return the referral that comes."""
    document = samples.sample("IE3F26", seed=11, at=datetime.now(UTC))
    document.set("LRN", f"{word}-{datetime.now(UTC):%H%M%S}")
    made = product.call("POST", "filings/", slug=SLUG, json=document.to_json())
    assert made.status_code == 201, made.text
    pk = made.json()["id"]
    assert product.call("POST", f"filings/{pk}/submit/", slug=SLUG).ok

    def referral() -> dict[str, Any] | None:
        found = product.call("GET", f"referrals/?filing={pk}&which=all", slug=SLUG).json()["results"]
        return dict(found[0]) if found else None

    return dict(eventually(referral, within=90))


def read(product: Product, case: dict[str, Any]) -> dict[str, Any]:
    return dict(product.call("GET", f"referrals/{case['id']}/", slug=SLUG).json())


def closed(product: Product, case: dict[str, Any]) -> Any:
    """Wait until customs has the answer, and see that it goes on with its assessment."""
    eventually(lambda: read(product, case)["state"] == "closed", within=60)
    assert {request["state"] for request in read(product, case)["requests"]} == {"answered"}

    def assessed() -> bool:
        events = product.call("GET", f"filings/{case['filing']}/events/", slug=SLUG).json()
        rows = events["results"] if isinstance(events, dict) else events
        return any("ssessment" in row["sentence"] or "ssessed" in row["sentence"] for row in rows)

    return eventually(assessed, within=90)


@pytest.fixture
def page(product: Product, chromium: Any) -> Any:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    sign_in(page, product, SLUG)
    yield page
    context.close()


def open_case(page: Any, product: Product, case: dict[str, Any]) -> None:
    page.goto(f"{product.url}/o/{SLUG}/referrals/")
    page.locator(f"a[href$='/referrals/{case['id']}/']").first.click()


def confirm(page: Any) -> None:
    page.locator("#confirm [data-yes]").click()
    page.wait_for_load_state()


def test_information_is_given_with_a_file_and_the_case_closes(product: Product, page: Any) -> None:
    case = asked(product, "LF-RFI")
    open_case(page, product, case)
    page.get_by_role("link", name="Answer", exact=True).click()
    page.get_by_label("Text", exact=True).fill("Spare parts for household use; the invoice names the maker.")
    page.get_by_label("Add files").set_input_files({"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": PDF})
    assert "1 kB of" in page.inner_text("#fill-words")

    page.get_by_role("button", name="Send to customs").click()
    confirm(page)

    closed(product, case)
    page.reload()
    assert "Customs received the answer." in page.content()


def test_screening_results_are_given(product: Product, page: Any) -> None:
    case = asked(product, "LF-RFS")
    open_case(page, product, case)
    page.get_by_role("link", name="Answer", exact=True).click()
    page.get_by_label("No alarm").check()
    page.get_by_label("X-ray equipment").check()
    page.get_by_label("Only one HRCM screening method").check()

    page.get_by_role("button", name="Send to customs").click()
    confirm(page)

    closed(product, case)


def test_an_amendment_answers_a_request_to_amend(product: Product, page: Any) -> None:
    case = asked(product, "LF-AMD")
    open_case(page, product, case)
    page.get_by_role("button", name="Amend the filing").click()
    page.get_by_text("Customs asks to amend this").first.wait_for()
    page.get_by_role("button", name="Submit", exact=True).click()
    confirm(page)

    closed(product, case)


def test_do_not_load_is_seen_everywhere_until_somebody_acknowledges_it(product: Product, page: Any) -> None:
    case = asked(product, "LF-DNL")
    page.goto(f"{product.url}/o/{SLUG}/products/")
    page.locator(".banner .do-not-load", has_text=case["mrn"]).get_by_role("link").click()

    page.get_by_label("Your name").fill("Nora of the desk")
    page.get_by_role("button", name="I have seen it and stop the goods").click()
    page.get_by_text("Nora of the desk").first.wait_for()
    page.get_by_label("Mail address of the carrier").fill("ops@carrier.example")
    page.get_by_role("button", name="Send the mail").click()

    eventually(lambda: [each["state"] for each in read(product, case)["notices"]] == ["sent"], within=60)
    page.goto(f"{product.url}/o/{SLUG}/filings/{case['filing']}/")
    page.locator("#referrals ~ div .do-not-load").wait_for()
    page.goto(f"{product.url}/o/{SLUG}/products/")
    page.wait_for_load_state("networkidle")
    assert case["mrn"] not in page.content()


def test_an_answer_customs_refuses_opens_the_request_again(product: Product) -> None:
    case = asked(product, "LF-R02-N99")
    body = {"responses": [{"reference": case["requests"][0]["reference"], "text": "Household goods."}]}
    assert product.call("POST", f"referrals/{case['id']}/answer/", slug=SLUG, json=body).status_code == 201

    eventually(lambda: read(product, case)["requests"][0]["state"] == "refused", within=60)

    told = read(product, case)
    assert told["state"] == "open"
    assert any("Customs says" in event["sentence"] for event in told["events"])
