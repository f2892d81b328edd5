"""One person plays a story of two companies by hand: files, lets the other act, and goes on as the other."""

from typing import Any

import pytest

from tests.e2e.conftest import Product

pytestmark = pytest.mark.e2e

LEAD, OTHER = "nordmeer", "brabant"
PATIENCE = 120_000  # milliseconds


def submit(page: Any, story: str) -> None:
    """Submit the draft of the story, and come back."""
    page.get_by_role("link", name="Open the draft").click(timeout=PATIENCE)
    page.get_by_role("button", name="Submit", exact=False).first.click()
    with page.expect_navigation():
        page.locator("#confirm [data-yes]").click()
    page.goto(story)


def test_two_companies_play_one_story(product: Product, chromium: Any) -> None:
    page = chromium.new_page()
    learner = product.facts["learner"]
    page.goto(f"{product.url}/o/{LEAD}/conformance/learn/")
    page.fill("input[name=login]", learner["email"])
    page.fill("input[name=password]", learner["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/conformance/learn/")
    page.get_by_role("button", name="Begin: The house is filed before its master").click()
    story = page.url

    # The house is the other's; its person goes on there.
    page.get_by_role("link", name="Go on as Brabant Forwarding").click(timeout=PATIENCE)
    theirs = page.url
    submit(page, theirs)
    assert f"/o/{OTHER}/" in theirs

    # The master is ours.
    page.goto(story)
    submit(page, story)
    page.get_by_text("The story is told.").wait_for(timeout=PATIENCE)
    page.goto(theirs)
    page.get_by_text("The story is told.").wait_for(timeout=PATIENCE)

    # Once more, and the other company is let act.
    page.goto(f"{product.url}/o/{LEAD}/conformance/learn/")
    page.get_by_role("button", name="Begin: The house is filed before its master").click()
    page.get_by_role("button", name="Let Brabant Forwarding act").click(timeout=PATIENCE)
    page.get_by_role("link", name="Open the draft").wait_for(timeout=PATIENCE)
    assert product.rows("select count(*) from tenants_auditevent where deed = 'practice.acted'") == [(1,)]
