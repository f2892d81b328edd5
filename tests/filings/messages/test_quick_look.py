"""The quick look finds fine what the long one finds fine, and never anything else."""

import pytest

from filings.messages import catalogue, xml
from filings.messages.check import check, is_fine
from filings.messages.document import Groups
from filings.samples import sample
from tests.filings.messages import building, faults

MESSAGES = [message.id for message in catalogue.messages()][::9]


@pytest.mark.parametrize("message_id", MESSAGES)
def test_a_valid_document_is_fine_at_one_look(message_id: str) -> None:
    message = catalogue.message(message_id)

    for seed in range(4):
        document = xml.read(xml.write(building.at_random(message, seed)))

        assert check(document) == []
        assert is_fine(document, Groups())


@pytest.mark.parametrize("message_id", MESSAGES)
def test_a_fault_is_never_fine(message_id: str) -> None:
    message = catalogue.message(message_id)

    for way in faults.WAYS.values():
        for broken in way(message)[:4]:
            document = building.full(message)
            broken.do(document)

            assert not is_fine(document, Groups()), broken.at


def test_blanks_around_a_value_are_noted() -> None:
    document = sample("IE3F26")
    groups = Groups()

    assert is_fine(document, groups)
    assert groups.is_trim

    document.root.children[0].set_text("A 1 ")

    assert is_fine(document, groups)
    assert not groups.is_trim
