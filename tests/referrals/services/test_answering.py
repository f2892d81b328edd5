"""Answers: drafted, checked, sent as one message with their files, and followed until customs has them."""

import pytest

from filings.lifecycle import State as FilingState
from filings.messages import xml
from filings.models import Attachment, Filing, OutboxMessage
from filings.services import drafting, responses, submission
from referrals.lifecycle import NotAllowed, State
from referrals.models import Case, Request
from referrals.services import amending, answering, approving, attaching, following, handling, ruling
from referrals.services.answering import Given, Screening
from referrals.services.attaching import File
from tenants.actors import SYSTEM, person
from tenants.models import Member, Operator
from tests import factories
from tests.factories import ALICE, NOW, answer, later
from tests.referrals.asking import JPEG, PDF, asked, forbidden, question, told

SCREENED = Screening(
    result="1",
    methods=("XRY", "ZZZ"),
    person={"name": "Ann Screener", "identificationNumber": "BE123", "typeOfPerson": "1"},
    address={"city": "Liège", "country": "BE", "street": "Rue du Fret", "number": "4", "postCode": "4460"},
)


def first(case: Case) -> Request:
    request: Request = case.requests.get()
    return request


def keep(case: Case, *, text: str = "Toys made of wood.", files: tuple[File, ...] = (), **more: object) -> Filing:
    given = {each.reference: Given(text=text, files=files, **more) for each in case.requests.all()}  # type: ignore[arg-type]
    return answering.keep(case=case, given=given, by=ALICE, at=NOW, source="web")


def sent_message(draft: Filing) -> OutboxMessage:
    row: OutboxMessage = OutboxMessage.objects.get(filing=draft)
    return row


def refused(draft: Filing, code: str = "98") -> None:
    document = answer(
        "IE3N99", functionalReference=draft.mrn, notificationDate="2026-11-23T10:00:00Z", error__validationCode=code,
        error__description="There is no request with this reference.",
    )  # fmt: skip
    responses.reject(filing=draft, document=document, message_id="n99", at=later(40))


def test_information_leaves_as_one_message_with_its_files(filing: Filing) -> None:
    case = asked(filing, "RFI", "RFI")

    draft = keep(case, files=(File("invoice.PDF", PDF, "Invoice"), File("photo", JPEG)))
    left = answering.send(answer=draft, by=ALICE, at=later(30))

    assert left
    written = xml.read(bytes(sent_message(draft).payload))
    assert written.values("additionalInformationResponse/additionalInformation/text") == ["Toys made of wood."] * 2
    assert written.value("MRN") == filing.mrn
    assert written.values("additionalInformationResponse/binaryAttachment/MIME") == ["application/pdf", "image/jpeg"] * 2
    named = written.values("additionalInformationResponse/binaryAttachment/identification")
    assert sorted(named) == sorted(Attachment.objects.values_list("identification", flat=True))
    assert {request.state for request in case.requests.all()} == {State.SENDING}


def test_a_case_stays_open_until_customs_has_the_answer(filing: Filing) -> None:
    case = asked(filing, "RFI")
    draft = keep(case)
    answering.send(answer=draft, by=ALICE, at=later(30))
    case.refresh_from_db()
    assert case.is_open

    responses.handed_over(filing=draft, message_id="receipt", at=later(31))

    case.refresh_from_db()
    filing.refresh_from_db()
    assert (case.state, first(case).state, filing.asked) == ("closed", State.ANSWERED, "answered")


@pytest.mark.parametrize("receipt_first", [True, False])
def test_a_refused_answer_opens_the_request_again_with_customs_words(filing: Filing, receipt_first: bool) -> None:
    case = asked(filing, "RFI")
    draft = keep(case)
    answering.send(answer=draft, by=ALICE, at=later(30))

    if receipt_first:
        responses.handed_over(filing=draft, message_id="receipt", at=later(31))
    refused(draft)
    responses.handed_over(filing=draft, message_id="receipt", at=later(41))

    case.refresh_from_db()
    filing.refresh_from_db()
    assert (case.state, first(case).state, filing.asked) == ("open", State.REFUSED, "open")
    assert "There is no request with this reference (98)" in case.events.get(kind="refused").sentence


