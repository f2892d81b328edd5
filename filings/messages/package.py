"""Read a zip of XML Schemas, as the Commission publishes them, without trusting it.

Bounded in files, sizes and compression; names stay inside; nothing but XSD files is looked at, and those must be
safe XML. What comes back are bytes by name: nothing is written to a disk here.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from filings.messages import safexml

MOST_FILES: Final = 2_000
MOST_BYTES: Final = 20 * 1024 * 1024  # of one file
MOST_IN_ALL: Final = 200 * 1024 * 1024
MOST_RATIO: Final = 200  # text of a schema shrinks to a fifteenth, hardly to less than a fiftieth
LONGEST_NAME: Final = 240
_SYMLINK: Final = 0o120000
_ENCRYPTED: Final = 0x1


class BadPackage(ValueError):
    """The zip cannot be taken; the text says why."""


def schemas(data: bytes) -> Mapping[str, bytes]:
    """Return every XSD file of a zip by its name, checked to be safe XML.

    :raises BadPackage: if the zip or a file in it is not acceptable
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = {name: _content(archive, info) for name, info in _entries(archive).items()}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, UnicodeDecodeError) as error:
        raise BadPackage(f"The zip cannot be read: {error}.") from error
    if not found:
        raise BadPackage("The zip holds no XSD file.")
    for name, content in found.items():
        try:
            safexml.parse(content, limit=MOST_BYTES)
        except safexml.UnsafeXml as error:
            raise BadPackage(f"{name}: {error}") from error
    return found


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the entries that are schemas, after a look at all of them."""
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise BadPackage(f"The zip has {len(entries)} entries; at most {MOST_FILES} are allowed.")
    if sum(entry.file_size for entry in entries) > MOST_IN_ALL:
        raise BadPackage(f"The zip unpacks to more than {MOST_IN_ALL} bytes.")
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        _refuse_odd(entry)
        if not entry.is_dir() and entry.filename.lower().endswith(".xsd"):
            if entry.filename in found:
                raise BadPackage(f"The zip holds {entry.filename} twice.")
            found[entry.filename] = entry
    return found


def _refuse_odd(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    parts = PurePosixPath(name).parts
    if not name or name.startswith("/") or "\\" in name or ":" in name or ".." in parts or not name.isprintable():
        raise BadPackage(f"The zip holds a file that points outside: {name!a}.")
    if len(name) > LONGEST_NAME:
        raise BadPackage(f"The zip holds a name of {len(name)} characters.")
    if entry.external_attr >> 16 & 0o170000 == _SYMLINK:
        raise BadPackage(f"The zip holds a link: {name!a}.")
    if entry.flag_bits & _ENCRYPTED:
        raise BadPackage(f"{name!a} is encrypted.")
    if entry.file_size > MOST_BYTES:
        raise BadPackage(f"{name!a} unpacks to {entry.file_size} bytes; at most {MOST_BYTES} are allowed.")
    if entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise BadPackage(f"{name!a} unpacks to more than {MOST_RATIO} times its size.")


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the bytes of an entry; the size it claims is not believed."""
    with archive.open(entry) as file:
        content = file.read(entry.file_size + 1)
    if len(content) > entry.file_size:
        raise BadPackage(f"{entry.filename!a} is larger than it claims.")
    return content
