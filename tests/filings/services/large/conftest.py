"""Workers of these tests work here and now, on a database that commits.

Models are imported inside the fixtures: pytest reads this file before the product is set up.
"""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def no_bell(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who was woken; nobody hears it."""
    from filings import outbox

    rung: list[str] = []
    monkeypatch.setattr(outbox, "ring", lambda bell=outbox.BELL, countdown=0: rung.append(bell))
    return rung


@pytest.fixture(autouse=True)
def small_is_large(settings: Any) -> None:
    """Keep in parts what has more than a few houses."""
    settings.FILING_IN_PARTS_FROM = 20_000


@pytest.fixture
def operator(transactional_db: None) -> Any:
    from tests import factories

    return factories.operator("acme")
