"""Customs' messages over a bad network: each is stored once, receipted with the same octets, and lost by neither side."""

from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from integrations import as4, http, inbound, wire
from integrations.models import Connection, InboundMessage
from integrations.sandbox.models import REASON, Answer, Party, SandboxSettings
from tenants.scope import every_tenant
from tests.integrations.conftest import Clock
from tests.integrations.model.channel import Channel, Fate

pytestmark = pytest.mark.django_db

MOST = 4  # messages in one run
OFFERS = 100  # more than a run can use up: nothing is given up here


class Pulling(RuleBasedStateMachine):
    """What may happen between the moments when customs has something to say and when it knows that we heard it."""

    connection: Connection
    patch: pytest.MonkeyPatch

    @initialize()
    def begin(self) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.clock = Clock(datetime(2026, 11, 23, 9, 31, tzinfo=UTC))
        self.fates: list[Fate] = []
        self.channel = Channel(self.clock, iter(lambda: self.fates.pop(0) if self.fates else Fate.FINE, None))
        self.patch.setattr(http, "post", self._post)
        self.receipts: dict[str, set[bytes]] = {}
        self.said: dict[str, bytes] = {}
        with every_tenant(REASON):
            SandboxSettings.objects.update(max_offers=OFFERS)
            office = SandboxSettings.objects.get()
        self.seal = as4.Seal(office.key_pem().encode(), office.certificates.encode())

    def teardown(self) -> None:
        if not hasattr(self, "transaction"):
            return
        try:
            self._end_well()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def _post(self, url: str, *, content_type: str, body: bytes, **more: object) -> http.Answer:
        """Note what we say, then let it go over the network."""
        if b"NonRepudiationInformation" in body:
            name = body.partition(b"<eb:RefToMessageId>")[2].partition(b"<")[0].decode()
            self.receipts.setdefault(name, set()).add(body)
        return self.channel.post(url, content_type=content_type, body=body, **more)

    # --- What may happen ---

    @precondition(lambda self: len(self.said) < MOST)
    @rule()
    def customs_says_something(self) -> None:
        payload = f"<IE3R01><LRN>{len(self.said)}</LRN></IE3R01>".encode()
        with every_tenant(REASON):
            party = Party.objects.get(party_id=self.connection.party_id)
            answer = self._answer(party, payload)
            answer.save()
        self.said[answer.message_id] = payload

    @rule(fates=st.lists(st.sampled_from(list(Fate)), max_size=5))
    def pull(self, fates: list[Fate]) -> None:
        """Pull with what may happen to the pull, to its answer, and to each receipt."""
        self.fates[:] = fates
        inbound.pull_next(clock=self.clock)

    @precondition(lambda self: self.channel.delayed)
    @rule(number=st.integers(0, 9))
    def arrive_late(self, number: int) -> None:
        """A receipt that comes late may be refused; a pull that comes late takes a message nobody will hear."""
        self.channel.arrive_late(number)

    @rule(seconds=st.sampled_from([1, 20, 600]))
    def wait(self, seconds: int) -> None:
        self.clock.forward(seconds)

    # --- What must hold at any time ---

    @invariant()
    def each_message_is_stored_at_most_once_and_unchanged(self) -> None:
        names = [row.message_id for row in self._stored()]
        assert len(names) == len(set(names))
        for row in self._stored():
            assert bytes(row.payload) == self.said[row.message_id]

    @invariant()
    def every_receipt_of_a_message_is_the_stored_one(self) -> None:
        if not hasattr(self, "receipts"):
            return
        stored = {row.message_id: bytes(row.receipt) for row in self._stored()}
        assert self.receipts == {name: {stored[name]} for name in self.receipts}

    @invariant()
    def what_customs_knows_to_be_heard_was_stored(self) -> None:
        if not hasattr(self, "said"):
            return
        stored = {row.message_id: bytes(row.receipt) for row in self._stored()}
        with every_tenant(REASON):
            for answer in Answer.objects.all():
                assert answer.state != Answer.State.FAILED, answer.problem
                if answer.state == Answer.State.ACKNOWLEDGED:
                    assert bytes(answer.receipt) == stored[answer.message_id]

    # --- And in the end ---

    def _end_well(self) -> None:
        self.fates.clear()
        while self.channel.delayed:
            self.channel.arrive_late(0)
        for _ in range(3):
            self.clock.forward(600)
            inbound.pull_next(clock=self.clock)
        assert {row.message_id for row in self._stored()} == self.said.keys()
        with every_tenant(REASON):
            assert set(Answer.objects.values_list("state", flat=True)) <= {Answer.State.ACKNOWLEDGED}

    # --- Looking ---

    def _stored(self) -> list[InboundMessage]:
        if not hasattr(self, "said"):
            return []
        with every_tenant("a test"):
            return list(InboundMessage.objects.all())

    def _answer(self, party: Party, payload: bytes) -> Answer:
        at = self.clock.now
        message = as4.UserMessage(
            message_id=f"{len(self.said)}@sti.example",
            at=at,
            sender=as4.Party(wire.STI_PARTY, wire.CUSTOMS_PARTY_TYPE, wire.CUSTOMS),
            receiver=as4.Party(party.party_id, wire.TRADER_PARTY_TYPE, wire.TRADER),
            agreement=as4.Agreement(wire.AGREEMENT, wire.AGREEMENT_TYPE),
            service=as4.Service(wire.SERVICE_TO_TRADER, wire.SERVICE_TYPE),
            action="IE3R01",
            mpc=party.mpc,
            parts=(as4.Part("payload@sti.example", payload, charset="utf-8"),),
        )
        sent = as4.build_user_message(message=message, seal=self.seal)
        return Answer(
            party=party,
            mpc=party.mpc or "",
            message_id=sent.message_id,
            ref_to="question@gateway.example",
            action="IE3R01",
            payload=payload,
            content_type=sent.content_type,
            body=sent.body,
            references=[[item.uri, item.digest] for item in sent.references],
            created_at=at,
            due_at=at,
        )


def test_pulling_over_a_bad_network(ends: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Pulling.connection, _ = ends
    Pulling.patch = monkeypatch

    run_state_machine_as_test(
        Pulling,
        settings=settings(
            max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
        ),
    )
