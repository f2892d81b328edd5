"""The product with the real sandbox, as the tests of delivery have it."""

from tests.integrations.sandbox.conftest import address, office

__all__ = ["address", "office"]
