"""Referrals are tested on a registered filing; customs' messages come as the gateway hands them over.

Models are imported inside the fixtures: pytest reads this file before the product is set up.
"""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    from filings import outbox

    monkeypatch.setattr(outbox, "ring", lambda *_args, **_options: None)


@pytest.fixture
def acme(db: None) -> Iterator[Any]:
    """An operator, with its scope open during the test."""
    from tenants.scope import tenant_scope
    from tests import factories

    operator = factories.operator("acme")
    with tenant_scope(operator.pk):
        yield operator


@pytest.fixture
def filing(acme: Any) -> Any:
    """A registered filing of air cargo before loading."""
    from tests.referrals import asking

    return asking.registered()


@pytest.fixture
def operator(db: None) -> Any:
    from tests import factories

    return factories.operator("acme")


@pytest.fixture
def alice(operator: Any) -> Any:
    """A filer."""
    from tests.referrals.asking import desk

    return desk(operator, "alice", "filer")


@pytest.fixture
def bob(operator: Any) -> Any:
    """Another filer of the same operator."""
    from tests.referrals.asking import desk

    return desk(operator, "bob", "filer")


@pytest.fixture
def charlie(operator: Any) -> Any:
    """A filer of another operator, who asks for the first one's pages."""
    from tests import factories
    from tests.referrals.asking import Desk, desk

    return Desk(operator, desk(factories.operator("other"), "charlie", "filer").client)
