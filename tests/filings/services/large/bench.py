"""What the tests of large filings share: files with many houses, and a worker."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from filings import outbox, samples
from filings.lifecycle import State
from filings.messages import numbers
from filings.models import Filing
from filings.models.large import Check, FilingPart, Upload
from filings.services import responses, submission
from filings.services.large import intake, work
from filings.services.large.intake import Arrival
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, NOW

MESSAGE = "IE3F32"
HOUSES = 60
MRN = numbers.mrn(year=26, country="BE", serial="REQUESTS001")


def small_is_large(settings: Any, monkeypatch: pytest.MonkeyPatch, *, octets: int) -> None:
    """Keep in parts what has more octets than that, and wake nobody."""
    settings.FILING_IN_PARTS_FROM = octets
    monkeypatch.setattr(outbox, "ring", lambda *_, **__: None)


def xml(houses: int = HOUSES, *, message: str = MESSAGE, seed: int = 0) -> bytes:
    """Return a filing with so many houses that passes every check."""
    return b"".join(samples.stream(message, houses=houses, seed=seed))


def arrived(operator: Operator, data: bytes, **how: Any) -> Upload:
    """Return an upload that arrived whole, in pieces of any size."""
    arrival = Arrival(**{"name": "houses.xml", "source": "api", **how})
    upload, _ = intake.receive(pieces=pieces(data), arrival=arrival, operator_id=operator.pk, by=ALICE, at=NOW)
    return upload


def pieces(data: bytes) -> Iterator[bytes]:
    """Yield bytes a little at a time."""
    for start in range(0, len(data), 7_001):
        yield data[start : start + 7_001]


def work_off(at: datetime = NOW) -> int:
    """Do all checks that wait; return how many there were. Pages ask for checks by the real clock, wherever that is."""
    count = 0
    while work.do_next(clock=lambda: max(at, timezone.now())):
        count += 1
    return count


def checked(operator: Operator, data: bytes, **how: Any) -> tuple[Check, Filing | None]:
    """Return the check of an upload after the worker was there, and the filing."""
    upload = arrived(operator, data, **how)
    work_off()
    with tenant_scope(operator.pk):
        upload.refresh_from_db()
        check: Check = Check.objects.get(upload=upload)
        return check, upload.filing


def drafted(operator: Operator, data: bytes | None = None) -> Filing:
    """Return a draft kept in parts."""
    check, filing = checked(operator, data or xml())
    assert filing is not None, check.refusal
    with tenant_scope(operator.pk):  # pages look at the real clock, which may be behind the one of these tests
        Check.objects.filter(pk=check.pk).update(created_at=NOW - timedelta(days=400))
    return filing


def parts(filing: Filing) -> list[FilingPart]:
    """Return the parts of a filing."""
    with tenant_scope(filing.operator_id):  # type: ignore[arg-type]
        return list(FilingPart.objects.filter(filing=filing))


def registered(operator: Operator, data: bytes | None = None) -> Filing:
    """Return a filing kept in parts that customs has registered."""
    filing = submitted(operator, data)
    with tenant_scope(operator.pk):
        register(filing)
    return filing


def submitted(operator: Operator, data: bytes | None = None) -> Filing:
    """Return a filing kept in parts that is on its way to customs."""
    filing = drafted(operator, data)
    with tenant_scope(operator.pk):
        submission.submit(filing=filing, by=ALICE, at=NOW)
    work_off()
    with tenant_scope(operator.pk):
        filing.refresh_from_db()
        assert filing.state == State.QUEUED
    return filing


def register(filing: Filing) -> None:
    """Let customs register a filing; call it in the scope of its operator."""
    responses.register(filing=filing, document=factories.registration(filing, MRN), message_id="r1", at=factories.later(20))
    filing.refresh_from_db()
