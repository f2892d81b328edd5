"""Two filings that customs links, their referrals and their shipment: any interleaving of deeds and messages, and replaying it.

The same machine as for one filing (test_whole_life), with customs naming either filing, people answering what customs asks and
taking note of what it forbids. The shipment says what its filings and customs' words say, whatever came in which order.
LIFE_EXAMPLES=100 tells more stories, others each time, than the suite has time for.
"""

import os
from typing import Any, Final

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from filings.lifecycle import NotAllowed
from filings.messages.document import Document
from filings.models import Alarm, Filing, OutboxMessage, Shipment, ShipmentNotice
from filings.services.shipments import keeping
from integrations.models import Connection
from referrals.lifecycle import State
from referrals.models import CarrierCopy, Case, Request
from referrals.services import alarms, answering
from referrals.services.answering import Given
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.integrations.model.test_whole_life import ASKED, MOST, SAID, Snapshot, WholeLife

pytestmark = pytest.mark.django_db

FEW: Final = 4
EXAMPLES: Final = int(os.environ.get("LIFE_EXAMPLES", FEW))
PAIRS: Final = (("IE3F12", "IE3F15"), ("IE3F21", "IE3F22"))
MRNS: Final = ("26BE000000000001T7", "26BE000000000002T5")
LINKED_SAID: Final = ("IE3N11", *SAID)
GONE: Final = "gone-"
FIGURES: Final = ("filings_count", "filed_count", "missing_count", "unlinked_count", "awaited_count", "due_at")


class LinkedLife(WholeLife):
    """A master filing and a house filing of one operator."""

    pair: tuple[str, str]

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        super().begin(seed)
        with tenant_scope(self.operator.pk):
            self.filing.outbox.all().delete()
            self.filing.delete()
            self.filings = [factories.submitted(message) for message in self.pair]
        self.filing = self.filings[0]

    # --- What may happen besides ---

    @rule(which=st.integers(0, 1), deed=st.sampled_from(sorted(ASKED)))
    def turn_to(self, which: int, deed: str) -> None:
        """Go on with either filing."""
        self.filing = self.filings[which]
        self.ask_customs(deed)

    @precondition(lambda self: self.number < MOST)
    @rule(which=st.integers(0, 1), kind=st.sampled_from(LINKED_SAID), seed=st.integers(1, 2))
    def customs_says_of(self, which: int, kind: str, seed: int) -> None:
        self.filing = self.filings[which]
        self._store(self._message(kind, seed))

    @rule(number=st.integers(0, 3))
    def answer_customs(self, number: int) -> None:
        """Answer a request by words, as far as it can be; a refusal changes nothing."""
        with tenant_scope(self.operator.pk):
            open_ones = list(Request.objects.filter(state=State.OPEN, case__of_copy=False).order_by("reference"))
            if not open_ones:
                return
            asked = open_ones[number % len(open_ones)]
            before = Filing.objects.count(), OutboxMessage.objects.count()
            try:
                with transaction.atomic():
                    answering.answer(
                        case=asked.case, given={asked.reference: Given(text="Mugs of stoneware.")}, by=factories.ALICE,
                        at=self._later(), source="web", send_it=True,
                    )  # fmt: skip
            except (DomainError, NotAllowed):
                assert (Filing.objects.count(), OutboxMessage.objects.count()) == before

    @rule()
    def take_note(self) -> None:
        """Acknowledge what must not be loaded."""
        with tenant_scope(self.operator.pk):
            for case in Case.objects.filter(requests=None, acknowledged_at=None):
                alarms.acknowledge(case=case, name="Alice", by=factories.ALICE, at=self._later())

    # --- How it is done ---

    def _message(self, kind: str, seed: int = 1) -> Document:
        document = super()._message(kind, seed)
        if "MRN" in document.message.by_path:
            document.set("MRN", MRNS[self.filings.index(self.filing)])
        return document

    def _snapshot(self) -> Snapshot:
        with tenant_scope(self.operator.pk):
            requests = Request.objects.order_by("reference").values_list("reference", "kind", "state", "house")
            cases = [
                (row.message_type, row.content, row.kinds, row.state, str(row.of_copy), self._name(row.filing_id),
                 str(sorted(row.goods.values_list("kind", "number", "forbidden"))), str(list(requests.filter(case=row))))
                for row in Case.objects.exclude(content__startswith=GONE).order_by("content")
            ]  # fmt: skip
            copies = CarrierCopy.objects.order_by("content").values_list("message_type", "content", "filing_id")
            told = ShipmentNotice.objects.order_by("fact", "party", "subject", "shipment__number")
            raised = Alarm.objects.values_list("topic", "title", "sentence", "urgent").order_by("topic", "title", "sentence")
            return [
                *super()._snapshot(),
                *cases,
                *((each[0], each[1], self._name(each[2])) for each in copies),
                *(tuple(map(str, each)) for each in told.values_list("fact", "party", "subject", "value", "shipment__number")),
                *(tuple(map(str, each)) for each in raised),
                *self._shipments(),
            ]

    def _shipments(self) -> Snapshot:
        rows = Shipment.objects.order_by("kind", "number")
        return [(row.kind, row.number, *(str(getattr(row, name)) for name in FIGURES)) for row in rows]

    def _name(self, pk: Any) -> str:
        return next((each.message_type for each in self.filings if each.pk == pk), "")

    def _settle(self) -> None:
        super()._settle()
        with tenant_scope(self.operator.pk):
            before = self._shipments()
            for filing in Filing.objects.filter(pk__in=[each.pk for each in self.filings]):
                keeping.keep(filing=filing, at=self._later())
            assert self._shipments() == before  # nothing was left to reckon

    def _forget_case(self, case: Case) -> None:
        """Make a case unknown: its history may not be removed, so it becomes one of nothing."""
        Case.objects.filter(pk=case.pk).update(content=f"{GONE}{case.pk.hex[:20]}", filing=None, mrn="")
        for request in case.requests.all():
            Request.objects.filter(pk=request.pk).update(reference=f"{GONE}{request.pk.hex[:10]}")

    def _forget_beside(self) -> None:
        """Take back cases that nobody answered or acknowledged, copies, alarms, and what customs told of shipments."""
        super()._forget_beside()
        for case in Case.objects.filter(acknowledged_at=None).exclude(requests__answer__isnull=False):
            self._forget_case(case)
        CarrierCopy.objects.all().delete()
        Alarm.objects.all().delete()
        ShipmentNotice.objects.all().delete()
        for filing in Filing.objects.filter(pk__in=[each.pk for each in self.filings]):
            keeping.keep(filing=filing, at=self._later())


@pytest.mark.timeout(max(300, EXAMPLES * 60))  # seconds
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_linked_filings_end_the_same_in_any_order(acme: Operator, itsp: Connection, pair: tuple[str, str]) -> None:
    machine = type("OneLife", (LinkedLife,), {"operator": acme, "connection": itsp, "pair": pair})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    same = settings(
        derandomize=EXAMPLES == FEW, deadline=None, suppress_health_check=checks, phases=[Phase.explicit, Phase.generate],
        max_examples=EXAMPLES, stateful_step_count=20, database=None,
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=same)
