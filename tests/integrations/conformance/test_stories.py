"""Every story runs through the product's own gateway against the real sandbox; by hand, the run follows what a person does."""

import tomllib

import pytest
from django.utils import timezone

from filings import selectors
from filings.models import Filing
from filings.samples.stories import anew
from filings.services import submission
from integrations.conformance import running, scripts
from integrations.conformance.models import Run, RunStep
from tenants.scope import tenant_scope
from tests import factories
from tests.integrations.conformance.test_runs import again, finish, look, quiet, told
from tests.integrations.conformance.test_trying import person
from tests.integrations.sandbox.test_delivery import Gateway, gateway

__all__ = ["gateway", "quiet"]  # fixtures
TOLD = tomllib.loads((scripts.FOLDER / "stories.toml").read_text("utf-8"))["scenarios"]
STORIES = [
    each["name"] for each in TOLD if not any({"deed", "own"} & set(step) for step in each["steps"])
]  # the others: test_guided


def begin(gateway: Gateway, name: str, *, by_hand: bool = False) -> Run:
    operator = gateway.operators["line"]
    over = running.line(operator)
    with tenant_scope(operator.pk):
        return running.request(
            found=scripts.one("stories"), name=name, over=over, by=factories.ALICE, at=timezone.now(), by_hand=by_hand
        )


@pytest.mark.parametrize("name", STORIES)
def test_each_story_ends_as_it_is_told(gateway: Gateway, name: str) -> None:
    run = finish(gateway, begin(gateway, name))

    assert run.state == "passed", told(run)


@pytest.mark.django_db
def test_each_of_the_nine_stories_is_told_right_and_wrong() -> None:
    stories = scripts.one("stories").scenarios
    told_of = {name.partition("/")[0] for name in anew.names()}

    assert {step.sample.partition("/")[0] for story in stories for step in story.steps if step.sample} == told_of
    assert all(step.todo and step.meaning for story in stories for step in story.steps if not step.refused)


def test_by_hand_the_run_waits_until_the_person_submits_the_draft(gateway: Gateway) -> None:
    run = look(gateway, begin(gateway, "lorry", by_hand=True))
    run = look(gateway, run)
    assert [step.state for step in run.steps.all()] == ["yours", "waiting"]

    submit(run, "file")
    run = look(gateway, look(gateway, run))
    run = look(gateway, run)

    assert [step.state for step in run.steps.all()] == ["passed", "yours"]
    submit(run, "invalidate")
    assert finish(gateway, run).state == "passed"


def test_by_hand_what_our_check_keeps_back_is_shown_on_the_draft(gateway: Gateway) -> None:
    run = look(gateway, begin(gateway, "amendment-kept-back", by_hand=True))
    submit(run, "file")

    run = finish(gateway, run)

    assert run.state == "passed", told(run)
    assert "Kept back" in told(run)[1][2]


def test_a_story_is_begun_followed_and_stopped_on_its_page(gateway: Gateway) -> None:
    line = gateway.operators["line"]
    client = person(gateway, "line")
    learn = f"/o/{line.slug}/conformance/learn/"
    assert b"A lorry with two consignments" in client.get(learn).content

    begun = client.post(f"/o/{line.slug}/conformance/runs/", {"list": "stories", "scenario": "lorry", "by": "hand"})
    with tenant_scope(line.pk):
        run = Run.objects.get()
    look(gateway, run)
    shown = client.get(begun["Location"]).content.decode()
    stopped = client.post(f"/o/{line.slug}/conformance/runs/{run.pk}/stop/", {"back": "story"})

    assert begun["Location"] == stopped["Location"] == f"{learn}{run.pk}/"
    assert "Open the draft" in shown
    assert again(run).state == "stopped"
    stranger = person(gateway, "forwarder").get(f"/o/forwarder/conformance/learn/{run.pk}/")
    assert stranger.status_code == 404


def submit(run: Run, name: str) -> None:
    """Submit the draft a step prepared, as its person would."""
    with tenant_scope(again(run).operator_id):
        filing: Filing = selectors.filing(RunStep.objects.get(run=run, name=name).filing_id)
        submission.submit(filing=filing, by=factories.ALICE, at=timezone.now())
