"""What a text names that staff look for: messages by any id of theirs or of their filing, an operator, a connection.

Each is a probe of an index. Ask inside every_tenant().
"""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from filings.models import Filing, OutboxMessage
from integrations.models import Connection, InboundMessage
from tenants.models import Operator

SHORTEST: Final = 3  # characters of an id
MOST: Final = 500  # messages one id may name
MOST_FILINGS: Final = 200


@dataclass(slots=True)
class Named:
    """What a text names: messages, or an operator or connection with all of theirs."""

    sent: list[UUID] = field(default_factory=list)
    received: list[UUID] = field(default_factory=list)
    operators: list[UUID] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)


def named_by(text: str) -> Named:
    """Return what begins with a text: ids of AS4, references of filings; and if nothing does, EORI or party id."""
    found = Named()
    if len(text) < SHORTEST:
        return found
    filings = _filings(text)
    sent = [*_ids(OutboxMessage, message_id__begins_with=text), *_ids(OutboxMessage, filing_id__in=filings)]
    received = [
        *_ids(InboundMessage, message_id__begins_with=text),
        *_ids(InboundMessage, ~Q(ref_to_message_id=""), ref_to_message_id__begins_with=text),
        *_ids(InboundMessage, filing_id__in=filings),
    ]
    if (exact := _uuid(text)) is not None:
        sent += _ids(OutboxMessage, pk=exact)
        received += _ids(InboundMessage, pk=exact)
    found.sent, found.received = list(dict.fromkeys(sent)), list(dict.fromkeys(received))
    if not found.sent and not found.received:
        found.operators = list(Operator.objects.filter(eori__iexact=text).values_list("pk", flat=True))
        found.connections = list(Connection.objects.filter(party_id__iexact=text).values_list("pk", flat=True))
    return found


def _filings(text: str) -> list[UUID]:
    """Return the filings with this id, or whose LRN, MRN, transport document or declarant begins with the text."""
    if (exact := _uuid(text)) is not None:
        return _ids(Filing, pk=exact)
    operators = list(Operator.objects.order_by().values_list("pk", flat=True))
    found: list[UUID] = []
    for column in ("lrn", "mrn", "transport_document", "declarant"):
        rows = Filing.objects.filter(operator_id__in=operators, **{f"{column}__begins_with": text})
        found += rows.order_by().values_list("pk", flat=True)[:MOST_FILINGS]
    return found


def _ids(model: Any, *conditions: Q, **fits: Any) -> list[UUID]:
    return list(model.objects.filter(*conditions, **fits).order_by().values_list("pk", flat=True)[:MOST])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
