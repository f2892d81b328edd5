"""Voyages and flights by hand: entered, changed once for all filings, notified; and what each page says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from filings.models import Filing, Voyage
from filings.services import responses
from filings.services.arrivals import heard
from filings.services.voyages import found as voyages_found
from filings.services.voyages import voyages
from tests import factories
from tests.factories import ALICE, NOW, later
from tests.filings.services.arrivals.arriving import control, wrong_state
from tests.filings.services.voyages.test_voyages import ETA, SHIP, entered, registered
from tests.filings.web.desk import Desk

NEW = "2026-12-21T06:00:00"  # in the reader's zone, which is an hour ahead
NEW_ETA = datetime(2026, 12, 21, 5, tzinfo=UTC)


def page(desk: Desk, path: str = "", **options: Any) -> Any:
    return desk.client.get(f"/o/{desk.operator.slug}/voyages/{path}", **options)


def post(desk: Desk, path: str, **data: Any) -> Any:
    return desk.client.post(f"/o/{desk.operator.slug}/voyages/{path}", data)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def voyage_of(desk: Desk) -> Voyage:
    found: Voyage = desk.make(entered)
    return found


def entry_of(desk: Desk, voyage: Voyage) -> Any:
    return desk.make(lambda: voyage.entry)


def notification_of(desk: Desk) -> Filing:
    found: Filing = desk.make(lambda: Filing.objects.get(notifies__isnull=False))
    return found


def given(*filings: Filing, **values: Any) -> dict[str, Any]:
    return {
        "arrived_at": "2026-11-20T08:00:00",
        "office": "NL000511",
        "notifier": "DE482910573620148",
        "kind": "EM",
        "address": "desk@nordmeer.example",
        "by": "mrn",
        "filing": [each.pk for each in filings],
        **values,
    }


def test_an_empty_list_says_what_a_voyage_is_for(alice: Desk) -> None:
    assert "ties together the filings" in text(page(alice))


def test_what_filings_name_is_proposed_and_entered_with_a_click(alice: Desk) -> None:
    alice.make(factories.draft, "IE3F12")

    shown = text(page(alice))
    form = text(page(alice, "new/", data={"key": f"1 {SHIP}", "eta": ETA.isoformat()}))

    assert f"Vessel {SHIP}" in shown
    assert f'value="{SHIP}"' in form
    assert 'value="2026-12-20T00:00:00"' in form


def test_a_voyage_is_entered_and_lists_its_filings(alice: Desk) -> None:
    filing = alice.make(factories.draft, "IE3F12")

    answer = post(alice, "new/", mode="1", number=SHIP, eta="2026-12-20T00:00:00", office="NL000511", name="Nordmeer Star")

    voyage = alice.make(Voyage.objects.get)
    assert answer.status_code == 302
    shown = text(page(alice, f"{voyage.pk}/"))
    assert filing.lrn in shown
    assert "Not sent yet" in shown
    assert "Nordmeer Star" in text(page(alice))


def test_a_wrong_number_stands_beside_its_field(alice: Desk) -> None:
    answer = post(alice, "new/", mode="1", number="IMO9819039", eta="2026-12-20T00:00:00")

    assert answer.status_code == 422
    assert "check digit" in text(answer)


@pytest.mark.parametrize("query", ["?q=9819038", "?mode=1", "?which=", "?sort=-eta", "?q=rtm"])
def test_the_list_is_searched_filtered_and_sorted(alice: Desk, query: str) -> None:
    voyage = voyage_of(alice)

    assert str(voyage.pk) in text(page(alice, query))


@pytest.mark.parametrize("query", ["?q=nothing", "?mode=4", "?which=arrived"])
def test_the_list_leaves_out_what_does_not_fit(alice: Desk, query: str) -> None:
    voyage = voyage_of(alice)

    assert str(voyage.pk) not in text(page(alice, query))


def test_another_arrival_shows_what_it_means_before_it_is_changed(alice: Desk) -> None:
    draft, known = alice.make(factories.draft, "IE3F12"), alice.make(registered)
    voyage = voyage_of(alice)
    path = f"{voyage.pk}/calls/{entry_of(alice, voyage).pk}/eta/"

    looked = text(post(alice, path, eta=NEW, reason="Storm", deed="look"))
    assert entry_of(alice, voyage).eta == ETA
    post(alice, path, eta=NEW, reason="Storm", deed="change", draft=[draft.pk], amend=[known.pk])

    assert "tick those whose amendment to draft" in looked
    assert entry_of(alice, voyage).eta == NEW_ETA
    assert alice.kept(draft).arrives_at == NEW_ETA
    assert alice.make(lambda: Filing.objects.filter(about=known, state="draft").count()) == 1
    assert "Storm" in text(page(alice, f"{voyage.pk}/"))


def test_filings_are_taken_in_by_their_reference_and_out_again(alice: Desk) -> None:
    voyage, filing = voyage_of(alice), alice.make(factories.draft)

    post(alice, f"{voyage.pk}/take-in/", q=f" {filing.lrn} ")
    assert alice.kept(filing).voyage_id == voyage.pk
    post(alice, f"{voyage.pk}/take-out/", filing=filing.pk)

    assert alice.kept(filing).voyage_id is None


def test_calls_come_and_go(alice: Desk) -> None:
    voyage = voyage_of(alice)

    post(alice, f"{voyage.pk}/calls/add/", place="DEHAM", eta="2026-12-22T00:00:00")
    assert "DEHAM" in text(page(alice, f"{voyage.pk}/"))
    later_call = alice.make(lambda: voyage.calls.get(is_entry=False))
    post(alice, f"{voyage.pk}/calls/{later_call.pk}/remove/")

    assert alice.make(voyage.calls.count) == 1


def test_it_is_described_marked_as_arrived_and_deleted(alice: Desk) -> None:
    voyage = voyage_of(alice)

    post(alice, f"{voyage.pk}/edit/", name="Nordmeer Star", office="NL000511", place="NLRTM")
    post(alice, f"{voyage.pk}/arrived/")
    assert entry_of(alice, voyage).arrived_at is not None
    post(alice, f"{voyage.pk}/arrived/", undo="yes")
    assert entry_of(alice, voyage).arrived_at is None
    post(alice, f"{voyage.pk}/delete/")

    assert not alice.make(Voyage.objects.exists)


def test_the_arrival_page_proposes_what_is_registered_and_fills_in_who_notifies(alice: Desk) -> None:
    known, draft = alice.make(registered), alice.make(factories.draft, "IE3F12")
    voyage = voyage_of(alice)

    html = text(page(alice, f"{voyage.pk}/arrival/"))

    assert f'value="{known.pk}" aria-label="List {known.lrn}" checked' in html
    assert f'value="{draft.pk}" aria-label="List {draft.lrn}">' in html
    assert alice.operator.eori in html


def test_an_arrival_is_notified_and_followed_on_the_page(alice: Desk) -> None:
    known, voyage = alice.make(registered), voyage_of(alice)

    answer = post(alice, f"{voyage.pk}/arrival/", **given(known))

    assert answer.status_code == 302, text(answer)
    notification = notification_of(alice)
    assert notification.state == "queued"
    html = text(page(alice, f"{voyage.pk}/"))
    assert notification.lrn in html
    assert "every 2s" in html


def test_what_customs_says_shows_in_words_on_both_pages(alice: Desk) -> None:
    known, voyage = alice.make(registered), voyage_of(alice)
    post(alice, f"{voyage.pk}/arrival/", **given(known))
    before = page(alice, f"{voyage.pk}/now/", data={"seen": "-"})

    for number, document in enumerate((wrong_state(known.mrn), control(known.mrn))):
        message_id = f"{number}@customs"
        alice.make(responses.note, filing=known, document=document, message_id=message_id, at=later(30))
        alice.make(heard.hear, filing=known, document=document, message_id=message_id, at=later(30))

    assert before.status_code == 200
    for html in (text(page(alice, f"{voyage.pk}/")), text(page(alice, f"of-filing/{known.pk}/"))):
        assert "What could not arrive" in html
        assert "The filing cannot arrive." in html
        assert "Scan hall 3" in html
        assert "house HOUSE-7, item 2" in html
        assert "Unload and present these goods" in html


def test_what_a_notify_party_is_told_stands_above_nothing_of_its_own(alice: Desk) -> None:
    alice.make(heard.hear, document=control("26NL00UFM2UCUI6AT0"), message_id="n08@x", at=later(30))

    html = text(page(alice))

    assert "Arrivals of others" in html
    assert "Scan hall 3" in html
    assert "26NL00UFM2UCUI6AT0" in html


def test_the_fragment_says_nothing_while_nothing_changed(alice: Desk) -> None:
    voyage = voyage_of(alice)

    assert page(alice, f"{voyage.pk}/now/", data={"seen": "-0"}).status_code == 204


def test_errors_of_the_notification_stand_on_the_page_and_nothing_is_sent(alice: Desk) -> None:
    voyage = voyage_of(alice)

    answer = post(alice, f"{voyage.pk}/arrival/", **given(mrns="26NL00"))

    assert answer.status_code == 422
    assert "Errors in the notification" in text(answer)
    assert not alice.make(lambda: Filing.objects.filter(notifies__isnull=False).exists())


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"documents": "NDML1"}, "lacks its type"),
        ({"notify_eori": "DE1"}, "or neither"),
        ({}, "Choose at least one filing"),
        ({"arrived_at": "2031-01-01T00:00:00", "mrns": "26NL00UFM2UCUI6AT0"}, "cannot be later than now"),
    ],
)
def test_what_is_missing_is_said(alice: Desk, values: dict[str, str], sentence: str) -> None:
    voyage = voyage_of(alice)

    answer = post(alice, f"{voyage.pk}/arrival/", **given(**values))

    assert answer.status_code == 422
    assert sentence in text(answer)


def test_a_draft_of_the_notification_opens_as_a_filing_does(alice: Desk) -> None:
    known, voyage = alice.make(registered), voyage_of(alice)

    answer = post(alice, f"{voyage.pk}/arrival/", **given(known, deed="draft"))

    notification = notification_of(alice)
    assert answer["Location"].endswith(f"/filings/{notification.pk}/")
    assert alice.get(f"{notification.pk}/").status_code == 200
    assert alice.get(f"{notification.pk}/edit/").status_code == 200
    assert str(notification.pk) not in text(alice.get())


def test_goods_are_exported(alice: Desk) -> None:
    known, voyage = alice.make(registered), voyage_of(alice)

    lines = b"".join(page(alice, f"{voyage.pk}/goods.csv").streaming_content).decode("utf-8-sig").splitlines()
    listed = page(alice, f"{voyage.pk}/goods.json").json()["goods"]

    assert lines[0].startswith("mrn,")
    assert known.mrn in lines[1]
    assert listed[0]["mrn"] == known.mrn
    assert page(alice, f"{voyage.pk}/goods.pdf").status_code == 404


def test_a_reader_looks_and_does_nothing(alice: Desk, rita: Desk) -> None:
    voyage = voyage_of(alice)

    assert "Another arrival" not in text(page(rita, f"{voyage.pk}/"))
    for path in ("new/", f"{voyage.pk}/edit/", f"{voyage.pk}/arrival/"):
        assert page(rita, path).status_code == 403
    assert post(rita, f"{voyage.pk}/delete/").status_code == 403


def test_a_stranger_finds_nothing(alice: Desk, charlie: Desk) -> None:
    voyage = voyage_of(alice)

    assert page(charlie, f"{voyage.pk}/").status_code == 404
    assert post(charlie, f"{voyage.pk}/delete/").status_code == 404


def test_a_late_one_says_so(alice: Desk) -> None:
    at = datetime.now(UTC) - timedelta(days=1)
    voyage = alice.make(entered, eta=at.replace(microsecond=0))

    assert "Late" in text(page(alice))
    assert "Late" in text(page(alice, f"{voyage.pk}/"))


def test_a_draft_of_another_voyage_is_offered_when_it_is_near(alice: Desk) -> None:
    alice.make(factories.draft, "IE3F12")
    voyage = alice.make(entered, eta=ETA + timedelta(hours=2))

    assert "Name the same vessel with another arrival" in text(page(alice, f"{voyage.pk}/"))
    assert alice.make(lambda: voyages_found.near(voyage).count()) == 1
    alice.make(voyages.take_in, voyage=voyage, filings=alice.make(lambda: list(voyages_found.near(voyage))), by=ALICE, at=NOW)
    assert alice.make(lambda: voyages_found.near(voyage).count()) == 0
