"""The amendment of a filing kept in parts by hand: from its page, house by house, compared and sent."""

from typing import Any

import pytest
from django.urls import reverse

from filings.models import Filing
from filings.models.large import FilingPart
from filings.services import amending
from filings.services.amending import Mark
from tenants.models import Operator
from tests import factories
from tests.factories import ALICE, later
from tests.filings.services.large import bench
from tests.filings.web.desk import Desk, FormReader, desk, posted_by

HOUSES = 12
NUMBER = "transportDocumentHouseLevel/documentNumber"
MASS = "totalGrossMass"


@pytest.fixture(autouse=True)
def small_is_large(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.small_is_large(settings, monkeypatch, octets=2_000)


@pytest.fixture
def operator(transactional_db: None) -> Operator:
    return factories.operator("acme")


@pytest.fixture
def alice(operator: Operator) -> Desk:
    return desk(operator, "alice", "filer")


@pytest.fixture
def filing(operator: Operator) -> Filing:
    return bench.registered(operator, bench.xml(HOUSES, seed=1))


def amended(alice: Desk, filing: Filing) -> Filing:
    found: Filing = alice.make(lambda: Filing.objects.get(about=filing))
    return found


def test_it_is_started_changed_compared_and_sent(alice: Desk, filing: Filing) -> None:
    assert f"{filing.pk}/amend/" in alice.get(f"{filing.pk}/").content.decode()
    opened = alice.post(f"{filing.pk}/amend/", follow=True).content.decode()
    draft = amended(alice, filing)
    assert f"Amendment of {filing.lrn}" in opened
    assert "This is what customs has." in opened
    none = alice.get(f"{draft.pk}/changes/").content.decode()
    assert f"None of the {HOUSES} houses differs" in none

    reader = posted_by(alice.get(f"{draft.pk}/parts/5/").content.decode())
    page = alice.get(f"{draft.pk}/parts/5/").content.decode()
    assert "Customs does not let this be amended" in page
    assert "An amendment may not add one" in page
    [consignee] = [name for name in reader if name.endswith(".consignee.name")]
    alice.post(f"{draft.pk}/parts/5/", reader | {consignee: "Other consignee"})

    told = alice.get(f"{draft.pk}/changes/").content.decode()
    assert f"1 of {HOUSES} houses differs" in told
    assert "<ins>Other consignee</ins>" in told
    assert alice.get(f"{draft.pk}/changes/?after=1").status_code == 200

    alice.post(f"{draft.pk}/submit/")
    bench.work_off(later(100))
    assert alice.kept(draft).state == "queued"


def test_what_is_locked_is_refused_beside_what_was_typed(alice: Desk, filing: Filing) -> None:
    alice.post(f"{filing.pk}/amend/")
    draft = amended(alice, filing)
    reader = posted_by(alice.get(f"{draft.pk}/parts/2/").content.decode())
    [number] = [name for name in reader if name.endswith("transportDocumentHouseLevel.documentNumber")]

    refused = alice.post(f"{draft.pk}/parts/2/", reader | {number: "SOMETHING-ELSE"})

    page = refused.content.decode()
    assert refused.status_code == 422
    assert "may not be amended" in page
    assert "SOMETHING-ELSE" in page
    kept = alice.make(lambda: FilingPart.objects.get(filing=draft, number=2))
    assert kept.reference != "SOMETHING-ELSE"


def test_the_table_shows_locked_columns_and_refuses_new_houses(alice: Desk, filing: Filing) -> None:
    alice.post(f"{filing.pk}/amend/")
    draft = amended(alice, filing)
    address = reverse("houses:table", args=[alice.operator.slug, draft.pk])

    page = alice.client.get(address).content.decode()
    form = FormReader("houses")
    form.feed(page)
    reader = dict(form.pairs)
    pasted = alice.client.post(address, reader | {"deed": "paste", "paste": "NEWHOUSE\t5"})
    changed = alice.client.post(address, reader | {f"c:1:{MASS}": "5.5", "deed": "save"}, follow=True)

    assert page.count('hidden">cannot be amended') == 1
    assert f'name="c:1:{NUMBER}"' in page
    assert page.count(" readonly") == HOUSES
    assert "Split" not in page
    assert pasted.status_code == 422
    assert "An amendment may not add a house" in pasted.content.decode()
    assert "NEWHOUSE" in pasted.content.decode()
    assert "1 house changed." in changed.content.decode()


def test_an_early_one_says_what_it_was_made_of(alice: Desk, operator: Operator) -> None:
    filing = bench.submitted(operator, bench.xml(HOUSES, seed=1))

    opened = alice.post(f"{filing.pk}/amend/", follow=True).content.decode()
    draft = amended(alice, filing)
    told = alice.get(f"{draft.pk}/changes/").content.decode()
    house = alice.get(f"{draft.pk}/parts/1/").content.decode()

    for page in (opened, told, house):
        assert "what customs has" not in page.lower().replace("what customs has not", "")
        assert "customs has not answered" in page
    alice.post(f"{draft.pk}/submit/")
    bench.work_off(later(100))
    assert "It leaves by itself as soon as customs has registered the filing" in alice.get(f"{draft.pk}/").content.decode()


def test_the_form_opens_at_the_house_customs_points_at(alice: Desk, filing: Filing) -> None:
    where = "/IE3F32/consignmentMasterLevel/consignmentHouseLevel[7]/consignee/name"
    draft = alice.make(
        amending.start, filing=filing, by=ALICE, at=later(30), referral="26NLAMD00000001", marks=[Mark(where, "Who is that?")]
    )

    opened = alice.get(f"{draft.pk}/edit/")
    page = alice.get(f"{draft.pk}/edit/", follow=True).content.decode()
    other = alice.get(f"{draft.pk}/parts/6/").content.decode()
    frame = alice.get(f"{draft.pk}/frame/").content.decode()

    assert opened.url.endswith(f"{draft.pk}/parts/7/")
    assert "Who is that?" in page
    assert "Who is that?" not in other
    assert "Who is that?" not in frame
    assert "26NLAMD00000001" in frame


def test_a_stranger_and_a_reader_change_nothing(alice: Desk, filing: Filing, operator: Operator) -> None:
    alice.post(f"{filing.pk}/amend/")
    draft = amended(alice, filing)
    charlie = Desk(operator, desk(factories.operator("other"), "charlie", "filer").client)
    rita = desk(operator, "rita", "reader")

    assert charlie.get(f"{draft.pk}/changes/").status_code == 404
    assert rita.post(f"{draft.pk}/parts/1/", {"revision": "1"}).status_code == 403
    assert rita.post(f"{filing.pk}/amend/").status_code == 403
