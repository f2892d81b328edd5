"""Customs' simulator judges a message by the set its namespace names, else by the one in force."""

from datetime import UTC, datetime
from typing import Any

import pytest

from filings.messages import catalogue, holdings, xml
from filings.messages import json as json_form
from filings.messages.document import Document
from filings.services import editions, message_sets
from filings.services.shelf import DatabaseShelf
from integrations import as4
from integrations.sandbox.models import REASON, Party, Received
from tenants.scope import every_tenant
from tests.factories import NOW
from tests.filings.messages.packages import NAMESPACE, NEW_ELEMENT, made_up, zipped
from tests.integrations.sandbox.trader import Trader, filing
from tests.integrations.sandbox.world import judge_all

BASE = (catalogue.DEFAULT, catalogue.DEFAULT_VERSION)


@pytest.fixture(autouse=True)
def _shelf(transactional_db: None) -> Any:
    holdings.stand(DatabaseShelf())
    yield
    holdings.stand(DatabaseShelf())


def load(version: str, namespace: str = "") -> tuple[str, str]:
    edition = "HTI", version
    data = zipped(made_up(namespace=namespace))
    message_sets.load(edition=edition, data=data, source="p.zip", compare_with=BASE, partial=True, by="test", at=NOW)
    return edition


def in_edition(edition: tuple[str, str], **values: str) -> Document:
    content = filing().to_json()
    content["IE3F26"].pop("hrcmScreeningResults", None)
    content["IE3F26"].update(values)
    return json_form.from_json(content, message_set=edition[0], version=edition[1])


def outcome(trader: Trader, document: Document) -> str:
    trader.file(document)
    judge_all()
    with every_tenant(REASON):
        return str(Received.objects.first().outcome)


def test_a_namespace_of_its_own_tells_the_set(alfa: Trader) -> None:
    edition = load("3-sandbox", NAMESPACE)

    assert outcome(alfa, in_edition(edition)) == "rejected, 1 error"
    assert outcome(alfa, in_edition(edition, **{NEW_ELEMENT: "SEC-1"})).startswith("registered")
    assert outcome(alfa, filing(LRN="OLD-1")).startswith("registered")


def test_without_one_the_set_in_force_counts(alfa: Trader) -> None:
    edition = load("3-same")
    new = in_edition(edition, **{NEW_ELEMENT: "SEC-1"}, LRN="NEW-1")

    assert outcome(alfa, new) == "rejected, 1 error"
    editions.choose(edition=edition, since=datetime(2026, 1, 1, tzinfo=UTC), by="test", at=NOW, message_type="IE3F26")

    assert outcome(alfa, new).startswith("registered")
    assert outcome(alfa, filing(LRN="OLD-1")) == "rejected, 1 error"


def test_the_answer_is_of_the_set_of_the_question(alfa: Trader) -> None:
    edition = load("3-answer", NAMESPACE)
    alfa.file(in_edition(edition, **{NEW_ELEMENT: "SEC-1"}))
    judge_all()

    pulled = alfa.pull()

    assert pulled.received is not None
    answer = xml.read(as4.unpack(pulled.received)[0].data, message_set=edition[0], version=edition[1])
    assert answer.message.edition == edition
    assert answer.value("MRN")


def agree(**editions: tuple[str, str]) -> None:
    with every_tenant(REASON):
        agreed = {name.removeprefix("all"): list(edition) for name, edition in editions.items()}
        Party.objects.filter(party_id="NL12").update(editions=agreed)


def test_a_party_is_judged_by_the_set_agreed_with_it(alfa: Trader, bravo: Trader) -> None:
    """Two sets share a namespace, so only the agreement tells which one a message is written in."""
    edition = load("3-agreed")
    agree(IE3F26=edition)

    assert outcome(alfa, in_edition(edition, **{NEW_ELEMENT: "SEC-1"}, LRN="NEW-1")).startswith("registered")
    assert outcome(alfa, filing(LRN="OLD-1")) == "rejected, 1 error"
    assert outcome(bravo, filing(LRN="OLD-2")).startswith("registered")


def test_what_is_agreed_for_all_types_passes_over_those_the_set_lacks(alfa: Trader) -> None:
    edition = load("3-some")
    agree(all=edition)

    assert outcome(alfa, in_edition(edition, **{NEW_ELEMENT: "SEC-1"}, LRN="NEW-1")).startswith("registered")
    assert outcome(alfa, filing("IE3F50", LRN="ROAD-1")).startswith("registered")
