"""The data dictionary: every page answers, links lead somewhere, and it says what the checks do."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from filings.messages import catalogue, holdings
from filings.rules import conditions
from filings.services import message_sets
from filings.services.shelf import DatabaseShelf
from tests import factories
from tests.factories import NOW
from tests.filings.messages.packages import NEW_ELEMENT, made_up, zipped
from tests.filings.web.desk import Desk

BASE = (catalogue.DEFAULT, catalogue.DEFAULT_VERSION)


@pytest.fixture
def reader(rita: Desk) -> Client:
    """Somebody who is signed in, outside any operator's pages."""
    return rita.client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def load(version: str) -> None:
    holdings.stand(DatabaseShelf())
    data = zipped(made_up())
    message_sets.load(edition=("HTI", version), data=data, source="p.zip", compare_with=BASE, partial=True, by="test", at=NOW)


@pytest.mark.parametrize("name", ["messages", "elements", "rules", "lists", "compare", "transition"])
def test_a_stranger_has_to_sign_in(db: None, name: str) -> None:
    assert "/accounts/login/" in Client().get(reverse(f"dictionary:{name}"))["Location"]


@pytest.mark.parametrize("message", catalogue.messages(), ids=lambda message: message.id)
def test_every_message_has_a_page_with_every_element_and_its_rules(reader: Client, message: Any) -> None:
    html = page(reader, f"/dictionary/messages/{message.id}/")

    assert html.count("<tr id=") == message.rows - 1
    for element in message.root.walk():
        if element.path:
            assert f'<tr id="{element.path.replace("/", ".")}"' in html
    ids = {id_ for element in message.root.walk() for id_ in (*element.rules, *element.conditions)}
    assert set(re.findall(r"/dictionary/rules/([RC]\d{4})/", html)) == ids


def test_our_readings_are_marked_with_their_reason(reader: Client) -> None:
    html = page(reader, "/dictionary/messages/IE3F10/")

    assert "our reading" in html
    assert "source condition reads an element this message lacks" in html
    assert "C3014 instead of C3013" in html


def test_the_example_is_one_that_passes(reader: Client) -> None:
    from filings.messages import xml
    from filings.rules import book

    html = page(reader, "/dictionary/messages/IE3F26/")
    text = re.search(r"<summary>XML</summary><pre[^>]*><code>(.*?)</code>", html, re.DOTALL)

    assert text is not None
    assert book.errors(book.findings(xml.read(unescape(text[1]).encode()))) == []


def test_every_link_of_every_kind_of_page_leads_to_a_page(reader: Client) -> None:
    lists = ["", "elements/", "rules/", "codes/"]
    starts = [*lists, "messages/IE3F20/", "rules/C3004/", "rules/R3002/", "codes/CL754/", "elements/LRN/"]
    found = {link for start in starts for link in re.findall(r'href="(/dictionary/[^"#]*)', page(reader, f"/dictionary/{start}"))}

    samples = sorted(found)[::7] + [link for link in found if "?" in link]
    assert len(found) > 200
    for link in samples:
        assert reader.get(unescape(link)).status_code == 200, link


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("F26", "/dictionary/messages/IE3F26/"),
        ("container identification", "/dictionary/elements/containerIdentificationNumber/"),
        ("C3004", "/dictionary/rules/C3004/"),
        ("N740", "/dictionary/codes/CL754/"),
        ("undg", "/dictionary/codes/CL101/"),
    ],
)
def test_search_finds_all_kinds(reader: Client, query: str, expected: str) -> None:
    assert expected in page(reader, f"/dictionary/?q={query}")


def test_a_search_without_result_says_so_and_text_is_escaped(reader: Client) -> None:
    html = page(reader, "/dictionary/?q=%3Cscript%3Ealert(1)%3C/script%3E")

    assert "Nothing fits" in html
    assert "<script>alert" not in html


def test_a_rule_is_in_the_words_users_see_and_says_where_it_stands(reader: Client) -> None:
    said = conditions.rows(BASE)["C3004"]["summary"]
    html = unescape(page(reader, "/dictionary/rules/C3004/"))

    assert said in html
    assert "/dictionary/messages/IE3F26/#consignmentMasterLevel.consignmentHouseLevel.placeOfAcceptance.location" in html


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [("IE3F20", "IE3A20", "MRN"), ("IE3F21", "IE3F27", "consignmentHouseLevel"), ("IE3F20", "IE3F20", "No difference")],
)
def test_any_two_messages_can_be_compared(reader: Client, first: str, second: str, words: str) -> None:
    assert words in page(reader, f"/dictionary/compare/?a={first}&b={second}")


