"""What tests stand on: operators with their people and keys, documents that pass, filings in any state.

Alice and Bob work for one operator, Charlie for another.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import time_machine

from filings import samples
from filings.messages import catalogue
from filings.messages.document import Document, empty
from filings.models import Filing
from filings.services import drafting, responses, submission
from tenants.actors import SYSTEM, Actor
from tenants.models import Member, Operator, User
from tenants.scope import tenant_scope
from tenants.services import keys

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"
ALICE = Actor(name="Alice", role="filer")
MRN = "26BE000000000001T7"
_numbers = count(1)


@contextmanager
def hour_of_tests() -> Iterator[None]:
    """Let it be NOW, from which time goes on."""
    with time_machine.travel(NOW, tick=True):
        yield


def later(seconds: float) -> datetime:
    """Return the moment some seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def operator(slug: str) -> Operator:
    """Return a new operator."""
    eori = f"DE{next(_numbers):09d}"
    return Operator.objects.create(slug=slug, name=slug.title(), eori=eori, created_at=NOW)


def member(of: Operator, name: str, role: str = Member.Role.FILER) -> User:
    """Return a new person who works for the operator."""
    user = User.objects.create_user(f"{name}@{of.slug}.example", PASSWORD, first_name=name.title())
    with tenant_scope(of.pk):
        Member.objects.create(user=user, role=role)
    return user


def api_key(of: Operator) -> str:
    """Return the text of a new API key of the operator."""
    with tenant_scope(of.pk):
        return keys.issue(name="test", by=SYSTEM, at=NOW)[1]


def document(message: str = "IE3F26", **values: str | None) -> Document:
    """Return a document that passes every check, with an LRN of its own; values by path with "__" for "/"."""
    made = samples.sample(message, seed=1)
    made.set("LRN", f"TEST{next(_numbers):06d}")
    for path, value in values.items():
        made.set(path.replace("__", "/"), value)
    return made


def draft(message: str = "IE3F26", **values: str | None) -> Filing:
    """Return a new draft of the operator in scope."""
    return drafting.create(document=document(message, **values), by=ALICE, at=NOW, source="web")


def submitted(message: str = "IE3F26", **values: str | None) -> Filing:
    """Return a filing that waits to be sent."""
    filing = draft(message, **values)
    submission.submit(filing=filing, by=ALICE, at=later(1))
    return filing


def sent(message: str = "IE3F26") -> Filing:
    """Return a filing customs signed for."""
    filing = submitted(message)
    responses.handed_over(filing=filing, message_id="sent@test", at=later(2))
    return filing


def failed() -> Filing:
    """Return a filing the gateway gave up."""
    filing = submitted()
    responses.not_delivered(filing=filing, reason="The endpoint does not answer.", at=later(2))
    filing.outbox.update(state="failed", done_at=later(2))
    return filing


def answer(message: str, **values: str) -> Document:
    """Return a message of customs with the values given, by path with "__" for "/"."""
    made = empty(catalogue.message(message))
    for path, value in values.items():
        made.set(path.replace("__", "/"), value)
    return made


def registration(filing: Filing, mrn: str = MRN) -> Document:
    """Return customs' answer that registers a filing."""
    return answer("IE3R01", LRN=filing.lrn, MRN=mrn, registrationDate="2026-11-23T09:31:00Z")


def rejection(filing: Filing, *, path: str = "/IE3F26/LRN", code: str = "12", description: str = "Wrong value.") -> Document:
    """Return customs' answer that refuses a filing."""
    return answer(
        "IE3N99",
        functionalReference=filing.lrn,
        notificationDate="2026-11-23T09:31:00Z",
        error__description=description,
        error__validationCode=code,
        error__pointer__messageElementPath=path,
    )
