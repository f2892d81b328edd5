"""Stories of several companies by hand: each files under its own EORI and sees its own, or lets the other one act."""

import json
import tomllib
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from filings.models import Filing
from filings.samples.stories import anew
from integrations.conformance import answers, practising, scripts
from integrations.conformance.models import Practice, Run, RunStep
from tenants.actors import SYSTEM
from tenants.models import AuditEvent, Member, Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.integrations.conformance.test_runs import again, look, quiet, told
from tests.integrations.conformance.test_trying import person, system
from tests.integrations.sandbox.test_delivery import Gateway, gateway
from tests.integrations.sandbox.world import prefer

__all__ = ["gateway", "quiet"]  # fixtures
COMPANIES = {"aurelia": "LU24158073", "lichthaus": "DE527193846025713"}
NAMES = {"line": "Nordmeer Line", "forwarder": "Brabant Forwarding", "airline": "Keltia Airways"}
STORIES = tomllib.loads((scripts.FOLDER / "stories.toml").read_text("utf-8"))["scenarios"]
PLAYED = [each["name"] for each in STORIES if not any({"deed", "own"} & set(step) for step in each["steps"])]
TOGETHER = [each["name"] for each in STORIES if each["name"] in PLAYED and len(each.get("parts", ())) > 1]


@pytest.fixture
def companies(gateway: Gateway, settings: Any, address: str) -> Gateway:
    """A carrier, a forwarder, two airlines and a buyer, who let each other act."""
    settings.SANDBOX_URL = address
    for slug, eori in COMPANIES.items():
        gateway.operators[slug] = Operator.objects.create(slug=slug, name=slug.title(), eori=eori, created_at=timezone.now())
    for slug, name in NAMES.items():  # one that customs does not take for a stop word
        gateway.operators[slug].name = name
        gateway.operators[slug].save()
    prefer("NL12", *COMPANIES.values())
    for each in gateway.operators.values():
        with tenant_scope(each.pk):
            for other in gateway.operators.values():
                practising.agree(eori=other.eori, by=SYSTEM, at=timezone.now())
    return gateway


@dataclass
class Table:
    """A story at which companies sit, and what their people see."""

    gateway: Gateway
    lead: str
    name: str
    people: dict[str, Client] = field(default_factory=dict)
    run: Run = field(init=False)

    def __post_init__(self) -> None:
        before = self.mine(self.lead)
        answer = self.of(self.lead).post(
            f"/o/{self.lead}/conformance/runs/", {"list": "stories", "scenario": self.name, "by": "hand"}
        )
        assert answer.status_code == 302
        (self.run,) = [each for each in self.mine(self.lead) if each not in before]

    def of(self, slug: str) -> Client:
        if slug not in self.people:
            self.people[slug] = person(self.gateway, slug)
        return self.people[slug]

    def mine(self, slug: str) -> list[Run]:
        with tenant_scope(self.gateway.operators[slug].pk):
            return list(Run.objects.all())

    def page(self, slug: str) -> str:
        answer = self.of(slug).get(f"/o/{slug}/conformance/learn/{self.run.pk}/")
        assert answer.status_code == 200
        return answer.content.decode()

    def turn(self) -> tuple[str, RunStep, Run] | None:
        """Return whose turn it is, with the step and the run as that company has them."""
        for slug, operator in self.gateway.operators.items():
            with tenant_scope(operator.pk):
                row = RunStep.objects.select_related("run", "filing").filter(state="yours", player="").first()
                if row is not None and row.run.played == self.run.pk:
                    return slug, row, row.run
        return None

    def look(self) -> None:
        self.run = look(self.gateway, self.run)

    def play(self, *, let_act: bool) -> Run:
        """Let everybody do what is theirs; the others by the button, or by their own people."""
        for _ in range(80):
            self.look()
            if not self.run.is_under_way:
                return self.run
            turn = self.turn()
            if turn is None:
                continue
            slug, row, run = turn
            if slug != self.lead and let_act and not row.refused:
                assert f"Let {self.gateway.operators[slug].name} act" in self.page(self.lead)
                self.of(self.lead).post(f"/o/{self.lead}/conformance/learn/{self.run.pk}/let-act/")
            else:
                self.do(slug, row, run)
        raise AssertionError(told(self.run))

    def do(self, slug: str, row: RunStep, run: Run) -> None:
        assert row.todo.partition(".")[0][:30] in self.page(slug).replace("&#x27;", "'")
        if row.refused:
            return
        if row.filing_id is not None:
            answer = self.of(slug).post(f"/o/{slug}/filings/{row.filing_id}/submit/", {"despite": "yes"})
            assert answer.status_code in {200, 302}, answer.content.decode()
            return
        with tenant_scope(self.gateway.operators[slug].pk):  # what answers customs is written as the pages write it
            step = scripts.scenario(run.content).steps[row.number]
            document, about = answers.written(run, step, at=timezone.now())
            answers.hand_over(document, about=about, via=run.via, by=factories.ALICE, at=timezone.now())


