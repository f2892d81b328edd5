"""gzip within bounds, and the way from raw MIME parts to payloads (profile section 1.4; pipeline step 11)."""

from collections.abc import Collection
from typing import Final, cast
from urllib.parse import unquote

from isal import igzip, igzip_lib

from .errors import As4Error
from .model import Limits, PartInfo, Payload, RawPart, Received
from .names import GZIP

BUSINESS_TYPE: Final = "application/xml"
ATTACHMENT_TYPES: Final = frozenset({"application/pdf", "image/jpeg"})
_CHARSETS: Final = frozenset({"utf-8", "us-ascii"})
_STEP: Final = 1_000_000
# The package's type stub calls its exception a value.
_BROKEN: Final = (cast("type[Exception]", igzip_lib.error), EOFError)


def pack(data: bytes) -> bytes:
    """Return the gzip form, the same for the same data: no time and no name inside."""
    return igzip.compress(data, mtime=0)


def unpack_part(data: bytes, *, most: int, ratio: int) -> bytes:
    """Return the content of a gzip part (one member or several).

    :raises As4Error: EBMS:0303 if it is not gzip, is cut, is followed by other data, or grows beyond the bounds
    """
    ceiling = min(most, max(_STEP, len(data) * ratio))
    chunks: list[bytes] = []
    size = 0
    rest = data
    while rest:
        decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        feed = rest
        while not decompressor.eof:
            try:
                chunk = decompressor.decompress(feed, max_length=_STEP)
            except _BROKEN:
                raise As4Error("EBMS:0303", "a compressed part is not whole gzip") from None
            size += len(chunk)
            if size > ceiling:
                raise As4Error("EBMS:0303", "a compressed part is too large")
            if not chunk and not decompressor.eof and decompressor.needs_input:
                raise As4Error("EBMS:0303", "a compressed part is cut short")
            chunks.append(chunk)
            feed = b""
        rest = decompressor.unused_data
    if not data:
        raise As4Error("EBMS:0303", "a compressed part is empty")
    return b"".join(chunks)


def unpack(
    received: Received,
    *,
    limits: Limits | None = None,
    attachment_types: Collection[str] = ATTACHMENT_TYPES,
    extra_xml: bool = False,
) -> tuple[Payload, ...]:
    """Return the payloads of a verified UserMessage, the business message first. A ping's are not for delivery.

    :param extra_xml: whether further XML payloads may follow the first (a fact of the action)
    :raises As4Error: EBMS:0011 parts and PartInfos do not pair, EBMS:0001 href of another scheme, EBMS:0010
        properties not agreed on, EBMS:0003 character set, EBMS:0303 compression
    """
    bounds = limits or Limits()
    try:
        allowed = frozenset({BUSINESS_TYPE, *attachment_types} if extra_xml else attachment_types)
        return _payloads(received, bounds, allowed)
    except As4Error as error:
        error.ref_to = error.ref_to or received.message_id
        raise


def _payloads(received: Received, limits: Limits, allowed_after_first: frozenset[str]) -> tuple[Payload, ...]:
    user = received.user
    if user is None or not received.verified:
        raise ValueError("only a verified UserMessage has payloads")
    pairs = _pair(user.part_infos, received.parts)
    payloads: list[Payload] = []
    room = limits.unpacked_total
    for index, (info, part) in enumerate(pairs):
        allowed = allowed_after_first if index else frozenset({BUSINESS_TYPE})
        most = min(limits.unpacked_part, room)
        payloads.append(_payload(info, part, allowed=allowed, most=most, ratio=limits.ratio))
        room -= len(payloads[-1].data)
    return tuple(payloads)


def _pair(infos: tuple[PartInfo, ...], parts: tuple[RawPart, ...]) -> list[tuple[PartInfo, RawPart]]:
    by_cid = {part.cid: part for part in parts}
    pairs: list[tuple[PartInfo, RawPart]] = []
    for info in infos:
        if info.href is None:
            raise As4Error("EBMS:0011", "a PartInfo names no part")
        if not info.href.startswith("cid:"):
            raise As4Error("EBMS:0001", "a PartInfo names something else than a part")
        part = by_cid.pop(unquote(info.href[4:]), None)
        if part is None:
            raise As4Error("EBMS:0011", "a PartInfo names a part that is not there, or twice")
        pairs.append((info, part))
    if by_cid:
        raise As4Error("EBMS:0011", "a part is named by no PartInfo")
    if not pairs:
        raise As4Error("EBMS:0011", "there is no payload")
    return pairs


def _payload(info: PartInfo, part: RawPart, *, allowed: Collection[str], most: int, ratio: int) -> Payload:
    properties = info.properties
    mime_type = properties.get("MimeType", "")
    compression = properties.get("CompressionType")
    if compression not in {None, GZIP}:
        raise As4Error("EBMS:0010", "the compression type is not application/gzip")
    if compression and not mime_type:
        raise As4Error("EBMS:0303", "a compressed part has no MimeType")
    if mime_type.lower() not in allowed:
        raise As4Error("EBMS:0010", "the MimeType of a part is not agreed on")
    charset = properties.get("CharacterSet")
    if charset is not None and charset.lower() not in _CHARSETS:
        raise As4Error("EBMS:0003", "the character set of a part is not utf-8")
    if compression:
        data = unpack_part(part.data, most=most, ratio=ratio)
    elif len(part.data) <= most:
        data = part.data
    else:
        raise As4Error("EBMS:0303", "a part is too large")
    return Payload(part.cid, mime_type, charset, data, dict(properties))
