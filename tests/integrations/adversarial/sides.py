"""The two receivers, told apart by a few words: customs' sandbox that traders post to, and our door that customs posts to.

Everything hostile is forged by hand (tests/integrations/as4/forge.py) by somebody whose seal is good, unless a case says
otherwise.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, cached_property
from types import SimpleNamespace
from typing import Any, TypeVar

from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from integrations import as4
from integrations.keyring import Credential, Deed
from integrations.models import Connection, InboundMessage
from integrations.pki import Identity
from integrations.sandbox import enrolment
from integrations.sandbox.models import REASON, Answer, Party, Received, SandboxSettings
from tenants.scope import every_tenant
from tests.integrations.adversarial.servers import Server
from tests.integrations.as4 import forge, pki
from tests.integrations.conftest import make_connection
from tests.integrations.sandbox.trader import Reply, Trader, now
from tests.integrations.sandbox.world import configure

WORLD = pki.world()
TRADER, CUSTOMS = "NL0123456789", "sti-taxud"
_SWAPPED = {
    forge.FROM + forge.TO: (
        f'<eb:From><eb:PartyId type="{forge.AUTH}">{CUSTOMS}</eb:PartyId><eb:Role>Customs</eb:Role></eb:From>'
        f'<eb:To><eb:PartyId type="{forge.EORI}">{TRADER}</eb:PartyId><eb:Role>Trader</eb:Role></eb:To>'
    ),
    "eu_ics2_t2c": "eu_ics2_c2t",
    ">IE3F26<": ">IE3R01<",
}
# What an error may tell a stranger: words of ours. No path, no exception, no trace fits.
_DETAIL = re.compile(r"(?:[A-Za-z0-9 ',.:;()\-]|(?:multipart|application)/[a-z+]+)*")
_TELLTALE = re.compile(r"Traceback|Exception|Error|site-packages|\.py\b|line \d")
CPU = 1.0  # seconds of processor time for one refusal
CLOCK = 20.0


_thread = ThreadPoolExecutor(1, thread_name_prefix="outside")
T = TypeVar("T")


def outside(deed: Callable[[], T]) -> T:
    """Return what a deed returns that uses the database on a connection of its own: committed, as the processes see it."""

    def run() -> T:
        try:
            return deed()
        finally:
            connection.close()

    return _thread.submit(run).result()


def seen(question: Callable[[], T]) -> T:
    """Return what a question about every tenant's committed rows returns."""

    def ask() -> T:
        with every_tenant(REASON):
            return question()

    return outside(ask)


@dataclass(frozen=True, eq=False)
class Side:
    """A receiver, and the good sender whose place the forger takes."""

    name: str
    server: Server
    signer: pki.Holder
    receiver: pki.Holder
    user: str
    sender_id: str
    action: str

    @property
    def is_customs(self) -> bool:
        return self.name == "customs"

    # --- Forging ---

    def unit(self, *changes: tuple[str, str], count: int = -1) -> str:
        """Return the good UserMessage with text replaced; what is not there cannot be replaced."""
        text = self.user
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, count)
        return text

    def sealed(self, unit: str | None = None, parts: Any = (forge.PAYLOAD,), **plan: Any) -> bytes:
        """Return the signed envelope alone."""
        plan = {"signer": self.signer, **plan}
        return forge.sign(forge.envelope(unit or self.user), forge.Plan(**plan), parts)

    def message(self, unit: str | None = None, parts: Any = (forge.PAYLOAD,), **plan: Any) -> bytes:
        """Return the whole signed multipart."""
        return forge.multipart(self.sealed(unit, parts, **plan), parts)

    @cached_property
    def good(self) -> bytes:
        return self.message()

    # --- Talking ---

    def post(self, body: bytes, content_type: str = forge.MULTIPART) -> Reply:
        return self.server.post(body, content_type)

    def receive(self, reply: Reply) -> as4.Received:
        """Return the signal of a reply, whose seal must hold and be the receiver's."""
        received = as4.receive(content_type=reply.content_type, body=reply.body, trust=WORLD.trust, at=now())
        assert received.verified
        assert received.signer == as4.fingerprint(self.receiver.certificate)
        return received

    # --- Looking inside ---

    def stored(self) -> int:
        """Return how many messages were kept for delivery."""
        return seen(lambda: self._rows.count())  # noqa: PLW0108 rows are looked up where the scope is open

    def payloads(self) -> list[bytes]:
        return seen(lambda: [bytes(row.payload) for row in self._rows.order_by("received_at")])

    @property
    def _rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = (Received if self.is_customs else InboundMessage).objects.all()
        return rows

    # --- What every case asserts ---

    def assert_refused(self, reply: Reply, code: str, *, ref_to: str | None = None, stored: int = 0) -> as4.ErrorReport:
        """A signed failure beside a SOAP fault, that tells nothing; nothing kept, nothing to deliver."""
        received = self.receive(reply)
        assert (received.kind, reply.status) == (as4.Kind.ERROR, 500)
        (report,) = received.errors
        assert report.code == code, (report.code, report.detail)
        assert report.severity == "failure"
        assert b"Fault" in reply.body
        if ref_to is not None:
            assert (received.ref_to, report.ref_to) == (ref_to, ref_to)
        assert _DETAIL.fullmatch(report.detail or ""), report.detail
        assert not _TELLTALE.search(report.detail or ""), report.detail
        self.assert_stored(stored)
        return report

    def assert_stored(self, count: int) -> None:
        assert self.stored() == count
        if count == 0:
            assert not seen(lambda: Answer.objects.exists())  # noqa: PLW0108

    def refuses(
        self, body: bytes, code: str, *, content_type: str = forge.MULTIPART, ref_to: str | None = None
    ) -> as4.ErrorReport:
        """Post and assert the refusal, and that it cost little."""
        before = self.server.cpu
        reply = self.post(body, content_type)
        spent = self.server.cpu - before
        report = self.assert_refused(reply, code, ref_to=ref_to)
        assert spent < CPU, spent
        return report

    def assert_receipted(self, reply: Reply, *, ref_to: str = forge.MESSAGE_ID) -> as4.Received:
        assert reply.status == 200, reply.body
        received = self.receive(reply)
        assert (received.kind, received.ref_to) == (as4.Kind.RECEIPT, ref_to), received.errors
        return received

    def accepts(self, body: bytes, *, content_type: str = forge.MULTIPART, ref_to: str = forge.MESSAGE_ID) -> as4.Received:
        """Post and assert the receipt, and one message kept."""
        received = self.assert_receipted(self.post(body, content_type), ref_to=ref_to)
        assert self.stored() == 1
        return received


