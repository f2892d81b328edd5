"""Templates: what lasts is kept, what belongs to one shipment is not, and a draft is started from it."""

import pytest

from filings.models import FilingEvent, FilingTemplate, StopWordHit
from filings.services import templates
from filings.services.templates import TemplateNameMissing, TemplateNameTaken
from tenants.models import AuditEvent
from tests import factories
from tests.factories import ALICE, NOW, later

pytestmark = pytest.mark.usefixtures("acme")
HOUSE = "consignmentMasterLevel__consignmentHouseLevel__"
WHERE = f"{HOUSE}goodsItem__commodity__descriptionOfGoods"


def deeds() -> list[str]:
    return list(AuditEvent.objects.order_by("at", "pk").values_list("deed", flat=True))


def test_a_template_keeps_what_lasts_and_leaves_out_what_one_shipment_used() -> None:
    filing = factories.submitted()
    house = filing.document["consignmentMasterLevel"]["consignmentHouseLevel"][0]
    assert house["transportDocumentHouseLevel"]["documentNumber"]

    template = templates.keep(filing=filing, name="  Toys   from Shenzhen ", by=ALICE, at=NOW)

    kept = template.document["consignmentMasterLevel"]["consignmentHouseLevel"][0]
    assert template.name == "Toys from Shenzhen"
    assert not {"LRN", "documentIssueDate"} & set(template.document)
    assert kept["transportDocumentHouseLevel"] == {"type": house["transportDocumentHouseLevel"]["type"]}
    assert kept["consignor"] == house["consignor"]
    assert "template.made" in deeds()


@pytest.mark.parametrize("message", ["IE3F10", "IE3F26", "IE3F32", "IE3F43", "IE3F50"])
def test_no_reference_of_the_shipment_is_left_anywhere(message: str) -> None:
    template = templates.keep(filing=factories.draft(message), name="any", by=ALICE, at=NOW)

    text = str(template.document)
    assert "documentNumber" not in text
    assert "containerIdentificationNumber" not in text
    assert "conveyanceReferenceNumber" not in text
    assert template.document["declarant"]


def test_a_draft_is_started_from_a_template_and_says_so() -> None:
    template = templates.keep(filing=factories.draft(), name="Toys", by=ALICE, at=NOW)

    draft = templates.use(template=template, by=ALICE, at=later(5))

    template.refresh_from_db()
    assert draft.is_draft
    assert draft.document == template.document
    assert (template.uses, template.used_at) == (1, later(5))
    assert templates.of(draft) == template
    assert FilingEvent.objects.filter(filing=draft, sentence__contains="template “Toys”").exists()
    assert "template.used" in deeds()


def test_a_name_is_given_once_whatever_its_case_unless_it_replaces() -> None:
    first = templates.keep(filing=factories.draft(), name="Toys", by=ALICE, at=NOW)

    with pytest.raises(TemplateNameTaken):
        templates.keep(filing=factories.draft("IE3F20"), name="TOYS", by=ALICE, at=NOW)
    second = templates.keep(filing=factories.draft("IE3F20"), name="TOYS", by=ALICE, at=later(1), replace=True)

    assert (second.pk, second.message_type, second.name) == (first.pk, "IE3F20", "TOYS")
    assert deeds()[-1] == "template.replaced"


@pytest.mark.parametrize("name", ["", "   ", "\0", "x" * 81])
def test_a_template_has_a_name(name: str) -> None:
    with pytest.raises(TemplateNameMissing):
        templates.keep(filing=factories.draft(), name=name, by=ALICE, at=NOW)


def test_a_template_is_renamed_and_deleted_and_its_drafts_stay() -> None:
    template = templates.keep(filing=factories.draft(), name="Toys", by=ALICE, at=NOW)
    templates.keep(filing=factories.draft(), name="Taken", by=ALICE, at=NOW)
    draft = templates.use(template=template, by=ALICE, at=NOW)

    with pytest.raises(TemplateNameTaken):
        templates.rename(template=template, name="taken", by=ALICE, at=NOW)
    templates.rename(template=template, name="Dolls", by=ALICE, at=later(1))
    templates.delete(template=template, by=ALICE, at=later(2))

    assert deeds()[-2:] == ["template.renamed", "template.deleted"]
    assert [each.name for each in templates.templates()] == ["Taken"]
    draft.refresh_from_db()
    assert templates.of(draft) is None


def test_a_template_with_a_stop_word_has_to_be_looked_at_until_it_is_replaced() -> None:
    template = templates.keep(filing=factories.draft(**{WHERE: "Toys"}), name="Toys", by=ALICE, at=NOW)
    assert StopWordHit.objects.get(template=template).path.endswith("/commodity/descriptionOfGoods")

    templates.keep(filing=factories.draft(**{WHERE: "Dolls of wood"}), name="Toys", by=ALICE, at=NOW, replace=True)

    assert not StopWordHit.objects.exists()


def test_templates_are_found_by_words_of_name_and_message() -> None:
    for name, message in (("Toys from Shenzhen", "IE3F26"), ("Toys by road", "IE3F50")):
        templates.keep(filing=factories.draft(message), name=name, by=ALICE, at=NOW)

    assert [each.name for each in templates.templates("toys f50")] == ["Toys by road"]
    assert [each.name for each in templates.templates()] == ["Toys by road", "Toys from Shenzhen"]
    assert FilingTemplate.objects.count() == 2
