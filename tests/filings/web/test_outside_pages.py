"""Who has a link sees one request, and nothing else of the product."""

import re
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from filings.messages import json, xml
from filings.models import Filing, FilingRequest
from filings.services.filing_requests import following
from tenants.scope import tenant_scope
from tests.factories import later
from tests.filings.services.filing_requests.asking_others import Pair, house_of, pair
from tests.filings.web.desk import FormReader

FOREIGN = "FR12345678901"
DOCUMENT = "BL1"


@pytest.fixture(autouse=True)
def at_work() -> Any:
    cache.clear()
    with time_machine.travel(later(60), tick=False):
        yield
    cache.clear()


@pytest.fixture
def two(db: None) -> Pair:
    found = pair()
    found.send(asked_eori=FOREIGN, filing=None, key={"master document": DOCUMENT, "carrier": found.carrier.eori})
    following.follow(at=later(1))
    return found


@pytest.fixture
def visitor(two: Pair) -> Client:
    client = Client(enforce_csrf_checks=False)
    client.get(address())
    return client


def address() -> str:
    found = re.search(r"(/outside/open/[^/\s]+/)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def page(client: Client) -> str:
    return str(client.get(address())["Location"])


def drafts(two: Pair) -> list[Filing]:
    with tenant_scope(two.carrier.pk):
        return list(Filing.objects.filter(source="outside"))


def test_what_no_message_set_has_any_more_is_told_and_not_asked_for(two: Pair, visitor: Client) -> None:
    with tenant_scope(two.carrier.pk):
        FilingRequest.objects.update(message_type="IE3F99")

    for answer in (visitor.get(page(visitor)), visitor.post(page(visitor), {"deed": "hand-over"})):
        assert (answer.status_code, "cannot be filed here" in answer.content.decode()) == (400, True)


def typed(two: Pair) -> dict[str, str]:
    """Return what a person types who knows the house bill."""
    document = house_of(two.master, FOREIGN)
    values = {}
    for path in leaves(json.to_json(document)["IE3F15"]):
        values[f"f:{path}"] = document.value(path) or ""
    return values


def leaves(content: Any, path: str = "") -> list[str]:
    if isinstance(content, dict):
        return [leaf for name, below in content.items() for leaf in leaves(below, f"{path}/{name}".strip("/"))]
    if isinstance(content, list):
        return [leaf for number, below in enumerate(content, 1) for leaf in leaves(below, f"{path}[{number}]")]
    return [path]


def test_a_link_leads_to_one_request_and_leaves_the_address(two: Pair) -> None:
    client = Client()
    answer = client.get(address())
    shown = client.get(answer["Location"])

    assert address().split("/")[3] not in answer["Location"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in shown["X-Robots-Tag"]
    assert "no-store" in shown["Cache-Control"]
    assert "script-src 'self'" in shown["Content-Security-Policy"]
    assert DOCUMENT in shown.content.decode()
    assert two.master.transport_document not in shown.content.decode()


def test_the_address_alone_opens_nothing(two: Pair, visitor: Client) -> None:
    assert Client().get(page(visitor)).status_code == 404
    assert Client().post(page(visitor), {"deed": "hand-over"}).status_code == 404


def test_wrong_links_all_look_alike_and_are_slowed_down(two: Pair) -> None:
    answers = [Client().get(f"/outside/open/{'x' * length}/") for length in (1, 43, 200)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(rb"[0-9A-Za-z]{64}", b"", answer.content) for answer in answers}) == 1

    for _ in range(40):
        last = Client().get("/outside/open/nonsense/")
    assert last.status_code == 429


def test_who_has_a_link_is_slowed_down_too(two: Pair, visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filings.web.outside_visit.POSTS_A_MINUTE", 2)
    where = page(visitor)

    assert [visitor.post(where, {"deed": "check"}).status_code for _ in range(3)] == [422, 422, 429]


def test_what_is_asked_and_fixed_stands_in_the_form(two: Pair, visitor: Client) -> None:
    html = visitor.get(page(visitor)).content.decode()

    assert 'name="f:consignmentMasterLevel/consignmentHouseLevel/goodsItem[1]/commodity/descriptionOfGoods"' in html
    assert "transportDocumentMasterLevel/documentNumber" not in html.replace("id=", "")
    assert "LRN" not in html


def test_the_check_stands_beside_the_fields_and_nothing_is_kept(two: Pair, visitor: Client) -> None:
    answer = visitor.post(page(visitor), {"deed": "hand-over", "f:declarant/name": "Transports du Nord SA"})
    html = answer.content.decode()

    assert answer.status_code == 422
    assert "Transports du Nord SA" in html
    assert html.count('aria-invalid="true"') > 5
    assert drafts(two) == []


def test_the_form_hands_over_a_draft_that_links(two: Pair, visitor: Client) -> None:
    answer = visitor.post(page(visitor), {"deed": "hand-over", **typed(two)})

    [draft] = drafts(two)
    assert "It will link" in answer.content.decode()
    assert (draft.declarant, draft.state, draft.message_type) == (FOREIGN, "draft", "IE3F15")
    document = draft.document["consignmentMasterLevel"]["consignmentHouseLevel"]
    assert document["transportDocumentMasterLevel"]["documentNumber"] == DOCUMENT
    assert document["goodsItem"][0]["goodsItemNumber"] == "1"


def test_the_key_cannot_be_changed_by_who_fills_in_the_form(two: Pair, visitor: Client) -> None:
    wrong = {"f:declarant/identificationNumber": "XX1", "f:LRN[9999999]": "1", "f:../../x": "1", "f:nothing/like/it": "1"}
    visitor.post(page(visitor), {"deed": "hand-over", **typed(two), **wrong})

    [draft] = drafts(two)
    assert draft.declarant == FOREIGN


def test_a_group_is_added_and_what_was_typed_stays(two: Pair, visitor: Client) -> None:
    name = "f:consignmentMasterLevel/consignmentHouseLevel/goodsItem[1]/commodity/descriptionOfGoods"
    html = visitor.get(page(visitor)).content.decode()
    found = re.search(r'value="(add:[^"]*goodsItem\[2\][^"]*)"', html)
    assert found

    html = visitor.post(page(visitor), {"deed": found[1], name: "Cotton shirts"}).content.decode()

    assert "Cotton shirts" in html
    assert "goodsItem[2]/commodity/descriptionOfGoods" in html
    assert "goodsItem[3]/commodity/descriptionOfGoods" in html  # the button for the next one


def test_the_page_posts_back_what_it_shows(two: Pair, visitor: Client) -> None:
    class AnyForm(FormReader):
        """Reads every form."""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            super().handle_starttag(tag, attrs)
            self.inside = True

    values = typed(two)
    html = visitor.post(page(visitor), {"deed": "check", **values}).content.decode()
    reader = AnyForm()
    reader.feed(html)
    again = {name: value for name, value in reader.pairs if name.startswith("f:")}

    assert "Nothing is missing" in html
    assert {name: value for name, value in again.items() if value} == {
        name: value for name, value in values.items() if value and name in again
    }


@pytest.mark.parametrize("form", ["xml", "json"])
def test_a_file_is_handed_over_as_it_is(two: Pair, visitor: Client, form: str) -> None:
    document = house_of(two.master, FOREIGN)
    data = xml.write(document) if form == "xml" else json.write(document)
    answer = visitor.post(page(visitor), {"deed": "file", "file": SimpleUploadedFile(f"house.{form}", data)})

    [draft] = drafts(two)
    assert draft.transport_document
    assert "the master document differs" in answer.content.decode()


@pytest.mark.parametrize("data", [b"nonsense", b"<x/>", b"{}", b'{"IE3F26": {}}'])
def test_a_file_that_is_not_what_was_asked_is_refused_in_words(two: Pair, visitor: Client, data: bytes) -> None:
    answer = visitor.post(page(visitor), {"deed": "file", "file": SimpleUploadedFile("house.xml", data)})

    assert answer.status_code == 422
    assert drafts(two) == []


def test_declining_ends_the_link(two: Pair, visitor: Client) -> None:
    where = page(visitor)
    visitor.post(where, {"deed": "decline", "reason": "Not our shipment."})

    assert visitor.get(where).status_code == 404
    assert visitor.get(address()).status_code == 404


def test_a_link_opens_no_other_page(two: Pair, visitor: Client) -> None:
    for where in ("/o/carrier/filings/", "/o/carrier/filing-requests/", "/api/v1/filings/", "/gateway/"):
        assert visitor.get(where).status_code in {302, 401}
