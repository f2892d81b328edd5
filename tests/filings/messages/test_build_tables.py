"""The builder turns a folder of facts into tables, two versions beside each other, and the catalogue reads both."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from filings.messages import catalogue, rows, xml

PROJECT = Path(catalogue.__file__).parents[2]
DATE = "an20 (YYYY-MM-DDThh:mm:ssZ)"
LINES = [
    # level, kind, min, max, name, format, rules, conditions, code list, XML name
    ("0", "class", "1", "1", "IE3F98", "", "", "", "", "IE3F98"),
    ("1", "attribute", "1", "1", "LRN", "an..22", "R3003", "", "", "LRN"),
    ("1", "attribute", "1", "1", "Document issue date", DATE, "", "", "", "documentIssueDate"),
    ("1", "composition", "0", "9", "Declarant", "", "", "", "", "declarant"),
    ("2", "attribute", "1", "1", "Identification number", "an..17", "", "C3013", "CL094", "identificationNumber"),
]
COLUMNS = ("level", "kind", "min", "max", "name", "format", "rules", "conditions", "code_list", "xml_name")
ABOUT = dict.fromkeys(
    [
        "short_name", "mode", "level", "phase", "addressed_by", "ens_effect", "risk_analysis_timer",
        "air_preloading_analysis", "description", "filer_or_recipient", "filer_basis", "may_follow", "follows", "process",
    ],
    "x",
)  # fmt: skip


def put(path: Path, *lines: dict[str, str]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """A specification of one message."""
    source = tmp_path / "facts"
    source.mkdir()
    about = {"message": "IE3F98", "title": "Test", "direction": "trader→customs", "family": "F", "sci": "F98", "rows": "5"}
    put(source / "catalogue.csv", {**ABOUT, **about, "answered_by": "IE3R01 | IE3N99; later IE3N07"})
    rest = {"message": "IE3F98", "status": "M", "wco_name": "", "wco_id": "", "note": ""}
    table = [{**rest, "seq": str(seq), **dict(zip(COLUMNS, line, strict=True))} for seq, line in enumerate(LINES)]
    put(source / "messages" / "IE3F98.csv", *table)
    listed = {"id": "CL094", "name": "Status", "values_in_spec": "yes", "count": "1", "external_source": "", "note": ""}
    put(source / "codelists" / "index.csv", listed)
    put(source / "codelists" / "CL094.csv", {"code": "2", "name": "Direct", "note": ""})
    reading = {"message": "IE3F98", "rel_path": "declarant/identificationNumber", "source_id": "C3013"}
    put(source / "overrides.csv", {**reading, "treat_as": "C3014", "reason": "because"})
    for name in ("conditions", "rules", "rules_usage", "n03_content"):
        put(source / f"{name}.csv", {"id": "C3013"})
    return source


def build(source: Path, destination: Path, version: str) -> None:
    tool = str(PROJECT / "tools" / "build_tables.py")
    subprocess.run([sys.executable, tool, str(source), str(destination), "--version", version], check=True, capture_output=True)


@pytest.fixture
def tables(facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its tables in two versions, read by the catalogue instead of the product's."""
    destination = tmp_path / "tables"
    build(facts, destination, "1")
    build(facts, destination, "2")
    caches = (catalogue._messages, catalogue._code_lists, rows._element_lines, rows._overrides)
    monkeypatch.setattr(rows, "TABLES", destination)
    for cache in caches:
        cache.cache_clear()
    yield destination
    for cache in caches:
        cache.cache_clear()


def test_two_versions_live_beside_each_other(tables: Path) -> None:
    first, second = (catalogue.message("IE3F98", version=version) for version in "12")

    assert first.root is not second.root
    assert [element.path for element in first.root.walk()] == list(second.by_path)
    assert first.element("declarant/identificationNumber").conditions == ("C3014",)
    assert (first.answered_by, first.accepted_by, first.reference) == (("IE3R01", "IE3N99"), "IE3R01", "LRN")
    assert (first.date, first.party) == ("documentIssueDate", "declarant/identificationNumber")


def test_a_document_belongs_to_the_version_asked_for(tables: Path) -> None:
    data = f'<IE3F98 xmlns="{catalogue.message("IE3F98", version="2").namespace}"><LRN>a</LRN></IE3F98>'.encode()

    assert xml.read(data, version="2").message.version == "2"


def test_building_again_changes_nothing(facts: Path, tables: Path) -> None:
    before = {path: path.read_bytes() for path in tables.rglob("*.csv")}

    build(facts, tables, "1")

    assert {path: path.read_bytes() for path in tables.rglob("*.csv")} == before
