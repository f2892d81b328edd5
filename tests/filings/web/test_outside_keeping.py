"""Who has a link finds again what was typed; nothing is lost when two have it; a table is looked at before it is handed over."""

import html
import re
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from filings.models import Filing, FilingRequest
from filings.models.filing_request import UnfinishedForm
from filings.services.filing_requests import following, sending
from filings.services.filing_requests.sheets import reading
from filings.services.filing_requests.sheets.columns import Sheet
from filings.web import sheets
from tenants.scope import tenant_scope
from tests.factories import later
from tests.filings.services.filing_requests.asking_others import CARRIER, DUE, Pair, house_of, pair
from tests.filings.services.filing_requests.filled_sheets import GOODS, MASTER, csv_of, leaves, rows_of
from tests.filings.web.desk import desk

FOREIGN = "FR12345678901"
GOODS_FIELD = "f:consignmentMasterLevel/consignmentHouseLevel/goodsItem[1]/commodity/descriptionOfGoods"
CITY_FIELD = "f:declarant/address/city"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def at_work() -> Any:
    cache.clear()
    with time_machine.travel(later(60), tick=False):
        yield
    cache.clear()


@pytest.fixture
def two(db: None) -> Pair:
    found = pair()
    found.send(asked_eori=FOREIGN, filing=None, key={"master document": "BL1", "carrier": found.carrier.eori})
    following.follow(at=later(1))
    return found


class Visitor:
    """A browser with the page of one request open."""

    def __init__(self) -> None:
        found = re.findall(r"(/outside/open/[^/\s]+/)", str(mail.outbox[-1].body))
        self.client = Client()
        self.where = str(self.client.get(found[0])["Location"])
        self.read()

    def read(self) -> str:
        """Open the page anew."""
        return self._seen(self.client.get(self.where))

    def post(self, deed: str, /, status: int = 200, **fields: Any) -> str:
        answer = self.client.post(self.where, {"deed": deed, **self.hidden, **fields})
        assert answer.status_code == status, answer.content.decode()
        return self._seen(answer)

    def type(self, status: int = 200, **fields: str) -> str:
        """Type, and let it be kept by itself."""
        answer = self.client.post(self.where, {"deed": "keep", **self.hidden, **fields}, headers=HTMX)
        assert answer.status_code == status
        if found := re.search(r'id="revision" value="(\d+)"', answer.content.decode()):
            self.hidden["revision"] = found[1]
        return answer.content.decode()

    def _seen(self, answer: Any) -> str:
        text = str(answer.content.decode())
        found = dict(re.findall(r'name="(page|revision)"(?: id="revision")? value="([^"]*)"', text))
        self.hidden = found or getattr(self, "hidden", {})
        return html.unescape(text)


@pytest.fixture
def anna(two: Pair) -> Visitor:
    return Visitor()


@pytest.fixture
def request_(two: Pair) -> FilingRequest:
    with tenant_scope(two.carrier.pk):
        found: FilingRequest = FilingRequest.objects.get()
        return found


def drafts(two: Pair) -> list[Filing]:
    with tenant_scope(two.carrier.pk):
        return list(Filing.objects.filter(source="outside"))


# --- Kept for later --------------------------------------------------------------------------------------------------------


def test_what_was_typed_is_there_a_day_later_by_the_same_link(anna: Visitor) -> None:
    said = anna.post("keep", **{GOODS_FIELD: "Cotton shirts"})

    assert "Open the link in your mail again" in said
    with time_machine.travel(later(86_400), tick=False):
        again = Visitor().read()
    assert "Cotton shirts" in again
    assert "You go on with what was kept" in again


def test_it_is_kept_by_itself_while_one_types(anna: Visitor) -> None:
    assert "Kept at" in anna.type(**{GOODS_FIELD: "Cotton"})
    assert anna.hidden["revision"] == "1"
    anna.type(**{GOODS_FIELD: "Cotton shirts"})

    assert "Cotton shirts" in Visitor().read()


def test_checking_and_one_more_group_keep_it_too(anna: Visitor) -> None:
    anna.post("check", 422, **{GOODS_FIELD: "Cotton shirts"})
    second = GOODS_FIELD.removeprefix("f:").replace("goodsItem[1]", "goodsItem[2]")
    anna.post(f"add:{second}", **{GOODS_FIELD: "Cotton shirts"})

    again = Visitor().read()
    assert "Cotton shirts" in again
    assert f'name="f:{second}"' in again


