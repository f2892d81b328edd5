"""Everything open is compared with the stop words on load and on the day a list comes into force, once for each state."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from filings import tasks
from filings.messages import catalogue
from filings.models import StopWordHit, StopWordScan
from filings.rules.layers import lists
from filings.services import drafting, products, submission, templates
from filings.services.products import Given
from filings.services.stop_words import hits as stop_word_hits
from filings.services.stop_words import rescanning, stop_words
from tenants.models import AuditEvent, Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, NOW, later

pytestmark = pytest.mark.django_db
WHERE = "consignmentMasterLevel__consignmentHouseLevel__goodsItem__commodity__descriptionOfGoods"
LIST = b"term,embedded\nzorbs,yes\n"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def fresh_shelf() -> Iterator[None]:
    lists.stand(stop_words.DatabaseShelf())
    yield
    lists.stand(stop_words.DatabaseShelf())


@pytest.fixture
def firm(db: None) -> Operator:
    """An operator with a draft, a template and a product that say “zorbs”, and one of each that does not."""
    operator = factories.operator("acme")
    with tenant_scope(operator.pk):
        for name, text in (("bad", "Zorbs"), ("good", "Dolls of wood")):
            draft = factories.draft(**{WHERE: text})
            templates.keep(filing=draft, name=name, by=ALICE, at=NOW)
            products.add(given=Given(name, f"{text} in boxes"), by=ALICE, at=NOW)
    return operator


def load(day: date) -> None:
    stop_words.load(data=LIST, source="words.csv", valid_from=day, by="test", at=NOW)


def hits(firm: Operator) -> list[tuple[str, bool, date | None]]:
    """Return what is to look at: where, whether it says nothing else, and since when."""
    with tenant_scope(firm.pk):
        found = [
            ("draft" if each.filing_id else "template" if each.template_id else "product", each.only, each.since)
            for each in stop_word_hits.to_look_at()
        ]
    return sorted(found)


def test_drafts_templates_and_products_are_listed(firm: Operator) -> None:
    load(NOW.date())

    found = rescanning.rescan(at=NOW)

    assert hits(firm) == [("draft", True, None), ("product", False, None), ("template", True, None)]
    assert sorted(each.kind for each in found) == ["draft", "product", "template"]
    assert rescanning.rescan(at=later(9)) == found
    assert len(hits(firm)) == 3


def test_a_list_to_come_is_told_ahead_and_counts_from_its_day(firm: Operator) -> None:
    day = NOW.date() + DAY
    load(day)

    rescanning.rescan(at=NOW)
    assert {since for _, _, since in hits(firm)} == {day}

    assert rescanning.rescan_if_due(at=NOW + DAY)
    assert hits(firm) == [("draft", True, None), ("product", False, None), ("template", True, None)]


def test_the_beat_compares_once_for_each_state_of_the_words(firm: Operator) -> None:
    assert rescanning.rescan_if_due(at=NOW)
    assert not rescanning.rescan_if_due(at=later(60))
    assert hits(firm) == []

    load(NOW.date())

    assert rescanning.rescan_if_due(at=later(120))
    assert not rescanning.rescan_if_due(at=later(180))
    assert len(hits(firm)) == 3
    assert StopWordScan.objects.count() == 2


def test_the_task_does_it_by_its_name(firm: Operator) -> None:
    today = datetime.now(UTC).date()
    load(today)

    tasks.rescan_stop_words(of="a newer release")

    assert len(hits(firm)) == 3


def test_an_entry_goes_when_its_draft_is_mended_and_stays_when_something_else_changes(firm: Operator) -> None:
    load(NOW.date())
    rescanning.rescan(at=NOW)
    with tenant_scope(firm.pk):
        draft = StopWordHit.objects.get(filing__isnull=False).filing
        document = factories.document(**{WHERE: "Zorbs", "declarant__name": "Somebody else"})
        drafting.change(filing=draft, document=document, revision=1, by=ALICE, at=later(1))
        assert len(stop_word_hits.to_look_at()) == 3

        mended = factories.document(**{WHERE: "Dolls of wood"})
        drafting.change(filing=draft, document=mended, revision=2, by=ALICE, at=later(2))

    assert [kind for kind, *_ in hits(firm)] == ["product", "template"]


def test_what_is_submitted_is_no_longer_to_look_at(firm: Operator) -> None:
    with tenant_scope(firm.pk):
        draft = factories.draft(**{WHERE: "Dolls and zorbs"})
    load(NOW.date())
    rescanning.rescan(at=NOW)
    assert len(hits(firm)) == 4

    with tenant_scope(firm.pk):
        submission.submit(filing=draft, by=ALICE, at=later(1))
    assert len(hits(firm)) == 3

    rescanning.rescan(at=later(2))
    with tenant_scope(firm.pk):
        assert not StopWordHit.objects.filter(filing=draft).exists()


def test_a_dismissal_lasts_until_the_text_is_another(firm: Operator) -> None:
    load(NOW.date())
    rescanning.rescan(at=NOW)
    with tenant_scope(firm.pk):
        hit = StopWordHit.objects.get(product__isnull=False)
        stop_word_hits.dismiss(hit=hit, by=ALICE, at=later(1))
        stop_word_hits.dismiss(hit=hit, by=ALICE, at=later(2))
        assert AuditEvent.objects.filter(deed="stop_word_hit.dismissed").count() == 1
    rescanning.rescan(at=later(3))
    assert [kind for kind, *_ in hits(firm)] == ["draft", "template"]

    with tenant_scope(firm.pk):
        products.change(product=hit.product, given=Given("bad", "Zorbs, red"), by=ALICE, at=later(4))

    assert len(hits(firm)) == 3


def test_a_dismissal_is_taken_back(firm: Operator) -> None:
    load(NOW.date())
    rescanning.rescan(at=NOW)
    with tenant_scope(firm.pk):
        hit = StopWordHit.objects.get(product__isnull=False)
        stop_word_hits.dismiss(hit=hit, by=ALICE, at=later(1))
        stop_word_hits.put_back(hit=hit, by=ALICE, at=later(2))

    assert len(hits(firm)) == 3


def test_who_is_affected_is_told_before_a_list_is_loaded(firm: Operator) -> None:
    factories.operator("untouched")
    change = stop_words.changed(stop_words.read(LIST), NOW.date())

    [one] = rescanning.affected(change.after, change.before)

    assert (one.operator, one.drafts, one.templates, one.products) == (firm, 1, 1, 1)
    assert hits(firm) == []


def test_a_draft_that_holds_anything_anywhere_is_no_obstacle(firm: Operator) -> None:
    master = ["text", {"consignmentHouseLevel": {"goodsItem": 5}}, None]
    odd: dict[str, Any] = {"consignmentMasterLevel": master, "declarant": "Toys"}
    message = catalogue.message("IE3F26")

    assert stop_word_hits.in_document(message, odd, stop_word_hits.words(at=NOW)) == []
