"""Every scenario of ours runs through the product's own gateway against the real sandbox and ends with a report that holds."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from filings import outbox
from integrations import outbound, sealing
from integrations.conformance import report, running, scripts
from integrations.conformance.models import Run, RunStep
from tenants.scope import tenant_scope
from tests import factories
from tests.integrations.sandbox.test_delivery import Gateway, gateway
from tests.integrations.sandbox.world import ANALYSIS, hurry, judge_all

__all__ = ["gateway"]  # the fixture
NAMES = [each["name"] for each in tomllib.loads((scripts.FOLDER / "landfall.toml").read_text("utf-8"))["scenarios"]]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(outbox, "ring", lambda *_, **__: None)
    settings.VAR_FOLDER = tmp_path
    settings.EVIDENCE_SEAL = ""
    return None


def begin(gateway: Gateway, name: str, who: str = "line") -> Run:
    operator = gateway.operators[who]
    over = running.line(operator)
    with tenant_scope(operator.pk):
        return running.request(found=scripts.one("landfall"), name=name, over=over, by=factories.ALICE, at=timezone.now())


def look(gateway: Gateway, run: Run) -> Run:
    """Let the worker look once, whatever its pace, and customs answer."""
    with tenant_scope(run.operator_id):
        Run.objects.filter(pk=run.pk).update(due_at=timezone.now())
    assert running.move_next(at=timezone.now())
    while outbound.send_next():
        pass
    judge_all()
    hurry(*ANALYSIS)
    gateway.fetch()
    return again(run)


def again(run: Run) -> Run:
    with tenant_scope(run.operator_id):
        return Run.objects.prefetch_related("steps").get(pk=run.pk)


def finish(gateway: Gateway, run: Run, looks: int = 20) -> Run:
    for _ in range(looks):
        run = look(gateway, run)
        if not run.is_under_way:
            return run
    raise AssertionError([(step.name, step.state, step.expected) for step in run.steps.all()])


def told(run: Run) -> list[tuple[str, str, str]]:
    with tenant_scope(run.operator_id):
        return [(step.name, step.state, step.reason) for step in RunStep.objects.filter(run=run)]


def checked(run: Run, content: bytes | None = None) -> report.Check:
    sealing.identity(at=timezone.now())
    from django.conf import settings

    anchors = (Path(settings.VAR_FOLDER) / sealing.ANCHOR_FILE).read_bytes()
    return report.check(content or bytes(run.report or b""), anchors=anchors, at=timezone.now())


@pytest.mark.parametrize("name", NAMES)
def test_each_scenario_passes_against_the_sandbox(gateway: Gateway, name: str) -> None:
    run = finish(gateway, begin(gateway, name))

    assert run.state == "passed", told(run)
    found = checked(run)
    assert found.faults == []
    assert found.result == "passed"
    assert found.receipts == sum(1 for _, state, _ in told(run) if state == "passed")
