"""That customs signed for a message, kept in one statement: every message that leaves ends here."""

import json
from datetime import datetime
from typing import Any, Final

from django.db import connection

from filings.lifecycle import LADDER, NEXT, Event
from filings.models import Filing
from filings.models.fields import ordered_id
from tenants.actors import CUSTOMS
from tenants.scope import current_operator_id

SENTENCE: Final = "Customs received it and signed for it."


def keep(filing: Filing, *, message_id: str, at: datetime) -> bool:
    """Move the filing, which the caller holds locked, and write its timeline and the trail; say no if it was done before."""
    values: dict[str, Any] = {
        "operator": current_operator_id(),
        "event": ordered_id(),
        "trail": ordered_id(),
        "filing": filing.pk,
        "target": str(filing.pk),
        "at": at,
        "message_id": message_id,
        "detail": json.dumps({"message_id": message_id}),
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_SQL, values)
        moved = cursor.fetchone()
    if moved is None:
        return False
    filing.state, filing.changed_at, filing.sent_at = moved
    return True


# What the table of the filing's life says, for the states in which customs may sign for a message.
_NEXT: Final = " ".join(f"when '{state}' then '{NEXT[state, Event.RECEIPT]}'" for state in LADDER)
_KEEP_SQL: Final = f"""
    with told as (
        insert into filings_filingevent (operator_id, id, filing_id, at, kind, sentence, actor, message_id, detail)
        values (
            %(operator)s, %(event)s, %(filing)s, %(at)s, 'handed_over', '{SENTENCE}', '{CUSTOMS.name}', %(message_id)s, '{{}}'
        )
        on conflict do nothing returning id
    ), trail as (
        insert into tenants_auditevent (operator_id, id, at, actor, deed, target_type, target_id, detail)
        select %(operator)s, %(trail)s, %(at)s, '{CUSTOMS.name}', 'filing.handed_over', 'filings.filing', %(target)s,
            %(detail)s::jsonb
        from told
    )
    update filings_filing set state = case state {_NEXT} end, changed_at = %(at)s, sent_at = coalesce(sent_at, %(at)s)
    where id = %(filing)s and exists (select from told) returning state, changed_at, sent_at
    """  # noqa: S608 (constants of this module and the states of the table)