def test_a_refused_request_is_answered_anew(filing: Filing) -> None:
    case = asked(filing, "RFI")
    draft = keep(case)
    answering.send(answer=draft, by=ALICE, at=later(30))
    refused(draft)

    again = keep(case, text="Better.")
    answering.send(answer=again, by=ALICE, at=later(50))
    responses.handed_over(filing=draft, message_id="late", at=later(51))

    assert first(case).state == State.SENDING
    assert again.pk != draft.pk


def test_what_could_not_be_delivered_is_sent_again(filing: Filing) -> None:
    case = asked(filing, "RFI")
    draft = keep(case)
    answering.send(answer=draft, by=ALICE, at=later(30))
    responses.not_delivered(filing=draft, reason="Down.", at=later(31))
    assert first(case).state == State.FAILED

    submission.send_again(filing=draft, by=ALICE, at=later(32))

    assert first(case).state == State.SENDING


def test_a_draft_is_changed_and_requests_leave_it(filing: Filing) -> None:
    case = asked(filing, "RFI", "RFI")
    draft = keep(case, files=(File("a.pdf", PDF),))
    one, two = case.requests.all()
    [kept] = Attachment.objects.filter(belongs_to=one.reference)

    answering.keep(
        case=case, given={one.reference: Given("New.", removed=frozenset({kept.pk}))}, by=ALICE, at=later(5), source="web",
        answer=draft,
    )  # fmt: skip

    two.refresh_from_db()
    assert (two.state, two.answer) == (State.OPEN, None)
    assert not Attachment.objects.exists()
    assert answering.given_by(draft)[one.reference].text == "New."


def test_a_discarded_draft_opens_its_requests(filing: Filing) -> None:
    case = asked(filing, "RFI")
    draft = keep(case, files=(File("a.pdf", PDF),))

    drafting.discard(filing=draft, by=ALICE, at=later(5))

    assert (first(case).state, first(case).answer) == (State.OPEN, None)
    assert not Attachment.objects.exists()


def test_screening_results_leave_as_the_answer(filing: Filing) -> None:
    case = asked(filing, "RFS", message="IE3Q03")

    draft = keep(case, text="", screening=SCREENED)
    answering.send(answer=draft, by=ALICE, at=later(30))

    written = xml.read(bytes(sent_message(draft).payload))
    assert written.values("hrcmScreeningResults/screeningMethod/method") == ["XRY", "ZZZ"]
    assert written.value("hrcmScreeningResults/referralRequestReference") == first(case).reference
    assert written.value("hrcmScreeningResults/facilityPlace/address/city") == "Liège"


def test_screening_results_may_stand_beside_information(filing: Filing) -> None:
    case = asked(filing, "RFI")

    draft = keep(case, screening=SCREENED)
    answering.send(answer=draft, by=ALICE, at=later(30))

    written = xml.read(bytes(sent_message(draft).payload))
    assert written.value("hrcmScreeningResults/transportDocumentHouseLevel/documentNumber") == "HAWB-1"
    assert answering.given_by(draft)[first(case).reference].screening == SCREENED


def test_one_method_is_not_enough(filing: Filing) -> None:
    case = asked(filing, "RFS", message="IE3Q03")
    draft = keep(case, text="", screening=Screening(result="1", methods=("XRY",)))

    with pytest.raises(submission.HasFindings):
        answering.send(answer=draft, by=ALICE, at=later(30))

    assert first(case).state == State.DRAFTED


def test_a_request_to_amend_is_not_answered_by_a_text(filing: Filing) -> None:
    case = asked(filing, "AMD")

    with pytest.raises(answering.OtherAnswer):
        keep(case)


def test_what_is_answered_is_not_answered_again_unless_taken_up(filing: Filing) -> None:
    case = asked(filing, "RFI")
    draft = keep(case)
    answering.send(answer=draft, by=ALICE, at=later(30))
    responses.handed_over(filing=draft, message_id="receipt", at=later(31))
    with pytest.raises(answering.NotWaiting):
        keep(case)

    handling.take_up(request=first(case), by=ALICE, at=later(32))

    case.refresh_from_db()
    assert case.is_open
    assert keep(case).pk != draft.pk


