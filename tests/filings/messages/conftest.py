"""The core is tested without a database: message sets beside that of the release come from a shelf in memory."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_loaded_sets() -> Iterator[None]:
    from filings.messages import holdings

    before = holdings.stand(holdings.Sets())
    yield
    holdings.stand(before)