def test_the_path_of_a_finding_leads_to_its_element(reader: Client) -> None:
    path = "/IE3F26/consignmentMasterLevel/consignmentHouseLevel[2]/goodsItem[1]/commodity/descriptionOfGoods"

    answer = reader.get("/dictionary/at/", {"path": path})

    place = "consignmentMasterLevel.consignmentHouseLevel.goodsItem.commodity.descriptionOfGoods"
    assert answer["Location"] == f"/dictionary/messages/IE3F26/#{place}"
    assert reader.get("/dictionary/at/", {"path": "/IE3F26/LRN/@odd"})["Location"].endswith("#LRN")
    assert reader.get("/dictionary/at/", {"path": "/Other/LRN"}).status_code == 404


def test_findings_beside_a_form_lead_to_rule_and_element(alice: Desk) -> None:
    house = "consignmentMasterLevel__consignmentHouseLevel__placeOfAcceptance__UNLOCODE"
    filing = alice.make(factories.draft, "IE3F26", LRN="X" * 30, declarant__identificationNumber="1", **{house: None})

    html = page(alice.client, f"/o/{alice.operator.slug}/filings/{filing.pk}/edit/?check=1")
    links = [unescape(link) for link in re.findall(r'href="(/o/acme/dictionary/(?:at|rules)/[^"]*)', html)]

    assert "/o/acme/dictionary/rules/R3005/?set=HTI:2.02" in links
    assert "/o/acme/dictionary/at/?set=HTI:2.02&path=/IE3F26/LRN" in links
    for link in links:
        assert alice.client.get(link, follow=True).status_code == 200, link


@pytest.mark.parametrize(
    "address",
    ["messages/IE3F99/", "elements/nothing/", "rules/C9999/", "codes/CL000/", "compare/?a=IE3F99", "?set=HTI:9", "?set=x"],
)
def test_what_does_not_exist_is_not_found(reader: Client, address: str) -> None:
    assert reader.get(f"/dictionary/{address}").status_code == 404


def test_a_loaded_set_has_its_own_pages_and_a_comparison(reader: Client) -> None:
    load("3-dict")

    new = page(reader, "/dictionary/messages/IE3F26/?set=HTI:3-dict")
    compared = page(reader, "/dictionary/compare/?set_a=HTI:2.02&set_b=HTI:3-dict")

    assert f'<tr id="{NEW_ELEMENT}"' in new
    assert f'<tr id="{NEW_ELEMENT}"' not in page(reader, "/dictionary/messages/IE3F26/")
    assert "/dictionary/rules/C3014/?set=HTI%3A3-dict" in new
    assert f"IE3F26 {NEW_ELEMENT}" in compared
    assert "CL754 N999" in compared


def test_a_list_others_publish_shows_what_is_known_of_it(reader: Client) -> None:
    html = page(reader, "/dictionary/codes/CL244/?q=rotterdam")

    assert "CS/RD2: UN/LOCODE" in html
    assert "NLRTM" in html
    assert "no copy of the list" in page(reader, "/dictionary/codes/CL703/")


# --- From v2 to v3 -------------------------------------------------------------------------------------------------------


def test_without_a_newer_set_the_page_says_what_is_said(reader: Client) -> None:
    html = page(reader, "/dictionary/transition/")

    assert "No v3 schemas are loaded" in html
    assert "A single source" in html
    assert "/dictionary/messages/IE3F13/" in html
    assert "/dictionary/messages/IE3F26/" not in html


def test_registered_filings_of_messages_that_change_are_listed(rita: Desk, charlie: Desk) -> None:
    changing, same = (registered(rita, message) for message in ("IE3F10", "IE3F26"))

    html = page(rita.client, f"/o/{rita.operator.slug}/message-sets/")

    assert changing.lrn in html
    assert same.lrn not in html
    assert charlie.client.get(f"/o/{rita.operator.slug}/message-sets/").status_code == 404


def test_with_a_newer_set_its_differences_decide(rita: Desk) -> None:
    load("3-known")
    changing, same = (registered(rita, message) for message in ("IE3F26", "IE3F10"))

    html = page(rita.client, f"/o/{rita.operator.slug}/message-sets/")

    assert "3-known is loaded" in html
    assert changing.lrn in html
    assert "set_b=HTI:3-known" in html
    # A message changes too when a list it uses has a new code.
    assert (same.lrn in html) is any(element.code_list == "CL754" for element in catalogue.message("IE3F10").root.walk())


def registered(desk: Desk, message: str) -> Any:
    def make() -> Any:
        from filings.services import responses

        filing = factories.sent(message)
        mrn = f"26BE{filing.lrn[-6:]:0>11}AT1"
        responses.register(filing=filing, document=factories.registration(filing, mrn), message_id=f"r-{filing.lrn}@t", at=NOW)
        return filing

    return desk.make(make)
