"""Pages are asked for as a browser does: signed in, by address, without a scope of the test's own.

Models are imported inside the fixtures: pytest reads this file before the product is set up.
"""

from typing import Any

import pytest


@pytest.fixture
def operator(db: None) -> Any:
    from tests import factories

    return factories.operator("acme")


@pytest.fixture
def alice(operator: Any) -> Any:
    """A filer."""
    from tests.filings.web.desk import desk

    return desk(operator, "alice", "filer")


@pytest.fixture
def rita(operator: Any) -> Any:
    """A reader of the same operator."""
    from tests.filings.web.desk import desk

    return desk(operator, "rita", "reader")


@pytest.fixture
def charlie(operator: Any) -> Any:
    """A filer of another operator, who asks for the first one's pages."""
    from tests import factories
    from tests.filings.web.desk import Desk, desk

    return Desk(operator, desk(factories.operator("other"), "charlie", "filer").client)