@pytest.mark.parametrize("name", PLAYED)
def test_each_story_is_told_by_hand_by_its_companies(companies: Gateway, name: str) -> None:
    run = Table(companies, "line", name).play(let_act=False)

    assert run.state == "passed", told(run)


@pytest.mark.parametrize("name", TOGETHER)
def test_each_story_is_told_by_one_who_lets_the_others_act(companies: Gateway, name: str) -> None:
    run = Table(companies, "forwarder", name).play(let_act=True)

    assert run.state == "passed", told(run)


def test_each_company_files_under_its_own_eori_and_has_only_its_own(companies: Gateway) -> None:
    table = Table(companies, "line", "deep-sea")
    table.play(let_act=False)

    filed = {}
    for slug in ("line", "forwarder", "lichthaus"):
        with tenant_scope(companies.operators[slug].pk):
            filed[slug] = list(Filing.objects.values_list("message_type", "declarant"))
            assert again(table.run).state if slug == "line" else Run.objects.get().state == "passed"
        assert {eori for _, eori in filed[slug]} == {companies.operators[slug].eori}
    assert sorted(kind for kind, _ in filed["line"]) == ["IE3F12", "IE3F13"]
    assert sorted(kind for kind, _ in filed["forwarder"]) == ["IE3F14", "IE3F15"]
    assert sorted(kind for kind, _ in filed["lichthaus"]) == ["IE3F16", "IE3F17"]
    seen = table.page("line")
    with tenant_scope(companies.operators["forwarder"].pk):
        theirs = RunStep.objects.get(name="chairs")
    assert "Brabant Forwarding" in seen
    assert str(theirs.filing_id) not in seen
    assert theirs.reference not in seen
    with tenant_scope(companies.operators["line"].pk):
        mirrored = RunStep.objects.get(name="chairs")
    assert (mirrored.filing_id, mirrored.reference, mirrored.message_id) == (None, "", "")


@pytest.mark.django_db
def test_all_31_filings_and_all_nine_shipments_right_and_wrong_are_told() -> None:
    stories = scripts.one("stories").scenarios
    assert {step.sample for each in stories for step in each.steps if step.sample} == set(anew.names())
    for shipment in {name.partition("/")[0] for name in anew.names()}:
        assert {each.goes for each in stories if shipment in each.shipments} == {"right", "wrong"}, shipment


def test_who_did_not_agree_is_not_cast_and_cannot_be_made_to_act(companies: Gateway) -> None:
    table = Table(companies, "line", "deep-sea")
    table.look()
    table.do(*table.turn())  # type: ignore[misc]
    while (turn := table.turn()) is None or turn[0] != "forwarder":
        table.look()
    with tenant_scope(companies.operators["forwarder"].pk):
        practising.withdraw(eori=companies.operators["line"].eori, by=factories.ALICE, at=timezone.now())

    page = table.page("line")
    refused = table.of("line").post(f"/o/line/conformance/learn/{table.run.pk}/let-act/", follow=True).content.decode()

    assert "Let Brabant Forwarding act" not in page
    assert "has not agreed" in refused
    with tenant_scope(companies.operators["forwarder"].pk):
        assert not RunStep.objects.get(name="chairs").asked
    assert "forwarder is Brabant Forwarding" not in table.of("line").get("/o/line/conformance/learn/").content.decode()


