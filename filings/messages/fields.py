"""The field list of a form, made from the table of a message: what a page needs to draw itself."""

from dataclasses import dataclass, field
from functools import cache
from typing import Final

from filings.messages import catalogue
from filings.messages.catalogue import Code, Element, Message

_WIDGETS: Final = {"date": "datetime", "decimal": "number", "digits": "digits", "letters": "text", "text": "text"}
LONG_TEXT: Final = 100


@dataclass(frozen=True)
class Field:
    """One element as a form sees it: a group with fields below it, or a value with a widget.

    label: the title; path: as in Element; required: must be given when its parent is; may_be_required: a
    condition decides. widget: group, text, textarea, number, digits, datetime or select. choices: the codes
    of a select. codes_from: where the codes are published when they are not known here.
    """

    name: str
    label: str
    path: str
    help: str
    widget: str
    format: str
    status: str
    min: int
    max: int
    level: int
    min_length: int
    max_length: int
    pattern: str
    code_list: str
    codes_from: str
    choices: tuple[Code, ...]
    rules: tuple[str, ...]
    conditions: tuple[str, ...]
    fields: "tuple[Field, ...]" = field(repr=False)

    @property
    def is_group(self) -> bool:
        """Return whether there are fields below it."""
        return self.widget == "group"

    @property
    def required(self) -> bool:
        """Return whether it must be given whenever its parent is."""
        return self.min > 0

    @property
    def may_be_required(self) -> bool:
        """Return whether a condition may make it mandatory or forbid it."""
        return self.status == "C"

    @property
    def repeats(self) -> bool:
        """Return whether it may be given more than once."""
        return self.max > 1


@cache
def fields(message: Message) -> tuple[Field, ...]:
    """Return the fields at the top of the form of a message, in table order."""
    return tuple(_field(child) for child in message.root.children)


def _field(element: Element) -> Field:
    known = element.format
    listed = catalogue.code_list(element.code_list, *element.edition) if element.code_list else None
    return Field(
        name=element.name,
        label=element.title,
        path=element.path,
        help=_help(element),
        widget=_widget(element),
        format=known.code if known else "",
        status=element.status,
        min=element.min,
        max=element.max,
        level=element.level,
        min_length=known.min_length if known else 0,
        max_length=known.max_length if known else 0,
        pattern=known.pattern if known else "",
        code_list=element.code_list,
        codes_from=listed.source if listed and not listed.values else "",
        choices=element.codes.codes if element.codes else (),
        rules=element.rules,
        conditions=element.conditions,
        fields=tuple(_field(child) for child in element.children),
    )


def _widget(element: Element) -> str:
    if not element.format:
        return "group"
    if element.codes:
        return "select"
    if element.format.kind == "text" and element.format.max_length > LONG_TEXT:
        return "textarea"
    return _WIDGETS[element.format.kind]


def _help(element: Element) -> str:
    """Return a hint of one line: format, code list, and how often."""
    hints = []
    if element.format and not element.codes:
        hints.append(element.format.help)
    if element.code_list:
        listed = catalogue.code_list(element.code_list, *element.edition)
        hints.append(f"code of {listed.name} ({listed.id})")
    if element.repeats:
        hints.append(f"{element.min} to {element.max} times")
    return "; ".join(hints)
