"""Filings are tested inside one operator's scope, and nobody rings a bell that no worker hears.

Models are imported inside the fixtures: pytest reads this file before the product is set up.
"""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    from filings import outbox

    monkeypatch.setattr(outbox, "ring", lambda *_, **__: None)


@pytest.fixture
def acme(db: None) -> Iterator[Any]:
    """An operator, with its scope open during the test."""
    from tenants.scope import tenant_scope
    from tests import factories

    operator = factories.operator("acme")
    with tenant_scope(operator.pk):
        yield operator
