"""Process arrival of means of transport (L4-ICS2-04): the notification is registered, what it brings is found and arrives.

Found are the filings it lists by MRN or by transport document; without a list those of the voyage: identification of
the means (sea) or flight number (air), with the same estimated arrival.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from filings.messages.document import Document
from filings.messages.finding import Finding
from integrations.sandbox import answers, clock, facts, letters, registry, relating, steps, verdicts
from integrations.sandbox.case import Case
from integrations.sandbox.filing import said_no
from integrations.sandbox.judging import UNKNOWN_MRN, Judgement, duplicate, rejected
from integrations.sandbox.models import Registration
from integrations.sandbox.registry import ARRIVED, BEFORE_ARRIVAL, GONE
from integrations.sandbox.verdicts import Verdict

RELATED_MRN: Final = "relatedMRN/identification"
RELATED_DOCUMENT: Final = "relatedTransportDocument/documentNumber"
HOUSE_IN_WRONG_STATE: Final = "71"
PROCEDURE: Final = "Z"


def notify(question: Document, case: Case) -> Judgement:
    """Register an arrival, and let arrive what it is about."""
    if case.received is None:
        raise ValueError("an arrival was received")
    if unknown := list(_unknown(question)):
        return rejected(unknown, case)
    verdict = verdicts.choose(question, party=case.received.party)
    if verdict.answer != "registered":
        return said_no(verdict, question, case)
    arrival = registry.register(question, received=case.received, known=None, verdict=verdict.name, at=case.at)
    if arrival is None:
        return rejected([duplicate(question)], case)
    case.arrival = arrival
    notify_parties = question.nodes("notifyParty/identificationNumber")[:1]
    said = {"MRN": arrival.number, "notifyParty": {"identificationNumber": notify_parties[0].text} if notify_parties else None}
    letters.send("arrival_registered", case, said=said)
    found = list(_brought(question))
    for each in found:
        _arrive(each, verdict, case.about(each))
    return Judgement(f"arrival {arrival.number}, {len(found)} filings")


def _unknown(question: Document) -> Iterator[Finding]:
    """Yield the MRNs it lists that no filing has."""
    for number, mrn in enumerate(question.values(RELATED_MRN), 1):
        if registry.by_mrn(mrn) is None:
            path = f"/{question.message.root_name}/relatedMRN[{number}]/identification"
            yield Finding(path, UNKNOWN_MRN, "", "error", "No filing is registered under this MRN.")


def _brought(question: Document) -> Iterable[Registration]:
    """Return the filings an arrival is about, with the house filings of their ENS."""
    mrns, documents = question.values(RELATED_MRN), question.values(RELATED_DOCUMENT)
    if mrns:
        listed = [each for mrn in mrns if (each := registry.by_mrn(mrn))]
    elif documents:
        listed = [*registry.by_documents("master", documents), *registry.by_documents("house", documents)]
    else:
        listed = list(registry.by_documents("journey", registry.documents_of(question)["journey"]))
    found: dict[object, Registration] = {}
    for each in listed:
        for one in [each, *relating.family(each)]:
            if PROCEDURE not in (one.mrn or "")[16:17]:
                found.setdefault(one.pk, one)
    # Of what was invalidated only that is told which was asked for by its number.
    return [one for one in found.values() if one.state not in GONE or one.mrn in mrns or documents]


def _arrive(registration: Registration, verdict: Verdict, case: Case) -> None:
    """Let one filing arrive, or say that it cannot; then the control, where one is ordered."""
    wanted = {verdict.arrival, verdicts.verdict(registration.verdict).arrival}
    if registration.state not in BEFORE_ARRIVAL or "wrong_state" in wanted:
        _say_wrong_state(registration, case)
        return
    registration.state = ARRIVED
    registration.arrived_with = case.arrival
    registration.controlled = registration.controlled or "control" in wanted
    registration.save(update_fields=["state", "arrived_with", "controlled"])
    clock.cancel(registration, steps.UNUSED, relating.EXPIRES)
    if registration.controlled and case.document and letters.may_follow_arrival("control", case.document):
        _order_control(registration, case)


def order_control(registration: Registration, case: Case) -> str:
    """Order a control of a filing that has arrived.

    :raises NotPossible: if it has not
    """
    case.arrival = registration.arrived_with
    if case.arrival is None:
        raise steps.NotPossible("the goods have not arrived")
    registration.controlled = True
    registration.save(update_fields=["controlled"])
    return _order_control(registration, case)


def tell_wrong_state(registration: Registration, case: Case) -> str:
    """Say of a filing that has arrived that it should not have.

    :raises NotPossible: if it has not
    """
    case.arrival = registration.arrived_with
    if case.arrival is None:
        raise steps.NotPossible("the goods have not arrived")
    return _say_wrong_state(registration, case)


DEEDS: Final[Mapping[str, Callable[[Registration, Case], str]]] = {"control": order_control, "wrong_state": tell_wrong_state}


def _order_control(registration: Registration, case: Case) -> str:
    document = case.document
    if document is None or not letters.may_follow_arrival("control", document):
        raise steps.NotPossible(f"{registration.message_type} has no control at arrival")
    letters.send("control", case, said=steps.control_of(document, case))
    return "control ordered"


def _say_wrong_state(registration: Registration, case: Case) -> str:
    """Tell the notifier (and others) that a filing is not in a state before the arrival (IE3N07)."""
    document, arrival = case.document, case.arrival_document
    if document is None or arrival is None or not letters.may_follow_arrival("wrong_state", document):
        return "not told for this filing"
    message = letters.letter("wrong_state").message_for(letters.letter("wrong_state").to[0], case)
    sentence = f"The filing is in state {registration.state}, in which it cannot arrive."
    pointer = f"/{arrival.message.root_name}/activeBorderTransportMeans"
    fault = Finding(pointer, HOUSE_IN_WRONG_STATE, "", "error", sentence)
    houses = facts.house_documents(document)
    office = facts.office_of(arrival)
    letters.send(
        "wrong_state",
        case,
        said={
            "error": answers.errors([fault], message),
            "transportDocumentHouse": houses or None,
            "customsOfficeOfFirstEntry": {"referenceNumber": office},
        },
    )
    return "wrong state told"
