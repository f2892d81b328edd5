from collections.abc import Callable
from itertools import permutations
from typing import Final

import pytest

from filings import selectors
from filings.models import Filing
from filings.services import responses
from tenants.models import AuditEvent
from tests.factories import MRN, answer, draft, later, registration, rejection, sent, submitted

pytestmark = pytest.mark.usefixtures("acme")

Step = Callable[[Filing], None]

STEPS: Final[dict[str, Step]] = {
    "receipt": lambda filing: responses.handed_over(filing=filing, message_id="m1", at=later(2)),
    "failed": lambda filing: responses.not_delivered(filing=filing, reason="No answer.", at=later(2)),
    "register": lambda filing: responses.register(filing=filing, document=registration(filing), message_id="m2", at=later(3)),
    "reject": lambda filing: responses.reject(filing=filing, document=rejection(filing), message_id="m3", at=later(4)),
}


def test_the_receipt_makes_it_sent() -> None:
    filing = submitted()

    STEPS["receipt"](filing)

    filing.refresh_from_db()
    assert (filing.state, filing.sent_at) == ("sent", later(2))


def test_register_keeps_the_mrn_and_customs_date() -> None:
    filing = sent()

    STEPS["register"](filing)

    filing.refresh_from_db()
    assert (filing.state, filing.mrn, filing.answered_at) == ("registered", MRN, later(3))
    assert filing.registered_at is not None
    assert filing.registered_at.isoformat() == "2026-11-23T09:31:00+00:00"
    assert filing.events.get(kind="registered").sentence == f"Customs registered it under MRN {MRN}."


def test_reject_keeps_customs_errors() -> None:
    filing = sent()
    refusal = answer(
        "IE3N99", error__validationCode="13", error__technicalErrorMessage="cvc", error__pointer__messageElementPath="/IE3F26/LRN"
    )

    responses.reject(filing=filing, document=refusal, message_id="m3", at=later(4))

    filing.refresh_from_db()
    assert filing.state == "rejected"
    assert filing.errors == [{"path": "/IE3F26/LRN", "code": "13", "sentence": "Missing", "technical": "cvc"}]


@pytest.mark.parametrize("order", list(permutations(STEPS)), ids="-".join)
def test_answers_in_any_order_and_twice_end_the_same(order: tuple[str, ...]) -> None:
    filing = submitted()

    for step in order:
        STEPS[step](selectors.filing(filing.pk))
        STEPS[step](selectors.filing(filing.pk))

    filing.refresh_from_db()
    assert (filing.state, filing.mrn, filing.sent_at) == ("rejected", MRN, later(2))
    assert len(filing.errors) == 1
    kinds = [event.kind for event in selectors.timeline(filing)]
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize("step", STEPS)
def test_the_same_message_again_leaves_no_second_line(step: str) -> None:
    filing = submitted()
    STEPS[step](filing)
    before = AuditEvent.objects.count()

    STEPS[step](selectors.filing(filing.pk))

    assert AuditEvent.objects.count() == before


def test_another_registration_does_not_replace_the_first_mrn() -> None:
    filing = sent()
    STEPS["register"](filing)

    other = registration(filing, mrn="26BE000000000002T8")
    responses.register(filing=filing, document=other, message_id="m9", at=later(9))

    assert filing.mrn == MRN
    assert list(selectors.timeline(filing))[-1].sentence.endswith(f"the first MRN, {MRN}, stays.")


def test_register_refuses_an_answer_without_mrn() -> None:
    filing = sent()

    with pytest.raises(responses.NoMrn):
        responses.register(filing=filing, document=answer("IE3R01", LRN=filing.lrn), message_id="m2", at=later(3))

    assert filing.state == "sent"


def test_a_failed_attempt_leaves_the_state_and_says_when_the_next_is() -> None:
    filing = submitted()

    responses.attempt_failed(filing=filing, reason="Connection refused.", next_at=later(30), at=later(2))

    event = filing.events.get(kind="attempt_failed")
    assert filing.state == "queued"
    assert "Connection refused." in event.sentence
    assert event.detail["next_at"] == "2026-11-23T09:30:30Z"


def test_a_late_failure_does_not_undo_a_receipt() -> None:
    filing = sent()

    STEPS["failed"](filing)

    assert filing.state == "sent"


def test_note_writes_one_line_and_leaves_the_state() -> None:
    filing = sent()
    notice = answer("IE3N02", MRN=MRN, notificationDate="2026-11-23T10:00:00Z")

    for _ in range(2):
        responses.note(filing=filing, document=notice, message_id="m5", at=later(5))

    assert filing.state == "sent"
    detail = filing.events.get(kind="noted").detail
    assert (detail["message"], detail["dated"]) == ("IE3N02", "2026-11-23T10:00:00Z")
    assert filing.completeness == "incomplete"


def test_a_draft_gets_no_answer() -> None:
    from filings.lifecycle import NotAllowed

    filing = draft()

    with pytest.raises(NotAllowed):
        STEPS["register"](filing)
