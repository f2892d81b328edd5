"""Arrivals as tests make them: notified by us, and what customs says to them."""

from typing import Any

from filings.messages.document import Document
from filings.models import Filing, Voyage
from filings.services import responses
from filings.services.arrivals import arrivals, proposed
from filings.services.arrivals import heard as arrivals_heard
from filings.services.arrivals.arrivals import Contact, Given
from tests import factories
from tests.factories import ALICE, NOW, later

ARRIVAL_MRN = "26NL00000000000AZ5"
MEANS = "activeBorderTransportMeans"


def given(*filings: Filing, **values: Any) -> Given:
    notifier = Contact("DE482910573620148", "EM", "desk@nordmeer.example")
    return Given(**{"arrived_at": NOW, "notifier": notifier, "filings": [each.pk for each in filings], **values})


def notified(voyage: Voyage, *filings: Filing, **values: Any) -> Filing:
    return arrivals.notify(call=voyage.entry, given=given(*filings, **values), by=ALICE, at=later(10))


def says_registered(notification: Filing, *, message_id: str = "r04@customs", mrn: str = ARRIVAL_MRN) -> None:
    answer = factories.answer(
        "IE3R04",
        LRN=notification.lrn,
        MRN=mrn,
        registrationDate="2026-11-23T09:31:00Z",
        customsOfficeOfFirstEntry__referenceNumber="NL000511",
    )
    arrivals_heard.registered(filing=notification, document=answer, message_id=message_id, at=later(20))


def wrong_state(mrn: str, *, number: str = "NDML001012359", date: str = "2026-11-23T09:40:00Z") -> Document:
    return factories.answer(
        "IE3N07",
        MRN=mrn,
        notificationDate=date,
        transportDocument__documentNumber=number,
        transportDocument__type="N704",
        transportDocumentHouse__documentNumber="HOUSE-7",
        transportDocumentHouse__type="N714",
        error__description="The filing cannot arrive.",
        error__validationCode="71",
        error__pointer__messageElementPath="/IE3N06",
        customsOfficeOfFirstEntry__referenceNumber="NL000511",
    )


def control(mrn: str, message: str = "IE3N08") -> Document:
    master = "control__controlSubject__consignmentMasterLevel"
    made = factories.answer(
        message,
        MRN=mrn,
        notificationDate="2026-11-23T09:45:00Z",
        scheduledControlDate="2026-11-23T12:00:00Z",
        customsOfficeOfControl__referenceNumber="NL000512",
        control__examinationPlace__placeOfExamination="Scan hall 3",
    )
    made.set(f"{master.replace('__', '/')}/consignmentHouseLevel/goodsItem/goodsItemNumber", "2")
    made.set(f"{master.replace('__', '/')}/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber", "HOUSE-7")
    made.set(f"{master.replace('__', '/')}/transportEquipment/containerIdentificationNumber", "SKGU0123598")
    return made


def heard(document: Document, filing: Filing | None = None, *, message_id: str = "n@customs") -> None:
    """Do what the gateway does with a message of customs about an arrival."""
    if filing is not None:
        responses.note(filing=filing, document=document, message_id=message_id, answers="?", at=later(30))
    arrivals_heard.hear(document=document, filing=filing, message_id=message_id, at=later(30))


def lines_of(voyage: Voyage) -> dict[Any, proposed.Line]:
    return {line.filing.pk: line for line in proposed.lines(voyage.entry)}


def sentences(line: proposed.Line) -> str:
    return " ".join(each.sentence for each in line.warnings)
