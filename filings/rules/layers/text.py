"""Layers about text: stop words, texts that say nothing, blanks."""

import re
from collections.abc import Iterator
from typing import Final

from filings.messages.catalogue import Element
from filings.messages.document import Document, Groups, Node
from filings.rules.layers.layer import Layers, layer, whole
from filings.rules.layers.words import WordList
from filings.rules.registry import Breach
from filings.rules.scope import Scope, step

STOP_WORDS: Final = "stop words"
_FILE_OR_ADDRESS: Final = re.compile(
    r"(?i)\b(?:https?://|www\.)\S+|\S+@\S+\.\S+|\b[\w-]+\.(?:pdf|docx?|xlsx?|csv|txt|jpe?g|png|zip)\b"
)


def _words(here: Scope, settings: Layers) -> WordList:
    """Return the stop words, the same ones for a whole document."""
    known = here.groups.known
    if STOP_WORDS not in known:
        known[STOP_WORDS] = settings.words
    words: WordList = known[STOP_WORDS]
    return words


@layer("stop-word")
def only_stop_words(given: str, here: Scope, settings: Layers) -> Breach | None:
    """A text that holds only stop words counts as empty and is refused; say what it is."""
    found = _words(here, settings).only(given)
    if not found:
        return None
    named = " and ".join(f"“{entry.term}”" for entry in found[:3])
    known = "" if all(entry.confirmed for entry in found) else ", as far as the list is known"
    plural = "are stop words" if len(found) > 1 else "is a stop word"
    return Breach(f"{named} {plural}{known}; customs reads it as empty, so say what it is.")


@layer("vague-text")
def says_nothing(given: str, here: Scope, settings: Layers) -> Breach | None:
    """A description says what the goods are: no stop words, no file names or addresses, not only digits or signs."""
    if given.lower() == given.upper():
        return Breach("There is no word in it; say in words what the goods are.")
    if len(given) > 2 and not given.casefold().strip(given[0].casefold() + " "):
        return Breach("It repeats one sign; say in words what the goods are.")
    if ("." in given or ":" in given) and (match := _FILE_OR_ADDRESS.search(given)):
        return Breach(f"“{match[0]}” does not describe goods; leave it out.")
    if found := _words(here, settings).within(given):
        named = " and ".join(f"“{entry.term}”" for entry in found[:3])
        return Breach(f"It contains the stop word {named}; leave it out or say more exactly what the goods are.")
    return None


@whole("blanks")
def no_blanks_around(document: Document, groups: Groups | None = None) -> Iterator[tuple[str, Breach]]:
    """A value has no blanks before or after it."""
    if groups is not None and groups.is_trim:
        return
    waiting = [document.root]
    while waiting:
        for child in waiting.pop().children:
            if child.children:
                waiting.append(child)
            elif child.text and child.text != child.text.strip():
                # Blanks are rare, so only now it matters where this is.
                yield from _blanks(document.root, document.message.root, f"/{document.message.root_name}")
                return


def _blanks(group: Node, spec: Element, path: str) -> Iterator[tuple[str, Breach]]:
    for child in spec.children:
        for index, node in enumerate(group.named(child.name), 1):
            place = step(path, child, index)
            trimmed = (node.text or "").strip()
            if node.children:
                yield from _blanks(node, child, place)
            elif trimmed and node.text != trimmed:
                yield place, Breach(f"“{child.title}”: There are blanks around the value; remove them.", repair=trimmed)
