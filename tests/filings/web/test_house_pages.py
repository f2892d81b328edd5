"""The table of houses and the page that splits them."""

import re
from typing import Any

import pytest

from filings.models import Filing
from tenants.scope import tenant_scope
from tests import factories
from tests.filings.web.desk import Desk, posted_by

MASS = "totalGrossMass"
DOCUMENT = "transportDocumentHouseLevel/documentNumber"


class Houses(Desk):
    """A person at work on houses."""

    def address(self, path: str = "") -> str:
        return f"/o/{self.operator.slug}/houses/{path}"


@pytest.fixture
def desk(alice: Desk) -> Houses:
    return Houses(alice.operator, alice.client)


@pytest.fixture
def filing(desk: Houses) -> Filing:
    """A draft with four houses."""
    from filings import samples
    from filings.services import drafting

    with tenant_scope(desk.operator.pk):
        document = samples.sample("IE3F26", seed=1, houses=4)
        return drafting.create(document=document, by=factories.ALICE, at=factories.NOW, source="web")


def form(desk: Houses, filing: Filing, **changes: str) -> dict[str, Any]:
    html = desk.get(f"{filing.pk}/").content.decode().replace('id="houses"', 'id="form"')
    return {**{name: values[-1] for name, values in posted_by(html).items()}, **changes}


def houses(desk: Houses, filing: Filing) -> list[dict[str, Any]]:
    content: dict[str, Any] = desk.kept(filing).document
    found: list[dict[str, Any]] = content["consignmentMasterLevel"]["consignmentHouseLevel"]
    return found


def test_what_the_page_shows_is_posted_back_without_a_change(desk: Houses, filing: Filing) -> None:
    desk.post(f"{filing.pk}/", {**form(desk, filing), "deed": "save"})

    assert desk.kept(filing).revision == 1


def test_a_cell_is_changed_and_a_wrong_one_says_so(desk: Houses, filing: Filing) -> None:
    answer = desk.post(f"{filing.pk}/", {**form(desk, filing, **{f"c:2:{MASS}": "twelve"}), "deed": "save"}, follow=True)
    html = answer.content.decode()

    assert houses(desk, filing)[1][MASS] == "twelve"
    assert "1 house changed." in html
    assert re.search(rf'name="c:2:{MASS}" value="twelve"[^>]*aria-invalid="true"', html)


def test_what_was_typed_stays_when_somebody_else_was_faster(desk: Houses, filing: Filing) -> None:
    first = form(desk, filing, **{f"c:1:{MASS}": "11"})
    desk.post(f"{filing.pk}/", {**form(desk, filing, **{f"c:2:{MASS}": "22"}), "deed": "save"})

    answer = desk.post(f"{filing.pk}/", {**first, "deed": "save"})
    html = answer.content.decode()

    assert answer.status_code == 409
    assert f'name="c:1:{MASS}" value="11"' in html
    assert houses(desk, filing)[0][MASS] != "11"
    again = {name: values[-1] for name, values in posted_by(html.replace('id="houses"', 'id="form"')).items()}
    desk.post(f"{filing.pk}/", {**again, "deed": "save"})
    assert [each[MASS] for each in houses(desk, filing)[:2]] == ["11", "22"]


def test_a_paste_adds_and_changes(desk: Houses, filing: Filing) -> None:
    known = houses(desk, filing)[2]["transportDocumentHouseLevel"]["documentNumber"]
    paste = f"House document\tGross mass of the house\n{known}\t33\nNEW1\t44\n"

    desk.post(f"{filing.pk}/", {**form(desk, filing), "deed": "paste", "paste": paste})

    found = houses(desk, filing)
    assert (found[2][MASS], found[4][MASS], len(found)) == ("33", "44", 5)
    assert found[4]["carrier"] == found[0]["carrier"]


def test_ticked_houses_are_taken_out(desk: Houses, filing: Filing) -> None:
    kept = houses(desk, filing)[1:3]

    desk.post(f"{filing.pk}/", {**form(desk, filing), "deed": "remove", "out": ["1", "4"]})

    assert houses(desk, filing) == kept


def test_columns_are_chosen_and_rows_found(desk: Houses, filing: Filing) -> None:
    html = desk.get(f"{filing.pk}/?c=consignor/address/city&q=3").content.decode()

    assert 'name="c:3:consignor/address/city"' in html
    assert "c:3:totalGrossMass" not in html
    assert "c:1:" not in html


def test_a_split_is_shown_before_it_is_done(desk: Houses, filing: Filing) -> None:
    preview = desk.get(f"{filing.pk}/split/?size=3").content.decode()
    with tenant_scope(desk.operator.pk):
        assert Filing.objects.count() == 1
    answer = desk.post(f"{filing.pk}/split/", {"size": "3", "revision": "1"})

    assert "Make 2 drafts" in preview
    assert answer.status_code == 302
    with tenant_scope(desk.operator.pk):
        counts = [len(each.document["consignmentMasterLevel"]["consignmentHouseLevel"]) for each in Filing.objects.all()]
    assert sorted(counts) == [1, 3]


@pytest.mark.parametrize("path", ["", "split/"])
def test_a_filing_without_houses_and_strangers_have_no_table(desk: Houses, charlie: Desk, filing: Filing, path: str) -> None:
    master = desk.make(factories.draft, "IE3F12")

    assert desk.get(f"{master.pk}/{path}").status_code == 404
    assert Houses(charlie.operator, charlie.client).get(f"{filing.pk}/{path}").status_code == 404


def test_a_reader_looks_only(desk: Houses, rita: Desk, filing: Filing) -> None:
    reader = Houses(rita.operator, rita.client)
    html = reader.get(f"{filing.pk}/").content.decode()

    assert "data-cell" not in html
    assert reader.post(f"{filing.pk}/", {"deed": "save"}).status_code == 403


def test_houses_are_told_apart_by_where_they_stand_with_customs(desk: Houses, filing: Filing) -> None:
    from filings.models import AssessedPart, Assessment

    before = desk.get(f"{filing.pk}/").content.decode()
    number = houses(desk, filing)[2]["transportDocumentHouseLevel"]["documentNumber"]
    with tenant_scope(desk.operator.pk):
        Filing.objects.filter(pk=filing.pk).update(mrn=factories.MRN)
        Assessment.objects.create(filing=filing, kind="house", total=4, done=1, last_at=factories.NOW)
        AssessedPart.objects.create(filing=filing, kind="house", reference=number, assessed_at=factories.NOW)
    every = desk.get(f"{filing.pk}/").content.decode()
    fine = desk.get(f"{filing.pk}/?state=assessed&c={DOCUMENT}").content.decode()

    assert "With customs" not in before
    assert (every.count(">Assessed</span>"), every.count(">Not assessed yet</span>")) == (1, 3)
    assert number in fine
    assert (fine.count(">Assessed</span>"), fine.count(">Not assessed yet</span>")) == (1, 0)
    assert "None fits" in desk.get(f"{filing.pk}/?state=forbidden").content.decode()
    assert ">Not assessed yet</span>" in desk.get(f"{filing.pk}/?state=nonsense").content.decode()
