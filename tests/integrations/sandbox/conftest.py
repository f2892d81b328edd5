"""A sandbox on a real socket, with two traders who pull and one who gets pushes."""

from collections.abc import Callable, Iterator

import pytest

from tests.integrations.sandbox.trader import Trader


@pytest.fixture
def office(transactional_db: None) -> None:
    """Let the sandbox know itself and its parties."""
    from tests.integrations.sandbox import world

    world.open_office()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of the sandbox; its rows are those of the test."""
    from tests.integrations.sandbox import world

    running = world.Running()
    running.start()
    yield running.url
    running.server.should_exit = True
    running.join(10)
    running.application.close()


@pytest.fixture
def trader(office: None, address: str) -> Callable[..., Trader]:
    """Return a trader by party id and the name of the seal it uses."""
    from tests.integrations.sandbox import world

    def make(party_id: str, leaf: str) -> Trader:
        return Trader(address, party_id, world.authority().leafs[leaf], world.authority().trust)

    return make


@pytest.fixture
def alfa(trader: Callable[..., Trader]) -> Trader:
    return trader("NL12", "alfa")


@pytest.fixture
def bravo(trader: Callable[..., Trader]) -> Trader:
    return trader("NL123", "bravo")
