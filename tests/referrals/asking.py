"""What customs asks in these tests, and people at work on it."""

from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from django.test import Client

from filings.messages import numbers
from filings.messages.document import Document
from filings.models import Filing
from filings.services import responses
from referrals.models import Case
from referrals.services import opening
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import answer, later, registration, sent

MRN: Final = numbers.mrn(year=26, country="BE", serial="REFERRAL001")
PDF: Final = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPEG: Final = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"
DETAILS: Final = "referralRequestDetails"
_numbers = count(1)


def registered(message: str = "IE3F26", mrn: str = MRN) -> Filing:
    """Return a filing of the operator in scope that customs registered."""
    filing = sent(message)
    responses.register(filing=filing, document=registration(filing, mrn), message_id=f"r01-{mrn}", at=later(3))
    return filing


def reference() -> str:
    """Return a reference customs never used."""
    return f"RFR26327{next(_numbers):07d}"


def question(filing: Filing, *kinds: str, message: str = "IE3Q02", dated: str = "2026-11-23T09:40:00Z", **more: str) -> Document:
    """Return a message that asks, with a request of each kind; `more` by path with "__" for "/"."""
    document = answer(
        message,
        documentIssueDate=dated,
        MRN=filing.mrn,
        responsibleMemberState__country="BE",
        declarant__identificationNumber=filing.declarant,
        **more,
    )
    for number, kind in enumerate(kinds, 1):
        one = f"{DETAILS}[{number}]"
        document.set(f"{one}/referralRequestReference", reference())
        document.set(f"{one}/requestType", kind)
        document.set(f"{one}/transportDocumentHouse/documentNumber", "HAWB-1")
        document.set(f"{one}/transportDocumentHouse/type", "N703")
        if f"{DETAILS}/additionalInformation" in document.message.by_path:
            document.set(f"{one}/additionalInformation[1]/text", "State what the goods are used for.")
        else:
            document.set(f"{one}/recommendedHRCMScreeningMethod[1]/method", "XRY")
    return document


def told(filing: Filing, document: Document, message_id: str = "") -> Case | None:
    """Hand a message of customs over as the gateway does; return the case it opens."""
    message_id = message_id or f"m{next(_numbers)}@sti"
    responses.note(filing=filing, document=document, message_id=message_id, at=later(20))
    receive = {"open": opening.ask, "forbid_loading": opening.forbid}[document.message.event]
    return receive(filing=filing, document=document, message_id=message_id, at=later(20))


def asked(filing: Filing, *kinds: str, message: str = "IE3Q02", **more: str) -> Case:
    """Return the case of a new message that asks."""
    return opened(told(filing, question(filing, *kinds, message=message, **more)))


def forbidden(filing: Filing, *containers: str) -> Case:
    """Return the case of a do-not-load order."""
    document = answer(
        "IE3Q01", documentIssueDate="2026-11-23T09:45:00Z", MRN=filing.mrn, responsibleMemberState__country="BE",
        carrier__identificationNumber="DE555555555", doNotLoadDetails__transportDocument__documentNumber="HAWB-1",
        doNotLoadDetails__transportDocument__type="N703",
    )  # fmt: skip
    for number, container in enumerate(containers, 1):
        document.set(f"doNotLoadDetails/transportEquipment[{number}]/containerIdentificationNumber", container)
    return opened(told(filing, document))


def opened(case: Case | None) -> Case:
    """Return the case that a message must have opened."""
    assert case is not None
    return case


@dataclass
class Desk:
    """A person at work for one operator."""

    operator: Operator
    client: Client
    user: Any = None

    def get(self, path: str = "", **options: Any) -> Any:
        """Return the answer to a GET of a page about referrals."""
        return self.client.get(f"/o/{self.operator.slug}/referrals/{path}", **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        """Return the answer to a POST."""
        return self.client.post(f"/o/{self.operator.slug}/referrals/{path}", data or {}, **options)

    def make(self, how: Any, *args: Any, **values: Any) -> Any:
        """Return what a function makes inside the operator's scope."""
        with tenant_scope(self.operator.pk):
            return how(*args, **values)


def desk(operator: Operator, name: str, role: str) -> Desk:
    """Return a signed-in member of the operator's staff."""
    client, user = Client(), factories.member(operator, name, role)
    client.force_login(user)
    return Desk(operator, client, user)