def test_an_answer_after_do_not_load_is_possible(filing: Filing) -> None:
    case = asked(filing, "RFI")
    forbidden(filing)

    assert answering.send(answer=keep(case), by=ALICE, at=later(30))


def test_long_texts_are_cut_between_words() -> None:
    found = answering.paragraphs("One.\n\n" + "word " * 300)

    assert found[0] == "One."
    assert all(len(piece) <= 512 and piece.split()[-1] == "word" for piece in found[1:])
    assert sum(piece.count("word") for piece in found) == 300


# --- Files -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"MZ\x90\0", b"%PDF-1.4 cut off", b"\xff\xd8\xffno end", b"<html>%PDF"])
def test_files_are_known_by_their_content(filing: Filing, data: bytes) -> None:
    with pytest.raises(attaching.NotTaken):
        keep(asked(filing, "RFI"), files=(File("fine.pdf", data),))


@pytest.mark.parametrize(
    ("files", "words"), [(10, "One answer takes 9 files"), (1, "a message has room for")], ids=["too many", "too large"]
)
def test_files_must_fit(filing: Filing, files: int, words: str) -> None:
    data = PDF if files > 1 else PDF[:20] + b"x" * attaching.ROOM + PDF[20:]

    with pytest.raises(attaching.TooMuch, match=words):
        keep(asked(filing, "RFI"), files=tuple(File(f"{number}.pdf", data) for number in range(files)))


def test_names_of_files_are_plain() -> None:
    assert attaching._name("../../etc/pass:wd", "application/pdf") == "pass_wd.pdf"
    assert attaching._name("C:\\scans\\Foto.JPEG", "image/jpeg") == "Foto.JPEG"


# --- Amendments ------------------------------------------------------------------------------------------------------------


def test_a_request_to_amend_opens_the_amendment_with_reference_and_marks(filing: Filing) -> None:
    place = f"/{filing.message_type}/consignmentMasterLevel/consignmentHouseLevel/goodsItem/commodity/descriptionOfGoods"
    document = question(filing, "AMD")
    document.set("referralRequestDetails/pointer/messageElementPath", place)
    told(filing, document)
    case = Case.objects.get()

    draft = amending.start(case=case, request=first(case), by=ALICE, at=later(30))

    from filings.services import amending as of_filings

    assert draft.document["referralRequestReference"] == first(case).reference
    [mark] = of_filings.marks_of(draft)
    assert mark.path == place.replace(filing.message_type, draft.message_type)
    assert "State what the goods are used for" in mark.words
    assert (first(case).state, first(case).answer_id) == (State.DRAFTED, draft.pk)


def test_a_request_to_amend_is_answered_once_customs_has_amended(filing: Filing) -> None:
    case = asked(filing, "AMD")
    draft = amending.start(case=case, request=first(case), by=ALICE, at=later(30))
    submission.submit(filing=draft, by=ALICE, at=later(31))
    responses.handed_over(filing=draft, message_id="receipt", at=later(32))
    assert first(case).state == State.SENDING

    done = answer("IE3N10", MRN=filing.mrn, completionDate="2026-11-23T10:00:00Z")
    responses.fulfil(filing=draft, document=done, message_id="n10", at=later(33))

    case.refresh_from_db()
    assert (case.state, first(case).state) == ("closed", State.ANSWERED)


def test_an_amendment_names_one_request(filing: Filing) -> None:
    case = asked(filing, "AMD", "AMD")
    one, two = case.requests.all()
    amending.start(case=case, request=one, by=ALICE, at=later(30))

    with pytest.raises(amending.OtherRequestFirst):
        amending.start(case=case, request=two, by=ALICE, at=later(31))

    two.refresh_from_db()
    assert two.state == State.OPEN
    one.refresh_from_db()
    assert one.answer is not None
    assert one.answer.document["referralRequestReference"] == one.reference


