"""Who files what: a company's situation, the filings that make its ENS complete, and the drafts to begin with.

scenarios()              ->  the situations of scenarios.toml
questions(scenario)      ->  the few data that the linking keys of its own filings need
begin(scenario, answers) ->  the drafts with these keys and, where wanted, requests to the others; all or nothing
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction

from filings.linking.keys import HOUSES
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.models import Filing, FilingRequest
from filings.services import drafting
from filings.services.editions import Choices
from filings.services.filing_requests import keys, sending
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import EORI, Operator
from tenants.scope import current_operator_id

TABLE: Final = Path(__file__).parent / "tables" / "scenarios.toml"
ME: Final = "me"
MASTER: Final = "consignmentMasterLevel"
MOST_NUMBERS: Final = 999
# Where the data of the linking keys stand, whatever the message: what a question is about, and the paths that take it.
PUT: Final[Mapping[str, tuple[str, ...]]] = {
    "master": (f"{MASTER}/transportDocumentMasterLevel/documentNumber", f"{HOUSES}/transportDocumentMasterLevel/documentNumber"),
    "master_type": (f"{MASTER}/transportDocumentMasterLevel/type", f"{HOUSES}/transportDocumentMasterLevel/type"),
    "carrier": (f"{MASTER}/carrier/identificationNumber", f"{HOUSES}/carrier/identificationNumber"),
    "house": (f"{HOUSES}/transportDocumentHouseLevel/documentNumber",),
    "house_type": (f"{HOUSES}/transportDocumentHouseLevel/type",),
    "next": (f"{MASTER}/supplementaryDeclarant/identificationNumber", f"{HOUSES}/supplementaryDeclarant/identificationNumber"),
    "next_type": (
        f"{MASTER}/supplementaryDeclarant/supplementaryFilingType",
        f"{HOUSES}/supplementaryDeclarant/supplementaryFilingType",
    ),
    "receptacle": (f"{HOUSES}/receptacle/receptacleIdentificationNumber", f"{MASTER}/receptacle/receptacleIdentificationNumber"),
}
LABELS: Final[Mapping[str, tuple[str, str, bool]]] = {  # label, hint, more than one
    "master": ("Number of the master document", "Bill of lading, air waybill, CMR or consignment note.", False),
    "house": ("Numbers of the house documents", "One a line.", True),
    "item": ("Numbers of the postal items", "One a line.", True),
    "receptacle": ("Numbers of the receptacles", "One a line; of an item the one on the same line.", True),
}


class AnswersWrong(DomainError):
    """Some answers are missing or wrong."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__()
        self.wrong = wrong

    def detail(self) -> dict[str, object]:
        """Return a sentence for each answer."""
        return {"answers": dict(self.wrong)}


@dataclass(frozen=True)
class Line:
    """One filing of a scenario, as in the table."""

    sci: str
    who: str
    why: str
    next: str = ""
    asks: str = ""
    master_type: str = ""
    house_type: str = ""

    @property
    def message(self) -> Message:
        """Return the message it is, as it is shown."""
        return next(each for each in catalogue.messages() if each.family == "F" and each.sci == self.sci)


@dataclass(frozen=True)
class Scenario:
    """A situation of a company."""

    id: str
    group: str
    title: str
    explain: str
    source: str
    lines: tuple[Line, ...]

    @property
    def own(self) -> list[Line]:
        """Return what the company files itself."""
        return [line for line in self.lines if line.who == ME]

    @property
    def others(self) -> list[Line]:
        """Return what the company can ask others for."""
        return [line for line in self.lines if line.asks]


@dataclass(frozen=True)
class Question:
    """One datum the drafts need. kind: number, numbers or eori."""

    name: str
    label: str
    hint: str
    kind: str
    needed: bool


@dataclass(frozen=True)
class Ask:
    """To whom a request goes, and by when."""

    mail: str
    due_at: datetime
    note: str = ""


