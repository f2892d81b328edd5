"""Consult ENS (L4-ICS2-13): the states of what the requester exchanged, and its notifications once more if it wants them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from filings.messages.document import Document
from integrations.sandbox import answers, clock, letters, reading, registry, relating
from integrations.sandbox.case import Case
from integrations.sandbox.judging import NOT_FOUND, Judgement, duplicate, fault, rejected
from integrations.sandbox.models import Answer, Consultation, Link, Registration
from integrations.sandbox.registry import BEFORE_ARRIVAL, GONE

AGAIN: Final = "1"
REQUEST: Final = "dataRequest"
# What a consultation may ask by: the element, and how its value is looked up.
BY: Final = {"MRN": "mrn", "transportDocument/documentNumber": "master", "transportDocumentHouse/documentNumber": "house"}
# Entities (CL721) and states (CL744).
FILING, ENS, MASTER, HOUSE, ARRIVAL = "ENF", "ENS", "CML", "CHL", "ARN"
ACCEPTED: Final = "03"
PENDING_LINKING, LINKED = "04", "05"


def consult(question: Document, case: Case) -> Judgement:
    """Answer with the states found, or that there is nothing."""
    if case.received is None:
        raise ValueError("a consultation was received")
    message = question.message
    used = Consultation(
        received=case.received,
        requester=question.value(message.party) or "",
        reference=question.value(message.reference) or "",
        at=case.at,
    )
    Consultation.objects.bulk_create([used], ignore_conflicts=True)
    if not Consultation.objects.filter(received=case.received).exists():
        return rejected([duplicate(question)], case)
    found = list(_mine(question, case))
    if not found:
        path = next(path for path in BY if question.value(path))
        return rejected([fault(question, path, NOT_FOUND, "Nothing that you exchanged is found under this number.")], case)
    entities = [entity for each, kinds in found for entity in _entities(each, kinds, question)]
    letters.send("consulted", case, said={"ENSEntity": entities})
    resent = _resend([each for each, _ in found], case) if question.value(REQUEST) == AGAIN else 0
    return Judgement(f"consulted, {len(entities)} entities, {resent} sent again")


def _mine(question: Document, case: Case) -> Iterator[tuple[Registration, str]]:
    """Yield what is asked for, as far as the same access point exchanged it, with the kind of number it was found by."""
    mine = Registration.objects.select_related("party", "received", "current").filter(party=case.sender)
    for path, kind in BY.items():
        if not (value := question.value(path)):
            continue
        if kind == "mrn":
            yield from ((each, kind) for each in mine.filter(mrn=value))
        else:
            pks = registry.by_documents(kind, [value]).values("pk")
            for each in mine.filter(pk__in=pks):
                # A house filing names its master document too; by that only the master filing is meant.
                if kind != "master" or not each.documents["house"] or relating.is_master(each):
                    yield each, kind


def _entities(registration: Registration, kind: str, question: Document) -> Iterator[dict[str, str]]:
    """Yield what the answer says of one registration: the filing, its ENS, its consignments."""
    state, number = registration.state, registration.number
    if registration.mrn and registration.mrn[16] == "Z":
        yield _entity(ARRIVAL, number, "01")
        return
    yield _entity(FILING, number, state if state in GONE else ACCEPTED)
    if state in GONE:
        return
    house = question.value("transportDocumentHouse/documentNumber")
    is_ens = relating.is_master(registration)
    if is_ens:
        yield _entity(ENS, number, state)
        yield from (_entity(MASTER, each, state) for each in registration.documents["master"])
    linked = state not in BEFORE_ARRIVAL or is_ens or Link.objects.filter(lower=registration).exists()
    consignment = state if state not in BEFORE_ARRIVAL else LINKED if linked else PENDING_LINKING
    houses = [house] if kind == "house" and house else registration.documents["house"]
    yield from (_entity(HOUSE, each, consignment) for each in houses)


def _entity(type_: str, identification: str, state: str) -> dict[str, str]:
    return {"type": type_, "identification": identification, "state": state}


def _resend(found: list[Registration], case: Case) -> int:
    """Send the stored notifications of the last days once more, each under a new message id; return how many."""
    since = case.at - timedelta(days=clock.times("consultation_days"))
    names = [each.name for each in letters.all_letters() if each.resend]
    requester = case.question.value(case.question.message.party) if case.question and case.question.message.party else ""
    stored = Answer.objects.filter(
        registration__in=found, party=case.sender, letter__in=names, created_at__gte=since, created_at__lt=case.at
    ).order_by("created_at")
    rows = []
    for each in stored:
        if each.eori not in {"", requester}:
            continue
        document = reading.read(bytes(each.payload), reading.calendar(case.at, case.sender))
        row = answers.seal(
            document, to=each.party, eori=each.eori, agreement=letters.agreement_of(each.party, case), ref_to="",
            letter=each.letter, here=case.here, at=case.at,
        )  # fmt: skip
        row.registration = each.registration
        rows.append(row)
    Answer.objects.bulk_create(rows)
    return len(rows)
