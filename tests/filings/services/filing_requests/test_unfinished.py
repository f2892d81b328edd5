"""What somebody with a link typed stays until it is handed over or the request is over, and is read by nobody else."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from filings.models import FilingRequest
from filings.models.filing_request import RequestClosed, UnfinishedForm
from filings.services.filing_requests import filing_requests, following, outside, sending, unfinished
from filings.services.filing_requests.unfinished import ChangedMeanwhile, Kept, TooMuchTyped
from tenants.actors import Actor
from tenants.models import AuditEvent
from tenants.scope import every_tenant, tenant_scope
from tests.factories import later
from tests.filings.services.filing_requests.asking_others import CARRIER, DUE, Pair, house_of, pair

FOREIGN = "FR12345678901"
KEY = {"master document": "BL1", "carrier": "DE123456789"}
VISITOR = Actor(name="Outside, FR12345678901", role="outside")
MINE, THEIRS = "a" * 32, "b" * 32
TYPED = {"declarant/name": "Transports du Nord SA"}


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


@pytest.fixture
def request_(two: Pair) -> FilingRequest:
    return two.send(asked_eori=FOREIGN, filing=None, key=KEY)


def keep(two: Pair, request: FilingRequest, revision: int = 0, page: str = MINE, **changes: Any) -> Kept:
    given = {"fields": TYPED, "by": VISITOR, "at": later(10), **changes}
    with tenant_scope(two.carrier.pk):
        return unfinished.keep(request=request, revision=revision, page=page, **given)


def kept(two: Pair, request: FilingRequest) -> Kept:
    with tenant_scope(two.carrier.pk):
        return unfinished.kept(request)


def test_what_was_typed_is_found_again(two: Pair, request_: FilingRequest) -> None:
    keep(two, request_)

    assert kept(two, request_) == Kept(TYPED, 1, later(10))


def test_it_is_encrypted_and_no_other_operator_nor_the_platform_reads_the_row(two: Pair, request_: FilingRequest) -> None:
    keep(two, request_)

    with tenant_scope(two.carrier.pk):
        [row] = UnfinishedForm.objects.all()
        assert b"Transports" not in bytes(row.sealed)
    for other in (two.forwarder, two.third):
        with tenant_scope(other.pk), connection.cursor() as cursor:
            cursor.execute("select count(*) from filings_unfinishedform")
            assert cursor.fetchone() == (0,)
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with every_tenant("a test looks whether the platform may"), refused, transaction.atomic():
        UnfinishedForm.objects.count()


def test_the_first_time_stands_in_the_trail_without_what_was_typed(two: Pair, request_: FilingRequest) -> None:
    keep(two, request_)
    keep(two, request_, 1)

    with tenant_scope(two.carrier.pk):
        [line] = AuditEvent.objects.filter(deed="filing_request.kept_for_later")
        assert (line.actor, line.detail) == (VISITOR.name, {})


def test_the_later_of_two_pages_is_told_and_writes_over_nothing(two: Pair, request_: FilingRequest) -> None:
    keep(two, request_)
    with pytest.raises(ChangedMeanwhile) as refusal:
        keep(two, request_, 0, THEIRS, fields={"declarant/name": "Other"})

    assert refusal.value.now_kept.fields == kept(two, request_).fields == TYPED
    keep(two, request_, 1, THEIRS, fields={"declarant/name": "Other"})
    with pytest.raises(ChangedMeanwhile):
        keep(two, request_, 1, MINE)


def test_a_page_does_not_stand_in_its_own_way(two: Pair, request_: FilingRequest) -> None:
    keep(two, request_)

    assert keep(two, request_, 0, MINE).revision == 2


def test_handing_over_deletes_it_and_tells_who_typed_meanwhile(two: Pair, request_: FilingRequest) -> None:
    keep(two, request_)
    hand = {"request": request_, "document": house_of(two.master, FOREIGN), "by": VISITOR, "at": later(20)}
    with tenant_scope(two.carrier.pk):
        with pytest.raises(ChangedMeanwhile):
            outside.hand_over(**hand, began=(0, THEIRS))
        assert request_.answers.count() == 0
        outside.hand_over(**hand, began=(1, MINE))

    assert kept(two, request_) == Kept()
    with pytest.raises(ChangedMeanwhile) as refusal:
        keep(two, request_, 1, THEIRS)
    assert refusal.value.now_kept == Kept()


@pytest.mark.parametrize("end", ["decline", "withdraw", "expire", "expire after an answer"])
def test_it_goes_with_the_end_of_the_request(two: Pair, request_: FilingRequest, end: str) -> None:
    if end == "expire after an answer":
        with tenant_scope(two.carrier.pk):
            outside.hand_over(request=request_, document=house_of(two.master, FOREIGN), by=VISITOR, at=later(5))
    keep(two, request_)
    with tenant_scope(two.carrier.pk):
        if end == "decline":
            filing_requests.decline(request=request_, reason="no", by=VISITOR, at=later(20))
        elif end == "withdraw":
            filing_requests.withdraw(request=request_, by=CARRIER, at=later(20))
    if end.startswith("expire"):
        following.follow(at=DUE + sending.GRACE)

    with tenant_scope(two.carrier.pk):
        assert not UnfinishedForm.objects.exists()


def test_a_new_link_finds_what_was_typed_by_the_one_before(two: Pair, request_: FilingRequest) -> None:
    following.follow(at=later(1))
    keep(two, request_)
    with tenant_scope(two.carrier.pk):
        sending.mail_again(request=request_, by=CARRIER, at=later(20))
    following.follow(at=later(21))

    assert kept(two, request_).fields == TYPED


def test_nothing_is_kept_of_a_request_that_is_over(two: Pair, request_: FilingRequest) -> None:
    with pytest.raises(RequestClosed):
        keep(two, request_, at=DUE + sending.GRACE)
    with tenant_scope(two.carrier.pk):
        filing_requests.withdraw(request=request_, by=CARRIER, at=later(5))
    with pytest.raises(RequestClosed):
        keep(two, request_)


@pytest.mark.parametrize(
    "fields",
    [{f"declarant/name[{number}]": "" for number in range(3_001)}, {f"f{number}": "x" * 512 for number in range(1_000)}],
    ids=["too many", "too long"],
)
def test_it_is_bounded(two: Pair, request_: FilingRequest, fields: dict[str, str]) -> None:
    with pytest.raises(TooMuchTyped):
        keep(two, request_, fields=fields)
    assert kept(two, request_) == Kept()


def test_what_no_text_can_hold_is_left_out(two: Pair, request_: FilingRequest) -> None:
    keep(two, request_, fields={"declarant/name": "A\0B" + "x" * 600, "x\0y": "1"})

    assert kept(two, request_).fields == {"declarant/name": "AB" + "x" * 510}


def test_without_its_key_it_counts_as_nothing(two: Pair, request_: FilingRequest, settings: Any) -> None:
    keep(two, request_)
    settings.FIELD_KEYS = ["another key, of another installation"]

    assert kept(two, request_) == Kept({}, 1, later(10))
