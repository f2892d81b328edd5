"""Two companies play one story by hand: one files, lets the other act, and goes on as the other."""

import pytest

from tests.e2e.conftest import Product
from tests.e2e.test_browser import submitted

pytestmark = pytest.mark.e2e
