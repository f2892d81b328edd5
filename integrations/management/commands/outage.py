"""`manage.py outage`: the register of outages at the terminal of the ITSP's staff."""

import getpass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations import outages
from integrations.models import Connection, Outage
from tenants.errors import DomainError
from tenants.scope import every_tenant


class Command(BaseCommand):
    """Lists outages, announces one, ends one."""

    help = "List outages, announce one that customs told us about, or end one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the three deeds."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        deeds.add_parser("list", help="list those in force and those to come")
        announce = deeds.add_parser("announce", help="enter one; operators see it at once")
        announce.add_argument("component", choices=Outage.Component.values)
        announce.add_argument("text", help="what operators read")
        announce.add_argument("--from", dest="since", type=_moment, metavar="TIME", help="ISO 8601, UTC; default now")
        announce.add_argument("--until", type=_moment, metavar="TIME", help="if it is known")
        announce.add_argument("--planned", action="store_true")
        announce.add_argument("--connection", default="", metavar="PARTY", help="party id; default all connections")
        announce.add_argument("--member-state", action="append", default=[], metavar="CODE")
        announce.add_argument("--message", action="append", default=[], metavar="TYPE")
        announce.add_argument("--reference", default="", help="customs' own number or time of the notice")
        end = deeds.add_parser("end", help="end one now")
        end.add_argument("id", type=UUID)

    def handle(self, *_args: Any, deed: str, **options: Any) -> None:
        """Do it."""
        at = timezone.now()
        try:
            {"list": self._list, "announce": self._announce, "end": self._end}[deed](at, **options)
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal

    def _list(self, at: datetime, **_: Any) -> None:
        with every_tenant("staff lists outages"):
            for outage in [*outages.in_force(at=at), *outages.coming(at=at)]:
                end = f"{outage.ends_at.astimezone(UTC):%Y-%m-%d %H:%M}Z" if outage.ends_at else "not known"
                start = f"{outage.starts_at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
                self.stdout.write(f"{outage.pk}  {outage.component:12}  {start} to {end}  {outage.scope_words}: {outage.text}")

    def _announce(self, at: datetime, **options: Any) -> None:
        outage = outages.announce(
            component=options["component"],
            text=options["text"],
            starts_at=options["since"] or at,
            ends_at=options["until"],
            is_planned=options["planned"],
            connection_id=_connection(options["connection"]),
            member_states=[code.upper() for code in options["member_state"]],
            message_types=[kind.upper() for kind in options["message"]],
            reference=options["reference"],
            by=f"{getpass.getuser()} at the terminal",
            at=at,
        )
        self.stdout.write(str(outage.pk))

    def _end(self, at: datetime, *, id: UUID, **_: Any) -> None:  # noqa: A002 (the name of the argument)
        try:
            outages.end(pk=id, by=f"{getpass.getuser()} at the terminal", at=at)
        except Outage.DoesNotExist:
            raise CommandError(f"There is no outage {id}.") from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _connection(party: str) -> int | None:
    if not party:
        return None
    with every_tenant("staff names a connection"):
        pk: int | None = Connection.objects.filter(party_id=party).values_list("pk", flat=True).first()
    if pk is None:
        raise CommandError(f"There is no connection of the party {party}.")
    return pk
