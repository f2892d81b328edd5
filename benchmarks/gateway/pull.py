"""Pulling: how many messages a second come in over one connection, one pull at a time and several."""

import time
from typing import Any, Final

from benchmarks.gateway import clock, receiver, stage

SEVERAL: Final = (1, 4, 8)
DELAY: Final = 0.05  # seconds until customs answers, whatever it is asked


def measure(*, quick: bool) -> dict[str, Any]:
    """Return messages per second for each number of pulls at a time."""
    count = 20 if quick else 300
    with stage.stage() as var:
        from django.utils import timezone

        from integrations import inbound
        from integrations.models import Connection, InboundMessage
        from tenants.scope import every_tenant

        customs, trader = stage.identities()
        connection, rates, alone = None, {}, ""
        for several in SEVERAL:
            with receiver.running(var, customs, trader, messages=count, delay=DELAY) as url:
                connection = connection or stage.connect(url, customs, trader)
                with every_tenant("a measurement"):
                    InboundMessage.objects.all().delete()
                    Connection.objects.filter(pk=connection.pk).update(endpoint=url, pull_parallel=several, next_pull_at=None)
                alone = "" if quick else clock.take_a_core(var)
                begun, ours = time.perf_counter(), time.process_time()
                while inbound.pull_next(clock=timezone.now):
                    pass
                seconds, spent = time.perf_counter() - begun, time.process_time() - ours
                with every_tenant("a measurement"):
                    kept = InboundMessage.objects.filter(receipt_sent_at__isnull=False).count()
                if kept != count:
                    raise SystemExit(f"{kept} of {count} messages came in")
                rates[str(several)] = {"rate": count / seconds, "ours": spent / count * 1e3}
        return {"core": alone, "delay": DELAY, "count": count, "rates": rates}
