"""An amendment submitted before its filing has an MRN leaves with that, once, or stays a draft."""

from types import SimpleNamespace
from typing import Any

import pytest

from filings.messages import numbers
from filings.models import Filing, OutboxMessage
from filings.services import amending, drafting, responses, submission
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, later, registration, rejection

MRN = numbers.mrn(year=26, country="BE", serial="REQUESTS001")

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(db: None) -> Any:
    operator = factories.operator("acme")
    with tenant_scope(operator.pk):
        yield operator


@pytest.fixture
def filing(acme: Operator) -> Filing:
    return factories.sent()


@pytest.fixture
def amendment(filing: Filing) -> Filing:
    """One that was changed and submitted too early."""
    draft = amending.start(filing=filing, by=ALICE, at=later(10))
    change(draft, "Other name")
    submission.submit(filing=draft, by=ALICE, at=later(12))
    return draft


def change(draft: Filing, name: str) -> None:
    from filings import selectors

    document = selectors.document_of(draft)
    document.set("declarant/name", name)
    drafting.change(filing=draft, document=document, revision=draft.revision, by=ALICE, at=later(11))


def register(filing: Filing, number: int = 1) -> None:
    responses.register(filing=filing, document=registration(filing, MRN), message_id=f"r{number}", at=later(20 + number))


def queued(amendment: Filing) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(filing=amendment))


def test_it_waits_as_a_draft(amendment: Filing) -> None:
    assert (amendment.state, amendment.when_registered, amendment.is_waiting, amendment.mrn) == ("draft", True, True, "")
    assert queued(amendment) == []


def test_it_leaves_with_the_mrn_in_the_name_of_who_submitted_it(amendment: Filing, filing: Filing) -> None:
    register(filing)

    amendment.refresh_from_db()
    assert (amendment.state, amendment.when_registered, amendment.mrn) == ("queued", False, MRN)
    (message,) = queued(amendment)
    assert MRN.encode() in bytes(message.payload)
    assert b"Other name" in bytes(message.payload)
    assert amendment.events.get(kind="submitted").actor == "Alice"


def test_a_second_registration_sends_it_no_second_time(amendment: Filing, filing: Filing) -> None:
    register(filing)
    register(filing, 2)

    assert len(queued(amendment)) == 1


def test_it_stays_a_draft_when_customs_refuses_the_filing(amendment: Filing, filing: Filing) -> None:
    responses.reject(filing=filing, document=rejection(filing), message_id="n99", at=later(20))

    amendment.refresh_from_db()
    assert (amendment.state, amendment.when_registered) == ("draft", False)
    assert "customs refused the filing" in amendment.events.get(kind="stayed").sentence
    with pytest.raises(submission.NeverRegistered):
        submission.submit(filing=amendment, by=ALICE, at=later(30))


def test_whoever_changes_it_takes_it_back(amendment: Filing, filing: Filing) -> None:
    change(amendment, "A third name")

    register(filing)

    amendment.refresh_from_db()
    assert (amendment.state, amendment.when_registered, queued(amendment)) == ("draft", False, [])
    submission.submit(filing=amendment, by=ALICE, at=later(40))
    assert amendment.state == "queued"


def test_what_became_wrong_meanwhile_stays_with_the_reason(
    amendment: Filing, filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(findings: object) -> list[str]:
        return ["an error"]

    monkeypatch.setattr(submission, "book", SimpleNamespace(errors=refuse))

    register(filing)

    amendment.refresh_from_db()
    assert (amendment.state, amendment.when_registered, filing.state) == ("draft", False, "registered")
    assert amendment.events.get(kind="stayed").sentence.startswith("It was not sent: The filing has errors")


def test_one_with_errors_does_not_wait(filing: Filing) -> None:
    draft = amending.start(filing=filing, by=ALICE, at=later(10))
    change(draft, "x" * 100)

    with pytest.raises(submission.HasFindings):
        submission.submit(filing=draft, by=ALICE, at=later(12))

    draft.refresh_from_db()
    assert not draft.when_registered
