"""Fill the tables of filings and shipments by SQL: masters, house filings with their houses, keys, memberships, referrals.

A shipment is a master filing and four house filings with twelve or thirteen houses each, so a filing has ten. In one of three
shipments the house filings are drafts, so the master misses them, and of every second of these the deadline has passed. About
another third customs asks something, and half of these cases are open: so every list fills a page with few filings, too.
Keys are made as filings.linking makes them, but their digests by the database: nothing compares them with real ones.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

FILINGS: Final = 5  # of a shipment
HOUSES: Final = 50  # of a shipment
PARTS: Final = "consignmentMasterLevel/consignmentHouseLevel"

# What a column gets that is not named and must not be empty.
EMPTY: Final = {
    "text": "''", "character varying": "''", "boolean": "false", "integer": "0", "bigint": "0", "smallint": "0", "jsonb": "'{}'",
    "timestamp with time zone": "%(at)s",
}  # fmt: skip

# Rises with the row, as the product's ids of these tables do.
_ORDERED: Final = (
    "overlay(md5(random()::text) placing lpad(to_hex(extract(epoch from clock_timestamp())::bigint), 8, '0') from 1)::uuid"
)
_ID: Final = "md5(%(salt)s || '{kind}' || n || '-' || {place})::uuid"
_STATE: Final = "case when n %% 3 = 0 and place > 0 then 'draft' else 'registered' end"
_NUMBER: Final = "%(salt)s || lpad(n::text, 8, '0')"
_HOUSES: Final = f"({HOUSES} / {FILINGS - 1} + place %% 2)"  # of a house filing
_TIME: Final = "%(at)s::timestamptz - n * interval '13 seconds' - place * interval '1 second'"
_SENT: Final = f"case when {_STATE} = 'draft' then null else %(at)s::timestamptz end"

_FILING: Final = {
    "id": _ID.format(kind="f", place="place"),
    "operator_id": "%(operator)s",
    "message_type": "case when place = 0 then 'IE3F12' else 'IE3F14' end",
    "message_set": "'HTI'",
    "version": "'2.02'",
    "document": (
        "jsonb_build_object("
        "'declarant', jsonb_build_object('identificationNumber', case when place = 0 then 'DE1' else 'NL2' end), "
        "'consignmentMasterLevel', jsonb_build_object('transportDocumentMasterLevel', "
        f"jsonb_build_object('documentNumber', {_NUMBER})))"
    ),
    "parts_path": f"case when place = 0 then '' else '{PARTS}' end",
    "parts_count": f"case when place = 0 then 0 else {_HOUSES} end",
    "revision": "1",
    "state": _STATE,
    "source": "'api'",
    "lrn": "upper(left(md5(%(salt)s || n || '-' || place), 20))",
    "mrn": f"case when {_STATE} = 'draft' then '' else upper(left(md5('m' || %(salt)s || n || '-' || place), 18)) end",
    "declarant": "case when place = 0 then 'DE1' else 'NL2' end",
    "transport_document": f"case when place = 0 then {_NUMBER} else 'H' || n || '-' || place end",
    "errors": "'[]'",
    "created_at": _TIME,
    "changed_at": _TIME,
    "submitted_at": _SENT,
    "sent_at": _SENT,
    "answered_at": _SENT,
    "registered_at": _SENT,
    "due_at": f"case when place = 0 or {_STATE} = 'draft' then %(at)s + (n %% 6 * 60 - 1 - n %% 50) * interval '1 hour' end",
}
_PART: Final = {
    "id": _ORDERED,
    "operator_id": "%(operator)s",
    "filing_id": _ID.format(kind="f", place="place"),
    "number": "house",
    "reference": "'H' || n || '-' || place || '-' || house",
    "document": (
        "jsonb_build_object('transportDocumentHouseLevel', jsonb_build_object('documentNumber', 'H' || n || '-' || house))"
    ),
    "errors": "0",
    "warnings": "0",
}
_SHIPMENT: Final = {
    "id": _ID.format(kind="s", place="0"),
    "operator_id": "%(operator)s",
    "kind": "'master'",
    "number": _NUMBER,
    "sought": f"upper({_NUMBER})",
    "mode": "'sea'",
    "carrier": "'DE' || n %% 500",
    "filings_count": str(FILINGS),
    "filed_count": f"case when n %% 3 = 0 then 1 else {FILINGS} end",
    "missing_count": "case when n %% 3 = 0 then 1 else 0 end",
    "unlinked_count": "case when n %% 6 = 0 then 1 else 0 end",
    "awaited_count": "0",
    "due_at": "case when n %% 3 = 0 then %(at)s + (n %% 6 * 60 - 1 - n %% 50) * interval '1 hour' end",
    "created_at": _TIME.replace("place", "0"),
    "changed_at": _TIME.replace("place", "0"),
}
_MEMBER: Final = {
    "id": _ORDERED,
    "operator_id": "%(operator)s",
    "shipment_id": _ID.format(kind="s", place="0"),
    "filing_id": _ID.format(kind="f", place="place"),
    "by_link": "false",
}
_KEY: Final = {
    "id": _ORDERED,
    "operator_id": "%(operator)s",
    "filing_id": _ID.format(kind="f", place="place"),
    "side": "side",
    "digest": "md5(%(salt)s || n || word)::uuid",
    "key": f"case when word = 'house' then 'sea-house|' else 'sea-lowest-house|' end || {_NUMBER} || '|' || word",
    "number": "greatest(house, case when side = 'upper' then 1 else 0 end)",
    "party": "case when side = 'upper' and place = 0 then 'NL2' else '' end",
    "completes": "case when side = 'lower' then '' when place = 0 then 'every' else 'no' end",
}
_CASE: Final = {
    "id": _ID.format(kind="c", place="0"),
    "operator_id": "%(operator)s",
    "filing_id": _ID.format(kind="f", place="0"),
    "kinds": "'RFI'",
    "state": "case when n %% 6 = 1 then 'open' else 'closed' end",
    "message_type": "'IE3Q02'",
    "message_set": "'HTI'",
    "version": "'2.02'",
    "message_id": "'case-' || %(salt)s || n",
    "content": "md5('c' || %(salt)s || n)",
    "mrn": "upper(left(md5('m' || %(salt)s || n || '-0'), 18))",
    "received_at": _TIME.replace("place", "0"),
    "due_at": "%(at)s + (n %% 200 - 10) * interval '1 hour'",
    "due_reason": "'arrival'",
    "closed_at": "case when n %% 6 = 1 then null else %(at)s::timestamptz end",
}
_REQUEST: Final = {
    "id": _ORDERED,
    "operator_id": "%(operator)s",
    "case_id": _ID.format(kind="c", place="0"),
    "position": "1",
    "reference": "'RF' || n",
    "kind": "'RFI'",
    "state": "'open'",
}
_NS: Final = "generate_series(%(first)s::int, %(first)s::int + %(count)s::int - 1) n"
_EACH: Final = f"{_NS}, generate_series(0, {FILINGS - 1}) place"
_KEYS: Final = f"""(
  select n, 0 as place, 'upper' as side, 'house' as word, 0 as house from {_NS}
  union all select n, place, 'lower', 'house', 0 from {_NS}, generate_series(1, {FILINGS - 1}) place
  union all select n, place, 'upper', 'low' || place || '-' || house, house
    from {_NS}, generate_series(1, {FILINGS - 1}) place, generate_series(1, {_HOUSES}) house
) found"""  # noqa: S608 our own words
TABLES: Final = {
    "filings_filing": (_FILING, _EACH),
    "filings_filingpart": (
        _PART, f"{_NS}, generate_series(1, {FILINGS - 1}) place, generate_series(1, {_HOUSES}) house",
    ),
    "filings_shipment": (_SHIPMENT, _NS),
    "filings_shipmentfiling": (_MEMBER, _EACH),
    "filings_linkkey": (_KEY, _KEYS),
    "referrals_case": (_CASE, f"(select n from {_NS}) found where n %% 3 = 1"),  # noqa: S608 as above
    "referrals_request": (_REQUEST, f"(select n from {_NS}) found where n %% 3 = 1"),  # noqa: S608 as above
}  # fmt: skip


def fill(cursor: Any, operator_id: UUID, *, first: int, count: int, at: datetime, tables: Iterable[str] = TABLES) -> int:
    """Add shipments to an operator and return how many filings those are.

    :param cursor: of a role that may add the operator's rows: its scope is set here.
    :param tables: which of them to fill.
    """
    cursor.execute("select set_config('app.operator_id', %s, true)", [str(operator_id)])
    values = {"operator": operator_id, "first": first, "count": count, "at": at, "salt": salt(operator_id)}
    for table in tables:
        columns, source = TABLES[table]
        cursor.execute(_statement(cursor, table, columns, source), values)
    return count * FILINGS


def salt(operator_id: UUID) -> str:
    """Return how the numbers of an operator begin."""
    return f"M{operator_id.hex[:4].upper()}"


def _statement(cursor: Any, table: str, columns: dict[str, str], source: str) -> str:
    """Return the statement that adds rows, every column that must have a value named."""
    cursor.execute(
        "select column_name, data_type from information_schema.columns where table_name = %s and table_schema = 'public' "
        "and is_nullable = 'NO' and column_default is null",
        [table],
    )
    rest = {name: EMPTY[kind] for name, kind in cursor.fetchall() if name not in columns}
    chosen = {**columns, **rest}
    return f"insert into {table} ({', '.join(chosen)}) select {', '.join(chosen.values())} from {source}"  # noqa: S608 our own
