"""A payload that is kept compressed leaves as it is, and is unpacked for whoever looks at it."""

from typing import Any

import pytest
from isal import igzip

from filings.models import Filing, OutboxMessage
from integrations import as4, evidence, outbound
from integrations.models import Connection, Exchange
from integrations.web.files import attachment
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock

XML = b"<IE3F32>" + b"house " * 9_000 + b"</IE3F32>"


@pytest.fixture
def row(acme: Operator, itsp: Connection) -> OutboxMessage:
    with tenant_scope(acme.pk):
        filing = factories.submitted()
        found: OutboxMessage = OutboxMessage.objects.get(filing=filing)
        found.payload, found.encoding = igzip.compress(XML, 1), "gzip"
        found.save()
        return found


def test_a_compressed_payload_is_sent_as_it_is(row: OutboxMessage, acme: Operator, sti: FakeSti, clock: Clock) -> None:
    assert outbound.send_next(clock=clock)

    [(content_type, body)] = sti.pushes
    received = as4.receive(content_type=content_type, body=body, trust=sti.trust, at=clock())
    assert received.parts[0].data == bytes(row.payload)
    [payload] = as4.unpack(received)
    assert (payload.mime_type, payload.charset, payload.data) == ("application/xml", "utf-8", XML)
    with tenant_scope(acme.pk):
        assert Filing.objects.get().state == "sent"


def test_it_is_downloaded_as_plain_xml(row: OutboxMessage, acme: Operator, sti: FakeSti, clock: Clock) -> None:
    outbound.send_next(clock=clock)
    with tenant_scope(acme.pk):
        exchange = Exchange.objects.get()
        response: Any = attachment(evidence.piece("exchanges", exchange.pk, "xml"))

    assert b"".join(response.streaming_content) == XML
