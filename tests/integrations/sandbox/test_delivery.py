"""Every message customs can send: provoked in the sandbox by a real message of the product, and delivered where it belongs.

Three operators share the ITSP's access point: a shipping line and an airline who are carriers, and a forwarder. What is
sent and fetched goes over HTTP with the product's own gateway; the sandbox is the real one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.utils import timezone

from filings import outbox, samples
from filings.messages import catalogue, xml
from filings.models import Filing
from filings.rules import book
from filings.services import drafting, submission
from integrations import inbound, outbound, routing
from integrations.connections import get
from integrations.models import Connection, InboundMessage
from tenants.models import AuditEvent, Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.integrations.conftest import give
from tests.integrations.sandbox.trader import PATH
from tests.integrations.sandbox.world import ANALYSIS, authority, hurry, judge_all, prefer

EORIS = {"line": "DE482910573620148", "airline": "FR41205837600017", "forwarder": "NL851746302"}
ARRIVAL = "IE3N06"
AIR, SEA, LOWER_SEA = "IE3F26", "IE3F12", "IE3F15"


@dataclass
class Gateway:
    """The product with its operators, connected to the sandbox."""

    connection: Connection
    operators: dict[str, Operator] = field(default_factory=dict)

    def file(self, who: str, message: str, lrn: str, *, seed: int = 1) -> Filing:
        """Submit a filing of an operator, send it, and take what is answered."""
        document = samples.sample(message, seed=seed, at=datetime.now(UTC))
        document.set("LRN", lrn)
        with tenant_scope(self.operators[who].pk):
            filing = drafting.create(document=document, by=factories.ALICE, at=timezone.now(), source="web")
            submission.submit(filing=filing, by=factories.ALICE, at=timezone.now())
        self.exchange()
        return self.reloaded(filing)

    def reloaded(self, filing: Filing) -> Filing:
        """Return a filing as it stands now."""
        with tenant_scope(filing.operator_id):
            return Filing.objects.get(pk=filing.pk)

    def tell(self, who: str, message: str, *, filing: Filing | None = None, seed: int = 1, **values: str | None) -> None:
        """Send another message of an operator: an amendment, an answer, a request, an arrival."""
        document = samples.sample(message, seed=seed, at=datetime.now(UTC))
        for path, value in values.items():
            document.set(path.replace("__", "/"), value)
        document.root.children = [node for node in document.root.children if node.children or node.text]
        assert book.errors(book.findings(document)) == []
        row = document.message
        with tenant_scope(self.operators[who].pk):
            outbox.put(filing=filing, message_type=row.id, payload=xml.write(document), priority=row.priority, at=timezone.now())
        self.exchange()

    def exchange(self) -> None:
        """Send what waits, let customs judge it, fetch what there is and deliver it."""
        while outbound.send_next():
            pass
        judge_all()
        self.fetch()

    def let_time_pass(self, *deeds: str) -> None:
        """Let the time of customs' timers come, and fetch."""
        hurry(*(deeds or ANALYSIS))
        self.fetch()

    def fetch(self) -> None:
        """Pull and deliver everything."""
        inbound.pull(get(self.connection.pk), clock=timezone.now)
        while routing.route_next(at=timezone.now()):
            pass

    def arrived(self, message: str) -> list[InboundMessage]:
        """Return what came of a type, the oldest first; every one is valid and none waits for a person."""
        with every_tenant("a test"):
            assert [row.reason for row in InboundMessage.objects.filter(state="parked")] == []
            rows = list(InboundMessage.objects.filter(message_type=message).order_by("received_at"))
        for row in rows:
            assert book.errors(book.findings(xml.read(bytes(row.payload)))) == []
        return rows


@pytest.fixture
def gateway(office: None, address: str) -> Gateway:
    leaf = authority().leafs["alfa"]
    with every_tenant("a test sets up the connection"):
        connection = Connection.objects.create(
            name="ITSP",
            environment=Connection.Environment.SANDBOX,
            party_id="NL12",
            endpoint=address + PATH,
            is_default=True,
            anchors=authority().root.root.decode(),
            pull_parallel=1,  # the order in which customs sends is looked at here
            created_at=timezone.now(),
        )
    give(connection, leaf)
    made = Gateway(connection)
    for slug, eori in EORIS.items():
        made.operators[slug] = Operator.objects.create(slug=slug, name=slug.title(), eori=eori, created_at=timezone.now())
    prefer("NL12", *EORIS.values())
    return made


