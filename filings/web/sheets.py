"""The spreadsheet of a filing request on its pages, of who has a link and of an operator here: sent, taken, carried along."""

import base64
import zlib
from typing import Final

from django.core import signing
from django.http import HttpRequest, HttpResponse

from filings.messages.catalogue import Message
from filings.models import FilingRequest
from filings.services.filing_requests.sheets import reading, writing
from filings.services.filing_requests.sheets.columns import Sheet
from filings.services.filing_requests.sheets.reading import Check, Understood, UnreadableSheet

SALT: Final = "filings.sheet"
KEPT: Final = 24 * 3600  # seconds for which a page with a preview may be confirmed
ENDINGS: Final = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".ods")


class PreviewTooOld(UnreadableSheet):
    """The preview is more than a day old, or not complete. Choose the file again."""


class NoFile(UnreadableSheet):
    """Choose a file."""


class FileTooLarge(UnreadableSheet):
    """The file has more than 2 MB; split it, or ask who sent you the link how to send it."""


def template(request: HttpRequest, asked: FilingRequest, message: Message) -> HttpResponse:
    """Return the file to fill in; `separator=comma` for a spreadsheet that wants that."""
    data = writing.template(Sheet(asked, message), separator=request.GET.get("separator", ""))
    name = f"{message.id}-{asked.asked_eori}.csv"
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(data, headers={"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": disposition})


def uploaded(request: HttpRequest) -> bytes:
    """Return the file that was chosen.

    :raises NoFile, FileTooLarge: if there is none, or too much of it.
    """
    file = request.FILES.get("file")
    if file is None:
        raise NoFile
    if (file.size or 0) > reading.LARGEST:
        raise FileTooLarge
    data: bytes = file.read()
    return data


def is_sheet(request: HttpRequest) -> bool:
    """Say whether the file that was chosen is meant as a spreadsheet."""
    file = request.FILES.get("file")
    return request.POST.get("deed") == "sheet" or bool(file and (file.name or "").lower().endswith(ENDINGS))


def understood(data: bytes, asked: FilingRequest, message: Message, check: Check) -> Understood:
    """Return what a file says.

    :raises UnreadableSheet: if it is none.
    """
    return reading.read(data, Sheet(asked, message), check)


def packed(data: bytes, asked: FilingRequest) -> str:
    """Return a file for the page that shows its preview to carry along: nothing is kept of what nobody confirms."""
    return signing.dumps([str(asked.pk), base64.b64encode(zlib.compress(data)).decode()], salt=SALT)


def unpacked(text: str, asked: FilingRequest) -> bytes:
    """Return the file that a page carried along.

    :raises PreviewTooOld: if it is not whole, too old, or was looked at for another request.
    """
    try:
        pk, content = signing.loads(text, salt=SALT, max_age=KEPT)
    except signing.BadSignature as error:
        raise PreviewTooOld from error
    if pk != str(asked.pk):
        raise PreviewTooOld
    return zlib.decompress(base64.b64decode(content))
