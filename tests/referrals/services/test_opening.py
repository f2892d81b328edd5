"""Customs' requests become cases: once, whatever comes twice, late or in any order."""

from datetime import UTC, datetime

import pytest

from filings.messages.document import Document
from filings.models import Filing, JourneyFacts
from filings.services.voyages import journeys
from referrals import selectors
from referrals.lifecycle import State
from referrals.models import CarrierCopy, Case, Goods, Request
from referrals.services import copies, opening
from tenants.actors import SYSTEM
from tenants.models import AuditEvent
from tests.factories import NOW, answer, later
from tests.referrals.asking import asked, forbidden, question, told


def test_a_message_opens_a_case_with_its_requests_and_goods(filing: Filing) -> None:
    case = asked(filing, "RFI", "AMD")

    assert (case.kinds, case.state, case.mrn, case.filing_id) == ("AMD RFI", "open", filing.mrn, filing.pk)
    assert [request.kind for request in case.requests.all()] == ["RFI", "AMD"]
    assert case.requests.get(kind="RFI").asks["information"] == [{"text": "State what the goods are used for."}]
    assert [(goods.kind, goods.number, goods.forbidden) for goods in case.goods.all()] == [("house", "HAWB-1", False)]
    assert AuditEvent.objects.filter(deed="referral.opened", target_id=str(case.pk)).count() == 1


def test_the_same_message_again_opens_nothing(filing: Filing) -> None:
    document = question(filing, "RFI")
    told(filing, document, "m1")

    told(filing, document, "m1")
    told(filing, document, "m2")

    assert Case.objects.count() == Request.objects.count() == 1


def test_a_request_repeated_in_another_message_stays_one(filing: Filing) -> None:
    document = question(filing, "RFI")
    told(filing, document)
    document.set("documentIssueDate", "2026-11-23T10:00:00Z")
    document.set("referralRequestDetails[2]/referralRequestReference", "RFR-NEW")
    document.set("referralRequestDetails[2]/requestType", "AMD")

    told(filing, document)

    first, second = Case.objects.order_by("asked_at")
    assert first.events.filter(kind="repeated").count() == 1
    assert [request.reference for request in second.requests.all()] == ["RFR-NEW"]


def test_requests_of_unknown_kind_open_nothing(filing: Filing) -> None:
    told(filing, question(filing, "XYZ"))

    assert not Case.objects.exists()


def test_what_is_asked_about_an_invalidated_filing_is_set_aside(filing: Filing) -> None:
    told_off(filing)

    case = asked(filing, "RFI")

    assert (case.state, case.requests.get().state) == ("closed", State.SET_ASIDE)


def test_invalidating_a_filing_sets_aside_what_was_asked(filing: Filing) -> None:
    case = asked(filing, "RFI")

    told_off(filing)

    case.refresh_from_db()
    assert (case.state, case.requests.get().state) == ("closed", State.SET_ASIDE)


def told_off(filing: Filing) -> None:
    from filings.services import responses

    responses.note(filing=filing, document=answer("IE3R07", MRN=filing.mrn), message_id="r07", at=later(15))


def test_a_request_without_a_filing_of_ours_is_kept(acme: object) -> None:
    document = question(Filing(mrn="26BE00000000000001", declarant="DE1"), "RFI")

    case = opening.ask(filing=None, document=document, message_id="m", at=NOW)

    assert case is not None
    assert (case.filing, case.of_copy) == (None, True)


# --- By when ---------------------------------------------------------------------------------------------------------------


def test_the_due_time_is_the_first_moment_ahead_less_the_buffer(filing: Filing) -> None:
    loading = datetime(2026, 11, 24, 12, tzinfo=UTC)
    journeys.enter(filing=filing, facts={"loading_at": loading}, by=SYSTEM, at=NOW)
    journeys.set_buffers(minutes={"": 90}, by=SYSTEM, at=NOW)

    case = asked(filing, "RFI")

    assert (case.due_at, case.due_reason) == (datetime(2026, 11, 24, 10, 30, tzinfo=UTC), "loading")


def test_a_change_of_the_journey_changes_the_due_time(filing: Filing) -> None:
    case = asked(filing, "RFI")

    journeys.enter(filing=filing, facts={"loading_at": datetime(2026, 11, 23, 18, tzinfo=UTC)}, by=SYSTEM, at=NOW)

    case.refresh_from_db()
    assert (case.due_at, case.due_reason) == (datetime(2026, 11, 23, 18, tzinfo=UTC), "loading")
    assert case.events.filter(kind="due").count() == 1


def test_nothing_is_due_of_which_nothing_is_known(filing: Filing) -> None:
    JourneyFacts.objects.all().delete()
    filing.document.pop("activeBorderTransportMeans", None)
    filing.save()

    case = asked(filing, "RFI")

    assert (case.due_at, case.due_words) == (None, "nothing is known of the journey")


# --- Do not load, and copies -----------------------------------------------------------------------------------------------


def test_do_not_load_names_what_must_stay(filing: Filing) -> None:
    case = forbidden(filing, "MSCU1234566", "MSCU1234567")

    assert (case.kinds, case.is_alarm, case.of_copy) == ("DNL", True, False)
    assert selectors.forbidden(filing) == {"HAWB-1", "MSCU1234566", "MSCU1234567"}
    assert list(selectors.alarms()) == [case]
    assert Goods.objects.filter(forbidden=True).count() == 3


def test_do_not_load_about_another_ones_filing_is_a_copy(filing: Filing) -> None:
    document = answer("IE3Q01", MRN="26BE0000000000OTH0", doNotLoadDetails__receptacle__receptacleIdentificationNumber="R1")

    case = opening.forbid(filing=filing, document=document, message_id="m", at=NOW)

    assert case is not None
    assert case.of_copy


@pytest.mark.parametrize("message", ["IE3N04", "IE3N05"])
def test_the_carriers_copy_is_kept_and_never_a_case(acme: object, message: str) -> None:
    document = _copy(message)

    for _ in range(2):
        copies.keep(filing=None, document=document, message_id="m", at=NOW)

    assert [copy.message_type for copy in CarrierCopy.objects.all()] == [message]
    assert not Case.objects.exists()


def _copy(message: str) -> Document:
    return answer(
        message, MRN="26BE00000000000001", carrier__identificationNumber="DE1",
        referralRequestDetails__referralRequestReference="RFR1", referralRequestDetails__requestType="RFI",
    )  # fmt: skip


def test_what_customs_tells_about_ones_own_filing_is_no_copy(filing: Filing) -> None:
    own = answer("IE3N03", MRN=filing.mrn, declarant__identificationNumber=filing.declarant)
    others = answer("IE3N03", MRN="26BE0000000000OTH0", declarant__identificationNumber="FR999")

    copies.keep_of_another(filing=filing, document=own, message_id="m1", at=NOW)
    copies.keep_of_another(filing=filing, document=others, message_id="m2", at=NOW)

    assert [copy.message_id for copy in CarrierCopy.objects.all()] == ["m2"]