def test_an_empty_form_leaves_nothing_behind(two: Pair, anna: Visitor) -> None:
    assert "Open the link in your mail again" not in anna.post("keep")

    with tenant_scope(two.carrier.pk):
        assert not UnfinishedForm.objects.exists()


def test_the_form_is_cleared_when_one_wants(anna: Visitor) -> None:
    anna.type(**{GOODS_FIELD: "Cotton shirts"})
    anna.post("forget", 302)

    assert "Cotton shirts" not in Visitor().read()


def test_who_asked_sees_nothing_of_it(two: Pair, anna: Visitor, request_: FilingRequest) -> None:
    anna.type(**{GOODS_FIELD: "Cotton shirts"})
    client = desk(two.carrier, "carla", "filer").client

    for where in (f"filing-requests/{request_.pk}/", "filing-requests/?side=asking", "filings/", "shipments/"):
        answer = client.get(f"/o/carrier/{where}")
        assert answer.status_code == 200
        assert "Cotton shirts" not in answer.content.decode()


def test_two_with_one_link_lose_nothing(anna: Visitor) -> None:
    bob = Visitor()
    anna.type(**{GOODS_FIELD: "Cotton shirts", CITY_FIELD: "Lille"})
    assert "somebody else with this link changed the form" in bob.type(409, **{GOODS_FIELD: "Linen shirts"})
    both = bob.post("keep", 409, **{GOODS_FIELD: "Linen shirts", CITY_FIELD: ""})

    assert "is not yet kept" in both
    assert "Open the link in your mail again" not in both
    assert all(said in both for said in ("Linen shirts", "Cotton shirts", 'value="Lille"'))
    assert "Cotton shirts" in anna.read()
    bob.post("keep", **{GOODS_FIELD: "Linen shirts", CITY_FIELD: "Lille"})
    assert "Linen shirts" in Visitor().read()


def test_nothing_is_handed_over_that_somebody_else_changed_meanwhile(two: Pair, anna: Visitor) -> None:
    bob = Visitor()
    anna.type(**{CITY_FIELD: "Lille"})
    fields = typed(two)
    bob.post("hand-over", 409, **{**fields, CITY_FIELD: "Roubaix"})

    assert drafts(two) == []
    bob.post("hand-over", **{**fields, CITY_FIELD: "Roubaix"})
    assert len(drafts(two)) == 1
    gone = anna.post("hand-over", 409, **fields)
    assert "handed it over or cleared it" in gone
    assert len(drafts(two)) == 1
    anna.post("hand-over", **fields)
    assert len(drafts(two)) == 2


