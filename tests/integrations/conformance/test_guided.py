"""Situations that a person plays on the product's own pages: each step is done there, and the story sees that it was."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone

from filings.messages.document import Document
from filings.models import Filing, FilingRequest, OutboxMessage, StopWordHit, Voyage
from filings.rules.layers import lists
from filings.samples.sample import sample
from filings.services import drafting
from filings.services.stop_words import rescanning, stop_words
from integrations import credentials, evidence_packs, key_files
from integrations.conformance import learning, scripts
from integrations.conformance.models import Run, RunStep
from integrations.sandbox.models import REASON, Received
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.integrations.conformance.test_playing import STORIES, Table, companies
from tests.integrations.conformance.test_runs import quiet, told
from tests.integrations.conformance.test_trying import person
from tests.integrations.sandbox.test_delivery import Gateway, gateway
from tests.integrations.sandbox.world import authority

__all__ = ["companies", "gateway", "quiet"]  # fixtures
GUIDED = [each["name"] for each in STORIES if any({"deed", "own"} & set(step) for step in each["steps"])]
FEW = 12  # in place of the 300 of the arrival
ZONE = ZoneInfo("Europe/Brussels")
OTHER_SHIP = "IMO9074729"
WHERE = "consignmentMasterLevel/consignmentHouseLevel/goodsItem/commodity/descriptionOfGoods"


@pytest.fixture(autouse=True)
def fresh_shelf() -> Iterator[None]:
    lists.stand(stop_words.DatabaseShelf())
    yield
    lists.stand(stop_words.DatabaseShelf())


class Guided(Table):
    """A story whose steps are done on the pages that it names."""

    acting: str = ""  # whose turn it is

    def post(self, path: str, **data: Any) -> Any:
        answer = self.of(self.acting).post(f"/o/{self.acting}/{path}", data)
        assert answer.status_code in {200, 302}, answer.content.decode()
        return answer

    def ours(self, question: Callable[[], Any]) -> Any:
        with tenant_scope(self.gateway.operators[self.acting].pk):
            return question()

    def filing(self) -> Filing:
        """Return the (first) filing of the story."""
        row = self.ours(lambda: RunStep.objects.get(run=self.run, number=0 if self.name != "amendment-before-mrn" else 1))
        found: Filing = self.ours(lambda: Filing.objects.get(pk=row.filing_id or row.kept[0]))
        return found

    def do(self, slug: str, row: RunStep, run: Run) -> None:
        if row.filing_id is not None:
            super().do(slug, row, run)
            return
        self.acting = slug
        assert row.todo[:30] in self.page(slug).replace("&#x27;", "'")
        getattr(self, f"do_{row.deed.replace('.', '_') or row.name}")(row)

    def do_sandbox_fault_put(self, row: RunStep) -> None:
        kind = scripts.scenario(self.run.content).steps[row.number].detail["kind"]
        more = {"seconds": 600} if kind == "late_answers" else {"times": 1}
        done = self.post("sandbox/faults/", kind=kind, **more)
        page = self.of(self.lead).get(done["Location"]).content.decode()
        assert "From now on this goes wrong" in page, page[-6000:]

    def do_voyage_created(self, _: RunStep) -> None:
        filing = self.filing()
        number = (
            OTHER_SHIP
            if self.name == "another-ship"
            else self.ours(lambda: said(filing)).value("activeBorderTransportMeans/identificationNumber")
        )
        eta = timezone.localtime(filing.arrives_at, timezone=ZONE)
        self.post("voyages/new/", mode="1", number=number, eta=f"{eta:%Y-%m-%dT%H:%M}", place="GRPIR", office="GR000201")

    def do_filing_voyage_set(self, _: RunStep) -> None:
        self.post(f"voyages/{self.voyage().pk}/take-in/", q=self.filing().lrn)

    def do_voyage_eta_changed(self, _: RunStep) -> None:
        filing, voyage = self.filing(), self.voyage()
        call = self.ours(lambda: voyage.calls.get(is_entry=True))
        eta = timezone.localtime(call.eta, timezone=ZONE) + timedelta(days=1)
        path = f"voyages/{voyage.pk}/calls/{call.pk}/eta/"
        self.post(path, eta=f"{eta:%Y-%m-%dT%H:%M}", reason="Storm", deed="change", amend=[filing.pk])

    def do_amend(self, _: RunStep) -> None:
        filing = self.filing()
        draft = self.ours(lambda: Filing.objects.filter(about=filing, state="draft").first())
        if draft is None:
            self.post(f"filings/{filing.pk}/amend/")
            draft = self.ours(lambda: Filing.objects.get(about=filing, state="draft"))
        self.post(f"filings/{draft.pk}/submit/", despite="yes")

    def do_arrive(self, _: RunStep) -> None:
        at = timezone.localtime(timezone.now(), timezone=ZONE)
        filings = self.ours(lambda: list(Filing.objects.exclude(mrn="").values_list("pk", flat=True)))
        given = {"arrived_at": f"{at:%Y-%m-%dT%H:%M}", "office": "GR000201", "kind": "EM", "address": "ens@nordmeer.example"}
        notifier = self.gateway.operators[self.lead].eori
        self.post(f"voyages/{self.voyage().pk}/arrival/", **given, notifier=notifier, by="mrn", filing=filings)

    def do_evidence_made(self, _: RunStep) -> None:
        at = timezone.localtime(timezone.now(), timezone=ZONE)
        self.post(
            "evidence/packs/",
            since=f"{at - timedelta(days=1):%Y-%m-%dT%H:%M}",
            until=f"{at + timedelta(minutes=1):%Y-%m-%dT%H:%M}",
        )
        assert evidence_packs.make_next(at=timezone.now())

    def do_filing_drafted(self, _: RunStep) -> None:
        document = sample("IE3F15", seed=1, at=timezone.now())
        document.set(WHERE, "Gadgets and oddments")
        self.ours(lambda: drafting.create(document=document, by=factories.ALICE, at=timezone.now(), source="web"))

    def do_stop_word_hit_dismissed(self, _: RunStep) -> None:
        now = timezone.now()
        data = b"term,embedded\ngadgets and oddments,yes\n"
        stop_words.load(data=data, source="words.csv", valid_from=now.date(), by="test", at=now)
        rescanning.rescan(at=now)
        hit = self.ours(StopWordHit.objects.first)
        self.post(f"filings/to-look-at/{hit.pk}/dismiss/")

    def do_credential_planned(self, _: RunStep) -> None:
        now, leaf = timezone.now(), authority().leafs["alfa 2"]
        material = key_files.read(leaf.private_key + leaf.chain)
        made = credentials.add(name="The next one", purpose="seal", material=material, by="The desk", at=now)
        credentials.use(connection=self.gateway.connection, credential=made, since=now + timedelta(days=3), by="The desk", at=now)

    def do_filing_request_sent(self, _: RunStep) -> None:
        master = self.filing()
        due = timezone.localtime(timezone.now(), timezone=ZONE) + timedelta(hours=20)
        asked = self.gateway.operators["forwarder"].eori
        given = {"asked_eori": asked, "mail": "ens@brabant.example", "due_at": f"{due:%Y-%m-%dT%H:%M}", "note": ""}
        self.post("filing-requests/new/", what=f"sea-house:IE3F15:{asked}", filing=master.pk, **given)

    def do_filing_request_accepted(self, _: RunStep) -> None:
        request, house = self.ours(FilingRequest.objects.get), self.ours(lambda: Filing.objects.get(message_type="IE3F15"))
        self.post(f"filing-requests/{request.pk}/accept/", filing=house.pk)

    def voyage(self) -> Voyage:
        found: Voyage = self.ours(Voyage.objects.get)
        return found


def said(filing: Filing) -> Document:
    from filings import selectors

    return selectors.document_of(filing)


@pytest.mark.parametrize("name", GUIDED)
def test_each_situation_is_played_on_the_pages_it_names(companies: Gateway, name: str) -> None:
    table = Guided(companies, "line", name)
    if name == "arrival-of-300":
        few(table)

    for _ in range(60):
        table.look()
        if not table.run.is_under_way:
            break
        with every_tenant(REASON):  # what customs is late with, or what waits for another attempt
            OutboxMessage.objects.filter(state=OutboxMessage.State.WAITING).update(due_at=timezone.now())
            if table.run.done > 1:
                Received.objects.update(due_at=timezone.now())
        table.gateway.exchange()
        if (turn := table.turn()) is not None and not waits(table, turn[1]):
            table.do(*turn)

    assert table.run.state == "passed", told(table.run)


def waits(table: Table, row: RunStep) -> bool:
    """Say whether the person has done it already, and it has not left yet."""
    with tenant_scope(row.operator_id):
        filing = Filing.objects.filter(pk=row.filing_id).first()
    return filing is not None and (filing.state != "draft" or filing.when_registered)


def few(table: Table) -> None:
    with tenant_scope(table.run.operator_id):
        table.run.content["steps"][0]["times"] = FEW
        table.run.save(update_fields=["content"])


@pytest.mark.django_db
def test_every_page_that_a_story_names_exists() -> None:
    pages = {step.page for each in scripts.one("stories").scenarios for step in each.steps if step.page}

    assert all(learning.place(page, "nordmeer").startswith("/") for page in pages)


def test_a_story_with_a_deed_cannot_play_by_itself(companies: Gateway) -> None:
    client = person(companies, "line")

    asked = {"list": "stories", "scenario": "eta-changed", "by": "itself"}
    answer = client.post("/o/line/conformance/runs/", asked, follow=True).content.decode()

    assert "by a person only" in answer
    assert "Let it play: The estimate of arrival changes" not in answer


@pytest.mark.django_db
def test_all_twenty_situations_are_stories_on_the_page() -> None:
    text = (settings.BASE_DIR / "docs" / "situations.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]

    named = {situation for each in scripts.one("stories").scenarios for situation in each.situations}
    assert len(rows[2:]) == 20
    assert set(rows[2:]) == named
