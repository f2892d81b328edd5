"""Ports: the one that was asked for, or the next free one with a word about it."""

import socket
from collections.abc import Iterator

import pytest

from config.embedded import ports


@pytest.fixture
def busy() -> Iterator[int]:
    """Yield a port somebody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_busy_port_is_named_and_the_next_free_one_taken(busy: int) -> None:
    said: list[str] = []

    port = ports.choose("127.0.0.1", busy, say=said.append)

    assert port > busy
    assert said == [f"Port {busy} is in use; taking {port}."]


def test_a_free_port_is_taken_without_a_word(busy: int) -> None:
    said: list[str] = []
    free = ports.choose("127.0.0.1", busy, say=lambda _: None)

    assert ports.choose("127.0.0.1", free, say=said.append) == free
    assert said == []


def test_a_port_given_away_is_not_given_twice(busy: int) -> None:
    first = ports.choose("127.0.0.1", busy, say=lambda _: None)

    assert ports.choose("127.0.0.1", first, say=lambda _: None, taken={first}) > first


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ports.NoFreePort, match=r"192\.0\.2\.1"):
        ports.choose("192.0.2.1", 8000, say=lambda _: None)


def test_the_tests_reach_no_other_machine() -> None:
    with socket.socket() as probe, pytest.raises(Exception, match="tried to reach"):
        probe.connect(("192.0.2.1", 80))


def test_it_gives_up_where_nothing_is_free(busy: int) -> None:
    with pytest.raises(ports.NoFreePort, match="none is free"):
        ports.choose("127.0.0.1", busy, say=lambda _: None, tries=1)