def test_keeping_by_itself_has_a_pace_of_its_own(anna: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filings.web.outside_visit.KEPT_A_MINUTE", 2)

    said = [anna.type(200 if number < 2 else 422, **{CITY_FIELD: "Lille"}) for number in range(3)]
    assert "too often" in said[-1]
    anna.post("check", 422, **{CITY_FIELD: "Lille"})
    monkeypatch.setattr("filings.web.outside_visit.POSTS_A_MINUTE", 1)
    assert anna.client.post(anna.where, {"deed": "check"}, headers=HTMX).status_code == 429


def test_who_types_while_the_link_ends_is_told(two: Pair, anna: Visitor, request_: FilingRequest) -> None:
    with time_machine.travel(DUE + sending.GRACE, tick=False):
        assert "opens nothing any more" in anna.type(422, **{CITY_FIELD: "Lille"})
    assert "Not kept" in Visitor().type(422, **{f"f:x{number}": "y" * 512 for number in range(900)})
    assert "Kept at" in anna.type(**{CITY_FIELD: "Lille", "revision": "9" * 99, "page": "<script>"})


def typed(two: Pair) -> dict[str, str]:
    document = house_of(two.master, FOREIGN)
    return {f"f:{path}": text for path, text in leaves(document.to_json()[document.message.id]).items() if text}


# --- A table ---------------------------------------------------------------------------------------------------------------


def table(two: Pair, request: FilingRequest, **changes: str) -> bytes:
    document = house_of(two.master, FOREIGN)
    rows = rows_of(document, Sheet(request, document.message))
    carrier = "consignmentMasterLevel/consignmentHouseLevel/carrier/identificationNumber"
    return csv_of([{**row, MASTER: "BL1", carrier: two.carrier.eori, **changes} for row in rows])


def packed(page: str) -> str:
    found = re.search(r'name="packed" value="([^"]*)"', page)
    assert found
    return found[1]


def file(data: bytes, name: str = "table.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_a_table_is_looked_at_then_handed_over(two: Pair, anna: Visitor, request_: FilingRequest) -> None:
    shown = anna.post("sheet", file=file(table(two, request_, **{GOODS: "=1+1"})))

    assert "It will link" in shown
    assert "=1+1" in shown
    assert drafts(two) == []
    assert "Handed over" in anna.post("sheet-hand-over", packed=packed(shown))
    [draft] = drafts(two)
    assert (draft.declarant, draft.state, draft.message_type) == (FOREIGN, "draft", "IE3F15")
    [goods] = draft.document["consignmentMasterLevel"]["consignmentHouseLevel"]["goodsItem"]
    assert goods["commodity"]["descriptionOfGoods"] == "=1+1"


def test_the_template_is_downloaded_by_link_alone(anna: Visitor) -> None:
    answer = anna.client.get(f"{anna.where}template/")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert b'"BL1"' in answer.content
    assert b'","' in anna.client.get(f"{anna.where}template/?separator=comma").content
    assert Client().get(f"{anna.where}template/").status_code == 404


def test_what_is_wrong_with_a_table_is_told_and_nothing_is_handed_over(two: Pair, anna: Visitor, request_: FilingRequest) -> None:
    data = table(two, request_, **{GOODS: "", MASTER: "ANOTHER"})
    shown = anna.post("file", 422, file=file(data))

    assert "Row 2, column" in shown
    assert "has fixed BL1" in shown
    anna.post("sheet-hand-over", 422, packed=sheets.packed(data, request_))
    assert drafts(two) == []


def test_a_preview_is_for_its_request_and_for_a_day(two: Pair, anna: Visitor, request_: FilingRequest) -> None:
    shown = anna.post("sheet", file=file(table(two, request_)))
    two.send(asked_eori=FOREIGN, filing=None, key={"master document": "BL2", "carrier": two.carrier.eori})
    following.follow(at=later(2))
    other = Visitor()

    assert "choose the file again" in other.post("sheet-hand-over", 422, packed=packed(shown)).lower()
    assert "choose the file again" in anna.post("sheet-hand-over", 422, packed=packed(shown)[:-3]).lower()
    with time_machine.travel(later(90_000), tick=False):
        assert "choose the file again" in anna.post("sheet-hand-over", 422, packed=packed(shown)).lower()
    assert drafts(two) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x" * 10_000_000, "more than 2 MB"),
        (b"a\0b;c\r\n", "must hold the headings"),
        (b"", "Choose a file"),
        (b"PK\x03\x04", "Save as"),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_the_form_stays(anna: Visitor, data: bytes, words: str) -> None:
    anna.type(**{CITY_FIELD: "Lille"})
    given = {"file": file(data)} if data else {}
    shown = anna.post("sheet", 422, **given)

    assert words in shown
    assert 'value="Lille"' in shown


def test_a_hundred_thousand_rows_are_refused_at_once(anna: Visitor) -> None:
    data = f"{GOODS}\r\n".encode() + b"x\r\n" * 100_000

    assert f"more than {reading.MOST_ROWS} rows" in anna.post("sheet", 422, file=file(data))


def test_another_requests_link_and_an_old_one_open_no_table(two: Pair, anna: Visitor, request_: FilingRequest) -> None:
    two.send(asked_eori=FOREIGN, filing=None, key={"master document": "BL2", "carrier": two.carrier.eori})
    following.follow(at=later(2))
    other = Visitor()

    assert other.client.get(f"{anna.where}template/").status_code == 404
    assert other.client.post(anna.where, {"deed": "keep", CITY_FIELD: "Lille"}).status_code == 404
    with tenant_scope(two.carrier.pk):
        sending.mail_again(request=request_, by=CARRIER, at=later(30))
    assert anna.client.get(f"{anna.where}template/").status_code == 404
    assert anna.client.post(anna.where, {"deed": "sheet", "file": file(b"x")}).status_code == 404
