"""SIGKILL in the middle of sending: nothing is lost and nothing is registered twice."""

import os
import random
import signal
import threading
import time
import uuid

import pytest
import requests

from tests.e2e.conftest import Product, eventually
from tests.e2e.test_samples import SAMPLES, load

pytestmark = pytest.mark.e2e

FILINGS, KILLS = 24, 3


def submit_until_accepted(product: Product, lrn: str) -> str:
    """Submit one filing as a client that repeats its request until it has an answer; return the filing's id."""
    message, document = load(SAMPLES[0])
    body, key = {message: {**document, "LRN": lrn}}, {"Idempotency-Key": lrn}
    for _ in range(200):
        try:
            answer = product.call("POST", "filings/?submit=true", json=body, headers=key)
        except (requests.RequestException, OSError, ValueError):
            time.sleep(0.3)
            continue
        if answer.status_code == 201:
            return str(answer.json()["id"])
        assert answer.status_code in {409, 429, 500, 502, 503}, answer.text
        time.sleep(0.3)
    pytest.fail("the product did not come back")


@pytest.mark.parametrize("victim", ["worker", "sandbox", "web"])
def test_a_killed_process_loses_nothing_and_sends_nothing_twice(product: Product, victim: str) -> None:
    prefix = uuid.uuid4().hex[:8].upper()
    lrns = [f"{prefix}KILL{number:04}" for number in range(FILINGS)]
    stop = threading.Event()
    kills: list[int] = []  # each life of the process is ended once

    def kill_at_random() -> None:
        while not stop.wait(random.uniform(0.4, 1.5)):
            pid = product.facts["pids"][victim]
            if pid not in kills and len(kills) < KILLS:
                os.kill(pid, signal.SIGKILL)
                kills.append(pid)

    killer = threading.Thread(target=kill_at_random)
    killer.start()
    try:
        ids = [submit_until_accepted(product, lrn) for lrn in lrns]
        eventually(lambda: len(kills) >= KILLS, within=60)
    finally:
        stop.set()
        killer.join()
        eventually(product.is_ready, within=60)

    def unfinished() -> bool:
        return any(state != "registered" for _, _, state in filed_under(product, prefix))

    eventually(lambda: not unfinished(), within=90)
    filed = filed_under(product, prefix)
    at_customs = product.rows("select lrn, mrn from sandbox_registration where starts_with(lrn, %s) order by lrn", prefix)
    queued = product.rows(
        "select count(*), count(distinct o.filing_id) from filings_outboxmessage o "
        "join filings_filing f on f.id = o.filing_id where starts_with(f.lrn, %s)",
        prefix,
    )
    assert sorted(str(pk) for pk, _, _ in filed) == sorted(ids)
    assert sorted(mrn for _, mrn, _ in filed) == sorted(mrn for _, mrn in at_customs)
    assert [lrn for lrn, _ in at_customs] == lrns
    assert queued == [(FILINGS, FILINGS)]


def filed_under(product: Product, prefix: str) -> list[tuple[uuid.UUID, str, str]]:
    """Return id, MRN and state of the filings whose LRN begins so."""
    return product.rows("select id, mrn, state from filings_filing where starts_with(lrn, %s)", prefix)
