"""The dictionary within an operator's pages: the same pages, with the operator's menu, and every link stays there."""

import re

import pytest

from tests.filings.web.desk import Desk

PAGES = ("", "messages/IE3F26/", "elements/", "elements/LRN/", "rules/", "rules/C3004/", "codes/", "codes/CL754/", "compare/")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_the_dictionary_keeps_the_operator(alice: Desk, page: str) -> None:
    answer = alice.client.get(f"/o/acme/dictionary/{page}")

    assert answer.status_code == 200
    text = answer.content.decode()
    links = re.findall(r'href="(/[^"]*dictionary/[^"]*)"', text)
    assert links
    assert all(link.startswith("/o/acme/dictionary/") for link in links)
    assert '<nav aria-label="Work">' in text


def test_a_finding_leads_to_its_element_with_the_operator(alice: Desk) -> None:
    answer = alice.client.get("/o/acme/dictionary/at/?path=/IE3F26/declarant/name")

    assert answer["Location"] == "/o/acme/dictionary/messages/IE3F26/#declarant.name"


def test_outside_an_operator_the_dictionary_has_no_menu_of_one(alice: Desk) -> None:
    text = alice.client.get("/dictionary/").content.decode()

    assert "/o/acme/" not in text


def test_a_stranger_finds_no_dictionary_of_the_operator(charlie: Desk) -> None:
    assert charlie.client.get("/o/acme/dictionary/").status_code == 404
