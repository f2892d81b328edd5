"""What the measurements stand on: a PostgreSQL and a broker of their own, a connection, operators, a queue filled by SQL."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from integrations.pki import Identity

ROOT: Final = Path(__file__).parents[2]
DAY: Final = timedelta(days=1)
PARTY: Final = "BE0700000001"


@contextmanager
def stage(*, durable: bool = True, folder: Path | None = None) -> Iterator[Path]:
    """Run an empty product without web and workers in a folder that is removed: a real PostgreSQL, and Valkey.

    :param durable: whether what is committed is on the disk, as in the product; without it a database is filled faster
    :param folder: where to make that folder
    """
    beside = folder or (ROOT / "var" if (ROOT / "var").exists() else None)
    with tempfile.TemporaryDirectory(prefix="gateway-", dir=beside) as made:
        var = Path(made)
        (var / "static").mkdir()
        os.environ |= {"LANDFALL_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR"}
        from config.embedded import paths
        from config.embedded.postgres import Postgres
        from config.embedded.valkey import Valkey

        servers = [Postgres(var, durable=durable), Valkey(var)]
        try:
            for server in servers:
                server.start()
            migrate = [sys.executable, "manage.py", "migrate", "--database", "owner", "--no-input", "-v", "0"]
            subprocess.run(migrate, cwd=ROOT, env={**os.environ, "LANDFALL_BOOTSTRAP": "off"}, check=True)
            import django

            django.setup()
            yield var
        finally:
            for server in servers:
                server.stop()
            shutil.rmtree(paths.socket_folder(var), ignore_errors=True)


def identities() -> "tuple[Identity, Identity]":
    """Return the seals of customs and of the ITSP, each under a root and an issuing CA."""
    from integrations import pki

    since, until = datetime.now(UTC) - DAY, datetime.now(UTC) + 30 * DAY
    made = []
    for name in ("customs", "trader"):
        root = pki.make_root(f"Root of {name}", not_before=since, not_after=until)
        issuer = pki.make_ca(f"CA of {name}", issuer=root, not_before=since, not_after=until)
        made.append(pki.make_leaf(f"Seal of {name}", issuer=issuer, not_before=since, not_after=until))
    return made[0], made[1]


def superuser(var: Path, name: str = "") -> Any:
    """Return a connection to a database past all scopes, to fill and to count."""
    import psycopg

    from config.embedded import paths

    return psycopg.connect(paths.postgres_dsn(paths.SUPERUSER, name or paths.DATABASE, var), autocommit=True)


def operators(count: int) -> list[Any]:
    """Return operators made for this."""
    from django.utils import timezone

    from tenants.models import Operator

    named = [{"slug": f"operator-{number}", "name": f"Operator {number}", "eori": f"DE{number:09}"} for number in range(count)]
    return [Operator.objects.create(**names, created_at=timezone.now()) for names in named]


def connect(url: str, customs: "Identity", trader: "Identity") -> Any:
    """Return a connection to a receiver, without limits of pace."""
    from tests.integrations.conftest import Identities, make_connection

    return make_connection("Benchmark", PARTY, url, Identities(customs, customs, trader, trader), parallel=100)


QUEUE: Final = """
    with made as (
        insert into filings_filing (id, operator_id, message_type, message_set, version, document, parts_path, parts_count,
            revision, state, source, lrn, mrn, declarant, transport_document, errors, created_at, changed_at, submitted_at)
        select gen_random_uuid(), (%(operators)s::uuid[])[1 + n %% %(many)s], 'IE3F26', 'HTI', '2.02', '{}', '', 0, 1, 'queued',
            'api', %(prefix)s || n, '', '', '', '[]', now(), now(), now()
        from generate_series(1, %(filings)s) n
        returning id, operator_id)
    insert into filings_outboxmessage (id, operator_id, filing_id, message_type, message_id, payload, encoding, priority, state,
        attempts, due_at, awaits_answer, reason, created_at)
    select gen_random_uuid(), operator_id, id, 'IE3F26', gen_random_uuid() || '@gateway.example', %(payload)s, '', 'B', 'waiting',
        0, now() - interval '1 hour' + n * interval '1 millisecond', false, '',
        now() - interval '1 hour' + n * interval '1 millisecond' + k * interval '1 microsecond'
    from (select id, operator_id, row_number() over () as n from made) m, generate_series(1, %(each)s) k
    """


def queue(database: Any, operators: list[Any], payload: bytes, *, filings: int, each: int = 1, prefix: str = "Q") -> None:
    """Put messages into the queue as many submissions would leave them; of a filing each follows the one before."""
    values = {"operators": [one.pk for one in operators], "many": len(operators), "filings": filings, "each": each}
    database.execute(QUEUE, {**values, "payload": payload, "prefix": prefix})
    if each > 1:
        database.execute("""
            update filings_outboxmessage m set follows_id = b.before from (
                select id, lag(id) over (partition by filing_id order by created_at) as before from filings_outboxmessage
                where state = 'waiting') b
            where b.id = m.id and b.before is not null""")
