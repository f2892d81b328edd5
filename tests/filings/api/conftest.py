"""A client system that calls the API with its operator's key."""

from typing import Any

import pytest


@pytest.fixture
def client_of() -> Any:
    """Return what makes a client of an operator; a refusal of ours must not hide a fault, so errors are raised."""
    from django.test import Client

    from tests import factories

    def make(operator: Any) -> Client:
        return Client(headers={"authorization": f"Bearer {factories.api_key(operator)}"})

    return make


@pytest.fixture
def firm(db: None) -> Any:
    """An operator, its scope not open: requests open it themselves."""
    from tests import factories

    return factories.operator("acme")


@pytest.fixture
def api(firm: Any, client_of: Any) -> Any:
    """A client of the firm."""
    return client_of(firm)
