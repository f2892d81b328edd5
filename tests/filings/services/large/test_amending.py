"""A filing kept in parts is amended as a small one is: from what customs has, house by house, checked against that and sent."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from isal import igzip

from filings import samples, selectors
from filings.lifecycle import State
from filings.messages import xml as messages
from filings.models import Filing, OutboxMessage, UsedReference
from filings.models.large import Check, FilingPart
from filings.services import amending, asking, assessing, comparing, drafting, invalidating, responses, submission
from filings.services.houses import changes as house_changes
from filings.services.houses import splitting, table
from filings.services.houses.changes import Given
from filings.services.large import amending as large_amending
from filings.services.large import editing, parts, submitting
from filings.services.locking import Locked, NoneAdded
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, NOW, later
from tests.filings.services.large import bench

HOUSES = 12
NUMBER = "transportDocumentHouseLevel/documentNumber"
MASS = "totalGrossMass"
HOUSE = "consignmentMasterLevel/consignmentHouseLevel"


@pytest.fixture(autouse=True)
def even_smaller_is_large(settings: Any, small_is_large: None) -> None:
    settings.FILING_IN_PARTS_FROM = 2_000


@pytest.fixture
def filing(operator: Operator) -> Filing:
    return bench.registered(operator, bench.xml(HOUSES, seed=1))


@pytest.fixture
def draft(filing: Filing, operator: Operator) -> Filing:
    with tenant_scope(operator.pk):
        return amending.start(filing=filing, by=ALICE, at=later(30))


def change(draft: Filing, **given: Any) -> None:
    house_changes.change(filing=draft, given=Given(**given), revision=draft.revision, by=ALICE, at=later(40))


def send(draft: Filing) -> Check:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        submission.submit(filing=draft, by=ALICE, at=later(50))
    return worked(draft)


def worked(draft: Filing) -> Check:
    bench.work_off(later(100))
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        draft.refresh_from_db()
        return Check.objects.filter(filing=draft).latest("created_at")  # type: ignore[no-any-return]


def accept(draft: Filing) -> None:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        answer = factories.answer("IE3N10", MRN=bench.MRN, completionDate="2026-11-23T09:40:00Z")
        responses.fulfil(filing=draft, document=answer, message_id="n10", at=later(60))
        draft.refresh_from_db()


def documents(filing: Filing) -> list[Any]:
    return [part.document for part in bench.parts(filing)]


def test_it_starts_from_the_houses_customs_has(filing: Filing, draft: Filing) -> None:
    assert (draft.message_type, draft.parts_path, draft.parts_count, draft.mrn) == ("IE3A32", HOUSE, HOUSES, bench.MRN)
    assert documents(draft) == documents(filing)
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        assert comparing.changes(draft) == []
        told = comparing.changed_parts(draft)
        assert told is not None
        assert (told.compared.count, told.compared.of) == (0, HOUSES)
        assert draft.events.get(kind="drafted").sentence == "Drafted with what customs has."


def test_it_starts_once(filing: Filing, draft: Filing) -> None:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        assert amending.start(filing=filing, by=ALICE, at=later(31)).pk == draft.pk
        assert FilingPart.objects.filter(filing=draft).count() == HOUSES


def test_what_a_newer_message_has_no_place_for_is_left_out(
    filing: Filing, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    real = parts.spec_of

    def narrower(of: Filing) -> Any:
        spec = real(of)
        return spec if of.about_id is None else replace(spec, children=tuple(c for c in spec.children if c.name != MASS))

    monkeypatch.setattr(large_amending.parts, "spec_of", narrower)
    monkeypatch.setattr(large_amending.rows, "BATCH", 5)
    with tenant_scope(operator.pk):
        draft = amending.start(filing=filing, by=ALICE, at=later(30))

    without = [{name: value for name, value in each.items() if name != MASS} for each in documents(filing)]
    assert documents(draft) == without
    assert all(MASS in each for each in documents(filing))


def test_changed_and_left_out_houses_are_told_by_their_places(draft: Filing, filing: Filing) -> None:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        before = bench.parts(filing)[4].document[MASS]
        change(draft, changed={5: {MASS: "77.5"}}, removed=frozenset({2}))

        told = comparing.changed_parts(draft)

        assert told is not None
        assert (told.compared.changed, told.compared.left_out, told.compared.added, told.compared.of) == (1, 1, 0, HOUSES)
        gone, changed = told.page
        assert (gone.deed, gone.differs.before, gone.changes) == ("left_out", 2, ())
        assert (changed.deed, changed.differs.number, changed.differs.before) == ("changed", 4, 5)
        assert [(each.path, each.before, each.after) for each in changed.changes] == [(f"{HOUSE}[4]/{MASS}", before, "77.5")]
        first = comparing.changed_parts(draft, size=1)
        second = comparing.changed_parts(draft, after=1, size=1)
        beyond = comparing.changed_parts(draft, after=9)
        assert first is not None
        assert second is not None
        assert beyond is not None
        assert (first.page, first.compared.more, second.page, second.compared.more) == ((gone,), True, (changed,), False)
        assert (beyond.page, beyond.compared.count) == ((), 2)


def test_houses_that_share_a_document_are_told_apart_by_their_order(operator: Operator) -> None:
    data = bench.xml(HOUSES, seed=1)
    document = messages.read(data)
    numbers = document.nodes(f"{HOUSE}/{NUMBER}")
    numbers[3].set_text(numbers[6].text or "")
    filing = bench.drafted(operator, messages.write(document))
    with tenant_scope(operator.pk):
        submission.submit(filing=filing, by=ALICE, at=NOW, despite_findings=True)
    bench.work_off()
    with tenant_scope(operator.pk):
        bench.register(Filing.objects.get(pk=filing.pk))
        draft = amending.start(filing=Filing.objects.get(pk=filing.pk), by=ALICE, at=later(30))
        change(draft, changed={7: {MASS: "77.5"}})
        told = comparing.changed_parts(draft)

    assert told is not None
    assert [(each.differs.number, each.differs.before) for each in told.page] == [(7, 7)]


@pytest.mark.parametrize("path", [NUMBER, "goodsItem/goodsItemNumber"])
def test_what_customs_does_not_let_be_amended_is_refused_in_the_form_of_a_house(draft: Filing, path: str) -> None:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        part = FilingPart.objects.get(filing=draft, number=3)
        document = parts.document_with(draft, part)
        document.set(f"{HOUSE}[1]/{path.replace('goodsItem/', 'goodsItem[1]/')}", "99")
        content = parts.only_part(draft, document.to_json()["IE3A32"])

        with pytest.raises(Locked, match="may not be amended") as refusal:
            editing.change_part(filing=draft, part=part, content=content, revision=draft.revision, by=ALICE, at=later(40))

        assert [each["rule"] for each in refusal.value.detail()["findings"]] == ["R3024"]  # type: ignore[attr-defined]
        draft.refresh_from_db()
        assert draft.revision == 1
    assert documents(draft)[2] == part.document


def test_no_goods_item_is_added_to_a_house(draft: Filing) -> None:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        part = FilingPart.objects.get(filing=draft, number=1)
        item = part.document["goodsItem"][0]
        content = {**part.document, "goodsItem": [*part.document["goodsItem"], {**item, "goodsItemNumber": "77"}]}

        with pytest.raises(Locked, match="may not add one"):
            editing.change_part(filing=draft, part=part, content=content, revision=draft.revision, by=ALICE, at=later(40))


def test_the_declarant_is_locked_around_the_houses_and_the_rest_is_not(draft: Filing) -> None:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        other = {**draft.document, "declarant": {**draft.document["declarant"], "identificationNumber": "DE999"}}
        fixed = "identificationNumber" in {
            each.rpartition("/")[2] for each, spec in selectors.message_of(draft).by_path.items() if "R3024" in spec.rules
        }
        assert fixed
        with pytest.raises(Locked):
            editing.change_frame(filing=draft, content=other, revision=draft.revision, by=ALICE, at=later(40))

        amending.say(draft, "declarant/name", "Other name", by=ALICE, at=later(40))
        assert [(each.path, each.after) for each in comparing.changes(draft)] == [("declarant/name", "Other name")]


def whole(operator: Operator) -> Filing:
    """Return the amendment of a small filing."""
    small = factories.sent(bench.MESSAGE)
    responses.register(filing=small, document=factories.registration(small, bench.MRN), message_id="r", at=later(20))
    return amending.start(filing=small, by=ALICE, at=later(30))


@pytest.mark.parametrize("small", [True, False])
def test_the_table_refuses_locked_columns_and_new_houses(operator: Operator, request: pytest.FixtureRequest, small: bool) -> None:
    large = None if small else request.getfixturevalue("draft")
    with tenant_scope(operator.pk):
        draft = large or whole(operator)
        columns = {each.path: each for each in table.offered(draft)}
        kept = table.page(draft, table.Wanted(), list(columns.values()))[0].cells
        assert columns[NUMBER].locked
        assert not columns[MASS].locked

        with pytest.raises(Locked):
            change(draft, changed={1: {NUMBER: "OTHER", MASS: "5"}})
        with pytest.raises(NoneAdded):
            change(draft, added=[{NUMBER: "NEW"}])
        with pytest.raises(splitting.StaysOne):
            splitting.plan(draft)
        change(draft, changed={1: {NUMBER: kept[NUMBER], MASS: "5"}})

        assert table.page(draft, table.Wanted(), [columns[MASS]])[0].cells[MASS] == "5"


def test_it_is_written_checked_and_sent_as_any_other(draft: Filing, filing: Filing) -> None:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        used = UsedReference.objects.count()
        change(draft, changed={5: {"consignee/name": "Other consignee"}})

    check = send(draft)

    assert (check.state, check.errors, check.refusal, draft.state) == ("done", 0, "", State.QUEUED)
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        row = OutboxMessage.objects.get(filing=draft)
        sent = messages.read(igzip.decompress(bytes(row.payload)))
        assert (sent.message.id, sent.value("MRN"), row.encoding) == ("IE3A32", bench.MRN, "gzip")
        assert sent.value(f"{HOUSE}[5]/consignee/name") == "Other consignee"
        assert len(sent.nodes(HOUSE)) == HOUSES
        assert UsedReference.objects.count() == used
        assert filing.events.filter(kind="requested").count() == 1
        with pytest.raises(amending.OneUnderWay):
            amending.start(filing=filing, by=ALICE, at=later(55))


def test_what_came_in_as_a_file_with_a_house_too_many_is_found_by_the_check_and_stays_here(operator: Operator) -> None:
    filing = bench.registered(operator, bench.xml(HOUSES, seed=1))
    amendment = samples.sample("IE3A32", houses=HOUSES + 1, seed=1)
    amendment.set("MRN", bench.MRN)
    _, draft = bench.checked(operator, messages.write(amendment))
    assert draft is not None
    assert (draft.about_id, draft.in_parts) == (filing.pk, True)

    check = send(draft)

    with tenant_scope(operator.pk):
        codes = list(check.findings.filter(severity="error").values_list("code", "part"))
        assert ("101", HOUSES + 1) in codes
        assert draft.state == State.DRAFT
        told = comparing.changed_parts(draft)
        assert told is not None
        assert (told.compared.added, told.page[-1].deed) == (1, "added")


def test_an_amendment_that_is_a_small_file_is_kept_in_parts_as_its_filing_is(operator: Operator, settings: Any) -> None:
    filing = bench.registered(operator, bench.xml(HOUSES, seed=1))
    settings.FILING_IN_PARTS_FROM = 1_000_000
    amendment = samples.sample("IE3A32", houses=HOUSES, seed=1)
    amendment.set("MRN", bench.MRN)

    _, draft = bench.checked(operator, messages.write(amendment))

    assert draft is not None
    assert (draft.about_id, draft.parts_path) == (filing.pk, HOUSE)
    with tenant_scope(operator.pk), pytest.raises(selectors.KeptInParts, match="kept in parts"):
        asking.draft(document=amendment, by=ALICE, at=later(30), source="api")


def test_once_accepted_it_is_what_customs_has(draft: Filing, filing: Filing) -> None:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        change(draft, removed=frozenset({2}))
        change(draft, changed={1: {MASS: "77.5"}})
        gone = bench.parts(filing)[1].reference
    send(draft)
    accept(draft)

    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        assert selectors.in_force(filing).pk == draft.pk
        again = amending.start(filing=filing, by=ALICE, at=later(70))
        told, new = comparing.changed_parts(draft), comparing.changed_parts(again)
        assert told is not None
        assert new is not None
        assert (told.compared.count, new.compared.count, new.compared.of) == (2, 0, HOUSES - 1)
        kind = assessing.Kind.HOUSE
        assert (assessing._total(filing, kind), assessing._known(filing, kind, [gone])) == (HOUSES - 1, set())


def test_filed_anew_it_has_the_houses_of_the_amendment(draft: Filing, filing: Filing) -> None:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        change(draft, removed=frozenset({2}))
    send(draft)
    accept(draft)

    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        made = invalidating.file_anew(filing=filing, reason="Wrong vessel.", by=ALICE, at=later(80))

    assert made.request.message_type == "IE3Q04"
    assert documents(made.draft) == documents(draft)
    assert made.draft.parts_count == HOUSES - 1


# --- Before the registration ------------------------------------------------------------------------------------------------


@pytest.fixture
def early(operator: Operator) -> Filing:
    """An amendment that was changed and submitted before its filing had an MRN."""
    filing = bench.submitted(operator, bench.xml(HOUSES, seed=1))
    with tenant_scope(operator.pk):
        draft = amending.start(filing=filing, by=ALICE, at=later(10))
        change(draft, changed={5: {"consignee/name": "Other consignee"}})
    send(draft)
    return draft


def test_it_says_what_it_was_made_of_and_waits_as_a_draft(early: Filing) -> None:
    assert (early.state, early.when_registered, early.mrn) == ("draft", True, "")
    with tenant_scope(early.operator_id):  # type: ignore[arg-type]
        assert early.events.get(kind="drafted").sentence == amending.EARLY
        assert not OutboxMessage.objects.filter(filing=early).exists()


def test_it_leaves_once_the_mrn_is_there(early: Filing) -> None:
    with tenant_scope(early.operator_id):  # type: ignore[arg-type]
        bench.register(early.about)  # type: ignore[arg-type]
    worked(early)

    assert (early.state, early.when_registered, early.mrn) == ("queued", False, bench.MRN)
    with tenant_scope(early.operator_id):  # type: ignore[arg-type]
        sent = messages.read(igzip.decompress(bytes(OutboxMessage.objects.get(filing=early).payload)))
        assert (sent.value("MRN"), sent.value(f"{HOUSE}[5]/consignee/name")) == (bench.MRN, "Other consignee")


def test_it_stays_here_if_customs_refuses_the_filing(early: Filing) -> None:
    with tenant_scope(early.operator_id):  # type: ignore[arg-type]
        responses.reject(filing=early.about, document=factories.rejection(early.about), message_id="n", at=later(60))  # type: ignore[arg-type]
        early.refresh_from_db()
        assert (early.state, early.when_registered) == ("draft", False)
        with pytest.raises(submission.NeverRegistered):
            submission.put_off(early, by=ALICE, at=later(70), despite_findings=False)
        submission.submit(filing=early, by=ALICE, at=later(70))

    check = worked(early)

    assert "has not registered the filing that it amends" in check.refusal
    assert early.state == "draft"


def test_whoever_changes_a_house_takes_it_back(early: Filing) -> None:
    with tenant_scope(early.operator_id):  # type: ignore[arg-type]
        change(early, changed={6: {MASS: "4.5"}})
        bench.register(early.about)  # type: ignore[arg-type]
    bench.work_off()

    with tenant_scope(early.operator_id):  # type: ignore[arg-type]
        early.refresh_from_db()
        assert (early.state, early.when_registered) == ("draft", False)


def test_one_that_is_being_checked_when_the_mrn_comes_leaves_after_that(early: Filing) -> None:
    with tenant_scope(early.operator_id):  # type: ignore[arg-type]
        submitting.ask(filing=early, by=ALICE, at=later(60), submit=False)
        bench.register(early.about)  # type: ignore[arg-type]
        early.refresh_from_db()
        assert early.when_registered
    worked(early)

    assert (early.state, early.mrn) == ("queued", bench.MRN)


def test_one_that_is_registered_while_it_is_written_is_written_again_with_the_mrn(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    filing = bench.submitted(operator, bench.xml(HOUSES, seed=1))
    with tenant_scope(operator.pk):
        draft = amending.start(filing=filing, by=ALICE, at=later(10))
    lock, times = submitting._lock_unchanged, list[int]()

    def elsewhere() -> None:
        with tenant_scope(operator.pk):
            Filing.objects.filter(pk=filing.pk).update(mrn=bench.MRN, state="registered", answered_at=NOW)
        connection.close()

    def registered_meanwhile(each: Filing) -> None:
        if not times:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(elsewhere).result()
        times.append(1)
        lock(each)

    monkeypatch.setattr(submitting, "_lock_unchanged", registered_meanwhile)

    check = send(draft)

    assert (check.refusal, draft.state, draft.mrn, len(times)) == ("", "queued", bench.MRN, 2)


def test_one_that_turns_out_wrong_after_the_registration_stays_with_the_reason(
    early: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_scope(early.operator_id):  # type: ignore[arg-type]
        Filing.objects.filter(pk=early.pk).update(document={**early.document, "declarant": {}})
        bench.register(early.about)  # type: ignore[arg-type]
    worked(early)

    assert (early.state, early.when_registered) == ("draft", False)
    with tenant_scope(early.operator_id):  # type: ignore[arg-type]
        assert "It was not sent" in early.events.get(kind="stayed").sentence


def test_a_stranger_finds_none_of_it(draft: Filing) -> None:
    other = factories.operator("other")
    with tenant_scope(other.pk), pytest.raises(Filing.DoesNotExist):
        selectors.filing(draft.pk)


def test_a_copy_of_a_refused_amendment_keeps_its_houses(draft: Filing) -> None:
    with tenant_scope(draft.operator_id):  # type: ignore[arg-type]
        change(draft, changed={5: {MASS: "77.5"}})
        copied = drafting.copy(filing=draft, by=ALICE, at=later(60))
        told = comparing.changed_parts(copied)

    assert told is not None
    assert told.compared.changed == 1