# --- How each type is provoked ---------------------------------------------------------------------------------------------

Where = list[tuple[str, UUID | None]]  # operator, and its filing, for each message of the type in order


def lrn(word: str) -> str:
    return f"LF-{word}-1"


def registered(gateway: Gateway) -> Where:
    filing = gateway.file("forwarder", AIR, "ONE")
    return [("forwarder", filing.pk), ("airline", None)]


def errors(gateway: Gateway) -> Where:
    return [("forwarder", gateway.file("forwarder", AIR, lrn("N99")).pk)]


def refused(gateway: Gateway) -> Where:
    return [("forwarder", gateway.file("forwarder", AIR, lrn("N01")).pk)]


def not_complete(gateway: Gateway) -> Where:
    filing = gateway.file("line", SEA, lrn("N02"))
    gateway.let_time_pass()
    return [("line", filing.pk)]


def pending(gateway: Gateway) -> Where:
    gateway.file("line", SEA, lrn("N02"))
    gateway.let_time_pass()
    return [("forwarder", None)]


def assessed(gateway: Gateway) -> Where:
    filing = gateway.file("airline", "IE3F27", "ONE")
    gateway.let_time_pass()
    return [("airline", filing.pk)]


def asked(word: str) -> Callable[[Gateway], Where]:
    def provoke(gateway: Gateway) -> Where:
        filing = gateway.file("forwarder", AIR, lrn(word))
        gateway.let_time_pass()
        return [("forwarder", filing.pk)]

    return provoke


def copied(word: str) -> Callable[[Gateway], Where]:
    def provoke(gateway: Gateway) -> Where:
        gateway.file("forwarder", AIR, lrn(word))
        gateway.let_time_pass()
        return [("airline", None)]

    return provoke


def forbidden(gateway: Gateway) -> Where:
    return [*asked("DNL")(gateway), ("airline", None)]


def announced(gateway: Gateway) -> Where:
    return [*asked("N09")(gateway), ("airline", None)]


def arrival_registered(gateway: Gateway) -> Where:
    gateway.tell("line", ARRIVAL, LRN="ARRIVAL-1")
    return [("line", None)]


def arrival(word: str) -> Callable[[Gateway], Where]:
    def provoke(gateway: Gateway) -> Where:
        """The line lists its filing, the forwarder's comes with it; each filer and the notifier are told."""
        master = gateway.file("line", SEA, "ONE")
        lower = gateway.file("forwarder", LOWER_SEA, "TWO")
        gateway.tell("line", ARRIVAL, LRN=lrn(word), relatedMRN__identification=master.mrn)
        # Of the master: the line as notifier and as filer in one. Of the house filing: the notifier, then the filer.
        return [("line", master.pk), ("line", master.pk), ("forwarder", lower.pk)]

    return provoke


def amended(gateway: Gateway) -> Where:
    filing = gateway.file("forwarder", AIR, "ONE")
    gateway.tell("forwarder", "IE3A26", filing=filing, MRN=filing.mrn, referralRequestReference=None)
    return [("forwarder", filing.pk)]


def invalidated(gateway: Gateway) -> Where:
    filing = gateway.file("forwarder", AIR, "ONE")
    of = {"MRN": filing.mrn, "declarant__identificationNumber": filing.declarant}
    gateway.tell("forwarder", "IE3Q04", filing=filing, **of)
    return [("forwarder", filing.pk)]


def consulted(gateway: Gateway) -> Where:
    filing = gateway.file("forwarder", AIR, "ONE")
    gateway.tell(
        "forwarder",
        "IE3Q05",
        MRN=filing.mrn,
        transportDocument__documentNumber=None,
        transportDocument__type=None,
        dataRequest="0",
    )
    return [("forwarder", None)]


CASES: dict[str, Callable[[Gateway], Where]] = {
    "IE3R01": registered,
    "IE3N99": errors,
    "IE3N01": refused,
    "IE3N02": not_complete,
    "IE3N11": pending,
    "IE3N03": assessed,
    "IE3Q01": forbidden,
    "IE3Q02": asked("RFI"),
    "IE3Q03": asked("RFS"),
    "IE3N04": copied("RFI"),
    "IE3N05": copied("RFS"),
    "IE3N07": arrival("N07"),
    "IE3N08": arrival("N08"),
    "IE3N09": announced,
    "IE3N10": amended,
    "IE3R04": arrival_registered,
    "IE3R07": invalidated,
    "IE3R08": consulted,
}


