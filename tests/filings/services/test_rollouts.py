"""A newer table of who joined ICS2 when, loaded by command."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from filings.deadlines import rollout
from filings.services import rollouts
from tenants.scope import tenant_scope
from tests import factories

TABLE = ",".join(rollout.COLUMNS) + "\n2 3,IT,2026-12-01,,needed,Italy joins.,ADM notice 1,yes\n"
pytestmark = pytest.mark.django_db


def run(name: str, *args: str) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rollout.csv"
    path.write_text(TABLE)
    return path


def in_force() -> tuple[rollout.Row, ...]:
    with tenant_scope(factories.operator("reader").pk):
        return rollouts.in_force()


def test_the_table_of_the_release_counts_until_another_is_loaded() -> None:
    assert in_force() == rollout.shipped()


def test_a_loaded_table_takes_its_place_for_every_operator(file: Path) -> None:
    assert run("load_rollout", str(file)) == "1 rows, loaded\n"
    assert run("load_rollout", str(file)) == "1 rows, in force already\n"

    assert [row.words for row in in_force()] == ["Italy joins."]


def test_what_is_no_table_is_refused_and_nothing_changes(file: Path) -> None:
    file.write_text(TABLE.replace("yes", "perhaps"))

    with pytest.raises(CommandError, match="Line 2"):
        run("load_rollout", str(file))
    with pytest.raises(CommandError, match="No such file"):
        run("load_rollout", str(file.parent / "nothing.csv"))

    assert in_force() == rollout.shipped()
