"""The two commands for scripts: their output and their exit status."""

import io
import json
import sys
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from filings.management.commands import check_message
from filings.messages import catalogue, xml
from filings.messages import json as message_json
from filings.samples import sample
from tests.filings.messages import building

pytestmark = pytest.mark.django_db  # where message sets are, if there is one

FULL = sample("IE3F25", size="full")


def check(*arguments: str) -> tuple[int, str]:
    """Return the exit status and the output of check_message."""
    output = io.StringIO()
    try:
        call_command("check_message", *arguments, stdout=output)
    except SystemExit as end:
        return int(str(end.code)), output.getvalue()
    return 0, output.getvalue()


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.xml"
    path.write_bytes(xml.write(FULL))
    return str(path)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    path = tmp_path / "bad.json"
    document = sample("IE3F25", size="full")
    document.set("representative/status", "9")
    path.write_bytes(message_json.write(document))
    return str(path)


def test_a_good_message_exits_0(good: str) -> None:
    assert check(good) == (0, f"{good}: IE3F25: nothing found\n")


def test_findings_exit_1_and_are_printed(good: str, bad: str) -> None:
    status, output = check(good, bad)

    assert status == 1
    assert "/IE3F25/representative/status\n    error 12: “Status”" in output


def test_findings_as_json(bad: str) -> None:
    status, output = check(bad, "--json")
    [result] = json.loads(output)
    [finding] = result["findings"]

    assert status == 1
    assert (result["file"], result["message"]) == (bad, "IE3F25")
    assert set(finding) == {"path", "code", "rule", "severity", "sentence", "repair"}


def test_the_worst_file_decides_and_the_others_are_told(good: str, bad: str, tmp_path: Path) -> None:
    status, output = check(bad, str(tmp_path / "none.xml"), good, "--json")

    assert status == 2
    assert [list(result) for result in json.loads(output)] == [
        ["file", "message", "findings"],
        ["file", "unreadable", "findings"],
        ["file", "message", "findings"],
    ]


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(message_json.write(FULL))))

    assert check("-")[0] == 0


@pytest.mark.parametrize("message", ["IE3F26", "IE3N99"])
def test_schemas_are_printed(message: str) -> None:
    printed, described = io.StringIO(), io.StringIO()
    call_command("message_schema", message, "--xsd", stdout=printed)
    call_command("message_schema", message, "--json-schema", stdout=described)
    document = building.full(catalogue.message(message))

    etree.XMLSchema(etree.fromstring(printed.getvalue().encode())).assertValid(etree.fromstring(xml.write(document)))
    jsonschema.validate(document.to_json(), json.loads(described.getvalue()))


def test_an_unknown_message_has_no_schema() -> None:
    with pytest.raises(CommandError, match="IE3F99"):
        call_command("message_schema", "IE3F99", "--xsd")


def test_large_xml_is_checked_in_parts_with_the_same_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = sample("IE3F32", houses=30)
    document.set("consignmentMasterLevel/consignmentHouseLevel[7]/totalGrossMass", "1,5")
    path = tmp_path / "large.xml"
    path.write_bytes(xml.write(document))
    before = check(str(path), "--json")
    monkeypatch.setattr(check_message, "LARGE", 1000)

    assert check(str(path), "--json") == before
    assert json.loads(before[1])[0]["findings"][0]["path"].endswith("consignmentHouseLevel[7]/totalGrossMass")


def test_large_xml_of_standard_input_may_be_unreadable_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_message, "LARGE", 1000)
    data = xml.write(sample("IE3F32", houses=30))[:-9]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    status, output = check("-")

    assert status == 2
    assert "not well-formed" in output


def test_progress_is_shown_to_somebody_who_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(check_message, "LARGE", 1000)
    monkeypatch.setattr(sys, "stderr", terminal)
    path = tmp_path / "large.xml"
    path.write_bytes(xml.write(sample("IE3F32", houses=300)))

    assert check(str(path))[0] == 0
    assert "256 of 300 parts checked (85%)" in terminal.getvalue()
