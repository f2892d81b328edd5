"""What messages of customs say, in sentences."""

import pytest

from config.embedded.paths import PROJECT
from filings import samples
from filings.messages import catalogue
from filings.samples.sample import Size
from filings.services.words import as_markdown, cause, meaning, sentence

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


@pytest.mark.parametrize("message", FROM_CUSTOMS)
@pytest.mark.parametrize("answers", ["", "IE3F26", "IE3A26", "IE3Q04", "IE3N06"])
def test_every_message_says_what_it_means_and_what_not(message: str, answers: str) -> None:
    found = meaning(message, answers)

    assert found is not None
    texts = (found.headline, found.means, found.means_not, found.todo)
    assert all(texts)
    assert not any(set("{}[]|") & set(text) for text in texts)
    assert not found.headline.endswith(".")
    assert all(text.endswith((".", "?")) for text in texts[1:])


def test_a_registration_is_called_no_acceptance_and_an_assessment_no_release() -> None:
    registered, assessed = meaning("IE3R01", "IE3F26"), meaning("IE3N03")

    assert registered is not None
    assert "neither an acceptance" in registered.means_not
    assert assessed is not None
    assert "not a release" in assessed.means_not
    assert "not in a list is not cleared" in assessed.means_not


def test_every_error_code_has_a_cause_and_a_remedy() -> None:
    for code in catalogue.code_list("CL723").names:
        found = cause(code)
        assert found is not None, code
        assert found.cause.endswith(".")
        assert found.remedy.endswith(".")


def test_the_page_of_words_is_that_of_the_tables() -> None:
    assert (PROJECT / "docs" / "words.md").read_text(encoding="utf-8") == as_markdown()
