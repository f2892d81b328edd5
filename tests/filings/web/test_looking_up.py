"""Finding codes in the form of a draft."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from lxml import html

from tests import factories
from tests.filings.web.desk import Desk

LOADING = "consignmentMasterLevel.placeOfLoading.UNLOCODE"


@pytest.fixture(autouse=True)
def no_memory() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def options(answer: Any) -> list[tuple[str, str]]:
    root = html.fragment_fromstring(answer.content.decode(), create_parent="ul")
    return [(each.get("data-code", ""), each.get("data-name", "")) for each in root.findall("li")]


def test_codes_are_offered_by_name_with_a_typing_error(alice: Desk) -> None:
    answer = alice.get("codes/CL244/?q=roterdam")

    assert options(answer)[0] == ("NLRTM", "Rotterdam")
    assert len(options(alice.get("codes/CL706/?q=machine"))) == 12
    assert options(alice.get("codes/CL101/?q=lithium")) == []


def test_what_the_operator_used_is_said(alice: Desk) -> None:
    alice.make(factories.draft, "IE3F12", consignmentMasterLevel__placeOfLoading__UNLOCODE="BEANR")

    assert b"used before" in alice.get("codes/CL244/?q=BEANR").content
    assert b"used before" not in alice.get("codes/CL244/?q=NLVLI").content


def test_a_list_that_does_not_exist_and_a_stranger_find_nothing(alice: Desk, charlie: Desk) -> None:
    assert alice.get("codes/CL999/?q=a").status_code == 404
    assert charlie.get("codes/CL244/?q=a").status_code == 404


def test_names_are_shown_as_text(alice: Desk) -> None:
    assert b"<script" not in alice.get("codes/CL244/?q=%3Cscript%3Ealert(1)").content


def test_the_form_knows_where_codes_are_found_and_what_they_mean(alice: Desk) -> None:
    filing = alice.make(factories.draft, "IE3F12", consignmentMasterLevel__placeOfLoading__UNLOCODE="BEANR")
    page = html.fromstring(alice.get(f"{filing.pk}/edit/").content.decode())

    [field] = page.xpath(f"//input[@name='{LOADING}']")
    searched = {each.get("data-codes").rstrip("/").rpartition("/")[2] for each in page.xpath("//input[@data-codes]")}

    assert field.get("data-codes") == alice.address("codes/CL244/")
    assert {"CL244", "CL718"} <= searched
    assert "CL141" not in searched  # no list of customs offices is there
    [meaning] = page.xpath(f"//*[@id='m-{LOADING.replace('.', '-')}']")
    assert meaning.text == "Antwerpen"
    assert meaning.get("id") in field.get("aria-describedby")


def test_goods_codes_are_found_by_words(alice: Desk) -> None:
    filing = alice.make(factories.draft, "IE3F22")
    page = html.fromstring(alice.get(f"{filing.pk}/edit/").content.decode())

    found = page.xpath("//input[contains(@name, 'harmonizedSystemSubHeadingCode')]/@data-codes")

    assert set(found) == {alice.address("codes/CL706/")}
    assert options(alice.get("codes/CL706/?q=hazelnuts shelled"))[0][0] == "080222"
