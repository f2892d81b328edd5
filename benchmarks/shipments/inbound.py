"""What a message of customs costs while many are applied: routed to their filings, recorded, shipments kept.

Customs registers filings, says of each that something is missing, and that its assessment is complete. Of ten filings nine are
of shipments of five, and one belongs to a shipment that grows to thousands. The figures of that one are reckoned every few
seconds, as in the product (filings.services.shipments.settling), and count.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.gateway import clock

EACH: Final = 3  # messages of a filing
MESSAGES: Final = ("IE3R01", "IE3N02", "IE3N03")
UPPER, LOWER = "IE3F12", "IE3F15"
SETTLED: Final = 3.0  # seconds between two times that large shipments are reckoned (CELERY_BEAT_SCHEDULE)
BLOCK: Final = 250  # filings of which a sample is taken
LARGE: Final = "LARGE-SHIPMENT"

FILINGS: Final = """
    set session_replication_role = replica;
    insert into filings_filing (id, operator_id, message_type, message_set, version, document, parts_path, parts_count, revision,
        state, source, lrn, mrn, declarant, transport_document, errors, created_at, changed_at, submitted_at, sent_at)
    select md5('inbound' || n)::uuid, {operator}, type, 'HTI', '2.02',
        replace(replace(replace(case type when '{upper_type}' then {upper} else {lower} end, '@MASTER@', master),
            '@HOUSE@', house), '@LRN@', lrn)::jsonb,
        '', 0, 1, 'sent', 'api', lrn, '', {declarant}, case type when '{upper_type}' then master else house end, '[]', {at},
        {at}, {at}, {at}
    from (
        select n, case when n % 10 <> 0 and n % 5 = 1 then '{upper_type}' else '{lower_type}' end as type,
            case when n % 10 = 0 then '{large}' else 'IN' || n / 5 end as master, 'INH' || n as house, 'INL' || n as lrn
        from generate_series(1, {filings}) n
    ) made;
    """
STORED: Final = """
    insert into integrations_inboundmessage (id, connection_id, message_id, message_type, ref_to_message_id, content_type, body,
        payload, "references", signer, receipt, receipt_type, state, reason, received_at, due_at, tries)
    select gen_random_uuid(), {connection}, 'customs-' || n || '-' || k, types[k], '', 'x', 'x',
        convert_to(replace(replace(texts[k], '@LRN@', 'INL' || n), '@MRN@', '26DE' || lpad(n::text, 12, '0') || 'T0'), 'UTF8'),
        '[]', '', 'x', 'x', 'stored', '', {at} + (n * {each} + k) * interval '1 millisecond',
        {at} + (n * {each} + k) * interval '1 millisecond', 0
    from generate_series(1, {filings}) n, generate_series(1, {each}) k,
        (select {types}::text[] as types, {texts}::text[] as texts) said
    order by n, k;
    """


@dataclass(frozen=True)
class Sample:
    """What some messages cost each, in milliseconds: our CPU, PostgreSQL's, by the clock, and reckoning large shipments."""

    messages: int
    ours: float
    postgres: float
    wall: float
    settling: float


def stored(server: Any, operator: Any, connection: Any, *, messages: int) -> None:
    """Add filings that customs signed for, and the messages about them that wait."""
    from psycopg import sql

    from filings import samples

    upper, lower = samples.sample(UPPER, seed=1), samples.sample(LOWER, seed=1)
    at = datetime.now(UTC).replace(microsecond=0)
    given = {
        "operator": operator.pk, "declarant": operator.eori, "connection": connection.pk, "at": at, "each": EACH,
        "filings": messages // EACH, "upper": _template(upper), "lower": _template(lower), "types": list(MESSAGES),
        "texts": [_answer(message, operator.eori) for message in MESSAGES],
    }  # fmt: skip
    names = {"upper_type": UPPER, "lower_type": LOWER, "large": LARGE}
    values = {name: sql.Literal(value) for name, value in given.items()}
    for statement in (FILINGS, STORED):
        server.execute(sql.SQL(statement).format(**values, **{name: sql.SQL(value) for name, value in names.items()}))
    server.execute("set session_replication_role = origin")
    server.execute("vacuum (analyze) filings_filing, integrations_inboundmessage")


def applied(server: Any, var: Path, *, seconds: float, block: int = BLOCK) -> Iterator[Sample]:
    """Route what waits as a worker does, and yield what it cost, until nothing waits or the time is over."""
    end, left = time.monotonic() + seconds, _waiting(server)
    last = time.monotonic()
    while left and time.monotonic() < end:
        before, settling = (time.process_time(), clock.postgres_seconds(var), time.perf_counter()), 0.0
        for _ in range(block):
            _route()
            if time.monotonic() - last > SETTLED:
                settling += _settled()
                last = time.monotonic()
        after = (time.process_time(), clock.postgres_seconds(var), time.perf_counter())
        now = _waiting(server)
        count, left = left - now, now
        if not count:
            raise RuntimeError("nothing that waits is routed")
        ours, postgres, wall = ((then - since) / count * 1e3 for since, then in zip(before, after, strict=True))
        yield Sample(count, ours, postgres, wall, settling / count * 1e3)


def parked(server: Any) -> int:
    """Return how many messages no verb took: there must be none."""
    return int(server.execute("select count(*) from integrations_inboundmessage where state = 'parked'").fetchone()[0])


def large(server: Any) -> int:
    """Return how many filings the large shipment has by now."""
    found = server.execute("select max(filings_count) from filings_shipment where number = %s", [LARGE]).fetchone()
    return int(found[0] or 0)


def _route() -> None:
    from django.utils import timezone

    from integrations import routing

    routing.route_next(at=timezone.now())


def _settled() -> float:
    from filings.services.shipments import settling

    begun = time.perf_counter()
    settling.settle()
    return time.perf_counter() - begun


def _waiting(server: Any) -> int:
    return int(server.execute("select count(*) from integrations_inboundmessage where state = 'stored'").fetchone()[0])


def _template(document: Any) -> str:
    """Return what a sample says, with places for its numbers."""
    message = document.message
    masters = [path for path in message.by_path if path.endswith("transportDocumentMasterLevel/documentNumber")]
    houses = [path for path in message.by_path if path.endswith("transportDocumentHouseLevel/documentNumber")]
    text = json.dumps(document.to_json()[message.id])
    for paths, name in ((masters, "@MASTER@"), (houses, "@HOUSE@"), (["LRN"], "@LRN@")):
        for value in {value for path in paths for value in document.values(path) if value}:
            text = text.replace(json.dumps(value), json.dumps(name))
    return text


def _answer(message: str, eori: str) -> str:
    """Return a message of customs with places for the numbers of the filing it is about."""
    from filings import samples
    from filings.messages import xml

    made = samples.sample(message, seed=1)
    for element, value in (("LRN", "@LRN@"), ("MRN", "@MRN@"), ("declarant/identificationNumber", eori)):
        if element in made.message.by_path:
            made.set(element, value)
    return xml.write(made).decode()
