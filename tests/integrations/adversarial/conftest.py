"""Two real processes, a furnished database, and a clean table for each case.

The processes see only what is committed. So these tests reach the database from outside their own transaction
(sides.outside), furnish it once a module, and remove the few rows each caused; the tests of what we send use the database as
all others do.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def hour(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave the hour as it is where what is tested runs in processes of its own."""
    from tests import factories

    with nullcontext() if "processes" in request.fixturenames else factories.hour_of_tests():
        yield


@pytest.fixture(scope="module")
def rooms(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Both receivers furnished."""
    from tests.integrations.adversarial import sides

    with django_db_blocker.unblock():
        sides.outside(lambda: sides.empty_out(everything=True))
        sides.outside(sides.furnish)
    yield
    with django_db_blocker.unblock():
        sides.outside(lambda: sides.empty_out(everything=True))


# For this folder only: a sandbox that went on judging would want the rows of every test after these.
@pytest.fixture(scope="package")
def processes(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The sandbox and our web process, running."""
    from tests.integrations.adversarial import servers

    logs = tmp_path_factory.mktemp("adversarial")
    running = {"customs": servers.sandbox(logs / "sandbox.log"), "gateway": servers.web(logs / "web.log")}
    for server in running.values():
        server.start()
    yield running
    for server in running.values():
        server.kill()


@pytest.fixture(scope="package")
def both(processes: dict[str, Any]) -> dict[str, Any]:
    from tests.integrations.adversarial.sides import sides

    return sides(processes["customs"], processes["gateway"])


@pytest.fixture
def clean(db: None, rooms: None) -> Iterator[None]:
    """Begin and end without messages."""
    from tests.integrations.adversarial import sides

    yield
    sides.outside(sides.empty_out)


@pytest.fixture(params=["customs", "gateway"])
def side(request: pytest.FixtureRequest, both: dict[str, Any], clean: None) -> Any:
    """Each receiver in turn."""
    return both[request.param]


@pytest.fixture
def customs(both: dict[str, Any], clean: None) -> Any:
    """Customs' access point."""
    return both["customs"]


@pytest.fixture
def gateway(both: dict[str, Any], clean: None) -> Any:
    """Our door for customs."""
    return both["gateway"]


@pytest.fixture
def filing(acme: Any, itsp: Any) -> Any:
    """A filing that waits to be sent to the hostile access point of the tests."""
    from tenants.scope import tenant_scope
    from tests import factories

    with tenant_scope(acme.pk):
        return factories.submitted()


@pytest.fixture
def answering(rooms: None) -> Iterator[None]:
    """Customs judges what it receives at once; elsewhere it leaves it, for answers are of no concern there."""
    from tests.integrations.adversarial.sides import outside
    from tests.integrations.sandbox.world import configure

    outside(lambda: configure(processing_delay=0))
    yield
    outside(lambda: configure(processing_delay=3_600_000))
