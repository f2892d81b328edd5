"""gzip within bounds, and the way from raw MIME parts to payloads (profile section 1.4; pipeline step 11)."""

from collections.abc import Collection, Iterator
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
# What stands behind a member is copied once for each member: windows and a bound keep that in proportion.
_WINDOW: Final = 262_144  # the header of a member must fit: isal does not read it in pieces
_MOST_MEMBERS: Final = 1_000
# The package's type stub calls its exception a value.
_BROKEN: Final = (cast("type[Exception]", igzip_lib.error), EOFError)


def pack(data: bytes) -> bytes:
    """Return the gzip form, the same for the same data: no time and no name inside."""
    return igzip.compress(data, mtime=0)


def unpack_part(data: bytes, *, most: int, ratio: int) -> bytes:
    """Return the content of a gzip part (one member or several, up to a bound).

    :raises As4Error: EBMS:0303 if it is not gzip, is cut, is followed by other data, or grows beyond the bounds
    """
    return unpack_up_to(data, most=most, ratio=ratio, hold=most) or b""


def unpack_up_to(data: bytes, *, most: int, ratio: int, hold: int) -> bytes | None:
    """Return the content of a gzip part if it has at most `hold` bytes, else None; read to its end and bounded all the same.

    :raises As4Error: EBMS:0303 if it is not gzip, is cut, is followed by other data, or grows beyond the bounds
    """
    ceiling = min(most, max(_STEP, len(data) * ratio))
    chunks: list[bytes] = []
    size = 0
    for chunk in _inflated(memoryview(data)):
        size += len(chunk)
        if size > ceiling:
            raise As4Error("EBMS:0303", "a compressed part is too large")
        if size > hold:
            chunks.clear()
        else:
            chunks.append(chunk)
    return None if size > hold else b"".join(chunks)


def _inflated(data: memoryview) -> Iterator[bytes]:
    """Yield the content piece by piece, of one member after the other."""
    if not data:
        raise As4Error("EBMS:0303", "a compressed part is empty")
    position = 0
    for _ in range(_MOST_MEMBERS):
        decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        while not decompressor.eof:
            window = data[position : position + _WINDOW] if decompressor.needs_input else b""
            position += len(window)
            try:
                chunk = decompressor.decompress(window, max_length=_STEP)
            except _BROKEN:
                raise As4Error("EBMS:0303", "a compressed part is not whole gzip") from None
            if not chunk and not decompressor.eof and decompressor.needs_input and position == len(data):
                raise As4Error("EBMS:0303", "a compressed part is cut short")
            yield chunk
        position -= len(decompressor.unused_data)
        if position == len(data):
            return
    raise As4Error("EBMS:0303", "a compressed part has too many members")


def unpack(
    received: Received,
    *,
    limits: Limits | None = None,
    attachment_types: Collection[str] = ATTACHMENT_TYPES,
    extra_xml: bool = False,
    hold: int | None = None,
) -> tuple[Payload, ...]:
    """Return the payloads of a verified UserMessage, the business message first. A ping's are not for delivery.

    :param extra_xml: whether further XML payloads may follow the first (a fact of the action)
    :param hold: compressed payloads with more content than this stay packed, so that memory is bounded
    :raises As4Error: EBMS:0011 parts and PartInfos do not pair, EBMS:0001 href of another scheme, EBMS:0010
        properties not agreed on, EBMS:0003 character set, EBMS:0303 compression
    """
    bounds = limits or Limits()
    try:
        allowed = frozenset({BUSINESS_TYPE, *attachment_types} if extra_xml else attachment_types)
        return _payloads(received, bounds, allowed, bounds.unpacked_part if hold is None else hold)
    except As4Error as error:
        error.ref_to = error.ref_to or received.message_id
        raise


def _payloads(received: Received, limits: Limits, allowed_after_first: frozenset[str], hold: int) -> tuple[Payload, ...]:
    user = received.user
    if user is None or not received.verified:
        raise ValueError("only a verified UserMessage has payloads")
    pairs = _pair(user.part_infos, received.parts)
    payloads: list[Payload] = []
    room = limits.unpacked_total
    for index, (info, part) in enumerate(pairs):
        allowed = allowed_after_first if index else frozenset({BUSINESS_TYPE})
        most = min(limits.unpacked_part, room)
        payloads.append(_payload(info, part, allowed=allowed, most=most, ratio=limits.ratio, hold=hold))
        room -= len(payloads[-1].data) if payloads[-1].packed is None else most
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


def _payload(info: PartInfo, part: RawPart, *, allowed: Collection[str], most: int, ratio: int, hold: int) -> Payload:
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
    packed = None
    if compression:
        content = unpack_up_to(part.data, most=most, ratio=ratio, hold=hold)
        data, packed = (b"", part.data) if content is None else (content, None)
    elif len(part.data) <= most:
        data = part.data
    else:
        raise As4Error("EBMS:0303", "a part is too large")
    return Payload(part.cid, mime_type, charset, data, dict(properties), packed)
