"""Amend, invalidate, file anew and consult by hand; and the page that draws the states."""

import pytest

from filings import lifecycle
from filings.lifecycle import State
from filings.messages import numbers
from filings.models import Filing
from filings.services import responses
from tests.factories import answer, later, registration, sent
from tests.filings.web.desk import Desk, FormReader

MRN = numbers.mrn(year=26, country="BE", serial="REQUESTS001")


def registered() -> Filing:
    filing = sent()
    responses.register(filing=filing, document=registration(filing, MRN), message_id="r01", at=later(3))
    return filing


def told(filing: Filing, message: str, **values: str) -> None:
    responses.note(filing=filing, document=answer(message, MRN=MRN, **values), message_id=message, at=later(9))


@pytest.fixture
def filing(alice: Desk) -> Filing:
    made: Filing = alice.make(registered)
    return made


def the_request(alice: Desk, filing: Filing) -> Filing:
    found: Filing = alice.make(lambda: Filing.objects.filter(about=filing).get())
    return found


def test_amending_opens_a_form_with_locks(alice: Desk, filing: Filing) -> None:
    page = alice.get(f"{filing.pk}/").content.decode()
    assert f"{filing.pk}/amend/" in page

    opened = alice.post(f"{filing.pk}/amend/", follow=True)

    html = opened.content.decode()
    assert "Amendment of" in html
    assert f'value="{MRN}" readonly' in html
    assert "Customs does not let this be amended" in html
    assert "An amendment may not add one" in html


def test_the_form_of_an_amendment_keeps_what_is_locked(alice: Desk, filing: Filing) -> None:
    alice.post(f"{filing.pk}/amend/")
    amendment = the_request(alice, filing)
    reader = FormReader()
    reader.feed(alice.get(f"{amendment.pk}/edit/").content.decode())
    posted = dict(reader.pairs) | {"declarant.name": "Other name", "deed": "save"}

    alice.post(f"{amendment.pk}/edit/", posted)

    kept = alice.kept(amendment)
    assert kept.document["declarant"]["name"] == "Other name"
    assert {**kept.document, "declarant": None} == {**amendment.document, "declarant": None}
    changes = alice.get(f"{amendment.pk}/changes/").content.decode()
    assert "<ins>Other name</ins>" in changes


def test_an_amendment_before_the_mrn_says_when_it_leaves(alice: Desk) -> None:
    waiting = alice.make(sent)
    assert f"{waiting.pk}/amend/" in alice.get(f"{waiting.pk}/").content.decode()
    alice.post(f"{waiting.pk}/amend/")
    amendment = the_request(alice, waiting)

    page = alice.post(f"{amendment.pk}/submit/", follow=True).content.decode()

    assert "It leaves by itself as soon as customs has registered the filing it amends." in page
    assert f"{amendment.pk}/submit/" not in page
    assert "This page updates by itself." in page


def test_an_amendment_is_submitted_and_stands_on_the_page_of_its_filing(alice: Desk, filing: Filing) -> None:
    alice.post(f"{filing.pk}/amend/")
    amendment = the_request(alice, filing)

    alice.post(f"{amendment.pk}/submit/")

    assert alice.kept(amendment).state == "queued"
    page = alice.get(f"{filing.pk}/").content.decode()
    assert f"{amendment.pk}/" in page
    assert f"{filing.pk}/amend/" not in page  # one at a time
    assert str(amendment.pk) not in alice.get().content.decode()  # no filing of its own


def test_invalidating_asks_for_a_reason(alice: Desk, filing: Filing) -> None:
    assert alice.get(f"{filing.pk}/invalidate/").status_code == 200
    refused = alice.post(f"{filing.pk}/invalidate/", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()

    alice.post(f"{filing.pk}/invalidate/", {"reason": "Shipped by road"})

    assert the_request(alice, filing).reason == "Shipped by road"


def test_filing_anew_opens_a_draft_that_is_linked_both_ways(alice: Desk, filing: Filing) -> None:
    opened = alice.post(f"{filing.pk}/invalidate/", {"reason": "Wrong carrier", "anew": "yes"})

    draft: Filing = alice.make(lambda: Filing.objects.get(replaces=filing))
    assert opened.url.endswith(f"/{draft.pk}/edit/")
    assert f"{draft.pk}/" in alice.get(f"{filing.pk}/").content.decode()
    assert f"{filing.pk}/" in alice.get(f"{draft.pk}/").content.decode()


def test_a_consultation_shows_states_in_words(alice: Desk, filing: Filing) -> None:
    alice.post(f"{filing.pk}/consult/", {"again": "yes"})
    request = the_request(alice, filing)
    found = answer(
        "IE3R08", functionalReference=request.lrn, ENSEntity__type="ENF", ENSEntity__identification=MRN, ENSEntity__state="10"
    )
    alice.make(lambda: responses.fulfil(filing=request, document=found, message_id="r08", at=later(9)))

    html = alice.get(f"{filing.pk}/").content.decode()

    assert "Pending completeness" in html
    assert "Waits for others" in html


def test_what_customs_said_is_seen_and_filtered(alice: Desk, filing: Filing) -> None:
    alice.make(told, filing, "IE3Q01", documentIssueDate="2026-11-23T10:00:00Z")

    assert "Do not load" in alice.get(f"{filing.pk}/").content.decode()
    assert filing.lrn in alice.get("?fact=loading:forbidden").content.decode()
    assert filing.lrn not in alice.get("?fact=assessment:complete").content.decode()


def test_the_page_of_states_shows_every_state_and_fact(alice: Desk) -> None:
    html = alice.get("states/").content.decode()

    assert all(lifecycle.WORDS[state][1] in html for state in State)
    assert all(fact.name in html for fact in lifecycle.FACTS)
