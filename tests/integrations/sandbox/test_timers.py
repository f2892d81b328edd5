"""Timers of customs beside messages about the same filing."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from integrations.sandbox import clock, timers
from integrations.sandbox.models import Registration, Timer
from tenants.scope import every_tenant
from tests.integrations.sandbox.test_delivery import AIR, Gateway, gateway

__all__ = ["gateway"]  # the fixture
HELD: float = 10  # seconds


@pytest.mark.django_db(transaction=True)
def test_a_timer_waits_for_nobody_who_may_cancel_it(gateway: Gateway) -> None:
    gateway.file("forwarder", AIR, "LF-SLOW-1")
    with every_tenant("a test"):
        registration = Registration.objects.get()
        clock.schedule(registration, "step", due_at=timezone.now())
    locked, done = threading.Event(), threading.Event()
    cancelled: list[int] = []

    def amended() -> None:
        try:
            with every_tenant("a test"), transaction.atomic():
                held = Registration.objects.select_for_update().get(pk=registration.pk)
                locked.set()
                done.wait(HELD)
                cancelled.append(clock.cancel(held))
        finally:
            connection.close()

    thread = threading.Thread(target=amended)
    thread.start()
    try:
        assert locked.wait(HELD)
        ran = timers.run_next(at=timezone.now() + timedelta(days=300))
    finally:
        done.set()
        thread.join(HELD)

    assert not ran
    with every_tenant("a test"):
        assert cancelled
        assert not Timer.objects.filter(state=Timer.State.WAITING).exists()
