"""The dictionary as files: whole, linked among themselves, the same each time."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import CommandError, call_command

from filings.messages import catalogue


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dictionary")
    call_command("write_dictionary", str(folder))
    return folder


def test_there_is_a_page_for_every_message_rule_and_list(html: Path) -> None:
    assert {path.stem for path in (html / "messages").iterdir()} == {message.id for message in catalogue.messages()}
    assert {path.stem for path in (html / "codes").iterdir()} == {each.id for each in catalogue.code_lists()}
    assert {row["id"] for table in ("rules", "conditions") for row in catalogue.rows(table)} <= {
        path.stem for path in (html / "rules").iterdir()
    }


def test_every_link_leads_to_a_file_and_every_anchor_to_a_line(html: Path) -> None:
    anchors = {path: set(re.findall(r' id="([^"]+)"', path.read_text())) for path in html.glob("messages/*.html")}

    links = 0
    for path in html.rglob("*.html"):
        for link in re.findall(r'href="([^"]+)"', path.read_text()):
            target, _, place = unquote(unescape(link)).partition("#")
            aim = (path.parent / target).resolve() if target else path.resolve()
            assert aim.is_file(), (path, link)
            assert not place or aim not in anchors or place in anchors[aim], (path, link)
            links += 1
    assert links > 10_000


def test_a_file_needs_nothing_from_elsewhere(html: Path) -> None:
    text = (html / "messages" / "IE3F26.html").read_text()

    assert "://" not in re.sub(r"<code>.*?</code>", "", text, flags=re.DOTALL)
    assert "<script" not in text
    assert text.count("<tr id=") == catalogue.message("IE3F26").rows - 1


def test_markdown_has_every_element_rule_and_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("write_dictionary", str(tmp_path), "--form", "markdown")

    text = (tmp_path / "messages" / "IE3F26.md").read_text()
    assert "87 files written" in capsys.readouterr().out
    assert text.count("| `") == catalogue.message("IE3F26").rows - 1
    assert "```xml" in text
    assert "| C3004 |" in (tmp_path / "rules.md").read_text()
    assert "| N740 | Air waybill |" in (tmp_path / "codes.md").read_text()


def test_the_same_set_gives_the_same_files(html: Path, tmp_path: Path) -> None:
    call_command("write_dictionary", str(tmp_path))

    for path in html.rglob("*.*"):
        assert (tmp_path / path.relative_to(html)).read_bytes() == path.read_bytes()


@pytest.mark.django_db
def test_an_unknown_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no message set HTI"):
        call_command("write_dictionary", str(tmp_path), "--message-set", "HTI")
