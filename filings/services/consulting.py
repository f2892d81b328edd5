"""Consult customs about a filing (IE3Q05): the states it knows, and, if wanted, its notifications once more.

What comes again is merged: the same content, under whatever message id, changes nothing and leaves no second line.
"""

from datetime import datetime

from django.db import transaction

from filings.messages.document import empty
from filings.models import Filing
from filings.services import asking
from tenants.actors import Actor

EVENT = "ask"
AGAIN = "dataRequest"
REQUESTER = "requester/identificationNumber"


@transaction.atomic
def consult(*, filing: Filing, by: Actor, at: datetime, again: bool = False, source: str = "web") -> Filing:
    """Ask customs what it knows about a filing, and return the request; its result comes with the answer.

    :param again: also have the notifications of the last 30 days sent again.
    :raises asking.AboutARequest: if it is no filing of its own.
    :raises asking.NotInForce: if it has no MRN to ask by.
    """
    filing.lock()
    if filing.about_id or filing.notifies_id:
        raise asking.AboutARequest
    if not filing.mrn:
        raise asking.NotInForce(filing)
    document = empty(asking.message_for(EVENT, filing=filing, at=at))
    document.set(AGAIN, "1" if again else "0")
    document.set(asking.MRN, filing.mrn)
    document.set(REQUESTER, filing.operator.eori)
    return asking.send(filing=filing, document=document, by=by, at=at, source=source)
