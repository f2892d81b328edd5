"""The register: filings and arrivals that were accepted, their numbers, and how they are found again."""

import secrets
import string
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from filings.messages import numbers
from filings.messages.document import Document
from integrations.sandbox import facts
from integrations.sandbox.models import Party, Preference, Received, Registration
from integrations.sandbox.reading import numbers_of

# Procedure identifier of an MRN (CL734) by the part of the process that asked for it.
PROCEDURE: Final = {"filing": "T", "arrival": "Z"}
PREVIOUS: Final = "previousDocument/identification"
NUMBER: Final = "documentNumber"
MEANS: Final = "activeBorderTransportMeans"
# What an arrival and an ENS must have in common to be found by the voyage (L4-ICS2-04): one of these, and the time.
JOURNEY: Final = (f"{MEANS}/identificationNumber", f"{MEANS}/conveyanceReferenceNumber")
ETA: Final = f"{MEANS}/estimatedDateAndTimeOfArrival"
# States (CL744): those before the arrival, and those in which nothing happens any more.
BEFORE_ARRIVAL: Final = ("01", "03", "04", "05", "06", "07", "10", "11", "12")
REJECTED: Final = "02"
INVALIDATED: Final = "09"
ARRIVED: Final = "19"
PRESENTED: Final = "21"
GONE: Final = (REJECTED, INVALIDATED)


def register(
    question: Document, *, received: Received, known: Registration | None, verdict: str, at: datetime
) -> Registration | None:
    """Return the new registration of a filing or arrival; nothing if its LRN was registered a moment ago.

    :param known: the registration whose MRN it goes by, when it gets none of its own
    """
    message = question.message
    registration = Registration(
        party=received.party,
        received=received,
        message_type=message.id,
        lrn=question.value(message.reference) or "",
        declarant=question.value(message.party) or "",
        representative=question.value("representative/identificationNumber") or "",
        mrn=None if known else new_mrn(question, at=at),
        refers_to=known,
        documents=documents_of(question),
        verdict=verdict,
        registered_at=at,
    )
    # Two filings with one LRN may be judged at once: the unique key decides, the loser is refused.
    Registration.objects.bulk_create([registration], ignore_conflicts=True)
    if not Registration.objects.filter(pk=registration.pk).exists():
        return None
    for eori in {registration.declarant, registration.representative} - {""}:
        # Who files becomes known at the access point it files from, unless it is recorded elsewhere.
        Preference.objects.get_or_create(eori=eori, defaults={"party": received.party})
    return registration


def documents_of(document: Document) -> dict[str, list[str]]:
    """Return the numbers by which a filing is found: transport documents, and its voyages."""
    eta = document.value(ETA) if ETA in document.message.by_path else ""
    means = [document.value(path) for path in JOURNEY if path in document.message.by_path]
    return {
        "house": numbers_of(document, facts.HOUSE),
        "master": numbers_of(document, facts.MASTER),
        "journey": [f"{each}@{eta}" for each in dict.fromkeys(means) if each and eta],
    }


def new_mrn(question: Document, *, at: datetime) -> str:
    """Return a fresh MRN: country of the office of first entry or of the Member State addressed (rule R3004)."""
    serial = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(11))
    procedure = PROCEDURE[question.message.consumer]
    return numbers.mrn(year=at.year, country=facts.country_of(question), serial=serial, procedure=procedure)


def by_mrn(mrn: str | None) -> Registration | None:
    """Return the registration with an MRN."""
    found: Registration | None = Registration.objects.select_related("party", "received", "current").filter(mrn=mrn or "").first()
    return found


def by_documents(kind: str, wanted: Iterable[str]) -> QuerySet[Registration]:
    """Return the registrations that have one of the numbers of a kind: house, master or journey."""
    conditions = Q(pk=None)
    for number in wanted:
        conditions |= Q(documents__contains={kind: [number]})
    return Registration.objects.select_related("party", "received", "current").filter(conditions)


def referred(question: Document) -> Registration | None:
    """Return the registration a filing without MRN of its own refers to, by MRN or else by house document."""
    known = by_mrn(question.value(PREVIOUS))
    if known is not None:
        return known
    house = numbers_of(question, facts.HOUSE)[:1]
    return by_documents("house", house).filter(mrn__isnull=False).first() if house else None


def duplicates(question: Document, party: Party) -> QuerySet[Registration]:
    """Return live filings of the same kind that have the transport document of a new one, split consignments excepted."""
    if question.message.by_path.get(split := "splitConsignment/splitConsignmentIndicator") and question.value(split) == "1":
        return Registration.objects.none()
    numbers_ = documents_of(question)
    kind = "house" if numbers_["house"] else "master"
    live = by_documents(kind, numbers_[kind]).exclude(state__in=GONE)
    return live.filter(message_type=question.message.id, party=party)
