"""What follows without anybody's deed: mails with links, reminders, states of the other side, expiry."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from filings import selectors
from filings.models import Filing, FilingRequest
from filings.models.filing_request import RequestState
from filings.services import drafting, responses, submission
from filings.services.filing_requests import filing_requests, following, outside, sending
from tenants.models import AuditEvent
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import NOW, later
from tests.filings.services.filing_requests.asking_others import (
    CARRIER,
    DUE,
    FORWARDER,
    HOUSE,
    MAIL,
    Pair,
    forget_message,
    house_of,
    pair,
)

KEY = {"master document": "BL1", "carrier": "DE123456789"}
FOREIGN = "FR12345678901"


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


def outside_request(two: Pair, **changes: Any) -> FilingRequest:
    return two.send(asked_eori=FOREIGN, filing=None, key=KEY, **changes)


def link(message: Any) -> str:
    found = re.search(r"/outside/open/([^/\s]+)/", str(message.body))
    assert found
    return found[1]


def state(two: Pair, request: FilingRequest) -> FilingRequest:
    seen = two.seen_by(two.carrier, request)
    assert seen is not None
    return seen


def test_who_is_no_operator_here_gets_a_link_that_works(two: Pair) -> None:
    request = outside_request(two)

    following.follow(at=later(1))

    [sent] = mail.outbox
    assert sent.to == [MAIL]
    assert outside.visit(link(sent), at=later(2)).pk == request.pk
    assert state(two, request).token_digest not in sent.body


def test_the_people_of_an_operator_here_are_told_without_a_link_that_opens_it(two: Pair) -> None:
    factories.member(two.forwarder, "frits")
    two.send()

    following.follow(at=later(1))

    [sent] = mail.outbox
    assert sent.to == ["frits@forwarder.example"]
    assert "/outside/" not in sent.body
    assert "/o/forwarder/filing-requests/" in sent.body


def test_an_answer_whose_message_set_is_gone_stops_nobody_elses(two: Pair) -> None:
    request, other = two.send(), two.send()
    gone = two.accept(request)
    two.accept(other)
    with tenant_scope(two.forwarder.pk):
        Filing.objects.filter(pk=gone.pk).update(version="0", revision=7)

    following.follow(at=later(90))

    assert "message set it is written in is not loaded" in state(two, request).match["words"][0]
    assert state(two, other).match["links"] is True


def test_a_mail_about_what_no_message_set_has_any_more_names_the_message(two: Pair) -> None:
    request = two.send()
    forget_message(two, request)
    factories.member(two.forwarder, "frits")

    following.follow(at=later(1))

    assert "for a filing IE3F99" in mail.outbox[0].subject


def test_a_mail_goes_out_once(two: Pair) -> None:
    outside_request(two)

    for minute in range(0, 1000, 100):
        following.follow(at=later(60 * minute))

    assert len(mail.outbox) == 1


def test_a_mail_that_cannot_be_sent_is_tried_again_and_given_up_with_a_word(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    request = outside_request(two)

    def refuse(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(following, "send_mail", refuse)
    for minute in range(0, 100, 5):
        following.follow(at=later(60 * minute))

    seen = state(two, request)
    assert (seen.mail_due_at, seen.mail_attempts) == (None, following.MOST_ATTEMPTS)
    with tenant_scope(two.carrier.pk):
        assert "could not be sent" in str([each.sentence for each in request.events.all()])


def test_only_the_newest_link_opens(two: Pair) -> None:
    request = outside_request(two)
    following.follow(at=later(1))
    with tenant_scope(two.carrier.pk):
        sending.mail_again(request=request, by=CARRIER, at=later(5))
    following.follow(at=later(6))

    first, second = (link(each) for each in mail.outbox)
    assert outside.visit(second, at=later(7)).pk == request.pk
    with pytest.raises(outside.NoSuchLink):
        outside.visit(first, at=later(7))


@pytest.mark.parametrize("how", ["withdrawn", "declined", "too late", "expired", "made up"])
def test_a_link_that_is_over_opens_nothing_and_looks_like_any_other(two: Pair, how: str) -> None:
    request = outside_request(two)
    following.follow(at=later(1))
    token, when = link(mail.outbox[0]), later(9)
    if how == "withdrawn":
        with tenant_scope(two.carrier.pk):
            filing_requests.withdraw(request=request, by=CARRIER, at=later(5))
    elif how == "declined":
        found = outside.visit(token, at=later(2))
        with outside.scope_of(found) as by:
            filing_requests.decline(request=found, reason="Not ours.", by=by, at=later(5))
    elif how == "made up":
        token = token[::-1]
    else:
        when = DUE + timedelta(days=8)
        if how == "expired":
            following.follow(at=when)

    with pytest.raises(outside.NoSuchLink) as refusal:
        outside.visit(token, at=when)
    assert refusal.value.message == outside.NoSuchLink().message


def test_what_comes_from_outside_is_a_draft_of_who_asked(two: Pair) -> None:
    request = two.send(asked_eori=FOREIGN, filing=None, key={**KEY, "carrier": two.carrier.eori})
    following.follow(at=later(1))
    found = outside.visit(link(mail.outbox[0]), at=later(2))
    document = house_of(two.master, FOREIGN)
    document.set("consignmentMasterLevel/consignmentHouseLevel/transportDocumentMasterLevel/documentNumber", "BL1")

    with outside.scope_of(found) as by:
        filing = outside.hand_over(request=found, document=document, by=by, at=later(3))
        kept = (filing.operator_id, filing.state, filing.source)

    assert kept == (two.carrier.pk, "draft", "outside")
    seen = state(two, request)
    assert (seen.state, seen.match["links"]) == (RequestState.HANDED_OVER, True)
    with tenant_scope(two.carrier.pk):
        assert AuditEvent.objects.filter(deed="filing_request.handed_over", actor=f"Outside, {FOREIGN}").exists()


def test_another_kind_of_document_is_not_taken_from_outside(two: Pair) -> None:
    outside_request(two)
    following.follow(at=later(1))
    found = outside.visit(link(mail.outbox[0]), at=later(2))

    with outside.scope_of(found) as by, pytest.raises(filing_requests.OtherKind):
        outside.hand_over(request=found, document=factories.document("IE3F26"), by=by, at=later(3))


def test_the_state_of_the_other_ones_filing_is_seen_and_when_customs_has_it(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filings.outbox.ring", lambda *_, **__: None)
    request = two.send()
    with tenant_scope(two.forwarder.pk):
        house = drafting.create(document=house_of(two.master, two.forwarder.eori), by=FORWARDER, at=NOW, source="web")
        filing_requests.attach(request=request, filing=house, by=FORWARDER, at=later(5))
        submission.submit(filing=house, by=FORWARDER, at=later(6), despite_findings=True)
    following.follow(at=later(7))
    with tenant_scope(two.carrier.pk):
        assert [each.state for each in request.answers.all()] == ["queued"]
    with tenant_scope(two.forwarder.pk):
        responses.handed_over(filing=house, message_id="x@test", at=later(8))
        responses.register(filing=house, document=factories.registration(house), message_id="m@customs", at=later(9))

    following.follow(at=later(10))

    assert state(two, request).state == RequestState.LODGED
    with tenant_scope(two.carrier.pk):
        assert not selectors.filings(message_type=HOUSE).exists()


def test_a_change_of_the_master_reaches_the_other_side(two: Pair) -> None:
    request = two.send()
    two.accept(request)
    with tenant_scope(two.carrier.pk):
        document = selectors.document_of(two.master)
        document.set("consignmentMasterLevel/transportDocumentMasterLevel/documentNumber", "ANOTHER")
        drafting.change(filing=two.master, document=document, revision=two.master.revision, by=CARRIER, at=later(70))

    following.follow(at=later(80))
    following.follow(at=later(90))

    seen = two.seen_by(two.forwarder, request)
    assert seen is not None
    assert seen.key["master document"] == ["ANOTHER"]
    assert (seen.match["links"], seen.match["differs"]) == (False, ["master document"])


def test_a_reminder_comes_a_day_before_and_when_it_is_due_and_not_after(two: Pair) -> None:
    outside_request(two)
    hours = [0, 47, 49, 71, 73, 100]
    counts = []
    for hour in hours:
        following.follow(at=NOW + timedelta(hours=hour))
        counts.append(len(mail.outbox))

    assert counts == [1, 1, 2, 2, 3, 3]
    assert mail.outbox[1].subject.startswith("Reminder: ")


def test_what_nobody_answered_expires(two: Pair) -> None:
    request = two.send()

    following.follow(at=DUE + timedelta(days=7, seconds=1))

    assert state(two, request).state == RequestState.EXPIRED
    with tenant_scope(two.forwarder.pk):
        assert AuditEvent.objects.filter(deed="filing_request.expired", actor="Landfall").exists()


def test_a_mail_is_sent_again_only_so_often(two: Pair) -> None:
    request = outside_request(two)
    with tenant_scope(two.carrier.pk):
        for minute in range(sending.MOST_MAILS):
            sending.mail_again(request=request, by=CARRIER, at=later(60 * minute))
        with pytest.raises(sending.TooManyRequests):
            sending.mail_again(request=request, by=CARRIER, at=later(999))
        sending.mail_again(request=request, by=CARRIER, at=NOW + timedelta(days=2))


def test_a_draft_that_is_discarded_is_not_said_to_link(two: Pair) -> None:
    request = two.send()
    draft = two.accept(request)
    with tenant_scope(two.forwarder.pk):
        drafting.discard(filing=draft, by=FORWARDER, at=later(70))

    following.follow(at=later(80))

    assert state(two, request).match == {}
