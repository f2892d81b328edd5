"""`manage.py gateway_messages`: what the console does to messages, at the terminal of the ITSP's staff; never their content."""

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from filings.services import queueing
from filings.services.queueing import Choice
from integrations import named, refusals, search, tray
from integrations.models import InboundMessage
from integrations.search import Wanted
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import every_tenant

QUEUE: Final[dict[str, Callable[..., int]]] = {"hold": queueing.hold, "release": queueing.release, "resend": queueing.resend}
REASON: Final = "staff looks at the gateway at the terminal"


class Command(BaseCommand):
    """Finds messages, holds, releases and sends them again, deals with the tray and with what was refused."""

    help = "Find messages by any id, hold, release or send them again, deal with the tray, or with what was refused at the door."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the deeds."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        find = deeds.add_parser("find", help="by the beginning of any id; without one the newest")
        find.add_argument("text", nargs="?", default="")
        find.add_argument("--state", default="")
        for name in QUEUE:
            deed = deeds.add_parser(name, help=f"{name} messages of ours")
            deed.add_argument("ids", nargs="+", type=UUID, metavar="ID")
            if name == "hold":
                deed.add_argument("--reason", default="")
        waiting = deeds.add_parser("tray", help="list messages of customs that wait for a person")
        waiting.add_argument("--aside", action="store_true", help="those set aside instead")
        again = deeds.add_parser("again", help="process messages of the tray again")
        again.add_argument("ids", nargs="+", type=UUID, metavar="ID")
        aside = deeds.add_parser("aside", help="take messages out of the tray; they are kept")
        aside.add_argument("ids", nargs="+", type=UUID, metavar="ID")
        aside.add_argument("--note", required=True, help="why")
        give = deeds.add_parser("give", help="give a message of the tray to an operator, and to its filing")
        give.add_argument("id", type=UUID, metavar="ID")
        give.add_argument("--operator", required=True, metavar="SLUG")
        give.add_argument("--reference", default="", metavar="LRN|MRN", help="the filing it is about, if any")
        give.add_argument("--note", required=True, help="why")
        refused = deeds.add_parser("refused", help="list what was refused and nobody has dealt with")
        refused.add_argument("--all", action="store_true", help="also what has been dealt with")
        settle = deeds.add_parser("settle", help="mark refusals as dealt with")
        settle.add_argument("ids", nargs="+", type=UUID, metavar="ID")
        settle.add_argument("--note", required=True, help="what was done")

    def handle(self, *_args: Any, deed: str, **options: Any) -> None:
        """Do it."""
        at = timezone.now()
        do: Callable[..., None] = self._queue if deed in QUEUE else getattr(self, f"_{deed}")
        do(at, deed=deed, **options)

    def _find(self, _at: datetime, *, text: str, state: str, **_: Any) -> None:
        if 0 < len(text.strip()) < named.SHORTEST:
            raise CommandError(f"Give at least {named.SHORTEST} characters of an id.")
        try:
            with every_tenant(REASON):
                found = search.page(Wanted(text=text, state=state))
        except search.TooBroad as error:
            raise CommandError(str(error.__doc__)) from None
        for row in found.rows:
            message = row.message
            way = "to customs" if row.direction == search.SENT else "from customs"
            words = f"{row.pk}  {_time(row.at)}  {way:12}  {message.message_type:8}  {message.state:8}  {message.message_id}"
            self.stdout.write(f"{words}  {message.reason}".rstrip())

    def _queue(self, at: datetime, *, deed: str, ids: list[UUID], reason: str = "", **_: Any) -> None:
        more = {"reason": reason} if deed == "hold" else {}
        count = QUEUE[deed](choice=Choice(ids=tuple(ids)), by=_person(), at=at, **more)
        self.stdout.write(f"{count} of {len(ids)}")

    def _tray(self, _at: datetime, *, aside: bool, **_: Any) -> None:
        with every_tenant(REASON):
            for row in tray.waiting(InboundMessage.State.ASIDE if aside else InboundMessage.State.PARKED):
                words = f"{row.pk}  {_time(row.received_at)}  {row.message_type:8}  {row.message_id}  {row.reason}"
                self.stdout.write(f"{words}  {row.note}".rstrip())

    def _again(self, at: datetime, *, ids: list[UUID], **_: Any) -> None:
        self.stdout.write(f"{tray.again(ids, by=_person(), at=at)} of {len(ids)}")

    def _aside(self, at: datetime, *, ids: list[UUID], note: str, **_: Any) -> None:
        self.stdout.write(f"{tray.set_aside(ids, text=note, by=_person(), at=at)} of {len(ids)}")

    def _give(self, at: datetime, *, id: UUID, operator: str, reference: str, note: str, **_: Any) -> None:  # noqa: A002
        whose = Operator.objects.filter(slug=operator).first()
        if whose is None:
            raise CommandError(f"There is no operator {operator}.")
        try:
            reason = tray.give(id, operator=whose, reference=reference, text=note, by=_person(), at=at)
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"Given. It was not processed: {reason}" if reason else "Given and processed.")

    def _refused(self, _at: datetime, *, all: bool, **_: Any) -> None:  # noqa: A002 (the name of the option)
        with every_tenant(REASON):
            for row in refusals.listed(state="all" if all else refusals.OPEN):
                sender = "customs" if row.is_customs else row.address or "unknown"
                words = f"{row.pk}  {_time(row.last_at)}  {row.times:5} times  {sender:15}  {row.code}  {row.message_id or '-'}"
                self.stdout.write(f"{words}  {row.reason}\n    {refusals.advice(row.code)}")

    def _settle(self, at: datetime, *, ids: list[UUID], note: str, **_: Any) -> None:
        count = refusals.settle(ids, text=note, by=_person(), at=at)
        self.stdout.write(f"{count} of {len(ids)}")


def _person() -> Actor:
    return Actor(name=f"{getpass.getuser()} at the terminal", role="staff")


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
