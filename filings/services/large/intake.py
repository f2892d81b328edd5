"""Uploads: stored piece by piece as they arrive, before anybody reads them, and read again as a file.

No transaction is open while the network is slow: each piece is committed by itself. An upload that stays without its
end is removed after a while, and so is one whose filing was made, once nobody needs its bytes any more.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, cast
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from isal import igzip_lib, isal_zlib

from filings.models.large import Check, Upload, UploadPiece
from filings.services.large import queue
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.scope import every_tenant, tenant_scope

PIECE: Final = 1024 * 1024  # bytes of XML in one row
STEP: Final = 64 * 1024
ABANDONED: Final = timedelta(minutes=30)  # without a new piece
KEPT: Final = timedelta(days=30)  # bytes and findings of an upload that was checked
_BROKEN: Final = (cast("type[Exception]", igzip_lib.error), EOFError)


class UploadTooLarge(DomainError):
    """The file is larger than one message may be."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self) -> None:
        most = megabytes(settings.LARGE_UPLOAD_LIMIT)
        super().__init__(f"The XML has more than {most} MB, which no message may have; split it.")

    def detail(self) -> dict[str, object]:
        """Return the limit in bytes."""
        return {"limit": settings.LARGE_UPLOAD_LIMIT}


class UploadCutShort(DomainError):
    """The upload ended before its announced length; nothing of it was kept, so send it again."""

    status = HTTPStatus.BAD_REQUEST


class UploadNotGzip(DomainError):
    """The file was announced as gzip and is not whole gzip; nothing of it was kept."""

    status = HTTPStatus.BAD_REQUEST


class UploadEmpty(DomainError):
    """There is nothing in the file."""

    status = HTTPStatus.BAD_REQUEST


class UploadKeyUnusable(DomainError):
    """An Idempotency-Key has 1 to 200 printable characters; a new UUID for each upload is a good one."""

    status = HTTPStatus.BAD_REQUEST


class UploadKeyReused(DomainError):
    """This Idempotency-Key came before with another file; use a new key for each upload."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UploadStillArriving(DomainError):
    """An upload with this Idempotency-Key is still arriving; ask again in a moment."""

    retry_after = 5


@dataclass(frozen=True)
class Arrival:
    """How an upload comes. length: announced bytes, if any; packed: whether they are gzip; key: the client's name for it."""

    name: str
    source: str
    submit: bool = False
    length: int | None = None
    packed: bool = False
    key: str = ""


def receive(*, pieces: Iterable[bytes], arrival: Arrival, operator_id: UUID, by: Actor, at: datetime) -> tuple[Upload, bool]:
    """Store an upload as it arrives and queue its check; return it, and whether it is new.

    Open no scope around this: each piece is committed by itself. The same key again with the same bytes gives the
    upload there is.

    :raises UploadTooLarge, UploadCutShort, UploadNotGzip, UploadEmpty: after which nothing of it is left.
    :raises UploadKeyReused, UploadStillArriving: because of the key.
    """
    if arrival.key and not (len(arrival.key) <= 200 and arrival.key.isprintable()):
        raise UploadKeyUnusable
    before = _before(arrival.key, operator_id, at)
    if before is not None:
        return _same(before, _unpacked(pieces, arrival)), False
    upload = _begin(arrival, operator_id, by, at)
    try:
        size, sha256 = _store(upload, _unpacked(pieces, arrival), operator_id)
        if not size:
            raise UploadEmpty
    except BaseException:
        with tenant_scope(operator_id):
            Upload.objects.filter(pk=upload.pk).delete()
        raise
    with tenant_scope(operator_id):
        upload.size, upload.sha256, upload.complete_at = size, sha256, timezone.now()
        upload.save(update_fields=["size", "sha256", "complete_at"])
        queue.put(deed=Check.Deed.TAKE, upload=upload, by=by, at=at)
        audit.record("upload.received", target=upload, by=by, at=at, detail={"size": size, "sha256": sha256})
    return upload, True


def _before(key: str, operator_id: UUID, at: datetime) -> Upload | None:
    """Return the whole upload that came under a key; one whose sender went away makes room."""
    if not key:
        return None
    with tenant_scope(operator_id):
        before: Upload | None = Upload.objects.filter(key=key).first()
        if before is not None and before.complete_at is None:
            if at - before.touched_at < queue.LEASE:
                raise UploadStillArriving
            before.delete()
            return None
    return before


def _same(before: Upload, content: Iterator[bytes]) -> Upload:
    digest = hashlib.sha256()
    for some in content:
        digest.update(some)
    if digest.hexdigest() != before.sha256:
        raise UploadKeyReused
    return before


def _begin(arrival: Arrival, operator_id: UUID, by: Actor, at: datetime) -> Upload:
    name = "".join(sign for sign in arrival.name if sign.isprintable())[:200] or "without a name"
    try:
        with tenant_scope(operator_id):
            upload: Upload = Upload.objects.create(
                name=name,
                source=arrival.source,
                by=by.name[:120],
                key=arrival.key,
                submit=arrival.submit,
                created_at=at,
                touched_at=at,
            )
    except IntegrityError as error:
        raise UploadStillArriving from error
    return upload


