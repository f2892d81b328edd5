"""Every scenario of ours runs through the product's own gateway against the real sandbox and ends with a report that holds."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from filings import outbox
from filings.models import OutboxMessage
from integrations import outbound, sealing
from integrations.conformance import moving, report, running, scripts
from integrations.conformance.models import Run, RunStep
from integrations.models import Connection
from integrations.sandbox import desk
from integrations.sandbox.desk import STAFF
from integrations.sandbox.models import REASON
from integrations.sandbox.timers import run_next
from tenants.models import AuditEvent
from tenants.scope import every_tenant, tenant_scope
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
    assert moving.move_next(at=timezone.now())
    while outbound.send_next():
        pass
    judge_all()
    while run_next(at=timezone.now()):  # an answered request lets the verdict go on
        pass
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


def test_a_refusal_nobody_expects_ends_the_run_with_customs_words(gateway: Gateway) -> None:
    with every_tenant(REASON):
        desk.attach(STAFF, at=timezone.now(), verdict="rejected")
    run = finish(gateway, begin(gateway, "road-filing"))

    assert run.state == "failed"
    name, state, reason = told(run)[0]
    assert (name, state) == ("file", "failed")
    assert "IE3N99" in reason
    assert "100" in reason
    assert [state for _, state, _ in told(run)[1:]] == ["left_out", "left_out"]
    assert checked(run).faults == []


def test_an_answer_that_does_not_come_in_time_fails_the_step(gateway: Gateway) -> None:
    with every_tenant(REASON):
        desk.attach(STAFF, at=timezone.now(), verdict="silent")
    run = look(gateway, begin(gateway, "road-filing"))
    with tenant_scope(run.operator_id):
        RunStep.objects.filter(run=run, state="sent").update(deadline_at=timezone.now())

    run = look(gateway, run)

    assert run.state == "failed"
    assert "IE3R01 and IE3N03 did not come in time" in told(run)[0][2]


def test_nothing_runs_where_messages_go_to_customs_own_systems(gateway: Gateway) -> None:
    run = begin(gateway, "road-filing")
    with every_tenant("a test moves the connection"):
        Connection.objects.update(environment="conformance")

    with pytest.raises(running.NotASandbox):
        begin(gateway, "road-filing")
    assert moving.move_next(at=timezone.now())

    assert again(run).state == "failed"
    assert told(run)[0][2] == running.NotASandbox().message
    assert again(run).steps.first().message_id == ""


def test_a_run_can_be_stopped_once(gateway: Gateway) -> None:
    run = begin(gateway, "road-filing")
    with tenant_scope(run.operator_id):
        running.stop(found=run, by=factories.ALICE, at=timezone.now())
        with pytest.raises(running.Ended):
            running.stop(found=run, by=factories.ALICE, at=timezone.now())
        deeds = list(AuditEvent.objects.values_list("deed", flat=True))

    assert again(run).state == "stopped"
    assert {"conformance.requested", "conformance.stopped", "conformance.ended"} <= set(deeds)


def test_only_a_few_run_at_once_and_only_known_ones(gateway: Gateway) -> None:
    for _ in range(running.MOST_UNDER_WAY):
        begin(gateway, "road-filing")

    with pytest.raises(running.TooMany):
        begin(gateway, "road-filing")
    with pytest.raises(running.UnknownScenario):
        begin(gateway, "nonsense")


def test_a_changed_report_is_told_from_a_true_one(gateway: Gateway, tmp_path: Path) -> None:
    run = finish(gateway, begin(gateway, "express-road"))
    octets = bytes(run.report or b"")
    file, anchor = tmp_path / "report.xml", tmp_path / sealing.ANCHOR_FILE

    file.write_bytes(octets)
    call_command("verify_evidence", file, anchor=anchor)
    customs = tmp_path / "customs.pem"
    customs.write_bytes(anchor.read_bytes())  # nobody's who signed a receipt
    with pytest.raises(CommandError, match="no evidence"):
        call_command("verify_evidence", file, anchor=anchor, customs=customs)
    file.write_bytes(octets.replace(b'state="passed"', b'state="failed"'))
    with pytest.raises(CommandError, match="no evidence"):
        call_command("verify_evidence", file, anchor=anchor)


def test_a_run_takes_the_connection_to_the_sandbox_and_not_the_usual_one(gateway: Gateway) -> None:
    with every_tenant("a test moves the usual connection to production"):
        to_sandbox = Connection.objects.get(is_default=True, operator=None)
        Connection.objects.filter(pk=to_sandbox.pk).update(is_default=False)
        real = {"environment": "production", "party_id": "DE0000000042", "endpoint": "http://127.0.0.1:9/", "is_default": True}
        Connection.objects.create(name="For real", anchors=to_sandbox.anchors, created_at=timezone.now(), **real)

    run = finish(gateway, begin(gateway, "road-filing"))

    assert run.state == "passed", told(run)
    assert (run.environment, run.via) == ("sandbox", to_sandbox.party_id)
    with tenant_scope(run.operator_id):
        assert set(OutboxMessage.objects.values_list("via", flat=True)) == {to_sandbox.party_id}


def test_a_run_ends_when_its_connection_leads_to_the_sandbox_no_more(gateway: Gateway) -> None:
    run = look(gateway, begin(gateway, "road-filing"))
    with every_tenant("a test switches the connection over"):
        Connection.objects.filter(party_id=run.via).update(environment="production")

    run = finish(gateway, run)

    assert run.state == "failed"
    assert "no connection of yours leads there" in "".join(reason for _, _, reason in told(run))