def test_every_message_of_customs_has_a_case() -> None:
    assert set(CASES) == {message.id for message in catalogue.messages() if not message.is_sent}


@pytest.mark.parametrize("message", sorted(CASES))
def test_a_message_of_customs_arrives_where_it_belongs(gateway: Gateway, message: str) -> None:
    expected = CASES[message](gateway)

    rows = gateway.arrived(message)

    slugs = {operator.pk: slug for slug, operator in gateway.operators.items()}
    assert [(slugs[row.operator_id], row.filing_id) for row in rows] == expected
    for row in rows:
        assert _is_told(row), f"{message} left no trace for its operator"


def _is_told(row: InboundMessage) -> bool:
    """Say whether the operator can read of the message: on the filing's timeline, or on its own trail."""
    with tenant_scope(row.operator_id):
        if row.filing_id:
            event = Filing.objects.get(pk=row.filing_id).events.get(message_id=row.message_id)
            return bool(event.sentence) and "?" not in event.sentence
        trail = AuditEvent.objects.filter(deed="operator.told", detail__message_id=row.message_id)
        return trail.count() == 1


@pytest.mark.parametrize(
    "message", [message for message in catalogue.messages() if message.family == "F" and message.new_mrn], ids=lambda one: one.id
)
def test_every_filing_travels_to_its_mrn_and_can_be_amended(gateway: Gateway, message: catalogue.Message) -> None:
    filing = gateway.file("line", message.id, "ONE")
    amendment = next(each for each in catalogue.messages() if each.amends == message.id)
    more: dict[str, str | None] = {"referralRequestReference": None} if "referralRequestReference" in amendment.by_path else {}
    gateway.tell("line", amendment.id, filing=filing, MRN=filing.mrn, **more)

    with tenant_scope(filing.operator_id):
        words = [event.sentence for event in filing.events.filter(kind="noted")]

    assert filing.mrn
    assert words == ["Customs accepted the amendment: the new data are in force."]


def test_a_refused_amendment_leaves_the_filing_as_it_was(gateway: Gateway) -> None:
    filing = gateway.file("forwarder", AIR, lrn("A-N01"))
    gateway.tell("forwarder", "IE3A26", filing=filing, MRN=filing.mrn, referralRequestReference=None)

    with tenant_scope(filing.operator_id):
        event = filing.events.filter(kind="noted").get()

    assert gateway.reloaded(filing).state == "registered"
    assert event.sentence.startswith("Customs refused the amendment")
    assert event.detail["errors"][0]["code"] == "72"


def test_a_referral_is_answered_and_the_assessment_follows(gateway: Gateway) -> None:
    filing = gateway.file("forwarder", AIR, lrn("RFI"))
    gateway.let_time_pass()
    question = xml.read(bytes(gateway.arrived("IE3Q02")[0].payload))
    reference = question.value("referralRequestDetails/referralRequestReference")
    gateway.tell(
        "forwarder",
        "IE3R02",
        filing=filing,
        MRN=filing.mrn,
        declarant__identificationNumber=filing.declarant,
        additionalInformationResponse__referralRequestReference=reference,
    )
    gateway.let_time_pass("await", *ANALYSIS)

    # The carrier's copy does not name the carrier (annex 3): the filing does.
    assert [row.filing_id for row in gateway.arrived("IE3N03")] == [filing.pk, None]


def test_notifications_sent_again_change_nothing(gateway: Gateway) -> None:
    filing = gateway.file("forwarder", AIR, lrn("RFI"))
    gateway.let_time_pass()
    nothing: dict[str, str | None] = {"transportDocument__documentNumber": None, "transportDocument__type": None}
    gateway.tell("forwarder", "IE3Q05", MRN=filing.mrn, dataRequest="1", **nothing)

    rows = gateway.arrived("IE3Q02")

    assert len(rows) == 2
    assert {row.filing_id for row in rows} == {filing.pk}
    assert gateway.reloaded(filing).state == "registered"
