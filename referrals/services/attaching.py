"""Files of an answer: what they are is read from their content, and all together must fit into one message.

Customs takes PDF and JPEG (ICD 4.2.5), nine for each answer, and 20 MB a message with its files counted as base64 (4.2.6).
"""

import hashlib
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from django.conf import settings

from filings.models import Attachment, Filing
from tenants.errors import DomainError

MOST_EACH: Final = 9
MOST_PARTS: Final = 13  # files of one message: the wire takes 16 signed parts, three of them are not files
MESSAGE: Final = 20_000_000  # bytes of a message, files as base64
RESERVE: Final = 500_000  # for XML, header and signature
ROOM: Final = (MESSAGE - RESERVE) // 4 * 3  # bytes of all files together
TYPES: Final = {"application/pdf": (".pdf",), "image/jpeg": (".jpg", ".jpeg")}
HEAD: Final = 1024  # where the mark of a PDF must stand


class NotTaken(DomainError):
    """Customs takes PDF and JPEG files only."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooMuch(DomainError):
    """The files do not fit into one message."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class File:
    """A file as it was given."""

    filename: str
    data: bytes
    description: str = ""


def mime_of(data: bytes) -> str:
    """Return what a file is by its content, or nothing if customs does not take it."""
    if b"%PDF-" in data[:HEAD] and b"%%EOF" in data[-2 * HEAD :]:
        return "application/pdf"
    if data[:3] == b"\xff\xd8\xff" and b"\xff\xd9" in data[-HEAD:]:
        return "image/jpeg"
    return ""


def add(*, answer: Filing, belongs_to: str, files: Sequence[File], at: datetime) -> list[Attachment]:
    """Keep files with an answer that is being written.

    :raises NotTaken: if one is empty or neither PDF nor JPEG, whatever its name says.
    :raises TooMuch: if they are too many or too large together.
    """
    mimes = [_checked(each) for each in files]
    there = list(Attachment.objects.filter(filing=answer).values_list("belongs_to", "size"))
    if sum(owner == belongs_to for owner, _ in there) + len(files) > MOST_EACH:
        raise TooMuch(f"One answer takes {MOST_EACH} files; leave some out or join them into one PDF.")
    if len(there) + len(files) > MOST_PARTS:
        raise TooMuch(f"One message takes {MOST_PARTS} files; answer the requests one by one, or join files into one PDF.")
    total = sum(size for _, size in there) + sum(len(each.data) for each in files)
    if total > ROOM:
        raise TooMuch(f"The files have {megabytes(total)} together; a message has room for {megabytes(ROOM)}. Scan them smaller.")
    rows = [
        Attachment(
            filing=answer,
            identification=f"{uuid.uuid4()}@{settings.GATEWAY_HOST}",
            filename=_name(each.filename, mime),
            mime=mime,
            description=each.description.strip()[:256],
            belongs_to=belongs_to,
            size=len(each.data),
            sha256=hashlib.sha256(each.data).hexdigest(),
            data=each.data,
            created_at=at,
        )
        for each, mime in zip(files, mimes, strict=True)
    ]
    for row in rows:
        row.save(force_insert=True)
    return rows


def megabytes(size: int) -> str:
    """Return a size for people."""
    return f"{size / 1_000_000:.1f} MB" if size >= 100_000 else f"{max(1, round(size / 1000))} kB"


def _checked(file: File) -> str:
    name = file.filename[:80] or "A file"
    if not file.data:
        raise NotTaken(f"“{name}” is empty.")
    mime = mime_of(file.data)
    if not mime:
        raise NotTaken(f"“{name}” is neither a whole PDF nor a JPEG by its content. Customs takes only these; print it as PDF.")
    return mime


def _name(given: str, mime: str) -> str:
    """Return a plain file name with the ending of what the file is."""
    name = re.sub(r"[\x00-\x1f\x7f<>:\"/\\|?*]+", "_", given.rpartition("/")[2].rpartition("\\")[2]).strip(" .") or "file"
    ending = TYPES[mime][0]
    stem = name if name.lower().endswith(TYPES[mime]) else name + ending
    return stem if len(stem) <= 120 else stem[: 120 - len(ending)] + ending
