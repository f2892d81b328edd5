"""What an amendment may not change, for its form: a lock and the reason, by the rules of each element's row (R3024)."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from filings.messages.catalogue import Message
from filings.messages.fields import Field
from filings.rules.history import FIXED, LISTS

FIXED_WORDS: Final = "Customs does not let this be amended. To change it, invalidate the filing and file anew."
NUMBER_WORDS: Final = "The MRN says which filing is amended."
LIST_WORDS: Final = "An amendment may not add one. To add one, invalidate the filing and file anew."
MRN: Final = "MRN"


@cache
def locks(message: Message) -> Mapping[str, str]:
    """Return why a place is locked, by the path of its element: nothing where the message is no amendment."""
    if not message.amends:
        return {}
    found: dict[str, str] = {}
    for element in message.root.walk():
        if FIXED in element.rules:
            found[element.path] = FIXED_WORDS
        elif element.path == MRN:
            found[element.path] = NUMBER_WORDS
        elif element.name in LISTS:
            found[element.path] = LIST_WORDS
    return found


def is_fixed(spec: Field, message: Message) -> bool:
    """Say whether a group may neither be added nor left out in an amendment."""
    return bool(message.amends) and FIXED in spec.rules
