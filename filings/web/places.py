"""Places in a document: as XPath in findings, as names in the form, as words for people.

/IE3F26/consignmentMasterLevel/consignmentHouseLevel[2]/goodsItem[1]/weight
consignmentMasterLevel.consignmentHouseLevel.1.goodsItem.0.weight
Consignment (Master level) > Consignment (House level) 2 > Goods item 1 > Weight
"""

import re
from typing import Final

from filings.messages.catalogue import Element, Message

_STEP: Final = re.compile(r"(?:[\w.-]+:)?([\w.-]+)(?:\[(\d+)\])?")


def is_number(part: str) -> bool:
    """Say whether a part of a name counts an occurrence; other digits than 0 to 9 and endless ones do not."""
    return re.fullmatch("[0-9]{1,6}", part) is not None


def name_of(message: Message, path: str) -> str:
    """Return the form name of an XPath; it ends where the table does not know a step (such as a wrapper in XML)."""
    return ".".join(part for element, index in _known(message, path) for part in _parts(element, index))


def path_of(name: str) -> str:
    """Return the path below the root that a form name stands for."""
    return re.sub(r"\.([0-9]{1,6})(?=\.|$)", lambda match: f"[{int(match[1]) + 1}]", name).replace(".", "/")


def words_of(message: Message, path: str) -> str:
    """Return an XPath in words; the last part of an unknown one stays as it is."""
    known = _known(message, path)
    words = [f"{element.title} {index + 1}" if element.repeats else element.title for element, index in known]
    return " \u203a ".join(words) or path or message.title


def element_of(message: Message, name: str) -> Element | None:
    """Return the element a form name stands for, or nothing."""
    return message.by_path.get("/".join(part for part in name.split(".") if not is_number(part)))


def ancestors(name: str) -> list[str]:
    """Return every form name above a name, the nearest first."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]


def _parts(element: Element, index: int) -> list[str]:
    return [element.name, str(index)] if element.repeats else [element.name]


def _known(message: Message, path: str) -> list[tuple[Element, int]]:
    """Return the elements along a path, each with its occurrence counted from 0."""
    found: list[tuple[Element, int]] = []
    element = message.root
    for step in path.strip("/").split("/"):
        match = _STEP.fullmatch(step)
        if match is None:
            break
        if not found and match[1] == message.root_name:
            continue
        child = element.by_name.get(match[1])
        if child is None:
            break
        found.append((child, max(int(match[2] or 1) - 1, 0)))
        element = child
    return found
