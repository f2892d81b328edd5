"""Letters: which message, to whom, and under which conditions (letters.toml), written by the one writer in answers.py.

Who is to get a letter is a role; where it goes is the access point of the answered message, the one that obtained the
MRN, or for everybody else the one that is recorded for their EORI; who has none is not connected and gets nothing.
"""

import logging
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.rules.scope import MASTER
from integrations.sandbox import answers, facts
from integrations.sandbox.case import Case
from integrations.sandbox.clock import TABLES
from integrations.sandbox.models import Answer, Party, Preference, Received

logger = logging.getLogger(__name__)

MESSAGE: Final = re.compile(r"IE3[A-Z]\d\d")
CARRIERS: Final = (f"{MASTER}/carrier/identificationNumber", f"{MASTER}/consignmentHouseLevel/carrier/identificationNumber")
REPRESENTATIVE: Final = "representative/identificationNumber"
NOTIFY_PARTY: Final = "notifyParty/identificationNumber"


@dataclass(frozen=True)
class Addressee:
    """Who gets a letter, and what must be true of them."""

    role: str
    subscribed: bool = False
    aeo: bool = False
    mode: str = ""
    message: str = ""


@dataclass(frozen=True)
class Letter:
    """One table of letters.toml."""

    name: str
    to: tuple[Addressee, ...]
    message: str = ""
    column: str = ""
    answers: bool = False
    resend: bool = False
    each: Mapping[str, Any] | None = None

    def message_for(self, addressee: Addressee, case: Case) -> Message:
        """Return the message it is for somebody, in the message set of what it is about."""
        about = case.question or case.document
        if about is None:
            raise ValueError("a letter is about a message")
        return catalogue.message(addressee.message or self.message or getattr(about.message, self.column), *about.message.edition)


def letter(name: str) -> Letter:
    """Return one letter."""
    return _letters()[name]


def all_letters() -> tuple[Letter, ...]:
    """Return every letter, in table order."""
    return tuple(_letters().values())


def may_follow(name: str, document: Document) -> bool:
    """Say whether the process of a filing has this letter (column may_follow)."""
    return letter(name).message in MESSAGE.findall(document.message.may_follow)


def may_follow_arrival(name: str, document: Document) -> bool:
    """Say whether the arrival of a filing may bring this letter: at sea its own row says so, in the air the arrival's does."""
    return "sea" not in document.message.mode or may_follow(name, document)


def send(
    name: str,
    case: Case,
    *,
    said: Mapping[str, Any] | None = None,
    only: frozenset[str] | None = None,
    droppable: bool = False,
    later: bool = False,
    to: Message | None = None,
) -> list[Answer]:
    """Write a letter to everybody who is to get it, and return what was sent.

    :param said: facts beside those known of the filing
    :param only: the elements that may be carried over from the messages it is about
    :param later: one of very many; they are offered after everything else that waits
    :param to: for a message that could not be read: the one it was said to be
    """
    known = _known(case, said or {})
    sent: list[Answer] = []
    for addressee in letter(name).to:
        message = (
            catalogue.message(getattr(to, letter(name).column), *to.edition) if to else letter(name).message_for(addressee, case)
        )
        receivers = [each for each in _receivers(addressee, case, known) if _wants(addressee, message, each, case)]
        if not receivers:
            continue
        made = answers.compose(
            message,
            facts=known,
            sources=(case.question, case.head, case.arrival_document),
            at=case.at,
            only=only,
            droppable=droppable,
        )
        for party, eori in receivers:
            if not _had(sent, party, eori, message):
                sent.append(_sealed(name, made, party, eori, case))
    for each in sent:
        each.later = later
    Answer.objects.bulk_create(sent)
    return sent


def _known(case: Case, said: Mapping[str, Any]) -> dict[str, Any]:
    registration, document = case.registration, case.head
    known: dict[str, Any] = facts.of_filing(document, registration.number) if registration and document else {}
    arrival = case.arrival_document
    if arrival is not None:
        parties = {name: arrival.nodes(name)[:1] for name in ("personNotifyingTheArrival", "notifyParty")}
        # Parties of the arrival, not those a house consignment names: nothing said here is nothing carried over.
        known |= {
            name: {"identificationNumber": Document(arrival.message, node[0]).value("identificationNumber")} if node else None
            for name, node in parties.items()
        }
    return {**known, **said}


def _receivers(addressee: Addressee, case: Case, known: Mapping[str, Any]) -> Iterator[tuple[Party, str]]:
    yield from ROLES[addressee.role](case, known)


