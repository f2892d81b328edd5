"""What the tests of the sandbox share: certificates, enrolled parties, a server on a real socket."""

import asyncio
import socket
import threading
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import uvicorn
from cryptography import x509

from integrations import as4, pki
from integrations.sandbox import enrolment
from integrations.sandbox.models import REASON, Party, SandboxSettings, Timer
from integrations.sandbox.server import Server
from integrations.sandbox.timers import run_next
from integrations.sandbox.work import judge_next
from tenants.scope import every_tenant
from tests.integrations.sandbox.trader import now


@cache
def authority() -> SimpleNamespace:
    """The certificates of all tests, made once."""
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2046, 1, 1, tzinfo=UTC)
    root, unknown = (pki.make_root(name, not_before=since, not_after=until) for name in ("Test root", "Other root"))
    issuer, elsewhere = (pki.make_ca("Issuing CA", issuer=top, not_before=since, not_after=until) for top in (root, unknown))
    names = ("customs", "alfa", "alfa 2", "bravo", "papa", "stranger")
    leafs = {name: pki.make_leaf(name, issuer=issuer, not_before=since, not_after=until) for name in names}
    other = pki.make_leaf("alfa", issuer=elsewhere, not_before=since, not_after=until)
    old = pki.make_leaf("customs", issuer=issuer, not_before=since, not_after=datetime(2026, 2, 1, tzinfo=UTC))
    return SimpleNamespace(old=old, root=root, leafs=leafs, other=other, trust=as4.Trust.load([root.root]))


def old_seal() -> pki.Identity:
    """Return a seal of customs' authority that has expired."""
    found: pki.Identity = authority().old
    return found


def fingerprint(identity: pki.Identity) -> str:
    return as4.fingerprint(x509.load_pem_x509_certificate(identity.certificate))


def open_office() -> None:
    """Give the sandbox its seal and enrol alfa (two seals) and bravo, who pull, and papa, who gets pushes."""
    leafs = authority().leafs
    enrolment.establish(
        private_key=leafs["customs"].private_key, certificates=leafs["customs"].chain, anchors=authority().root.root
    )
    configure(processing_delay=0, wait_for_reference=0)
    enrolment.enrol(party_id="NL12", name="Alfa", fingerprints=[fingerprint(leafs["alfa"]), fingerprint(leafs["alfa 2"])])
    enrolment.enrol(party_id="NL123", name="Bravo", fingerprints=[fingerprint(leafs["bravo"])])
    enrolment.enrol(
        party_id="papa@NL9", name="Papa", fingerprints=[fingerprint(leafs["papa"])], push_url="http://127.0.0.1:9/as4/"
    )


def configure(**values: Any) -> None:
    """Change the sandbox's settings."""
    with every_tenant(REASON):
        SandboxSettings.objects.update(**values)


class Running(threading.Thread):
    """The sandbox's server on a free port."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.application = Server(ring=lambda: None)
        self.server = uvicorn.Server(uvicorn.Config(self.application, log_level="warning", server_header=False))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self) -> None:
        asyncio.run(self.server.serve(sockets=[self.socket]))


def judge_all() -> None:
    """Do what the sandbox's threads do, here and now."""
    while judge_next(at=now()):
        pass


def prefer(party_id: str, *eoris: str, **wishes: Any) -> None:
    """Record where operators want their messages."""
    with every_tenant(REASON):
        for eori in eoris:
            enrolment.prefer(eori=eori, party=Party.objects.get(party_id=party_id), **wishes)


ANALYSIS = ("step", "assess_houses", "assess_ens")


def hurry(*deeds: str) -> None:
    """Let the time of timers come, again and again until none of them is left; of the analysis unless told otherwise."""
    for _ in range(50):
        with every_tenant(REASON):
            waiting = Timer.objects.filter(state=Timer.State.WAITING, deed__in=deeds or ANALYSIS)
            if not waiting.update(due_at=now()):
                return
        while run_next(at=now()):
            pass
    raise AssertionError("the timers never end")
