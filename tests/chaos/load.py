"""The load: operators' own systems that submit filings by REST and repeat each request until it has an answer."""

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from filings import samples
from filings.messages import json
from tests.e2e.conftest import Product

MESSAGES: Final = ("IE3F26", "IE3F32", "IE3F43", "IE3F12")
FAULTY: Final = 0.2  # of them customs is asked about with a fault inside
AGAIN: Final = frozenset({409, 429, 500, 502, 503, 504})  # answers after which a client repeats its request
PATIENCE: Final = 240  # seconds until a request must have been answered


@dataclass(frozen=True)
class Submission:
    """One filing that was accepted by the product."""

    operator: str
    lrn: str
    message: str
    faulty: bool
    filing: str  # the id in the answer


@dataclass
class Load:
    """What was submitted, and what the product turned away."""

    accepted: list[Submission] = field(default_factory=list)
    turned_away: int = 0  # filings with findings, refused at the door as they should be
    repeated: int = 0  # requests that were sent again because no answer came, or none that counts
    lost: list[str] = field(default_factory=list)  # LRNs of requests that never got an answer


class Client(threading.Thread):
    """One operator's system: submits filings until told to stop, at a pace that chance varies."""

    def __init__(self, product: Product, *, slug: str, prefix: str, seed: str, pace: float, load: Load) -> None:
        super().__init__(name=f"client {slug}", daemon=True)
        self.product, self.slug, self.prefix, self.load = product, slug, prefix, load
        self.pace = pace
        self.over = threading.Event()
        self._chance = random.Random(seed)
        self._key = str(product.operator(slug)["api_key"])
        self._url = product.url

    def run(self) -> None:
        """Submit one filing after the other."""
        number = 0
        while not self.over.wait(self._chance.uniform(0, 2 * self.pace)):
            number += 1
            self._submit(f"{self.prefix}{number:05}")

    def _submit(self, lrn: str) -> None:
        message, faulty = self._chance.choice(MESSAGES), self._chance.random() < FAULTY
        body = document(message, lrn=lrn, seed=self._chance.randrange(1_000_000), faulty=faulty)
        if faulty and self._chance.random() < 0.3:  # a client that does not ask to send it all the same
            answer = self._ask(f"{lrn}-as-it-is", "filings/?submit=true", body)
            if answer is not None and answer.status_code == 422:
                self.load.turned_away += 1
        answer = self._ask(lrn, f"filings/?submit=true&despite_findings={str(faulty).lower()}", body)
        if answer is None:
            self.load.lost.append(lrn)
            return
        assert answer.status_code == 201, answer.text[:2000]
        self.load.accepted.append(Submission(self.slug, lrn, message, faulty, str(answer.json()["id"])))

    def _ask(self, key: str, path: str, body: dict[str, Any]) -> requests.Response | None:
        """Return the answer to a request that is repeated, under one key, until there is one."""
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": key}
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = requests.post(f"{self._url}/api/v1/{path}", json=body, headers=headers, timeout=30)
                if answer.status_code not in AGAIN:
                    return answer
            except requests.RequestException:
                pass  # the process was killed; a client knows no more than that
            self.load.repeated += 1
            time.sleep(self._chance.uniform(0.2, 1))
        return None


def document(message: str, *, lrn: str, seed: int, faulty: bool) -> dict[str, Any]:
    """Return a filing as JSON; a faulty one declares with a number that no format allows."""
    made = samples.sample(message, seed=seed)
    made.set("LRN", lrn)
    if faulty:
        made.set("SpecificCircumstanceIndicator", "F99")
    return json.to_json(made)
