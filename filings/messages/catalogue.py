"""Read the tables once and offer messages, elements and code lists as frozen objects.

    message("IE3F26").element("declarant/identificationNumber").format.code  # "an..17"

Reading is lazy: naming a message reads the tables, asking for its `root` builds its tree. Nothing here
names a message; what the program has to know about one is a column of tables/messages.csv. A message set loaded beside
the one in the folder of tables is found in the holdings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Final

from filings.messages import holdings
from filings.messages.elements import Code, CodeList, Edition, Element
from filings.messages.holdings import Opened
from filings.messages.rows import TABLES, own_rows, root_element, rows

__all__ = [
    "DEFAULT", "DEFAULT_VERSION", "TABLES", "Code", "CodeList", "Edition", "Element", "Message", "UnknownMessage",
    "code_list", "code_lists", "editions", "message", "messages", "named", "rows",
]  # fmt: skip

# The message set and version used where nobody says which.
DEFAULT: Final = "HTI"
DEFAULT_VERSION: Final = "2.02"
# Loaded message sets kept built.
LOADED: Final = 16


class UnknownMessage(LookupError):
    """There is no such message in the message set."""


@dataclass(frozen=True, eq=False)
class Message:
    """One message of a message set: the columns of messages.csv, and its table as `root`.

    direction: to_customs | from_customs. family: F A N Q R. sci: specific circumstance indicator.
    answered_by: ids of direct answers; accepted_by, rejected_by, refused_by: the one that says yes, the
    one for errors of the message (IE3N99) and the one of the life cycle (IE3N01), "" if there is none.
    amends: the filing an amendment replaces. priority: A, B or C. consumer and event: which part of the
    product understands it and what then happens. new_mrn: whether customs gives an MRN for it.
    reference: path of the reference answers quote; references: every element usable for correlation.
    date: name of the date of the message. party: path of the EORI whose message it is.
    """

    id: str
    message_set: str
    version: str
    namespace: str
    root_name: str
    direction: str
    short_name: str
    title: str
    family: str
    sci: str
    mode: str
    level: str
    phase: str
    addressed_by: str
    ens_effect: str
    risk_analysis_timer: str
    air_preloading_analysis: bool
    description: str
    filer: str
    filer_basis: str
    answered_by: tuple[str, ...]
    accepted_by: str
    rejected_by: str
    refused_by: str
    amends: str
    may_follow: str
    follows: str
    process: str
    priority: str
    consumer: str
    event: str
    new_mrn: bool
    attachments: bool
    reference: str
    references: tuple[str, ...]
    date: str
    party: str
    rows: int

    @property
    def edition(self) -> Edition:
        """Return message set and version, the key of every table."""
        return self.message_set, self.version

    @property
    def is_sent(self) -> bool:
        """Return whether operators send it to customs."""
        return self.direction == "to_customs"

    @cached_property
    def root(self) -> Element:
        """Return the root element with the whole table below it."""
        return root_element(self.id, self.edition, _code_lists_of(self.edition))

    @cached_property
    def by_path(self) -> Mapping[str, Element]:
        """Return every element by its path from below the root."""
        return {element.path: element for element in self.root.walk()}

    def element(self, path: str) -> Element:
        """Return the element at a path such as "declarant/address/city".

        :raises KeyError: if the message has no such element
        """
        return self.by_path[path]


def editions() -> tuple[Edition, ...]:
    """Return name and version of every message set there is, the loaded ones last."""
    return (*_messages(), *holdings.editions())


def messages(message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> tuple[Message, ...]:
    """Return all messages of a message set, by id."""
    return tuple(_messages_of((message_set, version)).values())


def message(message_id: str, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> Message:
    """Return one message.

    :raises UnknownMessage: if the message set has no such message
    """
    try:
        return _messages_of((message_set, version))[message_id]
    except KeyError:
        raise UnknownMessage(f"There is no message {message_id} in {message_set} {version}.") from None


def named(message_id: str) -> tuple[Message, ...]:
    """Return the message of an id in every message set that has it, the newest set last."""
    return tuple(_messages_of(edition)[message_id] for edition in editions() if message_id in _messages_of(edition))


def found(message_id: str) -> Message | None:
    """Return the message of an id in the set of the release, else in the newest that has it; nothing if none has."""
    known = named(message_id)
    return next((each for each in known if each.edition == (DEFAULT, DEFAULT_VERSION)), known[-1] if known else None)


def code_list(list_id: str, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> CodeList:
    """Return one code list.

    :raises LookupError: if there is no such list
    """
    try:
        return _code_lists_of((message_set, version))[list_id]
    except KeyError:
        raise LookupError(f"There is no code list {list_id} in {message_set} {version}.") from None


def code_lists(message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> tuple[CodeList, ...]:
    """Return all code lists, by id, those without values included."""
    return tuple(_code_lists_of((message_set, version)).values())


def _messages_of(edition: Edition) -> Mapping[str, Message]:
    if edition in _messages():
        return _messages()[edition]
    loaded = holdings.opened(edition)
    return _loaded_messages(loaded) if loaded else {}


def _code_lists_of(edition: Edition) -> Mapping[str, CodeList]:
    if edition in _code_lists():
        return _code_lists()[edition]
    loaded = holdings.opened(edition)
    return _loaded_code_lists(loaded) if loaded else {}


@cache
def _messages() -> Mapping[Edition, Mapping[str, Message]]:
    """Return the messages of the folder of tables."""
    found: dict[Edition, dict[str, Message]] = {}
    for row in own_rows("messages"):
        found.setdefault((row["message_set"], row["version"]), {})[row["message"]] = _message(row)
    return found


@lru_cache(maxsize=LOADED)
def _loaded_messages(loaded: Opened) -> Mapping[str, Message]:
    return {row["message"]: _message(row) for row in loaded.rows("messages")}


@lru_cache(maxsize=LOADED)
def _loaded_code_lists(loaded: Opened) -> Mapping[str, CodeList]:
    return {
        row["code_list"]: _code_list(row, _codes(loaded.rows(f"codelists/{row['code_list']}")))
        for row in loaded.rows("code_lists")
    }


def _message(row: Mapping[str, str]) -> Message:
    """Return the message of one row: columns are named as the fields are, but for these."""
    values: dict[str, object] = dict(row)
    values["id"] = values.pop("message")
    values["root_name"] = values.pop("root")
    for flag in ("new_mrn", "attachments", "air_preloading_analysis"):
        values[flag] = row[flag] == "yes"
    for ids in ("answered_by", "references"):
        values[ids] = tuple(row[ids].split())
    values["rows"] = int(row["rows"])
    return Message(**values)  # type: ignore[arg-type]


@cache
def _code_lists() -> Mapping[Edition, Mapping[str, CodeList]]:
    """Return the code lists of the folder of tables."""
    found: dict[Edition, dict[str, CodeList]] = {}
    for row in own_rows("code_lists"):
        edition = row["message_set"], row["version"]
        codes = own_rows(f"codelists/{row['code_list']}") if row["values"] == "yes" else []
        here = [code for code in codes if (code["message_set"], code["version"]) == edition]
        found.setdefault(edition, {})[row["code_list"]] = _code_list(row, _codes(here))
    return found


def _code_list(row: Mapping[str, str], codes: tuple[Code, ...]) -> CodeList:
    return CodeList(
        id=row["code_list"],
        name=row["name"],
        values=row["values"] == "yes",
        source=row["source"],
        note=row["note"],
        codes=codes,
    )


def _codes(found: Iterable[Mapping[str, str]]) -> tuple[Code, ...]:
    return tuple(Code(row["code"], row["name"], row["note"]) for row in found)
