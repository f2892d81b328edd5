"""What belongs together comes to its state at a cost that grows with what is touched, not with its square."""

from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from filings import samples
from filings.messages import xml
from filings.messages.document import Document
from integrations.sandbox import office, relating
from integrations.sandbox.case import Case
from integrations.sandbox.models import REASON, Party, Received, Registration
from integrations.sandbox.registry import documents_of
from tenants.scope import every_tenant
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office")]

MASTER, HOUSE = "IE3F12", "IE3F15"


@dataclass
class Register:
    """Customs' register, filled without its gateway."""

    count: int = 0

    def add(self, document: Document) -> list[Registration]:
        """Take a filing in; return what became ready for analysis."""
        self.count += 1
        message, mrn = document.message.id, f"26DE{self.count:014}"
        with every_tenant(REASON):
            received = Received.objects.create(
                party=Party.objects.order_by("pk")[0], message_id=f"{mrn}@test", action=message, references=[],
                payload=xml.write(document), receipt=b"", body=b"", received_at=NOW, due_at=NOW,
            )  # fmt: skip
            registration = Registration.objects.create(
                party=received.party, received=received, current=received, message_type=message, lrn=mrn, mrn=mrn,
                declarant="DE1", documents=documents_of(document), registered_at=NOW,
            )  # fmt: skip
            return relating.relate(registration, document, case=Case(office.load(), NOW, registration=registration))


def cost(*, masters: int, houses: int = 0) -> int:
    """Return how many statements it takes to register a house below masters of one number, beside other houses of theirs."""
    with transaction.atomic():
        register = Register()
        for _ in range(masters):
            register.add(samples.sample(MASTER, seed=1))
        for _ in range(houses):
            register.add(samples.sample(HOUSE, seed=1))
        with CaptureQueriesContext(connection) as queries:
            register.add(samples.sample(HOUSE, seed=1))
        transaction.set_rollback(True)
    return len(queries)


def test_a_house_costs_as_much_for_each_master_of_its_number() -> None:
    one, four, eight = (cost(masters=number) for number in (1, 4, 8))

    assert one < four < eight  # each is linked and looked at
    assert eight - four <= (four - one) / 3 * 4 + 4


def test_a_house_costs_no_more_beside_many_others() -> None:
    few, many = (cost(masters=1, houses=number) for number in (2, 12))

    assert many <= few + 4
