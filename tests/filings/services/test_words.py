"""What messages of customs say, in sentences."""

import pytest

from filings import samples
from filings.messages import catalogue
from filings.samples.sample import Size
from filings.services.words import sentence

FROM_CUSTOMS = [message.id for message in catalogue.messages() if not message.is_sent]


@pytest.mark.parametrize("message", FROM_CUSTOMS)
@pytest.mark.parametrize("size", ["minimal", "full"])
def test_every_message_has_words_of_its_own(message: str, size: Size) -> None:
    said = sentence(samples.sample(message, size=size, seed=1))

    assert not said.startswith("Customs sent:")
    assert not set("{}[]|?") & set(said)
    assert said.endswith(".")


def test_what_is_refused_is_named_by_what_was_answered() -> None:
    refusal = samples.sample("IE3N99", seed=1)

    told = {answers: sentence(refusal, answers=answers) for answers in ("", "IE3A26", "IE3Q04", "IE3R02", "IE3N06")}

    assert len(set(told.values())) == len(told)
    assert "amendment" in told["IE3A26"]


def test_many_values_are_counted() -> None:
    notice = samples.sample("IE3N02", seed=1)
    for number in range(1, 6):
        notice.set(f"supplementaryDeclarant[{number}]/identificationNumber", f"NL00000000{number}")

    assert "NL000000001, NL000000002, NL000000003 and 2 more" in sentence(notice)


def test_parts_without_values_fall_away() -> None:
    assessment = samples.sample("IE3N03", seed=1)
    assessment.root.children = [node for node in assessment.root.children if node.name != "assessmentComplete"]

    assert sentence(assessment).startswith("Customs completed the risk assessment without do-not-load. ")
