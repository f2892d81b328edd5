"""What the AS4 tests share: the golden vectors, and receiving with the test PKI."""

from collections.abc import Callable
from pathlib import Path

import pytest

from integrations.as4 import As4Error, Received, Trust, receive
from tests.integrations.as4 import forge, pki

VECTORS = Path(__file__).parent / "vectors"
Receive = Callable[..., Received]


@pytest.fixture(scope="session")
def vector() -> Callable[[str], bytes]:
    """Read one golden file."""
    return lambda name: (VECTORS / name).read_bytes()


@pytest.fixture(scope="session")
def vector_trust(vector: Callable[[str], bytes]) -> Trust:
    """Trust in the root of the golden vectors."""
    return Trust.load([vector("test-root.cert.pem")])


@pytest.fixture(scope="session")
def take() -> Receive:
    """Receive a body at the test's time with trust in the test PKI."""

    def receive_it(body: bytes, content_type: str = forge.MULTIPART, trust: Trust | None = None) -> Received:
        return receive(content_type=content_type, body=body, trust=trust or pki.world().trust, at=pki.AT)

    return receive_it


@pytest.fixture(scope="session")
def refusal(take: Receive) -> Callable[..., As4Error]:
    """Receive what must be refused, and return the refusal."""

    def refuse(body: bytes, content_type: str = forge.MULTIPART, trust: Trust | None = None) -> As4Error:
        with pytest.raises(As4Error) as caught:
            take(body, content_type, trust)
        return caught.value

    return refuse
