"""The habits that a machine can check, checked with the tests."""

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from config.embedded.paths import PROJECT

TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["lint-imports"]], ids=["ruff", "directions of imports"])
def test_the_tree_passes(command: list[str]) -> None:
    ended = subprocess.run([TOOLS / command[0], *command[1:]], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.django_db
def test_no_model_lacks_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


@pytest.mark.parametrize("lock", sorted(PROJECT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_a_lock_file_holds_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
    pins = re.findall(r"^[a-z0-9][^ \n]*==[^ \n]+.*$", text, re.MULTILINE)
    assert pins
    assert text.count("--hash=sha256:") >= len(pins)


def test_no_message_is_named_in_code() -> None:
    """A message is a table: `IE3F26` in code is a column that the table lacks (docs/decisions/0004)."""
    named = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for app in ("config", "filings", "integrations", "referrals", "tenants")
        for path in sorted((PROJECT / app).rglob("*.py"))
        if not {"stories", "migrations"} & set(path.parts)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"""(==|!=|\bin)\s*[\[({]?\s*["']IE3[A-Z]\d""", line)
    ]

    assert named == []
