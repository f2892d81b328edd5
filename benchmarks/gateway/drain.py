"""Draining a long queue: order kept within each filing, memory flat, and what a message costs at both ends of the queue.

Everything is the real way out, except for the wire: each worker makes the receipts itself by the same code as the receiver's.
Workers are processes, one for each core (DRAIN_WORKERS), that take from the queue as those of the product do. Of the hundred
thousand that are queued as many are sent as the time allows (DRAIN_SECONDS).
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

from benchmarks.gateway import clock, receiver, stage

if TYPE_CHECKING:
    from integrations.pki import Identity

Samples = list[tuple[int, float, float]]  # messages sent by a worker, its memory in MB, its CPU seconds

QUEUED, EACH = 100_000, 5  # messages, and how many of them belong to one filing
SECONDS: Final = float(os.environ.get("DRAIN_SECONDS") or 220)
WORKERS: Final = int(os.environ.get("DRAIN_WORKERS") or len(os.sched_getaffinity(0)))
MOST_IDLE: Final = 40  # times in a row that a worker finds nothing to send

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
    queued, seconds, step = (1_000, 5.0, 5) if quick else (QUEUED, SECONDS, 100)
    with stage.stage(durable=False) as var:
        from benchmarks.gateway import wire

        customs, trader = stage.identities()
        database, operators = stage.superuser(var), stage.operators(50)
        stage.connect("http://127.0.0.1:9/msh", customs, trader)
        stage.queue(database, operators, wire.payload(2_000), filings=queued // EACH, each=EACH)
        database.execute("vacuum analyze")
        begun = time.perf_counter()
        with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
            work = [pool.submit(drain, customs, trader.root, seconds=seconds, step=step) for _ in range(WORKERS)]
            found = [one.result() for one in work]
        passed = time.perf_counter() - begun
        [[disordered]] = database.execute(DISORDER).fetchall()
        whole = database.execute(WHOLE, [EACH]).fetchone()[0]
        [[started]] = database.execute("select count(distinct filing_id) from integrations_exchange").fetchall()
        costs = [_costs(samples) for _, samples in found]
        return {
            "workers": WORKERS,
            "queued": queued,
            "each": EACH,
            "sent": sum(sent for sent, _ in found),
            "filings": started,
            "whole": whole,
            "seconds": passed,
            "disordered": disordered,
            "memory": [memory for _, memory, _ in max((samples for _, samples in found), key=_most)],
            "step": step,
            "first": sum(each[min(1, len(each) - 1)] for each in costs) / len(costs),
            "last": sum(each[-1] for each in costs) / len(costs),
        }


def drain(customs: "Identity", root: bytes, *, seconds: float, step: int) -> tuple[int, Samples]:
    """Send what waits, as a worker in a process of its own; return how many messages, and a sample before every so many."""
    import django

    django.setup()
    from integrations import as4, http, outbound
    from integrations.rota import Rota

    seal = as4.Seal(private_key=customs.private_key, chain=customs.chain)
    trust = as4.Trust.load([root])

    def answered(_url: str, *, content_type: str, body: bytes, **_: Any) -> http.Answer:
        made = receiver.receipt(content_type, body, seal=seal, trust=trust)
        return http.Answer(200, made.content_type, made.body)

    http.post = answered
    rota, sent, idle, begun = Rota(), 0, 0, time.perf_counter()
    samples: Samples = []
    while idle < MOST_IDLE and time.perf_counter() - begun < seconds:
        if sent % step == 0 and not idle:
            samples.append((sent, clock.memory(), time.process_time()))
        if outbound.send_next(rota=rota):
            sent, idle = sent + 1, 0
        else:  # what is left waits for a message that another worker is sending
            idle += 1
            time.sleep(0.05)
    return sent, samples


def _costs(samples: Samples) -> list[float]:
    """Return the CPU milliseconds of a worker for a message, sample by sample."""
    return [(after[2] - before[2]) / (after[0] - before[0]) * 1e3 for before, after in pairwise(samples)] or [0.0]


def _most(samples: Samples) -> float:
    return max(memory for _, memory, _ in samples)