def test_an_amendment_that_can_name_none_answers_all(acme: Operator) -> None:
    from tests.referrals.asking import registered

    post = registered("IE3F42", mrn="26BE00000000POST01")
    case = asked(post, "AMD", "AMD")
    one, _ = case.requests.all()

    draft = amending.start(case=case, request=one, by=ALICE, at=later(30))

    assert {(each.state, each.answer_id) for each in case.requests.all()} == {(State.DRAFTED, draft.pk)}


def test_an_amendment_drafted_by_another_way_answers_the_request_it_names(filing: Filing) -> None:
    from filings.services import amending as of_filings

    case = asked(filing, "AMD")
    draft = of_filings.start(filing=filing, by=ALICE, at=later(30), referral=first(case).reference)

    submission.submit(filing=draft, by=ALICE, at=later(31))

    assert (first(case).state, first(case).answer_id) == (State.SENDING, draft.pk)


def test_an_amendment_keeps_the_reference_it_answers(filing: Filing) -> None:
    from filings import selectors as of_filings

    case = asked(filing, "AMD")
    draft = amending.start(case=case, request=first(case), by=ALICE, at=later(30))
    document = of_filings.document_of(draft)
    document.set("referralRequestReference", None)
    drafting.change(filing=draft, document=document, revision=draft.revision, by=ALICE, at=later(31))

    with pytest.raises(following.ReferenceGone):
        submission.submit(filing=draft, by=ALICE, at=later(32))


# --- Four eyes -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def people(acme: Operator) -> list[Member]:
    for name in ("ann", "ben"):
        factories.member(acme, name)
    ruling.rule(four_eyes=True, answer_within=None, escalate_before=60, second_person=None, by=SYSTEM, at=NOW)
    return list(Member.objects.select_related("user").order_by("user__email"))


def test_a_second_person_approves_before_it_leaves(filing: Filing, people: list[Member]) -> None:
    ann, ben = (person(each) for each in people)
    case = asked(filing, "RFI")
    draft = keep(case)

    assert not answering.send(answer=draft, by=ann, at=later(30))
    assert first(case).state == State.APPROVAL
    with pytest.raises(approving.SamePerson):
        answering.approve(answer=draft, by=ann, at=later(31))
    with pytest.raises(approving.NotAPerson):
        answering.approve(answer=draft, by=ALICE, at=later(31))
    answering.approve(answer=draft, by=ben, at=later(32))

    draft.refresh_from_db()
    assert (draft.state, first(case).state) == (FilingState.QUEUED, State.SENDING)


def test_no_door_lets_an_unapproved_answer_out(filing: Filing, people: list[Member]) -> None:
    case = asked(filing, "AMD")
    draft = amending.start(case=case, request=first(case), by=ALICE, at=later(30))

    with pytest.raises(approving.NeedsApproval):
        submission.submit(filing=draft, by=ALICE, at=later(31))

    assert not OutboxMessage.objects.filter(filing=draft).exists()


def test_what_was_changed_after_the_question_is_not_approved(filing: Filing, people: list[Member]) -> None:
    ann, ben = (person(each) for each in people)
    case = asked(filing, "RFI")
    draft = keep(case)
    answering.send(answer=draft, by=ann, at=later(30))

    changed = {first(case).reference: Given("Something else.")}
    answering.keep(case=case, given=changed, by=ann, at=later(31), source="web", answer=draft)

    assert first(case).state == State.DRAFTED
    with pytest.raises(approving.NothingToApprove):
        answering.approve(answer=draft, by=ben, at=later(32))


def test_an_answer_is_sent_back(filing: Filing, people: list[Member]) -> None:
    case = asked(filing, "RFI")
    draft = keep(case)
    answering.send(answer=draft, by=person(people[0]), at=later(30))

    answering.send_back(answer=draft, why="Name the maker.", by=person(people[1]), at=later(31))

    assert first(case).state == State.DRAFTED
    assert case.events.filter(kind="drafted", sentence__contains="Name the maker.").exists()


def test_what_is_under_way_is_not_set_aside(filing: Filing) -> None:
    case = asked(filing, "RFI")
    answering.send(answer=keep(case), by=ALICE, at=later(30))

    with pytest.raises(NotAllowed):
        handling.set_aside(request=first(case), why="Not ours.", by=ALICE, at=later(31))