def _sender(case: Case, _known: Mapping[str, Any]) -> Iterator[tuple[Party, str]]:
    if case.sender is not None:
        party = case.question.value(case.question.message.party) if case.question and case.question.message.party else ""
        yield case.sender, party or ""


def _filer(case: Case, _known: Mapping[str, Any]) -> Iterator[tuple[Party, str]]:
    if case.registration is not None:
        yield case.registration.party, case.registration.declarant


def _carrier(case: Case, _known: Mapping[str, Any]) -> Iterator[tuple[Party, str]]:
    """Yield the carrier, where it is somebody else and can be told from the data."""
    document = case.head or case.question
    if document is None or (facts.flies(document) and not facts.master_documents(document)):
        return
    eori = next((value for path in CARRIERS if path in document.message.by_path and (value := document.value(path))), "")
    if eori not in {document.value(document.message.party), document.value(REPRESENTATIVE)}:
        yield from _at_home(eori)


def _notifier(case: Case, _known: Mapping[str, Any]) -> Iterator[tuple[Party, str]]:
    if case.arrival is not None:
        yield case.arrival.party, case.arrival.declarant


def _notify_party(case: Case, _known: Mapping[str, Any]) -> Iterator[tuple[Party, str]]:
    document = case.arrival_document or case.question
    if document is None or NOTIFY_PARTY not in document.message.by_path:
        return
    for eori in document.values(NOTIFY_PARTY):
        if eori != document.value(document.message.party):
            yield from _at_home(eori)


def _missing(_case: Case, known: Mapping[str, Any]) -> Iterator[tuple[Party, str]]:
    for each in known.get("supplementaryDeclarant") or []:
        yield from _at_home(each["identificationNumber"])


ROLES: Final[Mapping[str, Callable[[Case, Mapping[str, Any]], Iterator[tuple[Party, str]]]]] = {
    "sender": _sender,
    "filer": _filer,
    "carrier": _carrier,
    "notifier": _notifier,
    "notify_party": _notify_party,
    "missing": _missing,
}


def _at_home(eori: str) -> Iterator[tuple[Party, str]]:
    """Yield the system recorded for an operator."""
    recorded = Preference.objects.select_related("party").filter(eori=eori, party__active=True).first()
    if recorded is not None:
        yield recorded.party, eori


def _wants(addressee: Addressee, message: Message, receiver: tuple[Party, str], case: Case) -> bool:
    if addressee.mode and (case.document is None or addressee.mode not in case.document.message.mode):
        return False
    recorded = Preference.objects.filter(eori=receiver[1]).first()
    if addressee.subscribed and recorded is not None and message.id in recorded.declines:
        return False
    return not addressee.aeo or recorded is None or recorded.is_aeo


def _had(sent: list[Answer], party: Party, eori: str, message: Message) -> bool:
    return any((each.party_id, each.eori, each.action) == (party.pk, eori, message.id) for each in sent)


def _sealed(name: str, made: Document, party: Party, eori: str, case: Case) -> Answer:
    answered = case.received if letter(name).answers else None
    copied = case.registration.received.message_id if case.registration else ""
    is_sender = answered is not None and party.pk == answered.party_id
    # What goes to others bears the id of a message they never saw, as the interface does (some systems stumble over it).
    ref_to = answered.message_id if answered is not None and is_sender else "" if _is_filer(party, case) else copied
    row = answers.seal(
        made, to=party, eori=eori, agreement=agreement_of(party, case), ref_to=ref_to, letter=name, here=case.here, at=case.at
    )
    row.registration = case.registration or case.arrival
    return row


def _is_filer(party: Party, case: Case) -> bool:
    return case.registration is None or case.registration.party_id == party.pk


def agreement_of(party: Party, case: Case) -> str:
    """Return the interface version a party uses: that of its message at hand, else of its last one."""
    if case.received is not None and case.received.party_id == party.pk:
        return str(case.received.agreement)
    last = Received.objects.filter(party=party).order_by("-received_at").values_list("agreement", flat=True).first()
    return last or case.here.agreements[0].ref


@cache
def _letters() -> Mapping[str, Letter]:
    rows = tomllib.loads((TABLES / "letters.toml").read_text(encoding="utf-8"))["letters"]
    return {
        name: Letter(**{**row, "name": name, "to": tuple(Addressee(**addressee) for addressee in row["to"])})
        for name, row in rows.items()
    }
