"""Every test of reference data begins with an empty shelf, and leaves none behind that others would see."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def empty_shelf() -> Iterator[None]:
    from filings.reference import shelf
    from filings.services.code_lists import DatabaseShelf

    shelf.stand(shelf.Nothing())
    yield
    shelf.stand(DatabaseShelf())
