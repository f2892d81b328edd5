"""manage.py sample_message: XML or JSON on standard output, without a database."""

import io

import pytest
from django.core.management import CommandError, call_command

from filings.messages import json, xml
from filings.messages.document import Document
from filings.rules import book


def printed(*arguments: str) -> bytes:
    out = io.StringIO()
    call_command("sample_message", *arguments, stdout=out)
    return out.getvalue().encode("utf-8")


def test_prints_xml() -> None:
    document: Document = xml.read(printed("IE3F26"))

    assert document.message.id == "IE3F26"
    assert book.findings(document) == []


def test_prints_the_same_message_as_json() -> None:
    arguments = ("IE3F11", "--size", "full", "--houses", "3", "--seed", "4")

    assert xml.read(printed(*arguments)).to_json() == json.read(printed(*arguments, "--json")).to_json()


def test_refuses_an_unknown_message() -> None:
    with pytest.raises(CommandError, match="There is no message IE3F99"):
        printed("IE3F99")


def test_refuses_a_number_of_houses_no_message_takes() -> None:
    with pytest.raises(CommandError, match="houses must be from 1"):
        printed("IE3F26", "--houses", "0")
