"""The ITSP's staff find a message that customs refuses, hold it, let it go and send it again; and empty the tray."""

import json
import uuid
from typing import Any

import pytest

from config.embedded.paths import PROJECT
from tests.e2e.conftest import Product, eventually
from tests.e2e.test_browser import DESK, window  # noqa: F401 (a fixture)

pytestmark = pytest.mark.e2e

SAMPLE = next((PROJECT / "samples").glob("*/IE3F26-*.json"))

# An outage of ours, which holds everything back until it ends.
OUTAGE = """
    insert into integrations_outage (id, component, source, is_planned, connection_name, member_states, message_types,
        starts_at, ends_at, text, reference, created_at, created_by, ended_by)
    values (gen_random_uuid(), 'ours', 'announced', false, '', '[]', '[]', now() - interval '1 minute', %s::timestamptz,
        'A test.', '', now(), 'test', '')
    returning id::text
    """
# The same message of customs once more under an id of its own, as if nobody had been found for it.
PARKED = """
    insert into integrations_inboundmessage (id, connection_id, message_id, message_type, ref_to_message_id, content_type,
        body, payload, "references", signer, receipt, receipt_type, state, reason, note, received_at, due_at,
        tries, routed_at)
    select gen_random_uuid(), connection_id, 'again-' || message_id, message_type, ref_to_message_id, content_type,
        body, payload,
        "references", signer, receipt, receipt_type, %s, 'It names no filing of ours.', '', now(), now(), 0, now()
    from integrations_inboundmessage where id = %s returning id
    """


def sign_in_as_staff(page: Any, product: Product) -> None:
    """Sign in as a person of the ITSP and land on the overview."""
    staff = product.facts["staff"]
    person = staff[0] if isinstance(staff, list) else staff
    page.goto(f"{product.url}/gateway/")
    page.fill("input[name=login]", person["email"])
    page.fill("input[name=password]", person["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/gateway/")


def submitted(product: Product) -> str:
    """Return the LRN of a filing that was just submitted."""
    content = json.loads(SAMPLE.read_text(encoding="utf-8"))
    lrn = content["IE3F26"]["LRN"] = uuid.uuid4().hex[:20].upper()
    content["IE3F26"]["declarant"]["identificationNumber"] = product.operator("nordmeer")["eori"]  # faults are for its own
    product.call("POST", "filings/?submit=true", json=content).raise_for_status()
    return str(lrn)


def do(page: Any, deed: str) -> None:
    """Press the button of a deed, and say yes where that is asked."""
    page.locator("form.deeds").get_by_role("button", name=deed, exact=True).click()
    page.locator("#confirm [data-yes]").click()
    page.wait_for_load_state()


def state_of(product: Product, lrn: str) -> str:
    """Return where the message about a filing stands."""
    rows = product.rows(
        "select m.state from filings_outboxmessage m join filings_filing f on f.id = m.filing_id where f.lrn = %s", lrn
    )
    return str(rows[0][0]) if rows else ""


def test_a_refused_message_is_seen_sent_again_held_and_released(product: Product, window: Any) -> None:  # noqa: F811
    product.call("POST", "sandbox/faults/", json={"kind": "a001", "times": 1, "message_type": "IE3F26"}).raise_for_status()
    lrn = submitted(product)
    eventually(lambda: state_of(product, lrn) == "failed", within=100)
    page = window(DESK)
    sign_in_as_staff(page, product)

    # Seen: on the overview, which renews itself and leaves the focus where it is.
    failed = page.locator("a[id^='failed-']").first
    failed.wait_for()
    button = page.locator("button[id^='ping-']").first
    button.focus()
    with page.expect_response(lambda answer: answer.url.endswith("/gateway/") and answer.request.method == "GET"):
        pass
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement.id") == button.get_attribute("id")

    # Found by its LRN, and read.
    page.goto(f"{product.url}/gateway/messages/?q={lrn}")
    page.locator("[data-row-link]", has_text="IE3F26").click()
    page.get_by_role("heading", name="Attempts").wait_for()
    assert "A001" in page.locator("main").inner_text()
    assert "ConversationId" in page.locator("main").inner_text()

    # An outage keeps it from leaving at once, so that it can be held; then it is let go and arrives.
    outage = product.rows(OUTAGE, None)[0][0]
    do(page, "Send again")
    page.get_by_text("1 message is queued again.").wait_for()
    do(page, "Hold back")
    page.get_by_text("1 message is held back.").wait_for()
    assert state_of(product, lrn) == "held"
    product.rows("update integrations_outage set ends_at = now() where id = %s::uuid returning 1", outage)
    do(page, "Release")
    page.get_by_text("1 message is let go.").wait_for()
    eventually(lambda: state_of(product, lrn) == "done", within=100)


def test_a_parked_message_is_processed_again(product: Product, window: Any) -> None:  # noqa: F811
    lrn = submitted(product)
    came = eventually(
        lambda: product.rows(
            """
            select i.id from integrations_inboundmessage i join filings_filing f on f.id = i.filing_id
            where f.lrn = %s and i.message_type = 'IE3R01' and i.state = 'routed'
            """,
            lrn,
        ),
        within=100,
    )[0][0]
    parked = product.rows(PARKED, "parked", came)[0][0]
    page = window(DESK)
    sign_in_as_staff(page, product)
    page.locator("#to-tray").click()

    page.locator(f"input[value='{parked}']").check()
    do_in_tray(page)

    page.get_by_text("1 message is processed again").wait_for()
    page.locator(f"input[value='{parked}']").wait_for(state="detached")
    state = "select state from integrations_inboundmessage where id = %s"
    eventually(lambda: product.rows(state, parked)[0][0] == "routed", within=100)


def do_in_tray(page: Any) -> None:
    """Press "Process again" and say yes."""
    page.get_by_role("button", name="Process again").click()
    page.locator("#confirm [data-yes]").click()
