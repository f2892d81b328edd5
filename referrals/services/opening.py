"""Messages in which customs asks something or forbids loading become cases: once, whatever comes twice, late or in any order."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from filings.lifecycle import State as FilingState
from filings.messages.document import Document
from filings.models import Filing
from filings.services import learning
from referrals.lifecycle import State
from referrals.models import Case, Goods, Request
from referrals.reference import STOPS, kinds
from referrals.services import due, following
from tenants import audit
from tenants.actors import CUSTOMS, SYSTEM

DETAILS: Final = "referralRequestDetails"
FORBIDDEN: Final = "doNotLoadDetails"
MASTER: Final = "transportDocumentMaster"  # of one request
WHOLE: Final = "transportDocument"  # of the whole message
INVALIDATED: Final = "The filing is invalidated, so nothing is left to answer."
COLUMNS: Final = {
    "mrn": "MRN",
    "member_state": "responsibleMemberState/country",
    "declarant": "declarant/identificationNumber",
    "representative": "representative/identificationNumber",
    "carrier": "carrier/identificationNumber",
}
# Where a message names goods: by kind, and whether they must stay where they are.
NAMED: Final = (
    (Goods.Kind.MASTER, "transportDocument/documentNumber", False),
    (Goods.Kind.MASTER, f"{DETAILS}/transportDocumentMaster/documentNumber", False),
    (Goods.Kind.HOUSE, f"{DETAILS}/transportDocumentHouse/documentNumber", False),
    (Goods.Kind.HOUSE, "transportDocumentHouse/documentNumber", False),
    (Goods.Kind.HOUSE, f"{FORBIDDEN}/transportDocument/documentNumber", True),
    (Goods.Kind.CONTAINER, f"{FORBIDDEN}/transportEquipment/containerIdentificationNumber", True),
    (Goods.Kind.RECEPTACLE, f"{FORBIDDEN}/receptacle/receptacleIdentificationNumber", True),
)


@transaction.atomic
def ask(*, filing: Filing | None, document: Document, message_id: str, at: datetime) -> Case | None:
    """Open a case for the requests of a message that are new; return it, or nothing if none is.

    :param filing: what it is about, or a request about that; none if it was filed elsewhere.
    """
    whole = (filing.about or filing) if filing else None
    _adopt(whole, document, at=at)
    asked = list(_requests(document))
    known = {each.reference: each for each in Request.objects.filter(reference__in=[one["reference"] for one in asked])}
    new = [one for one in asked if one["reference"] not in known]
    _repeated(list(known.values()), document, message_id, at=at)
    if not new:
        if whole is not None:
            following.tell_filing(whole, at=at)  # its note says that customs asks; all may be answered
        return None
    case = _case(whole, document, message_id, sorted({one["kind"] for one in new}), at=at)
    if case is None:
        return None
    void = whole is not None and whole.state == FilingState.INVALIDATED
    state = State.SET_ASIDE if void else State.OPEN
    Request.objects.bulk_create(Request(case=case, changed_at=at, state=state, **one) for one in new)
    _name_goods(case, document)
    _tell_opened(case, [f"{one['kind']} {one['reference']}" for one in new], at=at)
    if void:
        case.state, case.closed_at = Case.State.CLOSED, at
        case.save(update_fields=["state", "closed_at"])
        case.happened("set_aside", INVALIDATED, by=SYSTEM, at=at)
    return case


@transaction.atomic
def forbid(*, filing: Filing | None, document: Document, message_id: str, at: datetime) -> Case | None:
    """Raise the alarm that goods must not be loaded; return its case, or nothing if it is raised already."""
    whole = (filing.about or filing) if filing else None
    _adopt(whole, document, at=at)
    case = _case(whole, document, message_id, [STOPS], at=at)
    if case is None:
        return None
    _name_goods(case, document)
    _tell_opened(case, [STOPS], at=at)
    return case


def _adopt(filing: Filing | None, document: Document, *, at: datetime) -> None:
    """Give a case that came before the registration of its filing to the filing: what looked like a copy is to be answered."""
    if filing is None:
        return
    early = Case.objects.filter(message_type=document.message.id, content=learning.content(document), filing=None)
    case = early.select_for_update().first()
    if case is None or case.mrn != filing.mrn:
        return
    case.filing, case.of_copy = filing, False
    due.reckon(case)
    case.save()
    case.happened("adopted", f"It is about the filing {filing.lrn}, which customs registered meanwhile.", by=SYSTEM, at=at)
    audit.record("referral.adopted", target=case, by=SYSTEM, at=at, detail={"filing": str(filing.pk)})


def _case(filing: Filing | None, document: Document, message_id: str, found: list[str], *, at: datetime) -> Case | None:
    """Return a new case, or nothing if the same content opened one before."""
    message, content = document.message, learning.content(document)
    columns = {
        name: (document.value(path) or "").strip()[: Case._meta.get_field(name).max_length]  # type: ignore[union-attr]
        for name, path in COLUMNS.items()
        if path in message.by_path
    }
    if Case.objects.filter(message_type=message.id, content=content).exists():
        return None
    case = Case(
        filing=filing,
        kinds=" ".join(found),
        # Customs names the filing that it is about: another one's is the carrier's copy.
        of_copy=filing is None or bool(filing.mrn and columns.get("mrn") != filing.mrn),
        message_type=message.id,
        message_set=message.message_set,
        version=message.version,
        message_id=message_id,
        content=content,
        document=document.to_json()[message.id],
        asked_at=learning.moment(document),
        received_at=at,
        **columns,
    )
    due.reckon(case)
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError:  # another worker was told the same at this moment
        return None
    return case


def _requests(document: Document) -> Iterator[dict[str, Any]]:
    """Yield the requests of a message as columns, each reference once."""
    seen: set[str] = set()
    for position, node in enumerate(document.nodes(DETAILS), 1):
        one = Document(document.message, node)
        reference, kind = (one.value("referralRequestReference") or "").strip()[:17], one.value("requestType") or ""
        if not reference or reference in seen or kind not in kinds():
            continue
        seen.add(reference)
        yield {
            "position": position,
            "reference": reference,
            "kind": kind,
            "house": one.value("transportDocumentHouse/documentNumber") or "",
            "house_type": one.value("transportDocumentHouse/type") or "",
            "master": one.value(f"{MASTER}/documentNumber") or document.value(f"{WHOLE}/documentNumber") or "",
            "master_type": one.value(f"{MASTER}/type") or document.value(f"{WHOLE}/type") or "",
            "pointer": (one.value("pointer/messageElementPath") or "")[:512],
            "asks": {
                "documents": _groups(one, "supportingDocuments", ("referenceNumber", "type")),
                "information": _groups(one, "additionalInformation", ("code", "text", "type")),
                "methods": list(one.values("recommendedHRCMScreeningMethod/method")),
            },
        }


def _groups(one: Document, path: str, names: tuple[str, ...]) -> list[dict[str, str]]:
    found = [Document(one.message, node) for node in one.nodes(path)]
    return [{name: value for name in names if (value := each.value(name))} for each in found]


def _name_goods(case: Case, document: Document) -> None:
    named: dict[tuple[str, str], bool] = {}
    for kind, path, is_forbidden in NAMED:
        if path not in document.message.by_path:
            continue
        for number in document.values(path):
            key = (kind.value, number.strip()[:70])
            named[key] = named.get(key, False) or is_forbidden
    rows = (Goods(case=case, kind=kind, number=number, forbidden=yes) for (kind, number), yes in named.items() if number)
    Goods.objects.bulk_create(rows, batch_size=1000)


def _repeated(known: list[Request], document: Document, message_id: str, *, at: datetime) -> None:
    """Note in the cases of requests that are known that customs repeated them, once for each content."""
    content = learning.content(document)
    for case in {request.case_id: request.case for request in known}.values():
        if case.content == content or case.events.filter(kind="repeated", detail__content=content).exists():
            continue
        mine = ", ".join(request.reference for request in known if request.case_id == case.pk)
        case.happened(
            "repeated", f"Customs repeated its request {mine}.", by=CUSTOMS, at=at,
            detail={"message_id": message_id, "content": content},
        )  # fmt: skip


def _tell_opened(case: Case, what: list[str], *, at: datetime) -> None:
    sentence = "Customs forbade loading." if case.is_alarm else f"Customs asked: {', '.join(what[:20])}."
    case.happened("opened", sentence, by=CUSTOMS, at=at, detail={"message_id": case.message_id})
    detail = {"message": case.message_type, "message_id": case.message_id, "requests": what[:100], "copy": case.of_copy}
    audit.record("referral.opened", target=case, by=CUSTOMS, at=at, detail=detail)
