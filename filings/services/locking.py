"""What an amendment may not change: a lock and the reason, by the rules of each element's row (R3024), and the refusals."""

from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Final

from filings.messages.catalogue import Message
from filings.messages.fields import Field
from filings.messages.finding import Finding
from filings.rules.history import FIXED, LISTS
from tenants.errors import DomainError

FIXED_WORDS: Final = "Customs does not let this be amended. To change it, invalidate the filing and file anew."
NUMBER_WORDS: Final = "The MRN says which filing is amended."
LIST_WORDS: Final = "An amendment may not add one. To add one, invalidate the filing and file anew."
MRN: Final = "MRN"


class Locked(DomainError):
    """Customs does not let this be amended; put it back as it was, or invalidate the filing and file anew."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, findings: Sequence[Finding] = ()) -> None:
        super().__init__(*(finding.sentence for finding in findings[:1]))
        self.findings = findings

    def detail(self) -> dict[str, object]:
        """Return each place that may not be amended."""
        return {"findings": [finding.as_dict() for finding in self.findings]}


class NoneAdded(DomainError):
    """An amendment may not add a house; to add one, invalidate the filing and file anew, or file the house by itself."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


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
