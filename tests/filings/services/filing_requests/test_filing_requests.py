"""Asking another operator to lodge what a filing expects: what each side may see and do, and what the database refuses."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from filings.models import Filing, FilingRequest, FilingRequestAnswer, FilingRequestEvent
from filings.models.filing_request import RequestClosed, RequestState
from filings.services import drafting
from filings.services.filing_requests import filing_requests, keys, sending
from tenants.models import AuditEvent, Operator
from tenants.scope import tenant_scope
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


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


def trail(of: Operator) -> list[tuple[str, str]]:
    with tenant_scope(of.pk):
        found = AuditEvent.objects.filter(deed__startswith="filing_request.").order_by("at")
        return list(found.values_list("deed", "actor"))


def test_a_request_tells_the_key_of_the_master_and_nothing_else_of_it(two: Pair) -> None:
    request = two.send(note="Before the vessel is loaded, please.")

    seen = two.seen_by(two.forwarder, request)
    assert seen is not None
    assert seen.key == {
        "master document": ["NDML001012359"], "supplementary declarant": [two.forwarder.eori], "carrier": [two.carrier.eori],
    }  # fmt: skip
    assert (seen.totals, seen.match, seen.state) == ({}, {}, RequestState.SENT)


def test_accepting_starts_a_draft_that_will_link(two: Pair) -> None:
    request = two.send()

    draft = two.accept(request)

    assert (draft.operator_id, draft.message_type, draft.declarant) == (two.forwarder.pk, HOUSE, two.forwarder.eori)
    seen = two.seen_by(two.carrier, request)
    assert seen is not None
    assert seen.match["links"] is True
    with tenant_scope(two.carrier.pk):
        [answer] = seen.answers.all()
        assert (answer.state, answer.links) == ("draft", True)


def test_neither_side_can_read_the_other_ones_filing(two: Pair) -> None:
    draft = two.accept(two.send())

    for operator, other in ((two.carrier, draft), (two.forwarder, two.master)):
        with tenant_scope(operator.pk):
            assert not Filing.objects.filter(pk=other.pk).exists()


def test_a_third_operator_sees_nothing(two: Pair) -> None:
    two.accept(two.send())

    with tenant_scope(two.third.pk):
        assert not any(model.objects.exists() for model in (FilingRequest, FilingRequestAnswer, FilingRequestEvent))


@pytest.mark.parametrize("table", ["filingrequest", "filingrequestanswer", "filingrequestevent"])
def test_the_database_itself_shows_a_row_to_its_two_sides_only(two: Pair, table: str) -> None:
    from django.db import connection

    two.accept(two.send())
    seen = []
    for operator in (two.carrier, two.forwarder, two.third):
        with tenant_scope(operator.pk), connection.cursor() as cursor:
            cursor.execute(f"select count(*) from filings_{table}")  # noqa: S608
            seen.append(cursor.fetchone()[0])

    assert seen[0] == seen[1] > 0 == seen[2]


def test_a_weight_that_differs_is_told_when_both_sides_agree_to_compare(two: Pair) -> None:
    request = two.send(share_totals=True)
    with tenant_scope(two.forwarder.pk):
        document = house_of(two.master, two.forwarder.eori)
        document.set("consignmentMasterLevel/consignmentHouseLevel/totalGrossMass", "4397.5")
        house = drafting.create(document=document, by=FORWARDER, at=NOW, source="web")
        filing_requests.attach(request=request, filing=house, by=FORWARDER, at=later(5), compares=True)

    seen = two.seen_by(two.carrier, request)
    assert seen is not None
    assert "The filings that were asked for weigh 12.5 kg less than the filing above them." in seen.match["words"]


@pytest.mark.parametrize(("share", "compares"), [(True, False), (False, True)])
def test_weights_are_not_compared_unless_both_agree(two: Pair, share: bool, compares: bool) -> None:
    request = two.send(share_totals=share)
    with tenant_scope(two.forwarder.pk):
        house = drafting.create(document=house_of(two.master, two.forwarder.eori), by=FORWARDER, at=NOW, source="web")
        filing_requests.attach(request=request, filing=house, by=FORWARDER, at=later(5), compares=compares)

    seen = two.seen_by(two.carrier, request)
    assert seen is not None
    assert seen.match["words"] == ["It will link: the master document, supplementary declarant, carrier agree."]
    with tenant_scope(two.carrier.pk):
        assert [each.totals for each in seen.answers.all()] == ([{}] if not compares else [{"mass": "4410", "packages": "350"}])


def test_the_field_that_keeps_two_filings_apart_is_named(two: Pair) -> None:
    request = two.send()
    with tenant_scope(two.forwarder.pk):
        document = house_of(two.master, two.forwarder.eori)
        document.set("consignmentMasterLevel/consignmentHouseLevel/carrier/identificationNumber", "NL000000000")
        house = drafting.create(document=document, by=FORWARDER, at=NOW, source="web")
        filing_requests.attach(request=request, filing=house, by=FORWARDER, at=later(5))

    seen = two.seen_by(two.carrier, request)
    assert seen is not None
    assert (seen.match["links"], seen.match["differs"]) == (False, ["carrier"])
    assert "NL000000000" not in str(seen.match)


def test_a_reason_comes_with_a_refusal(two: Pair) -> None:
    request = two.send()
    with tenant_scope(two.forwarder.pk):
        with pytest.raises(filing_requests.ReasonMissing):
            filing_requests.decline(request=request, reason=" ", by=FORWARDER, at=later(1))
        filing_requests.decline(request=request, reason="Not our shipment.", by=FORWARDER, at=later(2))

    seen = two.seen_by(two.carrier, request)
    assert seen is not None
    assert (seen.state, seen.reason) == (RequestState.DECLINED, "Not our shipment.")


@pytest.mark.parametrize(("side", "state"), [("carrier", RequestState.WITHDRAWN), ("forwarder", RequestState.LEFT)])
def test_either_side_takes_its_consent_back_and_nothing_is_shared_any_more(two: Pair, side: str, state: str) -> None:
    request = two.send(share_totals=True, note="A note")
    draft = two.accept(request, compares=True)
    with tenant_scope(getattr(two, side).pk):
        filing_requests.withdraw(request=request, by=CARRIER, at=later(90))

    for operator in (two.carrier, two.forwarder):
        seen = two.seen_by(operator, request)
        assert seen is not None
        assert (seen.state, seen.key, seen.totals, seen.match, seen.note) == (state, {}, {}, {}, "")
        with tenant_scope(operator.pk):
            assert [(each.state, each.links, each.totals) for each in seen.answers.all()] == [("", None, {})]
    with tenant_scope(two.forwarder.pk):
        assert Filing.objects.filter(pk=draft.pk).exists()


def test_what_is_over_stays_over(two: Pair) -> None:
    request = two.send()
    with tenant_scope(two.carrier.pk):
        filing_requests.withdraw(request=request, by=CARRIER, at=later(5))

    with pytest.raises(RequestClosed):
        two.accept(request)


@pytest.mark.parametrize("verb", ["accept", "decline", "mail_again"])
def test_each_deed_belongs_to_one_side(two: Pair, verb: str) -> None:
    request = two.send()
    wrong = two.forwarder if verb == "mail_again" else two.carrier
    more: dict[str, Any] = {"reason": "No."} if verb == "decline" else {}
    deed = getattr(sending if verb == "mail_again" else filing_requests, verb)

    with tenant_scope(wrong.pk), pytest.raises(filing_requests.NotYourSide):
        deed(request=request, by=CARRIER, at=later(5), **more)


def test_both_trails_tell_every_deed_and_the_other_ones_people_stay_unnamed(two: Pair) -> None:
    request = two.send()
    two.accept(request)
    with tenant_scope(two.forwarder.pk):
        filing_requests.withdraw(request=request, by=FORWARDER, at=later(99))

    assert trail(two.carrier) == [
        ("filing_request.sent", "Carla"), ("filing_request.accepted", "Forwarder"), ("filing_request.withdrawn", "Forwarder"),
    ]  # fmt: skip
    assert trail(two.forwarder) == [
        ("filing_request.sent", "Carrier"), ("filing_request.accepted", "Frits"), ("filing_request.withdrawn", "Frits"),
    ]  # fmt: skip
    assert trail(two.third) == []


def test_nobody_writes_into_a_trail_without_a_request_that_both_share(two: Pair) -> None:
    request = two.send()
    line = {"at": NOW, "actor": "x", "deed": "x", "target_id": str(request.pk)}

    for operator, target, kind in (
        (two.third, two.forwarder, "filings.filingrequest"),
        (two.carrier, two.third, "filings.filingrequest"),
        (two.carrier, two.forwarder, "filings.filing"),
    ):
        with tenant_scope(operator.pk), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            AuditEvent.objects.create(operator=target, target_type=kind, **line)


@pytest.mark.parametrize(
    "changes",
    [{"asked_eori": "nonsense!"}, {"mail": "nobody"}, {"asked_eori": None}],
    ids=["no EORI", "no address", "one's own"],
)
def test_a_request_needs_somebody_else_and_an_address(two: Pair, changes: dict[str, Any]) -> None:
    own = {"asked_eori": two.carrier.eori} if changes.get("asked_eori", "") is None else changes

    with pytest.raises(sending.BadAddress):
        two.send(**own)


@pytest.mark.parametrize("days", [-1, 0, 201])
def test_it_is_due_in_time(two: Pair, days: int) -> None:
    with pytest.raises(sending.BadTime):
        two.send(due_at=NOW + timedelta(days=days))


def test_without_a_filing_the_key_is_given_by_hand_and_must_be_whole(two: Pair) -> None:
    key = {"master document": "BL1", "carrier": two.carrier.eori}
    request = two.send(filing=None, key=key)

    with pytest.raises(keys.KeyIncomplete, match="carrier"):
        two.send(filing=None, key={"master document": "BL1"})
    with pytest.raises(keys.UnknownCombination):
        two.send(combination="air-house")
    assert request.key["supplementary declarant"] == [two.forwarder.eori]


def test_who_is_no_operator_here_gets_a_request_all_the_same(two: Pair) -> None:
    key = {"master document": "BL1", "carrier": two.carrier.eori}
    request = two.send(asked_eori="FR12345678901", filing=None, key=key)

    assert (request.asked, request.state, request.mail_due_at) == (None, RequestState.SENT, NOW)


def test_one_address_gets_only_so_many_in_a_day(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MOST_TO_ONE", 2)
    two.send()
    two.send()

    with pytest.raises(sending.TooManyRequests):
        two.send(mail=MAIL.upper())
    two.send(mail="another@forwarder.example")
    two.send(at=NOW + timedelta(days=2), due_at=DUE + timedelta(days=2))


def test_a_second_filing_for_the_same_request(two: Pair) -> None:
    request = two.send()
    first, second = two.accept(request), two.accept(request)

    assert first.pk != second.pk
    with tenant_scope(two.carrier.pk):
        assert request.answers.count() == 2


def test_what_no_message_set_has_any_more_is_refused_and_not_accepted(two: Pair) -> None:
    request = two.send()
    forget_message(two, request)

    with pytest.raises(filing_requests.MessageSetMissing) as refused:
        two.accept(request)
    assert "not loaded here" in refused.value.message

    seen = two.seen_by(two.carrier, request)
    assert seen is not None
    assert seen.state == RequestState.SENT


def test_a_filing_whose_message_set_is_gone_is_no_answer(two: Pair) -> None:
    request = two.send()
    with tenant_scope(two.forwarder.pk):
        filing = drafting.create(document=house_of(two.master, two.forwarder.eori), by=FORWARDER, at=NOW, source="web")
        filing.version = ""
        with pytest.raises(filing_requests.MessageSetMissing):
            filing_requests.attach(request=request, filing=filing, by=FORWARDER, at=later(5))


def test_a_filing_of_another_kind_is_no_answer(two: Pair) -> None:
    request = two.send()
    with tenant_scope(two.forwarder.pk):
        from tests import factories

        other = factories.draft("IE3F26")
        with pytest.raises(filing_requests.OtherKind):
            filing_requests.attach(request=request, filing=other, by=FORWARDER, at=later(5))
