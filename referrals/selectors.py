"""Questions about what customs asks, answered inside an operator's scope."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.models import Attachment, Filing
from referrals.lifecycle import BEING_WRITTEN, OPEN
from referrals.models import ALARMS_FIRST, AnswerTemplate, CarrierCopy, Case, CaseEvent, Goods, Request, Settings
from referrals.reference import STOPS
from tenants.models import Member, User

WHICH: Final = ("open", "mine", "late", "approve", "closed", "all")
MOST_FOUND: Final = 200  # cases that a text is looked for in by what they ask and of which goods
MOST_COUNTED: Final = 100  # more are shown as "99+"
MOST_FORBIDDEN: Final = 20_000  # numbers; an order names at most 9999 containers and 999 receptacles


@dataclass(frozen=True)
class Counts:
    """How many cases are open, late, the reader's own, and not yet acknowledged."""

    open: int = 0
    late: int = 0
    mine: int = 0
    alarms: int = 0


def case(pk: UUID) -> Case:
    """Return one case.

    :raises Case.DoesNotExist: if the operator has none of that id.
    """
    found: Case = Case.objects.select_related("filing", "owner").get(pk=pk)
    return found


def cases(*, which: str = "open", kind: str = "", text: str = "", user: User | None = None) -> QuerySet[Case]:
    """Return the cases that fit: what is due first, then what has no due time, oldest first; closed ones newest first.

    :param which: open, mine, late, approve (waiting for a second person), closed or all.
    :param kind: RFI, AMD, RFS or DNL.
    :param text: how an MRN, a reference or a document number begins.
    """
    found: QuerySet[Case] = Case.objects.select_related("filing", "owner").defer("document", "filing__document")
    if which in {"open", "mine", "late", "approve"}:
        found = found.filter(state=Case.State.OPEN)
    if which == "closed":
        found = found.filter(state=Case.State.CLOSED)
    if which == "mine":
        found = found.filter(owner=user) if user else found.none()
    if which == "late":
        found = found.filter(due_at__lt=timezone.now())
    if which == "approve":
        found = found.filter(requests__state="approval").distinct()
    if kind:
        found = found.filter(kinds__contains=kind)
    if text:
        references = Request.objects.filter(reference__begins_with=text).order_by().values_list("case", flat=True)[:MOST_FOUND]
        goods = Goods.objects.filter(number__begins_with=text).order_by().values_list("case", flat=True)[:MOST_FOUND]
        found = found.filter(Q(mrn__begins_with=text) | Q(pk__in={*references, *goods}))
    if which in {"closed", "all"}:
        return found.order_by("-received_at", "pk")
    return found.order_by(ALARMS_FIRST, F("due_at").asc(nulls_last=True), "received_at", "pk")


def counts(user: User | None = None, *, at: datetime) -> Counts:
    """Return how much there is to do, each number up to 100."""
    waiting = Case.objects.filter(state=Case.State.OPEN).order_by("due_at")

    def number(found: QuerySet[Case]) -> int:
        return found[:MOST_COUNTED].count()  # in the order of an index: in none the whole table may be read

    return Counts(
        open=number(waiting),
        late=number(waiting.filter(due_at__lt=at)),
        mine=number(waiting.filter(owner=user)) if user else 0,
        alarms=number(alarms()),
    )


def alarms() -> QuerySet[Case]:
    """Return the do-not-load orders nobody has acknowledged, oldest first."""
    found: QuerySet[Case] = Case.objects.filter(kinds=STOPS, acknowledged_at=None).defer("document").order_by("received_at")
    return found


def of_filing(filing: Filing) -> QuerySet[Case]:
    """Return the cases about a filing, newest first."""
    whole = filing.about_id or filing.pk
    found: QuerySet[Case] = Case.objects.filter(filing=whole).defer("document").order_by("-received_at")
    return found


def copies_of(filing: Filing) -> QuerySet[CarrierCopy]:
    """Return what came as the carrier's copy about a filing, newest first."""
    found: QuerySet[CarrierCopy] = CarrierCopy.objects.filter(filing=filing.about_id or filing.pk).defer("document")
    return found


def copies() -> QuerySet[CarrierCopy]:
    """Return everything that came as the carrier's copy, newest first."""
    found: QuerySet[CarrierCopy] = CarrierCopy.objects.defer("document")
    return found


def request_of(case: Case, pk: UUID) -> Request:
    """Return one request of a case.

    :raises Request.DoesNotExist: if it has none of that id.
    """
    found: Request = Request.objects.get(case=case, pk=pk)
    return found


def history(case: Case) -> QuerySet[CaseEvent]:
    """Return what happened to a case, newest first."""
    found: QuerySet[CaseEvent] = CaseEvent.objects.filter(case=case).order_by("-at", "-id")
    return found


def forbidden(filing: Filing) -> frozenset[str]:
    """Return the numbers of documents, containers and receptacles that must not be loaded of a filing or of what it is about."""
    if not filing.mrn:
        return frozenset()
    rows = Goods.objects.filter(case__filing=filing.about_id or filing.pk, forbidden=True)
    return frozenset(rows.order_by().values_list("number", flat=True)[:MOST_FORBIDDEN])


def answers_of(case: Case) -> list[Filing]:
    """Return the answers to requests of a case that are being written or on their way, oldest first."""
    rows = Filing.objects.filter(answers__case=case).distinct().order_by("created_at")
    return list(rows)


def drafts_of(case: Case) -> list[Filing]:
    """Return the answers that are being written."""
    rows = Filing.objects.filter(answers__case=case, answers__state__in=BEING_WRITTEN).distinct()
    return list(rows.order_by("created_at"))


def requests_answered_by(answer: Filing) -> list[Request]:
    """Return the requests that a filing row answers."""
    return list(Request.objects.filter(answer=answer).select_related("case").order_by("position"))


def waiting_about(filing: Filing) -> QuerySet[Request]:
    """Return the open requests about a filing."""
    found: QuerySet[Request] = Request.objects.filter(case__filing=filing, state__in=OPEN)
    return found


def files_of(answer: Filing) -> QuerySet[Attachment]:
    """Return the files that go with an answer, without their bytes."""
    found: QuerySet[Attachment] = Attachment.objects.filter(filing=answer).defer("data")
    return found


def message_of(case: Case) -> Message:
    """Return the message a case came with."""
    return catalogue.message(case.message_type, case.message_set, case.version)


def rules() -> Settings:
    """Return the operator's own rules about requests; unsaved ones where it set none."""
    return Settings.objects.select_related("second_person").first() or Settings()


def templates(kind: str = "") -> QuerySet[AnswerTemplate]:
    """Return the texts to begin an answer with."""
    found: QuerySet[AnswerTemplate] = AnswerTemplate.objects.all()
    return found.filter(kind=kind) if kind else found


def people() -> list[User]:
    """Return who may be given a case: everybody who works for the operator and may file."""
    rows = Member.objects.exclude(role=Member.Role.READER).select_related("user")
    return sorted((row.user for row in rows), key=str)