def test_the_button_stands_in_the_trail_of_both(companies: Gateway) -> None:
    table = Table(companies, "line", "deep-sea-house-first")
    while table.turn() is None:
        table.look()
    table.of("line").post(f"/o/line/conformance/learn/{table.run.pk}/let-act/")
    table.look()

    with tenant_scope(companies.operators["line"].pk):
        assert AuditEvent.objects.get(deed="practice.let_act").detail["step"] == "house"
    with tenant_scope(companies.operators["forwarder"].pk):
        acted = AuditEvent.objects.get(deed="practice.acted")
        assert (acted.actor, acted.detail["for"]) == ("Nordmeer Line, in practice", companies.operators["line"].eori)
        assert AuditEvent.objects.filter(deed="filing.submitted").exists()


def test_a_system_begins_a_story_and_lets_the_other_company_act(companies: Gateway) -> None:
    client = system(companies, "line")
    asked = json.dumps({"list": "stories", "scenario": "deep-sea-house-first", "by_hand": True})
    begun = client.post("/api/v1/conformance/runs/", asked, content_type="application/json").json()
    with tenant_scope(companies.operators["line"].pk):
        run = Run.objects.get()
    for _ in range(2):
        run = look(companies, run)

    key = {"Idempotency-Key": "act-1"}
    acted = client.post(f"/api/v1/conformance/runs/{run.pk}/let-act/", headers=key)
    for _ in range(3):
        run = look(companies, run)
    again = client.post(f"/api/v1/conformance/runs/{run.pk}/let-act/", headers=key)

    assert [step["player"] for step in begun["steps"]] == ["Brabant Forwarding", ""]
    assert (acted.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (204, 204, "true")
    assert run.steps.first().state == "passed"
    assert client.post(f"/api/v1/conformance/runs/{run.pk}/let-act/").status_code == 409
    assert system(companies, "airline").post(f"/api/v1/conformance/runs/{run.pk}/let-act/").status_code == 404


def test_a_person_of_both_companies_goes_on_at_the_other(companies: Gateway) -> None:
    table = Table(companies, "line", "deep-sea-house-first")
    user = factories.member(companies.operators["line"], "both", "filer")
    with tenant_scope(companies.operators["forwarder"].pk):
        Member.objects.create(user=user, role="filer")
    both = Client()
    both.force_login(user)
    while table.turn() is None:
        table.look()

    address = f"/o/forwarder/conformance/learn/{table.run.pk}/"
    assert f'href="{address}"' in both.get(f"/o/line/conformance/learn/{table.run.pk}/").content.decode()
    assert "Open the draft" in both.get(address).content.decode()
    assert f'href="{address}"' not in table.page("line")
    assert table.of("airline").get(f"/o/airline/conformance/learn/{table.run.pk}/").status_code == 404
    assert table.of("airline").post(f"/o/airline/conformance/learn/{table.run.pk}/let-act/").status_code == 404


def test_one_who_stops_ends_it_for_all(companies: Gateway) -> None:
    table = Table(companies, "line", "deep-sea-house-first")
    table.look()

    table.of("forwarder").post(f"/o/forwarder/conformance/runs/{table.run.pk}/stop/", {"back": "story"})

    assert again(table.run).state == "stopped"


def test_an_agreement_is_the_administrators_and_says_nothing_of_who_is_here(companies: Gateway) -> None:
    filer, admin = person(companies, "airline"), person(companies, "airline", "admin")
    address = "/o/airline/conformance/learn/practise/"

    assert filer.post(address, {"eori": "FR1"}).status_code == 403
    assert "FR99 may let you act" in admin.post(address, {"eori": " fr99 "}, follow=True).content.decode()
    assert "no EORI" in admin.post(address, {"eori": "??"}, follow=True).content.decode()
    admin.post(address, {"eori": "FR99", "withdraw": "1"})
    with tenant_scope(companies.operators["airline"].pk):
        assert not Practice.objects.filter(eori="FR99").exists()
        assert (
            AuditEvent.objects.filter(deed__in=["practice.agreed", "practice.withdrawn"]).filter(detail__eori="FR99").count() == 2
        )
