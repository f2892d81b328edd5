"""The field list of a form says all a page needs."""

from filings.messages import catalogue
from filings.messages.fields import Field, fields

F26 = catalogue.message("IE3F26")


def walk(found: tuple[Field, ...]) -> list[Field]:
    return [each for field in found for each in (field, *walk(field.fields))]


def at(path: str) -> Field:
    return next(field for field in walk(fields(F26)) if field.path == path)


def test_every_element_of_every_message_is_a_field_in_table_order() -> None:
    for message in catalogue.messages():
        paths = [element.path for element in message.root.walk() if element.level]

        assert [field.path for field in walk(fields(message))] == paths


def test_a_code_list_is_a_choice() -> None:
    mode = at("representative/status")

    assert mode.widget == "select"
    assert [code.name for code in mode.choices] == ["Direct", "Indirect"]
    assert mode.help == "code of Representative Status (CL094)"


def test_a_list_published_elsewhere_is_text_with_its_source() -> None:
    country = at("declarant/address/country")

    assert country.widget == "text"
    assert country.codes_from == "CS/RD2: ISO 3166"
    assert (country.min_length, country.max_length) == (2, 2)
    assert "2 capital letters" in country.help


def test_a_group_says_how_often_it_comes() -> None:
    communication = at("declarant/communication")

    assert communication.is_group
    assert communication.required
    assert communication.repeats
    assert communication.help == "1 to 9 times"
    assert [field.name for field in communication.fields] == ["identifier", "type"]


def test_widgets_follow_the_format() -> None:
    assert at("documentIssueDate").widget == "datetime"
    assert at("declarant/communication/identifier").widget == "textarea"
    assert at("declarant/address/postCode").may_be_required
    assert {field.widget for field in walk(fields(F26))} == {
        "group", "text", "textarea", "number", "digits", "datetime", "select",
    }  # fmt: skip
