"""What must be true when everything is quiet again, read from one snapshot of the database past all scopes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, LiteralString

import psycopg
from psycopg.rows import dict_row

from config.embedded import paths
from integrations import as4
from tests.chaos.load import Submission
from tests.e2e.conftest import Product

FINAL: Final = frozenset({"registered", "rejected"})
Row = dict[str, Any]
Faults = Iterator[str]

QUERIES: Final[Mapping[str, LiteralString]] = {
    "filings": "select f.id, f.lrn, f.mrn, f.state, f.message_type, o.slug as operator from filings_filing f "
    "join tenants_operator o on o.id = f.operator_id where starts_with(f.lrn, %(prefix)s)",
    "events": "select e.filing_id, e.kind, e.message_id from filings_filingevent e join filings_filing f on f.id = e.filing_id "
    "where starts_with(f.lrn, %(prefix)s)",
    "queue": "select m.filing_id, m.state, m.message_id from filings_outboxmessage m join filings_filing f on f.id = m.filing_id "
    "where starts_with(f.lrn, %(prefix)s)",
    "exchanges": "select x.filing_id, x.message_id, x.state, x.body, x.receipt, x.receipt_type, x.receipted_at, x.references, "
    "c.anchors, c.pinned from integrations_exchange x join filings_filing f on f.id = x.filing_id "
    "join integrations_connection c on c.id = x.connection_id where starts_with(f.lrn, %(prefix)s)",
    "inbound": "select i.message_id, i.state, i.reason, i.filing_id, i.body, i.content_type, i.receipt, i.receipt_type, "
    "i.received_at, i.references, c.anchors, c.pinned from integrations_inboundmessage i "
    "join integrations_connection c on c.id = i.connection_id",
    "received": "select message_id, body from sandbox_received",
    "registered": "select lrn, mrn from sandbox_registration where starts_with(lrn, %(prefix)s)",
    "answers": "select message_id, state, receipt, problem from sandbox_answer",
    "ours": "select anchors from sandbox_sandboxsettings",
}


class Snapshot:
    """All of what the database held at one moment."""

    def __init__(self, product: Product, prefix: str) -> None:
        self.tables: dict[str, list[Row]] = {}
        dsn = paths.postgres_dsn(paths.SUPERUSER, paths.DATABASE, product.var)
        with psycopg.connect(dsn, row_factory=dict_row) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            for name, statement in QUERIES.items():
                self.tables[name] = connection.execute(statement, {"prefix": prefix}).fetchall()

    def __getitem__(self, name: str) -> list[Row]:
        return self.tables[name]


def unrest(product: Product, prefix: str) -> Counter[str]:
    """Return what still moves: filings without an answer, messages on their way in either direction."""
    statement: LiteralString = """
        select 'filings ' || state, count(*) from filings_filing
        where starts_with(lrn, %s) and state not in ('registered', 'rejected') group by state
        union all select 'outbox ' || state, count(*) from filings_outboxmessage
        where state in ('waiting', 'running') group by state
        union all select 'inbound not read', count(*) from integrations_inboundmessage where state = 'stored' having count(*) > 0
        union all select 'customs has not judged', count(*) from sandbox_received where state = 'stored' having count(*) > 0
        union all select 'answers ' || state, count(*) from sandbox_answer where state in ('ready', 'waiting') group by state
        """
    return Counter(dict(product.rows(statement, prefix)))


def faults(snapshot: Snapshot, accepted: list[Submission]) -> list[str]:
    """Return everything that is not as it must be."""
    return [
        *_nothing_lost(snapshot, accepted),
        *_one_final_state(snapshot, accepted),
        *_once_at_customs(snapshot),
        *_evidence_out(snapshot),
        *_evidence_in(snapshot),
    ]


def _nothing_lost(snapshot: Snapshot, accepted: list[Submission]) -> Faults:
    """Each accepted submission is one filing, its operator's, with one message in the queue."""
    filings = {str(row["id"]): row for row in snapshot["filings"]}
    for each in accepted:
        row = filings.get(each.filing)
        if row is None or (row["operator"], row["lrn"], row["message_type"]) != (each.operator, each.lrn, each.message):
            yield f"{each.lrn}: what was accepted is not there as it was accepted"
    if len(filings) != len(accepted):
        yield f"{len(accepted)} filings were accepted and {len(filings)} are there"
    queued = Counter(str(row["filing_id"]) for row in snapshot["queue"])
    yield from (f"{row['lrn']}: {queued[pk]} messages queued" for pk, row in filings.items() if queued[pk] != 1)


