"""Our messages over a bad network: each is delivered once and proven, or given up and said so, whatever happens when."""

from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from filings import outbox
from filings.models import OutboxMessage
from integrations import as4, connections, http, outbound
from integrations.models import Connection, Exchange
from integrations.sandbox.models import Received
from tenants.scope import every_tenant, tenant_scope
from tests.integrations.conftest import Clock
from tests.integrations.model.channel import Channel, Fate

pytestmark = pytest.mark.django_db

MOST = 4  # messages in one run
BAD = [fate for fate in Fate if fate is not Fate.FINE]


class Sending(RuleBasedStateMachine):
    """What may happen between putting messages into the queue and the end of all attempts."""

    connection: Connection
    operator: Any
    patch: pytest.MonkeyPatch

    @initialize()
    def begin(self) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.clock = Clock(datetime(2026, 11, 23, 9, 31, tzinfo=UTC))
        self.fates: list[Fate] = []
        self.channel = Channel(self.clock, iter(lambda: self.fates.pop(0) if self.fates else Fate.FINE, None))
        self.patch.setattr(http, "post", self.channel.post)
        self.queued: dict[str, bytes] = {}

    def teardown(self) -> None:
        if not hasattr(self, "transaction"):
            return
        try:
            self._end_well()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # --- What may happen ---

    @precondition(lambda self: len(self.queued) < MOST)
    @rule(priority=st.sampled_from("ABC"))
    def queue(self, priority: str) -> None:
        payload = f"<IE3F26><LRN>{len(self.queued)}</LRN></IE3F26>".encode()
        with tenant_scope(self.operator.pk):
            row = outbox.put(filing=None, message_type="IE3F26", payload=payload, priority=priority, at=self.clock.now)
        self.queued[row.message_id] = payload

    @precondition(lambda self: self.queued)
    @rule(fate=st.sampled_from(list(Fate)))
    def send(self, fate: Fate) -> None:
        self.fates[:] = [fate]
        outbound.send_next(clock=self.clock)

    @precondition(lambda self: self.queued)
    @rule(fates=st.lists(st.sampled_from(BAD), min_size=2, max_size=4))
    def send_through_a_storm(self, fates: list[Fate]) -> None:
        for fate in fates:
            self.send(fate)
            self.clock.forward(30)

    @precondition(lambda self: self.channel.delayed)
    @rule(number=st.integers(0, 9))
    def arrive_late(self, number: int) -> None:
        self.channel.arrive_late(number)

    @rule(seconds=st.sampled_from([1, 30, 600]))
    def wait(self, seconds: int) -> None:
        self.clock.forward(seconds)

    # --- What must hold at any time ---

    @invariant()
    def each_message_is_delivered_at_most_once_and_unchanged(self) -> None:
        for received in self._received():
            assert bytes(received.payload) == self.queued[received.message_id]
        names = [received.message_id for received in self._received()]
        assert len(names) == len(set(names))

    @invariant()
    def every_copy_got_the_same_receipt_octet_for_octet(self) -> None:
        stored = {received.message_id: bytes(received.receipt) for received in self._received()}
        assert {name: {receipt} for name, receipt in stored.items() if name in self.channel_receipts()} == self.channel_receipts()

    @invariant()
    def what_counts_as_delivered_is_proven_and_was_delivered(self) -> None:
        delivered = {received.message_id: received for received in self._received()}
        for row, exchange in self._sent():
            assert (row.state == OutboxMessage.State.DONE) == (exchange.state == Exchange.State.RECEIPTED)
            if exchange.state == Exchange.State.RECEIPTED:
                assert bytes(exchange.receipt) == bytes(delivered[row.message_id].receipt)
                self._prove(exchange)
            elif row.state != OutboxMessage.State.FAILED:
                assert exchange.receipt is None

    # --- And in the end ---

    def _end_well(self) -> None:
        """With the network whole again everything is proven, or was given up with a reason."""
        self.fates.clear()
        while self.channel.delayed:
            self.channel.arrive_late(0)
        for _ in range(30):
            if self._is_settled():
                break
            outbound.send_next(clock=self.clock)
            self.clock.forward(120)
        self.each_message_is_delivered_at_most_once_and_unchanged()
        self.every_copy_got_the_same_receipt_octet_for_octet()
        self.what_counts_as_delivered_is_proven_and_was_delivered()
        with tenant_scope(self.operator.pk):
            for row in OutboxMessage.objects.all():
                assert row.state in {OutboxMessage.State.DONE, OutboxMessage.State.FAILED}, row.reason
                assert row.state == OutboxMessage.State.DONE or row.reason.startswith("EBMS:"), row.reason

    # --- Looking ---

    def _is_settled(self) -> bool:
        open_states = [OutboxMessage.State.WAITING, OutboxMessage.State.RUNNING]
        with tenant_scope(self.operator.pk):
            return not OutboxMessage.objects.filter(state__in=open_states).exists()

    def channel_receipts(self) -> dict[str, set[bytes]]:
        return self.channel.receipts if hasattr(self, "channel") else {}

    def _received(self) -> list[Received]:
        if not hasattr(self, "channel"):
            return []
        with every_tenant("a test"):
            return list(Received.objects.all())

    def _sent(self) -> list[tuple[OutboxMessage, Exchange]]:
        if not hasattr(self, "channel"):
            return []
        with tenant_scope(self.operator.pk):
            return [(exchange.outbox, exchange) for exchange in Exchange.objects.select_related("outbox")]

    def _prove(self, exchange: Exchange) -> None:
        receipt = as4.receive(
            content_type=exchange.receipt_type,
            body=bytes(exchange.receipt),
            trust=connections.trust(self.connection),
            at=self.clock.now,
        )
        as4.check_receipt(
            received=receipt,
            sent_references=[as4.Reference(uri, digest) for uri, digest in exchange.references],
            sent_message_id=exchange.message_id,
        )


def test_sending_over_a_bad_network(ends: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Sending.connection, Sending.operator = ends
    Sending.patch = monkeypatch

    run_state_machine_as_test(
        Sending,
        settings=settings(
            max_examples=12, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
        ),
    )
