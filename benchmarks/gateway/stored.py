"""What a message costs with many others stored: two databases, one with ten thousand and one with a million, in turn."""

import statistics
import time
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks.gateway import clock, receiver, stage

FEW, MANY = 10_000, 1_000_000
NAMES: Final = ("few", "many")

FILL: Final = """
    set synchronous_commit to off;
    set session_replication_role to replica;
    create temporary table made as select gen_random_uuid() as filing, gen_random_uuid() as message,
        gen_random_uuid() as exchange, (array(select id from tenants_operator order by slug))[1 + n %% 4] as operator, n,
        now() - n * interval '3 seconds' as at
        from generate_series(1, {count}) n;
    insert into filings_filing (id, operator_id, message_type, message_set, version, document, parts_path, parts_count, revision,
        state, source, lrn, mrn, declarant, transport_document, errors, created_at, changed_at, submitted_at, sent_at,
        answered_at) select filing, operator, 'IE3F32', 'HTI', '2.02', '{{}}', '', 0, 1, 'registered', 'api', 'OLD' || n,
        '26BE' || n,
        'DE' || n, 'DOC' || n, '[]', at, at, at, at, at from made;
    insert into filings_outboxmessage (id, operator_id, filing_id, message_type, message_id, payload, encoding, priority, state,
        attempts, due_at, awaits_answer, reason, created_at, done_at, answered_at, line)
        select message, operator, filing, 'IE3F32', message || '@old.example', 'x', '', 'B', 'done', 1, at, true, '', at, at, at,
        {connection} from made;
    insert into integrations_exchange (id, operator_id, outbox_id, filing_id, connection_id, message_id, message_type,
        content_type, body, "references", state, receipt, receipt_type, created_at, receipted_at)
        select exchange, operator, message, filing, {connection}, message || '@old.example', 'IE3F32', 'x', 'x', '[]',
        'receipted', 'x', 'x', at, at from made;
    insert into integrations_attempt (id, operator_id, exchange_id, number, started_at, ended_at, outcome, status, code, reason,
        response, response_type)
        select gen_random_uuid(), operator, exchange, 1, at, at, 'receipted', 200, '', '', 'x', 'x' from made;
    insert into integrations_inboundmessage (id, operator_id, filing_id, connection_id, message_id, message_type,
        ref_to_message_id, content_type, body, payload, "references", signer, receipt, receipt_type, state, reason, received_at,
        due_at, tries, routed_at)
        select gen_random_uuid(), operator, filing, {connection}, 'in-' || n, 'IE3R01', '', 'x', 'x', 'x', '[]', '', 'x', 'x',
        'routed', '', at, at, 0, at from made;
    drop table made;
    """


def measure(*, quick: bool) -> dict[str, Any]:
    """Return what a message out and one in costs in either database, and the ratio of the two."""
    counts = {"few": 1_000, "many": 10_000} if quick else {"few": FEW, "many": MANY}
    each, rounds = (8, 2) if quick else (20, 12)
    with stage.stage(durable=False) as var:
        from benchmarks.gateway import path, wire
        from integrations import gates

        customs, trader = stage.identities()
        database, operators = stage.superuser(var), stage.operators(4)
        small = wire.payload(wire.SMALL)
        with receiver.running(var, customs, trader) as url:
            connection = stage.connect(url, customs, trader)
            use("landfall")  # nobody may be in it while it is copied
            started = time.perf_counter()
            database.close()
            for name in NAMES:
                with stage.superuser(var, "postgres") as anywhere:
                    anywhere.execute(f"create database {name} template landfall")
                with stage.superuser(var, name) as filled:
                    filled.execute(FILL.format(count=counts[name], connection=connection.pk).replace("%%", "%"))
                    stage.queue(filled, operators, small, filings=each * (rounds + 2) + 10)
                    filled.execute("vacuum analyze")
                use(name)
                gates.build()
            filling = time.perf_counter() - started
            alone = "" if quick else clock.take_a_core(var)
            out, into = path.sender(), path.receiver_of(connection, customs, small, names=NAMES)
            return {
                "core": alone,
                "counts": counts,
                "filling": filling,
                **{way: _compared(var, {"out": out, "in": into}[way], each=each, rounds=rounds) for way in ("out", "in")},
            }


def use(name: str) -> None:
    """Let the product work in another database of the server."""
    from django.db import connections

    database = connections["default"]
    database.close()
    database.close_pool()
    database.settings_dict["NAME"] = name


def _compared(var: Any, way: Any, *, each: int, rounds: int) -> dict[str, Any]:
    """Return milliseconds of CPU per message, ours and PostgreSQL's, with few and with many stored, and the ratios."""
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in NAMES}
    for turn in range(rounds + 1):
        for name in NAMES if turn % 2 else NAMES[::-1]:
            use(name)
            for _ in range(3):
                next(way)
            server, ours = clock.postgres_seconds(var), time.process_time()
            for _ in range(each - 3):
                next(way)
            cost = (time.process_time() - ours, clock.postgres_seconds(var) - server)
            if turn:  # the first round only warms up
                costs[name].append((cost[0] / (each - 3) * 1e3, cost[1] / (each - 3) * 1e3))
    ours = {name: statistics.median(mine for mine, _ in costs[name]) for name in NAMES}
    servers = {name: statistics.mean(theirs for _, theirs in costs[name]) for name in NAMES}
    ratios = [sum(many) / sum(few) for few, many in zip(costs["few"], costs["many"], strict=True)]
    return {"ours": ours, "postgres": servers, "ratio": statistics.median(ratios), "at": f"{datetime.now(UTC):%H:%M}"}
