"""manage.py load_code_list: what it prints and what it refuses."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from filings import reference
from filings.reference import shelf
from filings.services.code_lists import DatabaseShelf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_shelf() -> Iterator[None]:
    shelf.stand(DatabaseShelf())
    yield
    shelf.stand(DatabaseShelf())


@pytest.fixture
def offices(tmp_path: Path) -> Path:
    file = tmp_path / "offices.csv"
    file.write_text("Code,Name\n" + "".join(f"DE{number:06d},Office {number}\n" for number in range(30)))
    return file


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("load_code_list", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_loads_a_list_and_prints_what_it_changes(offices: Path) -> None:
    text = run("CL141", offices, "--edition", "2026-11-01", "--valid-from", "2026-11-02")

    assert "CL141: 30 codes, loaded" in text
    assert "30 added, 0 gone, 0 changed" in text
    assert "+ DE000000 Office 0" in text
    assert "and 10 more" in text
    assert reference.customs_office("DE000029")
    assert "was there already" in run("CL141", offices, "--edition", "2026-11-01", "--valid-from", "2026-11-02")


def test_programs_get_the_whole_report_as_json(offices: Path) -> None:
    report = json.loads(run("CL141", offices, "--json"))

    assert (report["code_list"], report["count"], report["new"], len(report["added"])) == ("CL141", 30, True, 30)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("CL141", "no-such-file.csv"), "No such file"),
        (("CL754", __file__), "belongs to the message set"),
        (("CL141", __file__), "No heading"),
        (("CL141", __file__, "--edition", "yesterday"), "is no day"),
    ],
)
def test_what_cannot_be_loaded_is_refused_with_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