def sides(sandbox: Server, web: Server) -> dict[str, Side]:
    """Return both receivers by name."""
    user = forge.USER
    for old, new in _SWAPPED.items():
        assert old in user
        user = user.replace(old, new)
    at_customs = Side("customs", sandbox, WORLD.trader, WORLD.sti, forge.USER, TRADER, "IE3F26")
    return {
        "customs": at_customs,
        "gateway": replace(at_customs, name="gateway", server=web, signer=WORLD.sti, receiver=WORLD.trader, user=user,
                           sender_id=CUSTOMS, action="IE3R01"),
    }  # fmt: skip


def trader(side: Side, holder: pki.Holder = WORLD.trader, party_id: str = TRADER) -> Trader:
    """Return an honest trader at customs' door."""
    return Trader(f"http://127.0.0.1:{side.server.port}", party_id, identity(holder), WORLD.trust)


def with_answer(side: Side, *, count: int = 1) -> Trader:
    """Return an honest trader for whom customs has so many answers ready; their content is of no concern."""
    honest = trader(side)
    outside(lambda: _put_answers(honest, count))
    return honest


def _put_answers(honest: Trader, count: int) -> None:
    with every_tenant(REASON):
        party = Party.objects.get(party_id=honest.party_id)
        Answer.objects.bulk_create(_answer(party, number) for number in range(count))


def _answer(party: Party, number: int) -> Answer:
    at = now()
    message = as4.UserMessage(
        message_id=f"answer-{number}@sti.example",
        at=at,
        sender=as4.Party(CUSTOMS, forge.AUTH, "Customs"),
        receiver=as4.Party(party.party_id, forge.EORI, "Trader"),
        agreement=as4.Agreement("EU-ICS2-TI-V2.0", "ics2-interface-version"),
        service=as4.Service("eu_ics2_c2t", "eu-customs-service-type"),
        action="IE3R01",
        ref_to="question@trader.example",
        mpc=party.mpc,
        parts=(as4.Part("answer@sti.example", b"<IE3R01/>", charset="utf-8"),),
    )
    wire = as4.build_user_message(message=message, seal=WORLD.sti.seal)
    return Answer(
        party=party,
        mpc=party.mpc or "",
        message_id=wire.message_id,
        ref_to="question@trader.example",
        action="IE3R01",
        payload=b"<IE3R01/>",
        content_type=wire.content_type,
        body=wire.body,
        references=[[item.uri, item.digest] for item in wire.references],
        created_at=at,
        due_at=at,
    )


def answers() -> list[str]:
    """Return the states of customs' answers."""
    return seen(lambda: list(Answer.objects.order_by("created_at").values_list("state", flat=True)))


# --- The rows behind them ------------------------------------------------------------------------------------------------


def furnish() -> None:
    """Make the sandbox know itself and its parties, and the gateway customs, both under one root."""
    seal = WORLD.sti.seal
    enrolment.establish(private_key=seal.private_key, certificates=seal.chain, anchors=WORLD.root.pem)
    configure(processing_delay=3_600_000, wait_for_reference=0)  # where a test wants an answer it says so: `answering`
    marks = [as4.fingerprint(holder.certificate) for holder in (WORLD.trader, WORLD.second)]
    enrolment.enrol(party_id=TRADER, name="Trader", fingerprints=marks)
    enrolment.enrol(party_id=f"a@{TRADER}@FR", name="Trader's other system", fingerprints=marks)
    enrolment.enrol(party_id="NL01234567890", name="Other", fingerprints=[as4.fingerprint(other().certificate)])
    sealing = SimpleNamespace(itsp=identity(WORLD.trader), customs=identity(WORLD.sti))
    push = Connection.Reception.PUSH
    make_connection("Adversarial", TRADER, "http://127.0.0.1:9/", sealing, reception=push)  # type: ignore[arg-type]


def identity(holder: pki.Holder) -> Identity:
    """Return a seal as the product's own tests hold it."""
    seal = holder.seal
    return Identity(seal.private_key, seal.chain)


@cache
def other() -> pki.Holder:
    """Return the seal of another enrolled party, whose id begins like the trader's."""
    return pki.holder("other trader", pki.rsa_key(8), issuer=WORLD.ca)


def empty_out(*, everything: bool = False) -> None:
    """Remove what came in, and with `everything` also what furnish() made."""
    keep = set() if everything else {SandboxSettings, Party}
    models = [model for model in apps.get_app_config("sandbox").get_models() if model not in keep]
    models += [InboundMessage, *([Connection, Credential, Deed] if everything else [])]
    names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
    for _ in range(5):  # whoever judges at this moment may hold what we want and want what we hold
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"truncate table {names} cascade")
        except OperationalError:
            continue
        return
    raise AssertionError("the tables could not be emptied")
