"""Inbox, case, answer, alarm: what people see and do in the browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from filings.models import Attachment, Filing, OutboxMessage
from filings.services import responses
from referrals import selectors
from referrals.lifecycle import State
from referrals.models import CarrierCopy, Case, Notice
from referrals.services import copies, ruling
from tenants.actors import SYSTEM
from tests.factories import NOW, answer, later
from tests.referrals.asking import PDF, Desk, asked, forbidden, registered


def case_of(desk: Desk, *kinds: str, how: Callable[..., Case] = asked, **more: str) -> Case:
    """Return a case about a filing of the operator."""
    found: Case = desk.make(lambda: how(registered(), *kinds, **more))
    return found


def html(answered: Any) -> str:
    return str(answered.content.decode())


def fields(case: Case, desk: Desk, **values: Any) -> dict[str, Any]:
    """Return what a browser posts for the first request of a case."""
    one = desk.make(case.requests.first)
    return {"r": str(one.pk), **{f"{one.pk.hex}-{name}": value for name, value in values.items()}}


def test_an_empty_inbox_says_what_comes_here(alice: Desk) -> None:
    assert "Customs asks nothing" in html(alice.get())


def test_the_inbox_shows_what_is_open_and_filters(alice: Desk) -> None:
    case = case_of(alice, "RFI")
    reference = alice.make(lambda: case.requests.get().reference)

    assert reference in html(alice.get())
    assert reference in html(alice.get(f"?kind=RFI&q={reference[:12]}"))
    assert reference not in html(alice.get("?kind=AMD"))
    assert reference not in html(alice.get("?which=mine"))
    assert reference not in html(alice.get("?which=closed"))


def test_do_not_load_stands_before_what_is_due(alice: Desk) -> None:
    filing = alice.make(registered)
    first, alarm = alice.make(asked, filing, "RFI"), alice.make(forbidden, filing)

    page = html(alice.get())

    assert page.index(str(alarm.pk)) < page.index(str(first.pk))


def test_the_menu_counts_what_is_open(alice: Desk) -> None:
    assert "count" not in html(alice.get("count/"))
    case_of(alice, "RFI")

    assert "1 open" in html(alice.get("count/"))


def test_a_case_says_what_customs_wants_in_plain_words(alice: Desk) -> None:
    page = html(alice.get(f"{case_of(alice, 'RFI', 'AMD').pk}/"))

    assert "Customs wants information or documents" in page
    assert "State what the goods are used for." in page
    assert "Amend the filing" in page


def test_an_answer_is_sent_from_the_page(alice: Desk) -> None:
    case = case_of(alice, "RFI")
    upload = SimpleUploadedFile("invoice.pdf", PDF, content_type="text/plain")

    sent = alice.post(f"{case.pk}/answer/", fields(case, alice, text="Wooden toys.", attachments=upload) | {"deed": "send"})

    assert sent.url.endswith(f"/referrals/{case.pk}/")
    row = alice.make(lambda: OutboxMessage.objects.get(filing__about__isnull=False))
    assert b"Wooden toys." in bytes(row.payload)
    [file] = alice.make(lambda: list(Attachment.objects.all()))
    assert alice.make(lambda: case.requests.get().state) == State.SENDING
    loaded = alice.get(f"{case.pk}/answers/{row.filing_id}/files/{file.pk}/")
    assert (loaded.content, loaded["Content-Type"]) == (PDF, "application/pdf")


def test_a_draft_is_kept_and_changed(alice: Desk) -> None:
    case = case_of(alice, "RFI")
    upload = SimpleUploadedFile("invoice.pdf", PDF)
    kept = alice.post(f"{case.pk}/answer/", fields(case, alice, text="First.", attachments=upload) | {"deed": "keep"})
    page = html(alice.client.get(kept.url))
    [file] = alice.make(lambda: list(Attachment.objects.all()))
    assert "First." in page
    assert f'data-kept="{file.size}"' in page

    alice.client.post(kept.url, fields(case, alice, text="Second.") | {"deed": "keep", "remove": str(file.pk)})

    draft = alice.make(lambda: Filing.objects.get(about__isnull=False))
    assert draft.document["additionalInformationResponse"][0]["additionalInformation"] == [{"text": "Second."}]
    assert not alice.make(Attachment.objects.exists)


def test_a_file_of_another_kind_is_refused_by_its_content(alice: Desk) -> None:
    case = case_of(alice, "RFI")
    upload = SimpleUploadedFile("invoice.pdf", b"MZ program", content_type="application/pdf")

    refused = alice.post(f"{case.pk}/answer/", fields(case, alice, text="See file.", attachments=upload) | {"deed": "send"})

    assert refused.status_code == 422
    assert "neither a whole PDF nor a JPEG" in html(refused)
    assert alice.make(lambda: case.requests.get().state) == State.OPEN


def test_findings_stand_on_the_form_and_the_draft_is_kept(alice: Desk) -> None:
    case = case_of(alice, "RFS", message="IE3Q03")

    refused = alice.post(f"{case.pk}/answer/", fields(case, alice, result="1", methods=["XRY"]) | {"deed": "send"})

    assert refused.status_code == 422
    assert "cannot be sent like this" in html(refused)
    assert alice.make(lambda: case.requests.get().state) == State.DRAFTED


def test_screening_results_are_sent(alice: Desk) -> None:
    case = case_of(alice, "RFS", message="IE3Q03")
    given = {"result": "1", "methods": ["XRY", "ZZZ"], "facility_city": "Liège", "facility_country": "BE"}
    where = {"facility_street": "Rue du Fret", "facility_number": "4", "facility_postcode": "4460"}

    alice.post(f"{case.pk}/answer/", fields(case, alice, **given, **where) | {"deed": "send"})

    assert alice.make(lambda: case.requests.get().state) == State.SENDING


def test_a_text_of_the_house_begins_the_answer(alice: Desk) -> None:
    case = case_of(alice, "RFI")
    text = alice.make(ruling.keep_text, name="Toys", kind="RFI", text="Dear customs,", by=SYSTEM, at=NOW)
    one = alice.make(case.requests.get)

    kept = alice.post(
        f"{case.pk}/answer/", fields(case, alice, text="here it is.", template=str(text.pk)) | {"deed": f"begin:{one.pk.hex}"}
    )

    assert "Dear customs,\n\nhere it is." in html(alice.client.get(kept.url))


def test_amending_opens_the_form_with_the_place_marked(alice: Desk) -> None:
    where = "/IE3F26/declarant/name"
    case = case_of(alice, "AMD", referralRequestDetails__pointer__messageElementPath=where)
    one = alice.make(case.requests.get)
    assert "Declarant" in html(alice.get(f"{case.pk}/"))

    opened = alice.post(f"{case.pk}/requests/{one.pk}/amend/", follow=True)

    page = html(opened)
    assert "Customs asks to amend this" in page
    assert one.reference in page


def test_a_second_person_approves_on_the_page(alice: Desk, bob: Desk) -> None:
    case = case_of(alice, "RFI")
    alice.make(ruling.rule, four_eyes=True, answer_within=None, escalate_before=60, second_person=None, by=SYSTEM, at=NOW)
    alice.post(f"{case.pk}/answer/", fields(case, alice, text="Toys.") | {"deed": "send"})
    draft = alice.make(lambda: case.requests.get().answer)
    assert "Approve and send" not in html(alice.get(f"{case.pk}/"))
    assert "Approve and send" in html(bob.get(f"{case.pk}/"))
    assert str(case.pk) in html(bob.get("?which=approve"))

    bob.post(f"{case.pk}/answers/{draft.pk}/approve/")

    assert alice.make(lambda: case.requests.get().state) == State.SENDING


def test_comments_owner_and_history_are_shown(alice: Desk, bob: Desk) -> None:
    case = case_of(alice, "RFI")

    alice.post(f"{case.pk}/comment/", {"text": "Asked the shipper <b>today</b>."})
    alice.post(f"{case.pk}/assign/", {"to": str(bob.user.pk)})

    page = html(alice.get(f"{case.pk}/"))
    assert "Asked the shipper &lt;b&gt;today&lt;/b&gt;." in page
    assert "Given to Bob." in page
    assert "To the person it was given to" in page
    assert str(case.pk) in html(bob.get("?which=mine"))


def test_setting_aside_needs_a_reason_and_can_be_taken_back(alice: Desk) -> None:
    case = case_of(alice, "RFI")
    one = alice.make(case.requests.get)
    place = f"{case.pk}/requests/{one.pk}"

    assert "Say why" in html(alice.post(f"{place}/set-aside/", {"why": " "}, follow=True))
    alice.post(f"{place}/set-aside/", {"why": "Answered by telephone."})
    assert "Answered by telephone." in html(alice.get(f"{case.pk}/"))
    alice.post(f"{place}/take-up/")

    assert alice.make(lambda: case.requests.get().state) == State.OPEN


# --- Do not load -----------------------------------------------------------------------------------------------------------


def test_the_alarm_stands_on_every_page_until_it_is_acknowledged_by_name(alice: Desk) -> None:
    case = case_of(alice, "MSCU1234566", how=forbidden)
    assert "MSCU1234566" in html(alice.get("alarms/"))
    assert "/referrals/alarms/" in html(alice.client.get(f"/o/{alice.operator.slug}/products/"))

    alice.post(f"{case.pk}/acknowledge/", {"name": " "})
    assert "MSCU1234566" in html(alice.get("alarms/"))
    alice.post(f"{case.pk}/acknowledge/", {"name": "Alice of the desk"})

    assert "MSCU1234566" not in html(alice.get("alarms/"))
    assert "Alice of the desk" in html(alice.get(f"{case.pk}/"))


def test_the_page_of_a_filing_names_what_must_not_be_loaded(alice: Desk) -> None:
    case = case_of(alice, "MSCU1234566", how=forbidden)

    page = html(alice.get(f"of/{case.filing_id}/"))

    assert "MSCU1234566" in page
    assert "Do not load" in page


def test_the_carrier_is_told_and_the_proof_kept(alice: Desk) -> None:
    case = case_of(alice, "MSCU1234566", how=forbidden)
    words = html(alice.get(f"{case.pk}/"))
    assert "must not be loaded" in words

    alice.post(f"{case.pk}/relay/mail/", {"to": "ops@carrier.example", "text": ""})
    alice.post(f"{case.pk}/relay/phone/", {"number": "+32 2 1234567", "spoke_with": "Ms Jansen", "note": "Stopped."})

    mail, call = alice.make(lambda: list(Notice.objects.order_by("created_at")))
    assert (mail.to, mail.state, "MSCU1234566" in mail.text) == ("ops@carrier.example", "waiting", True)
    assert (call.spoke_with, call.state) == ("Ms Jansen", "noted")
    assert "Ms Jansen" in html(alice.get(f"{case.pk}/"))


def test_copies_are_shown_as_copies(alice: Desk) -> None:
    document = answer("IE3N04", MRN="26BE00000000000001", referralRequestDetails__referralRequestReference="RFR1",
                      referralRequestDetails__requestType="RFI")  # fmt: skip
    alice.make(copies.keep, filing=None, document=document, message_id="m", at=NOW)

    assert "Additional information request notification" in html(alice.get("copies/"))
    assert "Customs asks nothing" in html(alice.get())
    copy = alice.make(CarrierCopy.objects.get)
    assert "You need not answer it" in html(alice.get(f"copies/{copy.pk}/"))


@pytest.mark.parametrize("path", ["rules/", "texts/"])
def test_rules_and_texts_are_kept(alice: Desk, path: str) -> None:
    from tests.referrals.asking import desk

    boss = desk(alice.operator, "ada", "admin")
    posted = {"four_eyes": "on", "escalate_before": "30", "name": "Toys", "kind": "RFI", "text": "Dear customs,"}

    assert boss.get(path).status_code == 200
    assert boss.post(path, posted).status_code == 302

    assert "Toys" in html(boss.get(path)) if path == "texts/" else boss.make(lambda: selectors.rules().four_eyes)


def test_a_reader_only_reads(alice: Desk) -> None:
    from tests.referrals.asking import desk

    rita, case = desk(alice.operator, "rita", "reader"), case_of(alice, "RFI")

    assert rita.get(f"{case.pk}/").status_code == 200
    assert "Answer</a>" not in html(rita.get(f"{case.pk}/"))
    for path in ("comment/", "assign/", "escalate/", "answer/", "acknowledge/", "relay/mail/"):
        assert rita.post(f"{case.pk}/{path}").status_code == 403


def test_a_refused_answer_shows_customs_words(alice: Desk) -> None:
    case = case_of(alice, "RFI")
    alice.post(f"{case.pk}/answer/", fields(case, alice, text="Toys.") | {"deed": "send"})
    draft = alice.make(lambda: case.requests.get().answer)
    no = answer("IE3N99", error__validationCode="98", error__description="No such request.")

    alice.make(responses.reject, filing=draft, document=no, message_id="n99", at=later(60))

    page = html(alice.get(f"{case.pk}/"))
    assert "Customs refused the answer: No such request. (code 98)" in page
    assert "Answer refused" in page
