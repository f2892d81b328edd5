"""Any interleaving of our deeds and customs' messages, duplicated and out of order: never an impossible state, and routing
the stored messages once more, from nothing and in another order, ends the same."""

import random
from typing import Any, Final

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from filings import lifecycle, samples
from filings.lifecycle import FACETS, NotAllowed, State
from filings.messages import catalogue, xml
from filings.messages.document import Document
from filings.models import AssessedPart, Assessment, Filing, FilingEvent, OutboxMessage
from filings.services import amending, consulting, invalidating, responses, submission
from integrations import routing
from integrations.models import Connection, InboundMessage
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db

FILED: Final = "IE3F26"
REGISTERED: Final = ("IE3R01",)
ASKED: Final = {"amend": "IE3N10", "invalidate": "IE3R07", "consult": "IE3R08"}
# What customs may say about a filing by its MRN, whenever it likes.
SAID: Final = ("IE3N01", "IE3N02", "IE3N03", "IE3N04", "IE3N05", "IE3N07", "IE3N08", "IE3N09", "IE3Q01", "IE3Q02", "IE3Q03")
MOST: Final = 12  # messages in one run
Snapshot = list[tuple[str, ...]]


class WholeLife(RuleBasedStateMachine):
    """One filing of one operator, with everything that may happen to it."""

    operator: Operator
    connection: Connection

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.seconds, self.number = 10, 0
        with tenant_scope(self.operator.pk):
            self.filing = factories.submitted(FILED)
        self.chance = random.Random(seed)

    def teardown(self) -> None:
        if not hasattr(self, "transaction"):
            return
        try:
            self._settle()
            before = self._snapshot()
            self._forget()
            self._settle()
            assert self._snapshot() == before
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # --- What may happen ---

    @rule(deed=st.sampled_from(sorted(ASKED)))
    def ask_customs(self, deed: str) -> None:
        """Amend, invalidate or consult, as far as the state lets us; a refusal changes nothing."""
        at = self._later()
        with tenant_scope(self.operator.pk):
            filing = Filing.objects.get(pk=self.filing.pk)
            before = Filing.objects.count(), OutboxMessage.objects.count()
            try:
                with transaction.atomic():
                    self._ask(deed, filing, at)
            except (DomainError, NotAllowed):
                assert (Filing.objects.count(), OutboxMessage.objects.count()) == before

    @rule(number=st.integers(0, 3))
    def customs_signs(self, number: int) -> None:
        """Record a receipt for one of our messages."""
        with tenant_scope(self.operator.pk):
            rows = list(OutboxMessage.objects.order_by("created_at").exclude(filing=None))
            row = rows[number % len(rows)]
            responses.handed_over(filing=row.filing, message_id=row.message_id, at=self._later())

    @precondition(lambda self: self.number < MOST)
    @rule(kind=st.sampled_from(("IE3R01", "IE3N99", *ASKED.values())), number=st.integers(0, 3))
    def customs_answers(self, kind: str, number: int) -> None:
        """Answer a message of ours of the right kind, if there is one."""
        with tenant_scope(self.operator.pk):
            fitting = [
                row
                for row in OutboxMessage.objects.order_by("created_at")
                if kind in catalogue.message(row.message_type).answered_by
            ]
        if fitting:
            self._store(self._message(kind), ref_to=fitting[number % len(fitting)].message_id)

    @precondition(lambda self: self.number < MOST)
    @rule(kind=st.sampled_from(SAID), seed=st.integers(1, 2))
    def customs_says(self, kind: str, seed: int) -> None:
        self._store(self._message(kind, seed))

    @precondition(lambda self: self.number)
    @rule(number=st.integers(0, MOST), same=st.booleans())
    def customs_says_it_again(self, number: int, same: bool) -> None:
        """Say the same once more under another id."""
        with every_tenant("a test"):
            rows = list(InboundMessage.objects.order_by("received_at"))
            row = rows[number % len(rows)]
            self._store(bytes(row.payload), ref_to=row.ref_to_message_id, kind=row.message_type)

    @rule()
    def route(self) -> None:
        routing.route_next(at=factories.later(10_000))

    # --- What must hold at any time ---

    @invariant()
    def every_state_is_possible(self) -> None:
        if not hasattr(self, "filing"):
            return
        with tenant_scope(self.operator.pk):
            rows = list(Filing.objects.all())
        for row in rows:
            state = State(row.state)
            assert state in (lifecycle.OF_FILINGS if row.about_id is None else State)
            assert bool(row.mrn) or state not in lifecycle.IN_FORCE
            assert not row.errors or state in {State.REJECTED, State.INVALIDATED, State.DONE}
            assert all(not getattr(row, facet) or facet in row.facts_at for facet in FACETS)

    @invariant()
    def nothing_contradicts_or_breaks(self) -> None:
        if not hasattr(self, "filing"):
            return
        with every_tenant("a test"):
            told = set(InboundMessage.objects.values_list("reason", flat=True))
        assert not {reason for reason in told if "contradicts" in reason or "fault" in reason}

    # --- How it is done ---

    def _ask(self, deed: str, filing: Filing, at: Any) -> None:
        by = factories.ALICE
        if deed == "amend":
            draft = amending.start(filing=filing, by=by, at=at)
            submission.submit(filing=draft, by=by, at=at, despite_findings=True)
        elif deed == "invalidate":
            invalidating.invalidate(filing=filing, by=by, at=at, reason="A test.")
        else:
            consulting.consult(filing=filing, by=by, at=at)

    def _message(self, kind: str, seed: int = 1) -> Document:
        document = samples.sample(kind, seed=seed)
        document.set(document.message.date, f"{self._later():%Y-%m-%dT%H:%M:%SZ}")
        for path, value in (("MRN", factories.MRN), ("LRN", self.filing.lrn)):
            if path in document.message.by_path:
                document.set(path, value)
        return document

    def _store(self, document: Document | bytes, *, ref_to: str = "", kind: str = "") -> None:
        self.number += 1
        at = self._later()
        payload = document if isinstance(document, bytes) else xml.write(document)
        with every_tenant("a test"):
            InboundMessage.objects.create(
                connection=self.connection,
                message_id=f"life-{self.number}@sti.example",
                message_type=kind or (document.message.id if isinstance(document, Document) else ""),
                ref_to_message_id=ref_to,
                content_type="x",
                body=b"x",
                payload=payload,
                references=[],
                signer="",
                receipt=b"x",
                received_at=at,
                due_at=at,
            )

    def _settle(self) -> None:
        """Route everything; what was parked because customs told of it too early is processed again."""
        for _ in range(3):
            self._route_all()
            with every_tenant("a test"):
                InboundMessage.objects.filter(state=InboundMessage.State.PARKED).update(state=InboundMessage.State.STORED)
        self._route_all()

    def _route_all(self) -> None:
        """Let the hours pass until nothing waits; a message steps aside for others once for each of them at most."""
        for hour in range(MOST * MOST):
            while routing.route_next(at=factories.later(10_000 + 3600 * hour)):
                pass
            with every_tenant("a test"):
                if not InboundMessage.objects.filter(state=InboundMessage.State.STORED).exists():
                    return
        pytest.fail("something waits for ever")

    def _snapshot(self) -> Snapshot:
        with tenant_scope(self.operator.pk):
            return [
                (row.message_type, row.state, row.mrn, *(getattr(row, facet) for facet in FACETS),
                 str(sorted((each["path"], each["code"]) for each in row.errors)))
                for row in Filing.objects.order_by("created_at", "pk")
            ]  # fmt: skip

    def _forget(self) -> None:
        """Take back all that customs' messages did, and let them come in another order."""
        with tenant_scope(self.operator.pk):
            blank = dict.fromkeys(FACETS, "") | {"facts_at": {}, "errors": [], "mrn": "", "result": []}
            times = {"registered_at": None, "answered_at": None}
            for row in Filing.objects.exclude(state=State.DRAFT):
                # Receipts are no messages: who had one has it still.
                kept = {"state": State.SENT if row.sent_at else State.QUEUED} | ({} if row.about_id is None else {"mrn": row.mrn})
                Filing.objects.filter(pk=row.pk).update(**{**blank, **times, **kept})
            FilingEvent.objects.exclude(kind__in=["drafted", "submitted", "requested"]).delete()
            self._forget_beside()
        with every_tenant("a test"):
            rows = list(InboundMessage.objects.values_list("pk", flat=True))
            self.chance.shuffle(rows)
            for place, pk in enumerate(rows):
                InboundMessage.objects.filter(pk=pk).update(
                    state=InboundMessage.State.STORED, reason="", tries=0, due_at=factories.later(5_000 + place)
                )

    def _forget_beside(self) -> None:
        """Take back what stands beside filings: assessed parts."""
        AssessedPart.objects.all().delete()
        Assessment.objects.all().delete()

    def _later(self) -> Any:
        self.seconds += 1
        return factories.later(self.seconds)


def test_any_order_ends_in_a_possible_state_and_replaying_ends_the_same(acme: Operator, itsp: Connection) -> None:
    machine = type("OneLife", (WholeLife,), {"operator": acme, "connection": itsp})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    phases = [Phase.explicit, Phase.generate]  # a story of twenty steps is told soon enough; making it shorter takes minutes
    same = settings(derandomize=True, deadline=None, suppress_health_check=checks, phases=phases)
    few = settings(same, max_examples=10, stateful_step_count=20)
    run_state_machine_as_test(machine, settings=few)
