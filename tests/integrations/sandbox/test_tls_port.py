"""`manage.py sandbox --tls-port`: messages come by TLS with a client certificate that customs knows, and by nothing else."""

import ssl

import pytest
from django.core.management import CommandError, call_command

from integrations import http, pki, tls
from integrations.pki import Identity
from integrations.sandbox import enrolment
from tests.integrations.conftest import END, START
from tests.integrations.sandbox.test_process import Start, content, free_port, port, pulled, start
from tests.integrations.sandbox.trader import PATH, Reply, Trader, filing
from tests.integrations.sandbox.world import authority

__all__ = ["port", "start"]  # fixtures
HOSTS = ("127.0.0.1", "localhost")


class World:
    """Customs' TLS certificate, and those that knock; made once."""

    def __init__(self) -> None:
        root, other = (pki.make_root(name, not_before=START, not_after=END) for name in ("TLS root", "Other TLS root"))
        self.root = root.root
        self.customs = pki.make_tls("customs", issuer=root, hosts=HOSTS, not_before=START, not_after=END)
        self.ours = pki.make_tls("ours", issuer=root, not_before=START, not_after=END)
        self.strange = pki.make_tls("strange", issuer=other, not_before=START, not_after=END)

    def context(self, shows: Identity | None, *, trusts: bytes | None = None) -> ssl.SSLContext:
        """Return how a trader opens TLS who shows a certificate, or none."""
        made = http.strict(ssl.create_default_context(cadata=(trusts or self.root).decode()))
        if shows is not None:
            tls.show(made, private_key=shows.private_key, chain=shows.chain)
        return made


@pytest.fixture(autouse=True)
def hour() -> None:
    """Leave the hour as it is: what is tested runs in processes of its own."""


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def tls_port(start: Start, world: World) -> int:
    """The port of the access point of a running sandbox."""
    enrolment.secure(private_key=world.customs.private_key, certificates=world.customs.chain, anchors=world.root)
    number = free_port()
    start("--tls-port", str(number))
    return number


class SecureTrader(Trader):
    """A trader whose messages go by TLS."""

    context: ssl.SSLContext

    def post(self, body: bytes, content_type: str) -> Reply:
        answer = http.post(f"{self.url}{PATH}", content_type=content_type, body=body, tls=self.context)
        return Reply(answer.status, answer.content_type, answer.body)


def alfa(number: int, context: ssl.SSLContext) -> SecureTrader:
    made = SecureTrader(f"https://127.0.0.1:{number}", "NL12", authority().leafs["alfa"], authority().trust)
    made.context = context
    return made


def test_the_certificate_customs_knows_opens_the_door_for_filing_and_pulling(tls_port: int, world: World) -> None:
    trader = alfa(tls_port, world.context(world.ours))

    trader.file(filing())

    assert content(pulled(trader)).message.event == "register"


@pytest.mark.parametrize("shows", ["nothing", "strange"])
def test_whoever_shows_none_or_a_strangers_is_refused_in_the_handshake(tls_port: int, world: World, shows: str) -> None:
    trader = alfa(tls_port, world.context(world.strange if shows == "strange" else None))

    with pytest.raises(http.Unreachable, match="TLS client certificate"):
        trader.post(b"<x/>", "application/soap+xml")


def test_whoever_does_not_trust_customs_authority_sends_nothing(tls_port: int, world: World) -> None:
    trader = alfa(tls_port, world.context(world.ours, trusts=authority().root.root))

    with pytest.raises(http.Unreachable, match="authority"):
        trader.post(b"<x/>", "application/soap+xml")


def test_plain_http_takes_no_message_and_the_tls_port_shows_no_page(tls_port: int, port: int, world: World) -> None:
    plain = Trader(f"http://127.0.0.1:{port}", "NL12", authority().leafs["alfa"], authority().trust)
    refused = plain.post(b"<x/>", "application/soap+xml")

    assert refused.status == 403
    assert str(tls_port) in refused.body.decode()
    page = http.post(f"https://127.0.0.1:{tls_port}/", content_type="a/b", body=b"", tls=world.context(world.ours))
    assert (page.status, page.body) == (404, b"Only messages are taken here.\n")


def test_without_a_certificate_of_its_own_it_does_not_start(office: None, transactional_db: None) -> None:
    with pytest.raises(CommandError, match="no TLS certificate yet"):
        call_command("sandbox", "--port", str(free_port()), "--tls-port", str(free_port()))
