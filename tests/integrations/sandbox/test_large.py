"""The sandbox takes a very large message as the gzip it came in, and judges it as a stream."""

import pytest

from filings import samples
from filings.messages import streaming, xml
from filings.messages.document import Document
from integrations import as4
from integrations.sandbox import large
from integrations.sandbox.models import REASON, Received, Registration
from tenants.scope import every_tenant
from tests.integrations.sandbox.trader import Trader, content, now
from tests.integrations.sandbox.world import judge_all

HOUSE = "consignmentMasterLevel/consignmentHouseLevel"


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "HOLD", 10_000)


def answered(trader: Trader, payload: bytes) -> Document:
    """Send a payload and return the answer."""
    message = trader.message(payload, "IE3F32")
    outcome = trader.send(trader.wire(message))
    assert outcome.result is as4.Result.RECEIPTED, outcome
    judge_all()
    pulled = trader.pull()
    assert pulled.received is not None, pulled
    trader.acknowledge(pulled.received)
    return content(pulled)


def test_a_large_filing_is_registered_with_its_houses(alfa: Trader) -> None:
    document = samples.sample("IE3F32", houses=40, seed=3)

    answer = answered(alfa, xml.write(document))

    assert answer.value("MRN")
    numbers = document.values(f"{HOUSE}/transportDocumentHouseLevel/documentNumber")
    with every_tenant(REASON):
        received, registration = Received.objects.get(), Registration.objects.get()
    assert large.is_packed(bytes(received.payload))
    assert registration.documents["house"] == numbers
    assert len(numbers) == 40


def test_a_large_filing_is_refused_with_the_place(alfa: Trader) -> None:
    data = xml.write(samples.sample("IE3F32", houses=40, seed=3))
    mass = b"<totalGrossMass>"
    at = data.index(mass, data.index(mass, data.index(mass) + 1) + 1)

    answer = answered(alfa, data[:at] + mass + b"x" + data[at + len(mass) :])

    assert answer.message.id == "IE3N99"
    assert answer.value("error/pointer/messageElementPath") == f"/IE3F32/{HOUSE}[3]/totalGrossMass"
    with every_tenant(REASON):
        assert not Registration.objects.exists()


def test_a_large_message_that_is_cut_is_refused(alfa: Trader) -> None:
    data = xml.write(samples.sample("IE3F32", houses=40, seed=3))

    answer = answered(alfa, data[:-9])

    assert "well-formed" in (answer.value("error/description") or "")


@pytest.mark.django_db
def test_what_is_kept_of_the_houses_is_small() -> None:
    from filings.services.editions import Choices
    from filings.services.large import parts

    document = samples.sample("IE3F20", houses=40, seed=3)
    packed = parts.gzipped([xml.write(document)])

    read, errors = large.read(packed, Choices(at=now()))

    assert errors == []
    assert len(read.nodes(HOUSE)) == 40
    assert read.values(f"{HOUSE}/transportDocumentHouseLevel/documentNumber") == document.values(
        f"{HOUSE}/transportDocumentHouseLevel/documentNumber"
    )
    assert not read.nodes(f"{HOUSE}/goodsItem")
    assert set(streaming.parts_of(read.message)) > {HOUSE}