def _store(upload: Upload, content: Iterator[bytes], operator_id: UUID) -> tuple[int, str]:
    """Keep the bytes of an upload in rows of equal size; return how many there are, and their digest."""
    digest, size, number = hashlib.sha256(), 0, 0
    waiting = bytearray()
    for some in content:
        digest.update(some)
        waiting += some
        size += len(some)
        while len(waiting) >= PIECE:
            _keep(upload, number, bytes(waiting[:PIECE]), operator_id)
            del waiting[:PIECE]
            number += 1
    if waiting:
        _keep(upload, number, bytes(waiting), operator_id)
    return size, digest.hexdigest()


def _keep(upload: Upload, number: int, data: bytes, operator_id: UUID) -> None:
    with tenant_scope(operator_id):
        UploadPiece.objects.create(upload=upload, number=number, data=isal_zlib.compress(data, 1))
        Upload.objects.filter(pk=upload.pk).update(touched_at=timezone.now())


# --- From the wire to XML, within bounds -----------------------------------------------------------------------------------


def _unpacked(pieces: Iterable[bytes], arrival: Arrival) -> Iterator[bytes]:
    """Yield the XML of what arrives, a little at a time.

    :raises UploadTooLarge, UploadCutShort, UploadNotGzip: as soon as it is known
    """
    whole = _whole(pieces, arrival.length)
    size = 0
    for some in _gunzipped(whole) if arrival.packed else whole:
        size += len(some)
        if size > settings.LARGE_UPLOAD_LIMIT:
            raise UploadTooLarge
        yield some


def _whole(pieces: Iterable[bytes], length: int | None) -> Iterator[bytes]:
    size = 0
    for some in pieces:
        size += len(some)
        yield some
    if length is not None and size != length:
        raise UploadCutShort


def _gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of gzip, one member or several, never more at once than asked for."""
    gzip, begun = _member(), False
    for some in pieces:
        feed = some
        while feed or not (gzip.eof or gzip.needs_input):
            if gzip.eof:
                gzip = _member()
            begun = True
            try:
                yield gzip.decompress(feed, max_length=PIECE)
            except _BROKEN:
                raise UploadNotGzip from None
            feed = gzip.unused_data if gzip.eof else b""
    if not begun or not gzip.eof:
        raise UploadNotGzip


def _member() -> igzip_lib.IgzipDecompressor:
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)


def steps(stream: io.RawIOBase | io.BufferedIOBase) -> Iterator[bytes]:
    """Yield what a stream gives until its end."""
    while some := stream.read(STEP):
        yield some


def megabytes(size: int) -> int:
    """Return a number of bytes in megabytes, as limits are told."""
    return size // (1024 * 1024)


# --- Reading ---------------------------------------------------------------------------------------------------------------


class Kept(io.RawIOBase):
    """The bytes of an upload as a file that can be read more than once; one piece is in memory at a time."""

    def __init__(self, upload: Upload) -> None:
        super().__init__()
        self._upload = upload
        self._operator_id = cast(UUID, upload.operator_id)
        self._at = 0
        self._number, self._data = -1, b""

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._upload.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def readinto(self, buffer: object) -> int:
        """Fill a buffer with what comes next, at most to the end of a piece."""
        view = memoryview(cast(bytearray, buffer)).cast("B")
        if self._at >= self._upload.size:
            return 0
        number, start = divmod(self._at, PIECE)
        some = self._piece(number)[start : start + len(view)]
        view[: len(some)] = some
        self._at += len(some)
        return len(some)

    def _piece(self, number: int) -> bytes:
        if number != self._number:
            with tenant_scope(self._operator_id):
                data = UploadPiece.objects.filter(upload=self._upload, number=number).values_list("data", flat=True).get()
            self._number, self._data = number, isal_zlib.decompress(bytes(data))
        return self._data


def opened(upload: Upload) -> io.BufferedReader:
    """Return the bytes of an upload as a file."""
    return io.BufferedReader(Kept(upload), STEP)


# --- Cleaning --------------------------------------------------------------------------------------------------------------


def clear(*, at: datetime) -> int:
    """Remove uploads that never came to their end, and those checked long ago; return how many. Filings stay."""
    with every_tenant("uploads nobody needs any more are removed for all operators"):
        old = list(
            Upload.objects.filter(complete_at=None, touched_at__lt=at - ABANDONED).values_list("pk", "operator_id")
        ) + list(
            Upload.objects.filter(complete_at__lt=at - KEPT)
            .exclude(checks__state__in=[Check.State.WAITING, Check.State.RUNNING])
            .values_list("pk", "operator_id")
        )
    for pk, operator_id in old:
        with tenant_scope(operator_id):
            Upload.objects.filter(pk=pk).delete()
    return len(old)
