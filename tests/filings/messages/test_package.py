"""What a zip of schemas may not be."""

import io
import zipfile
import zlib

import pytest

from filings.messages import package
from filings.messages.package import BadPackage
from tests.filings.messages.packages import zipped

SCHEMA = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'


def test_schemas_are_returned_by_name_and_other_files_left_alone() -> None:
    data = zipped({"a/IE3F26.xsd": SCHEMA, "a/readme.pdf": b"%PDF", "b/types.XSD": SCHEMA})

    assert package.schemas(data) == {"a/IE3F26.xsd": SCHEMA, "b/types.XSD": SCHEMA}


@pytest.mark.parametrize("name", ["../a.xsd", "/a.xsd", "a/../../b.xsd", "c:\\a.xsd", "a\\b.xsd", "a\x07.xsd"])
def test_a_name_that_points_outside_is_refused(name: str) -> None:
    with pytest.raises(BadPackage, match="points outside"):
        package.schemas(zipped({name: SCHEMA}))


def test_a_link_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("a.xsd")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")

    with pytest.raises(BadPackage, match="a link"):
        package.schemas(buffer.getvalue())


def test_a_bomb_is_refused() -> None:
    with pytest.raises(BadPackage, match="times its size"):
        package.schemas(zipped({"a.xsd": b" " * 5_000_000}))


def test_a_size_that_lies_is_not_believed() -> None:
    data = bytearray(zipped({"a.xsd": SCHEMA + b" " * 400}))
    short = len(SCHEMA).to_bytes(4, "little")
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark) + place
        data[at : at + 4] = short
    for mark, place in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        at = data.index(mark) + place
        data[at : at + 4] = zlib.crc32(SCHEMA).to_bytes(4, "little")

    # Whatever the library makes of it, never more than was claimed.
    assert package.schemas(bytes(data))["a.xsd"] == SCHEMA


def test_too_many_or_too_large_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_FILES", 2)
    with pytest.raises(BadPackage, match="3 entries"):
        package.schemas(zipped({f"{n}.xsd": SCHEMA for n in range(3)}))

    monkeypatch.setattr(package, "MOST_BYTES", 10)
    with pytest.raises(BadPackage, match="at most 10"):
        package.schemas(zipped({"a.xsd": SCHEMA}))

    monkeypatch.setattr(package, "MOST_IN_ALL", 5)
    with pytest.raises(BadPackage, match="more than 5"):
        package.schemas(zipped({"a.xsd": SCHEMA}))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no zip", "cannot be read"),
        (zipped({"a.txt": b"x"}), "no XSD"),
        (zipped({"a.xsd": b"<!DOCTYPE a><a/>"}), "DOCTYPE"),
        (zipped({"a.xsd": b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'}), "DOCTYPE"),
        (zipped({"a.xsd": b"<a"}), "not well-formed"),
        (zipped({"a.xsd": "<a>ä</a>".encode("latin-1")}), "UTF-8"),
    ],
)
def test_what_is_no_package_of_safe_schemas_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(BadPackage, match=words):
        package.schemas(data)
