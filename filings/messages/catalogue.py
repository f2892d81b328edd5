"""Read the tables once and offer messages, elements and code lists as frozen objects.

    message("IE3F26").element("declarant/identificationNumber").format.code  # "an..17"

Reading is lazy: naming a message reads the tables, asking for its `root` builds its tree. Nothing here
names a message; what the program has to know about one is a column of tables/messages.csv.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from filings.messages.elements import Code, CodeList, Edition, Element
from filings.messages.rows import TABLES, root_element, rows

__all__ = [
    "DEFAULT", "DEFAULT_VERSION", "TABLES", "Code", "CodeList", "Edition", "Element", "Message", "UnknownMessage",
    "code_list", "code_lists", "message", "messages", "rows",
]  # fmt: skip

# The message set and version used where nobody says which; another one is more rows in the same files.
DEFAULT: Final = "HTI"
DEFAULT_VERSION: Final = "2.02"


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
        return root_element(self.id, self.edition, _code_lists()[self.edition])

    @cached_property
    def by_path(self) -> Mapping[str, Element]:
        """Return every element by its path from below the root."""
        return {element.path: element for element in self.root.walk()}

    def element(self, path: str) -> Element:
        """Return the element at a path such as "declarant/address/city".

        :raises KeyError: if the message has no such element
        """
        return self.by_path[path]


def messages(message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> tuple[Message, ...]:
    """Return all messages of a message set, by id."""
    return tuple(_messages().get((message_set, version), {}).values())


def message(message_id: str, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> Message:
    """Return one message.

    :raises UnknownMessage: if the message set has no such message
    """
    try:
        return _messages()[message_set, version][message_id]
    except KeyError:
        raise UnknownMessage(f"There is no message {message_id} in {message_set} {version}.") from None


def code_list(list_id: str, message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> CodeList:
    """Return one code list.

    :raises LookupError: if there is no such list
    """
    try:
        return _code_lists()[message_set, version][list_id]
    except KeyError:
        raise LookupError(f"There is no code list {list_id} in {message_set} {version}.") from None


def code_lists(message_set: str = DEFAULT, version: str = DEFAULT_VERSION) -> tuple[CodeList, ...]:
    """Return all code lists, by id, those without values included."""
    return tuple(_code_lists()[message_set, version].values())


@cache
def _messages() -> Mapping[Edition, Mapping[str, Message]]:
    found: dict[Edition, dict[str, Message]] = {}
    for row in rows("messages"):
        found.setdefault((row["message_set"], row["version"]), {})[row["message"]] = _message(row)
    return found


def _message(row: dict[str, str]) -> Message:
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
    found: dict[Edition, dict[str, CodeList]] = {}
    for row in rows("code_lists"):
        edition = row["message_set"], row["version"]
        found.setdefault(edition, {})[row["code_list"]] = CodeList(
            id=row["code_list"],
            name=row["name"],
            values=row["values"] == "yes",
            source=row["source"],
            note=row["note"],
            codes=_codes(row["code_list"], edition) if row["values"] == "yes" else (),
        )
    return found


def _codes(list_id: str, edition: Edition) -> tuple[Code, ...]:
    return tuple(
        Code(row["code"], row["name"], row["note"])
        for row in rows(f"codelists/{list_id}")
        if (row["message_set"], row["version"]) == edition
    )
