"""A filing request answered with a table through the API."""

from typing import Any

import pytest

from filings.models import Filing, FilingRequest
from filings.services.filing_requests.sheets.columns import Sheet
from tenants.scope import tenant_scope
from tests.filings.services.filing_requests.asking_others import Pair, house_of, pair
from tests.filings.services.filing_requests.filled_sheets import GOODS, MASTER, filled


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


@pytest.fixture
def request_(two: Pair) -> FilingRequest:
    return two.send()


def table(two: Pair, request: FilingRequest, **changes: str) -> bytes:
    document = house_of(two.master, two.forwarder.eori)
    return filled(document, Sheet(request, document.message), **changes)


def url(request: FilingRequest, query: str = "") -> str:
    return f"/api/v1/filing-requests/{request.pk}/sheet/{query}"


def post(client: Any, where: str, data: bytes, **headers: str) -> Any:
    return client.post(where, data, content_type="text/csv", headers=headers)


def drafts(two: Pair) -> int:
    with tenant_scope(two.forwarder.pk):
        return int(Filing.objects.count())


def test_the_template_is_filled_in_looked_at_and_accepted(two: Pair, request_: FilingRequest, client_of: Any) -> None:
    forwarder = client_of(two.forwarder)
    template = forwarder.get(url(request_, "?separator=comma"))
    data = table(two, request_)
    seen = post(forwarder, url(request_, "?preview=true"), data).json()

    assert template["Content-Type"] == "text/csv; charset=utf-8"
    assert '","' in template.content.decode("utf-8-sig")
    assert (seen["understood"], seen["match"]["links"], seen["problems"], drafts(two)) == (True, True, [], 0)
    assert seen["counts"][-1] == {"title": "goods item", "count": 1}
    assert seen["document"]["IE3F15"]["declarant"]["identificationNumber"] == two.forwarder.eori
    made = post(forwarder, url(request_), data, **{"Idempotency-Key": "once"})
    again = post(forwarder, url(request_), data, **{"Idempotency-Key": "once"})
    assert (made.status_code, made.json()["state"], made.json() == again.json(), drafts(two)) == (201, "accepted", True, 1)


def test_what_is_not_understood_is_told_by_row_and_column(two: Pair, request_: FilingRequest, client_of: Any) -> None:
    forwarder = client_of(two.forwarder)
    bad = table(two, request_, **{MASTER: "ANOTHER", GOODS: ""})
    answer = post(forwarder, url(request_), bad)
    seen = post(forwarder, url(request_, "?preview=true"), bad).json()

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:landfall:problem:not_understood")
    [problem] = answer.json()["problems"]
    assert (problem["row"], problem["column"].isalpha(), "has fixed" in problem["sentence"]) == (2, True, True)
    assert seen["problems"] == [problem]
    assert any(each["row"] == 2 and each["stops"] for each in seen["found"])
    assert drafts(two) == 0


@pytest.mark.parametrize(
    ("data", "status"), [(b"", 422), (b"nonsense", 422), (b"PK\x03\x04", 422), (b"x" * 10_000_000, 413), (b"\0\0\0", 422)]
)
def test_a_body_that_is_no_table_is_refused(two: Pair, request_: FilingRequest, client_of: Any, data: bytes, status: int) -> None:
    answer = post(client_of(two.forwarder), url(request_), data)

    assert (answer.status_code, drafts(two)) == (status, 0)
    assert answer.json()["detail"]


def test_only_who_is_asked_may(two: Pair, request_: FilingRequest, client_of: Any) -> None:
    carrier, third = client_of(two.carrier), client_of(two.third)
    data = table(two, request_)

    assert [carrier.get(url(request_)).status_code, post(carrier, url(request_), data).status_code] == [409, 409]
    assert [third.get(url(request_)).status_code, post(third, url(request_), data).status_code] == [404, 404]
