"""The bell and the sweep: names that other parts call by, and what one ring does."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.conf import settings

from filings import outbox
from integrations import inbound, outbound, rota, routing, tasks


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    bells: list[str] = []
    monkeypatch.setattr(outbox, "ring", lambda bell=outbox.BELL, countdown=0: bells.append(bell))
    return bells


def steps(count: int) -> Callable[..., bool]:
    """Return a step that has so much to do."""
    left = iter([True] * count)
    return lambda **_: next(left, False)


WORK: list[tuple[Any, Any, str]] = [
    (tasks.send_waiting, outbound, "send_next"),
    (tasks.pull_all, inbound, "pull_next"),
    (tasks.route_waiting, routing, "route_next"),
]


def test_whoever_is_called_by_name_exists() -> None:
    current_app.loader.import_default_modules()  # as a worker does when it starts
    called = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    called |= {outbox.BELL, rota.PULL_BELL, inbound.ROUTE_BELL}

    assert called <= set(current_app.tasks)


@pytest.mark.parametrize(("task", "module", "step"), WORK, ids=lambda value: getattr(value, "__name__", value))
def test_a_task_works_until_nothing_is_left(
    task: Any, module: Any, step: str, rung: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[bool] = []
    todo = steps(3)
    monkeypatch.setattr(module, step, lambda **kwargs: done.append(todo(**kwargs)) or done[-1])

    task(from_a_newer_release=1)

    assert done == [True, True, True, False]
    assert rung == []


@pytest.mark.parametrize(("task", "module", "step"), [WORK[0], WORK[2]], ids=["send", "route"])
def test_a_task_with_too_much_to_do_queues_itself_again(
    task: Any, module: Any, step: str, rung: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, step, steps(1000))

    task()

    assert rung == [task.name]


def test_a_broker_that_is_down_harms_nobody(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", fails)

    outbox.ring()

    assert "the sweep will find the row" in caplog.text