def _one_final_state(snapshot: Snapshot, accepted: list[Submission]) -> Faults:
    """Each filing has the one answer it deserves, told once."""
    told: dict[Any, Counter[str]] = {}
    for event in snapshot["events"]:
        told.setdefault(event["filing_id"], Counter())[event["kind"]] += 1
    faulty = {each.filing for each in accepted if each.faulty}
    for row in snapshot["filings"]:
        wanted = "rejected" if str(row["id"]) in faulty else "registered"
        counted = told.get(row["id"], Counter())
        if row["state"] != wanted or bool(row["mrn"]) != (wanted == "registered"):
            yield f"{row['lrn']}: {row['state']} with MRN {row['mrn']!r} instead of {wanted}"
        if counted[wanted] != 1 or counted["registered"] + counted["rejected"] != 1 or counted["handed_over"] != 1:
            yield f"{row['lrn']}: told {dict(counted)}"


def _once_at_customs(snapshot: Snapshot) -> Faults:
    """Customs has each message once, with the bytes we keep, and each registration is that of one filing."""
    there = {row["message_id"]: bytes(row["body"]) for row in snapshot["received"]}
    for exchange in snapshot["exchanges"]:
        if there.get(exchange["message_id"]) != bytes(exchange["body"]):
            yield f"{exchange['message_id']}: customs has other bytes, or none"
    ours = Counter(row["message_id"] for row in snapshot["exchanges"])
    yield from (f"{one}: customs got a message nobody knows of" for one in there if one not in ours)
    registered = sorted((row["lrn"], row["mrn"]) for row in snapshot["registered"])
    filed = sorted((row["lrn"], row["mrn"]) for row in snapshot["filings"] if row["mrn"])
    if registered != filed or len({mrn for _, mrn in filed}) != len(filed):
        yield f"MRNs of customs and ours differ: {set(registered) ^ set(filed)}"


def _evidence_out(snapshot: Snapshot) -> Faults:
    """Each filing has one exchange, whose stored receipt proves that customs has these bytes."""
    exchanged = Counter(row["filing_id"] for row in snapshot["exchanges"])
    yield from (f"{row['lrn']}: {exchanged[row['id']]} exchanges" for row in snapshot["filings"] if exchanged[row["id"]] != 1)
    for row in snapshot["exchanges"]:
        if row["state"] != "receipted":
            yield f"{row['message_id']}: {row['state']}"
        elif (result := _weighed(row)) is not as4.Result.RECEIPTED:
            yield f"{row['message_id']}: the kept receipt is {result}"


def _weighed(row: Row) -> as4.Result:
    """Return what a stored receipt proves about a stored message, at the time it came."""
    references = tuple(as4.Reference(uri, digest) for uri, digest in row["references"])
    sent = as4.WireMessage("", bytes(row["body"]), row["message_id"], references)
    outcome = as4.outcome_of_response(
        status=200,
        content_type=row["receipt_type"],
        body=bytes(row["receipt"]),
        sent=sent,
        trust=_trust(row),
        at=row["receipted_at"],
    )
    return outcome.result


def _evidence_in(snapshot: Snapshot) -> Faults:
    """Each message of customs is kept once with bytes that verify, was delivered, and customs has the receipt we keep."""
    answers = {row["message_id"]: row for row in snapshot["answers"]}
    came = Counter(row["message_id"] for row in snapshot["inbound"])
    yield from (f"{one}: kept {count} times" for one, count in came.items() if count != 1)
    unproven = {one: row for one, row in answers.items() if row["state"] != "acknowledged"}
    yield from (f"{one}: customs says {row['state']} ({row['problem']})" for one, row in unproven.items())
    yield from (f"{one}: customs sent it and we do not have it" for one in answers if one not in came)
    anchors = [row["anchors"] for row in snapshot["ours"]]
    for row in snapshot["inbound"]:
        answer = answers.get(row["message_id"])
        if row["state"] != "routed":
            yield f"{row['message_id']}: {row['state']} ({row['reason']})"
        if answer is None or answer["receipt"] is None or bytes(answer["receipt"]) != bytes(row["receipt"]):
            yield f"{row['message_id']}: customs has another receipt than we keep, or none"
        elif not _is_proven(row, anchors):
            yield f"{row['message_id']}: what we keep of it does not verify"


def _is_proven(row: Row, anchors: list[str]) -> bool:
    """Say whether a stored message of customs verifies, and the receipt we gave for it, too."""
    at: datetime = row["received_at"]
    message = as4.receive(content_type=row["content_type"], body=bytes(row["body"]), trust=_trust(row), at=at)
    receipt = as4.receive(content_type=row["receipt_type"], body=bytes(row["receipt"]), trust=as4.Trust.load(anchors), at=at)
    as4.check_receipt(received=receipt, sent_references=message.references, sent_message_id=row["message_id"])
    return message.verified and receipt.verified


def _trust(row: Row) -> as4.Trust:
    return as4.Trust.load([row["anchors"]], pinned=row["pinned"].split())
