"""A table in the inbox of an operator: looked at, then answered with; strangers and the other side get none."""

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from filings.models import Filing, FilingRequest
from filings.services.filing_requests.sheets.columns import Sheet
from tenants.scope import tenant_scope
from tests.filings.services.filing_requests.asking_others import Pair, forget_message, house_of, pair
from tests.filings.services.filing_requests.filled_sheets import GOODS, MASTER, filled
from tests.filings.web.desk import desk


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


@pytest.fixture
def request_(two: Pair) -> FilingRequest:
    return two.send()


def table(two: Pair, request: FilingRequest, **changes: str) -> SimpleUploadedFile:
    document = house_of(two.master, two.forwarder.eori)
    return SimpleUploadedFile("table.csv", filled(document, Sheet(request, document.message), **changes))


def at(request: FilingRequest, path: str = "", slug: str = "forwarder") -> str:
    return f"/o/{slug}/filing-requests/{request.pk}/sheet/{path}"


def drafts(two: Pair) -> list[Filing]:
    with tenant_scope(two.forwarder.pk):
        return list(Filing.objects.all())


def packed(answer: Any) -> str:
    found = re.search(r'name="packed" value="([^"]*)"', answer.content.decode())
    return html.unescape(found[1]) if found else ""


def test_from_the_template_to_a_draft_that_links(two: Pair, request_: FilingRequest) -> None:
    frits = desk(two.forwarder, "frits", "filer").client
    assert frits.get(at(request_, "template/")).content.startswith(b"\xef\xbb\xbf")
    shown = frits.post(at(request_), {"file": table(two, request_, **{GOODS: ""})})

    assert shown.status_code == 200
    assert "What the check says" in shown.content.decode()
    assert drafts(two) == []
    answer = frits.post(at(request_, "accept/"), {"packed": packed(shown)})
    [draft] = drafts(two)
    assert answer["Location"].endswith(f"{draft.pk}/edit/")
    seen = two.seen_by(two.carrier, request_)
    assert seen
    assert (seen.state, seen.match["links"], draft.source) == ("accepted", True, "request")


def test_a_cell_that_is_not_understood_makes_no_draft(two: Pair, request_: FilingRequest) -> None:
    frits = desk(two.forwarder, "frits", "filer").client
    shown = frits.post(at(request_), {"file": table(two, request_, **{MASTER: "ANOTHER"})})

    assert (shown.status_code, packed(shown)) == (422, "")
    assert "Not understood" in shown.content.decode()
    frits.post(at(request_, "accept/"), {"packed": "made up"})
    assert drafts(two) == []


def test_only_the_side_that_is_asked_has_a_table(two: Pair, request_: FilingRequest) -> None:
    carla, thea = desk(two.carrier, "carla", "filer").client, desk(two.third, "thea", "filer").client
    vera = desk(two.forwarder, "vera", "viewer").client

    refused = carla.get(at(request_, "template/", "carrier"), follow=True)
    assert "Only the other side" in refused.content.decode()
    assert thea.get(at(request_, "template/", "third")).status_code == 404
    assert thea.post(at(request_, "", "third"), {"file": table(two, request_)}).status_code == 404
    assert vera.post(at(request_), {"file": table(two, request_)}).status_code == 403
    assert vera.post(at(request_, "accept/"), {}).status_code == 403


@pytest.mark.parametrize("data", [b"", b"x" * 3_000_000, b"nonsense", b"PK\x03\x04"])
def test_a_file_that_is_no_table_is_refused_in_words(two: Pair, request_: FilingRequest, data: bytes) -> None:
    frits = desk(two.forwarder, "frits", "filer").client
    answer = frits.post(at(request_), {"file": SimpleUploadedFile("table.csv", data)} if data else {}, follow=True)

    assert re.search(r"Choose a file|more than 2 MB|must hold the headings|Save as", answer.content.decode())
    assert drafts(two) == []


def test_what_no_message_set_has_any_more_is_told(two: Pair, request_: FilingRequest) -> None:
    frits = desk(two.forwarder, "frits", "filer").client
    given = table(two, request_)
    forget_message(two, request_)

    assert "message set" in frits.post(at(request_), {"file": given}, follow=True).content.decode()
