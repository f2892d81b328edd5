"""What an operator gets as the carrier: kept and shown as copies, never as something to answer."""

from datetime import datetime
from typing import Final

from django.db import transaction

from filings.messages.document import Document
from filings.models import Filing
from filings.services import learning, words
from referrals.models import CarrierCopy

MRN: Final = "MRN"
CARRIER: Final = "carrier/identificationNumber"
DOCUMENTS: Final = (
    "transportDocument/documentNumber",
    "transportDocumentMasterLevel/documentNumber",
    "referralRequestDetails/transportDocumentMaster/documentNumber",
)


@transaction.atomic
def keep(*, filing: Filing | None, document: Document, message_id: str, at: datetime) -> None:
    """Keep a message that is a copy by its kind; the same content again is kept once."""
    message = document.message
    number = next((value for path in DOCUMENTS if path in message.by_path and (value := document.value(path))), "")
    whole = (filing.about or filing) if filing else None
    copy, _ = CarrierCopy.objects.get_or_create(
        message_type=message.id,
        content=learning.content(document),
        defaults={
            "filing": whole,
            "message_id": message_id,
            "title": message.title[:200],
            "sentence": words.sentence(document)[:400],
            "mrn": (document.value(MRN) or "").strip()[:18] if MRN in message.by_path else "",
            "transport_document": number[:70],
            "document": document.to_json()[message.id],
            "dated_at": learning.moment(document),
            "received_at": at,
        },
    )
    if whole is not None and copy.filing_id is None:  # it came before the registration of the filing
        copy.filing = whole
        copy.save(update_fields=["filing"])


def keep_of_another(*, filing: Filing | None, document: Document, message_id: str, at: datetime) -> None:
    """Keep a message that is a copy only where somebody else declared the filing it is about."""
    declarant = (document.value(document.message.party) or "").strip() if document.message.party else ""
    if filing is None or (declarant and filing.declarant and declarant != filing.declarant):
        keep(filing=filing, document=document, message_id=message_id, at=at)
    else:  # what came before the registration of the filing looked like a copy
        CarrierCopy.objects.filter(message_type=document.message.id, content=learning.content(document), filing=None).delete()
