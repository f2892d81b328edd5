"""Fill the tables of filings and shipments by SQL: masters, house filings with their houses, keys, memberships.

A shipment is a master filing and four house filings with twelve houses each, so a filing has about ten. In one of ten
shipments the house filings are drafts, so the master misses them; the deadlines of one in twenty have passed. Keys are
made as filings.linking makes them, but their digests by the database: nothing compares them with those of real filings.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

FILINGS: Final = 5  # of a shipment
HOUSES: Final = 12  # of a house filing
PARTS: Final = "consignmentMasterLevel/consignmentHouseLevel"

# What a column gets that is not named and must not be empty.
EMPTY: Final = {
    "text": "''", "character varying": "''", "boolean": "false", "integer": "0", "bigint": "0", "smallint": "0", "jsonb": "'{}'",
    "timestamp with time zone": "%(at)s",
}  # fmt: skip

_ID: Final = "md5(%(salt)s || '{kind}' || n || '-' || {place})::uuid"
_STATE: Final = "case when n %% 10 = 0 and place > 0 then 'draft' else 'registered' end"
_NUMBER: Final = "%(salt)s || lpad(n::text, 8, '0')"
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
    "parts_count": f"case when place = 0 then 0 else {HOUSES} end",
    "revision": "1",
    "state": _STATE,
    "source": "'api'",
    "lrn": "upper(left(md5(%(salt)s || n || '-' || place), 20))",
    "mrn": f"case when {_STATE} = 'draft' then '' else upper(left(md5('m' || %(salt)s || n || '-' || place), 18)) end",
    "declarant": "case when place = 0 then 'DE1' else 'NL2' end",
    "transport_document": f"case when place = 0 then {_NUMBER} else 'H' || n || '-' || place end",
    "errors": "'[]'",
    "created_at": "%(at)s - n %% 5000 * interval '1 minute'",
    "changed_at": "%(at)s - n %% 5000 * interval '1 minute'",
    "submitted_at": _SENT,
    "sent_at": _SENT,
    "answered_at": _SENT,
    "registered_at": _SENT,
    "due_at": "case when place = 0 then %(at)s + (n %% 20 - 1) * interval '1 hour' end",
}
_PART: Final = {
    "id": "gen_random_uuid()",
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
    "filed_count": f"case when n %% 10 = 0 then 1 else {FILINGS} end",
    "missing_count": "case when n %% 10 = 0 then 1 else 0 end",
    "unlinked_count": "case when n %% 50 = 0 then 1 else 0 end",
    "awaited_count": "0",
    "due_at": "case when n %% 10 = 0 then %(at)s + (n %% 20 - 1) * interval '1 hour' end",
    "created_at": "%(at)s - n %% 5000 * interval '1 minute'",
    "changed_at": "%(at)s - n %% 5000 * interval '1 minute'",
}
_MEMBER: Final = {
    "id": "gen_random_uuid()",
    "operator_id": "%(operator)s",
    "shipment_id": _ID.format(kind="s", place="0"),
    "filing_id": _ID.format(kind="f", place="place"),
    "by_link": "false",
}
_KEY: Final = {
    "id": "gen_random_uuid()",
    "operator_id": "%(operator)s",
    "filing_id": _ID.format(kind="f", place="place"),
    "side": "side",
    "digest": "md5(%(salt)s || n || word)::uuid",
    "key": f"case when word = 'house' then 'sea-house|' else 'sea-lowest-house|' end || {_NUMBER} || '|' || word",
    "number": "greatest(house, case when side = 'upper' then 1 else 0 end)",
    "party": "case when side = 'upper' and place = 0 then 'NL2' else '' end",
    "completes": "case when side = 'lower' then '' when place = 0 then 'every' else 'no' end",
}
_NS: Final = "generate_series(%(first)s, %(first)s + %(count)s - 1) n"
_EACH: Final = f"{_NS}, generate_series(0, {FILINGS - 1}) place"
_KEYS: Final = f"""(
  select n, 0 as place, 'upper' as side, 'house' as word, 0 as house from {_NS}
  union all select n, place, 'lower', 'house', 0 from {_NS}, generate_series(1, {FILINGS - 1}) place
  union all select n, place, 'upper', 'low' || place || '-' || house, house
    from {_NS}, generate_series(1, {FILINGS - 1}) place, generate_series(1, {HOUSES}) house
) found"""  # noqa: S608 our own words
TABLES: Final = {
    "filings_filing": (_FILING, _EACH),
    "filings_filingpart": (
        _PART, f"{_NS}, generate_series(1, {FILINGS - 1}) place, generate_series(1, {HOUSES}) house",
    ),
    "filings_shipment": (_SHIPMENT, _NS),
    "filings_shipmentfiling": (_MEMBER, _EACH),
    "filings_linkkey": (_KEY, _KEYS),
}  # fmt: skip


def fill(cursor: Any, operator_id: UUID, *, first: int, count: int, at: datetime) -> int:
    """Add shipments to an operator and return how many filings those are.

    :param cursor: of a role that may add the operator's rows: its scope is set here.
    """
    cursor.execute("select set_config('app.operator_id', %s, true)", [str(operator_id)])
    values = {"operator": operator_id, "first": first, "count": count, "at": at, "salt": f"M{operator_id.hex[:4].upper()}"}
    for table, (columns, source) in TABLES.items():
        cursor.execute(_statement(cursor, table, columns, source), values)
    return count * FILINGS


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