@dataclass(frozen=True)
class Made:
    """What was begun."""

    drafts: list[Filing] = field(default_factory=list)
    requests: list[FilingRequest] = field(default_factory=list)


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Return the situations, in table order."""
    given = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Scenario(
            **{name: each[name] for name in ("id", "group", "title", "explain", "source")},
            lines=tuple(Line(**line) for line in each["filing"]),
        )
        for each in given["scenario"]
    )


@cache
def roles() -> Mapping[str, str]:
    """Return what the parts of a scenario are called."""
    found: Mapping[str, str] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["roles"]
    return found


def scenario(name: str) -> Scenario | None:
    """Return the situation of a name."""
    return next((each for each in scenarios() if each.id == name), None)


def questions(of: Scenario) -> list[Question]:
    """Return what has to be known before the drafts can be begun."""
    taken = {path for line in of.own for path in line.message.by_path}
    postal = any(line.message.mode.startswith("postal") for line in of.own)
    found = []
    for name, (label, hint, many) in LABELS.items():
        asked = name == "item" if name in {"item", "house"} and postal else name != "item"
        paths = PUT["house" if name == "item" else name]
        if asked and any(path in taken for path in paths) and not (name == "house" and _alike(of)):
            needed = name == "master" or name in {"item", "receptacle"}
            found.append(Question(name, label, hint, "numbers" if many else "number", needed))
    others = dict.fromkeys(part for line in of.lines for part in (line.who, line.next) if part not in {ME, ""})
    for part in others:
        named = any(line.next == part for line in of.own)
        carries = part == "carrier" and any(path in taken for path in PUT["carrier"])
        asked_of = any(line.asks and line.who == part for line in of.lines)
        if named or carries or asked_of:
            hint = "The EORI under which it files, not that of another company of its group." if carries else ""
            found.append(Question(part, f"EORI: {roles()[part]}", hint, "eori", named or carries))
    return found


@transaction.atomic
def begin(
    *, scenario: Scenario, answers: Mapping[str, str], by: Actor, at: datetime, ask: Mapping[str, Ask] | None = None
) -> Made:
    """Begin the drafts of a situation with the right linking keys, and ask the others; all of it or nothing.

    :param answers: texts by the names of the questions.
    :param ask: whom of the other parts to ask, by part.
    :raises AnswersWrong: if a datum is missing or no EORI is one.
    :raises DomainError: if a request cannot be sent (filings.services.filing_requests.sending.send).
    """
    operator = Operator.objects.get(pk=current_operator_id())
    data = _read(scenario, answers)
    made = Made()
    for line in scenario.own:
        for document in _documents(line, data, operator, scenario, at=at):
            draft = drafting.create(document=document, by=by, at=at, source="wizard")
            made.drafts.append(draft)
    for line in scenario.others:
        if line.who in (ask or {}):
            made.requests.append(_ask(line, (ask or {})[line.who], data, made.drafts, by=by, at=at))
    detail = {"scenario": scenario.id, "drafts": [str(each.pk) for each in made.drafts]}
    audit.record("wizard.begun", target=operator, by=by, at=at, detail=detail)
    return made


def _alike(of: Scenario) -> bool:
    """Say whether house and master document are the same one, as of a direct air waybill."""
    return all(line.master_type == line.house_type for line in of.own)


def _read(of: Scenario, answers: Mapping[str, str]) -> dict[str, list[str]]:
    data: dict[str, list[str]] = {}
    wrong: dict[str, str] = {}
    for each in questions(of):
        lines = [line.strip() for line in answers.get(each.name, "").replace("\0", "").splitlines()]
        values = [line for line in lines if line][:MOST_NUMBERS]
        if each.kind == "eori":
            values = [value.upper() for value in values]
        if not values and each.needed:
            wrong[each.name] = f"Give the {each.label[:1].lower()}{each.label[1:]}." if each.kind != "eori" else "Give the EORI."
        elif each.kind == "eori" and values and not _is_eori(values[0]):
            wrong[each.name] = "An EORI is a country code and up to 15 letters or digits."
        elif any(len(value) > keys.LONGEST for value in values):
            wrong[each.name] = f"At most {keys.LONGEST} characters each."
        data[each.name] = values
    if wrong:
        raise AnswersWrong(wrong)
    return data


def _is_eori(text: str) -> bool:
    try:
        EORI(text)
    except ValidationError:
        return False
    return True


def _documents(
    line: Line, data: Mapping[str, Sequence[str]], operator: Operator, of: Scenario, *, at: datetime
) -> Iterator[Document]:
    """Yield the documents of one line: one for each house where a filing has room for one only."""
    message = Choices(at=at, operator_id=operator.pk).message(line.message.id)
    houses = list(data.get("item") or data.get("house") or [])
    room = message.by_path[HOUSES].max if HOUSES in message.by_path else 1
    given = {
        "master": list(data.get("master", [])),
        "master_type": [line.master_type],
        "carrier": list(data.get("carrier", [])) or [operator.eori],
        "next": list(data.get(line.next, [])),
        "next_type": ["1" if message.level == "master" else "2"] if data.get(line.next) else [],
        "receptacle": list(data.get("receptacle", [])),
    }
    if _alike(of) and f"{HOUSES}/transportDocumentHouseLevel/documentNumber" in message.by_path:
        houses = given["master"]
    for start in range(0, max(len(houses), 1), room):
        document = drafting.first_document(message, operator.eori)
        some = houses[start : start + room]
        _put(document, {**given, "house": some, "house_type": [line.house_type]}, max(len(some), 1))
        yield document


def _put(document: Document, given: Mapping[str, list[str]], houses: int) -> None:
    message = document.message
    for name, values in given.items():
        for path in PUT[name]:
            element = message.by_path.get(path)
            if element is None or not values or not values[0]:
                continue
            above = message.element(path.rpartition("/")[0])
            if path.startswith(f"{HOUSES}/"):
                many = message.by_path[HOUSES].repeats
                for number in range(1, houses + 1):
                    value = values[number - 1] if number <= len(values) and name in {"house", "receptacle"} else values[0]
                    document.set(path.replace(HOUSES, f"{HOUSES}[{number}]", 1) if many else path, value)
            elif above.repeats:
                for number, value in enumerate(values, 1):
                    document.set(f"{above.path}[{number}]/{element.name}", value)
            else:
                document.set(path, values[0])


def _ask(
    line: Line, ask: Ask, data: Mapping[str, Sequence[str]], drafts: Sequence[Filing], *, by: Actor, at: datetime
) -> FilingRequest:
    how = keys.combination(line.asks, line.message)
    sci = {message.id: message.sci for message in catalogue.messages()}
    above = next((draft for draft in drafts if sci.get(draft.message_type) in how.upper), None)
    return sending.send(
        asked_eori=next(iter(data.get(line.who, [])), ""),
        mail=ask.mail,
        message_type=line.message.id,
        combination=line.asks,
        key={},
        due_at=ask.due_at,
        note=ask.note,
        filing=above,
        by=by,
        at=at,
    )
