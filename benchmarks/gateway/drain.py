"""Draining a long queue: order kept within each filing, memory flat, and what a message costs at both ends of the queue.

Everything is the real way out, except for the wire: the receipt is made in this process by the same code as the receiver's, so
that one core does it all. Of the hundred thousand that are queued as many are sent as the time allows (--seconds).
"""

import os
import time
from itertools import pairwise
from typing import Any, Final

from benchmarks.gateway import clock, receiver, stage

QUEUED, EACH = 100_000, 5  # messages, and how many of them belong to one filing
SECONDS: Final = float(os.environ.get("DRAIN_SECONDS") or 220)

DISORDER: Final = """
    select count(*) from (
        select done_at, lead(done_at) over (partition by filing_id order by created_at) as next_at,
            state, lag(state) over (partition by filing_id order by created_at) as before
        from filings_outboxmessage) m
    where next_at < done_at or (state = 'done' and before is not null and before <> 'done')
    """


WHOLE: Final = """
    select count(*) from (
        select from filings_outboxmessage where state = 'done' group by filing_id having count(*) = %s) m
    """


def measure(*, quick: bool) -> dict[str, Any]:
    """Return what came of draining."""
    queued = 1_000 if quick else QUEUED
    with stage.stage(durable=False) as var:
        from benchmarks.gateway import wire
        from integrations import as4, http, outbound
        from integrations.rota import Rota

        customs, trader = stage.identities()
        database, operators = stage.superuser(var), stage.operators(50)
        stage.connect("http://127.0.0.1:9/msh", customs, trader)
        stage.queue(database, operators, wire.payload(2_000), filings=queued // EACH, each=EACH)
        database.execute("vacuum analyze")
        alone = "" if quick else clock.take_a_core(var)
        seal = as4.Seal(private_key=customs.private_key, chain=customs.chain)
        trust = as4.Trust.load([trader.root])

        def answered(_url: str, *, content_type: str, body: bytes, **_: Any) -> http.Answer:
            made = receiver.receipt(content_type, body, seal=seal, trust=trust)
            return http.Answer(200, made.content_type, made.body)

        http.post = answered
        rota, sent, begun = Rota(), 0, time.perf_counter()
        samples: list[tuple[int, float, float]] = []  # messages sent, memory, CPU seconds
        while time.perf_counter() - begun < (5 if quick else SECONDS):
            if sent % (5 if quick else 100) == 0:
                samples.append((sent, clock.memory(), time.process_time()))
            if not outbound.send_next(rota=rota):
                break
            sent += 1
        seconds = time.perf_counter() - begun
        [[disordered]] = database.execute(DISORDER).fetchall()
        whole = database.execute(WHOLE, [EACH]).fetchone()[0]
        [[started]] = database.execute("select count(distinct filing_id) from integrations_exchange").fetchall()
        costs = [(after[2] - before[2]) / (after[0] - before[0]) * 1e3 for before, after in pairwise(samples)]
        return {
            "core": alone,
            "queued": queued,
            "each": EACH,
            "sent": sent,
            "filings": started,
            "whole": whole,
            "seconds": seconds,
            "disordered": disordered,
            "memory": [memory for _, memory, _ in samples],
            "step": 5 if quick else 100,
            "first": costs[min(1, len(costs) - 1)],
            "last": costs[-1],
        }
