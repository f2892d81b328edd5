"""multipart/related, read strictly and within bounds, and written (RFC 2046, RFC 2387; profile section 3).

Anything that two readers could understand differently is refused with EBMS:0007: bare line ends, two parts of one
name, a header twice, a body without its closing delimiter.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from .errors import As4Error
from .model import Limits, RawPart
from .names import SOAP

MULTIPART: Final = "multipart/related"
_ROOT_TYPES: Final = frozenset({SOAP, "text/xml", "application/xml"})
_WORD: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_MEDIA_TYPE: Final = re.compile(rf"({_WORD}/{_WORD})[ \t]*")
_PARAMETER: Final = re.compile(rf';[ \t]*(?:({_WORD})=(?:"((?:[^"\\]|\\.)*)"|({_WORD})))?[ \t]*')
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_HEADER: Final = re.compile(rf"({_WORD})[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD: Final = re.compile(r"\r\n(?=[ \t])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ONCE: Final = frozenset({"content-type", "content-id", "content-transfer-encoding"})
_REST_OF_DELIMITER: Final = re.compile(rb"(--)?[ \t]*(?:\r\n|\Z)")
_SHORT: Final = 80
_MAX_HEADERS: Final = 32


@dataclass(frozen=True, slots=True)
class ContentType:
    """A Content-Type header: the media type in lower case and its parameters."""

    media_type: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Package:
    """A body taken apart: the SOAP envelope and the other parts in their order."""

    envelope: bytes
    parts: tuple[RawPart, ...]


def parse_content_type(value: str) -> ContentType:
    """Return the media type and parameters of a Content-Type header.

    :raises As4Error: EBMS:0007 if it is absent, malformed or names a parameter twice
    """
    return _short_content_type(value) if len(value) <= _SHORT else _content_type(value)


@lru_cache(maxsize=256)
def _short_content_type(value: str) -> ContentType:
    """Return what _content_type() does, remembered: the parts of all messages say the same few things."""
    return _content_type(value)


def _content_type(value: str) -> ContentType:
    text = _FOLD.sub("", value.strip())
    if _CONTROL.search(text) or not (start := _MEDIA_TYPE.match(text)):
        raise As4Error("EBMS:0007", "the Content-Type is missing or malformed")
    parameters: dict[str, str] = {}
    position = start.end()
    while position < len(text):
        found = _PARAMETER.match(text, position)
        if not found:
            raise As4Error("EBMS:0007", "a parameter of the Content-Type is malformed")
        position = found.end()
        if not found[1]:
            continue
        name = found[1].lower()
        if name in parameters:
            raise As4Error("EBMS:0007", "a parameter of the Content-Type stands twice")
        parameters[name] = found[3] if found[3] is not None else re.sub(r"\\(.)", r"\1", found[2])
    return ContentType(start[1].lower(), MappingProxyType(parameters))


def parse(content_type: str, body: bytes, limits: Limits) -> Package:
    """Return the envelope and the parts of an HTTP body, multipart or bare SOAP.

    :raises As4Error: EBMS:0007 for anything malformed or beyond the limits
    """
    if len(body) > limits.body:
        raise As4Error("EBMS:0007", "the message is too large")
    declared = parse_content_type(content_type)
    if declared.media_type == SOAP:
        _require_utf8(declared)
        return Package(body, ())
    if declared.media_type != MULTIPART:
        raise As4Error("EBMS:0007", "the Content-Type is neither multipart/related nor application/soap+xml")
    if declared.parameters.get("type", SOAP).lower() not in _ROOT_TYPES:
        raise As4Error("EBMS:0007", "the type of the multipart is not that of a SOAP envelope")
    boundary = declared.parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise As4Error("EBMS:0007", "the boundary is missing or malformed")
    parts = [_part(octets, limits) for octets in _split(body, boundary.encode(), limits.parts)]
    return _package(parts, declared.parameters.get("start"))


def write(envelope: bytes, parts: Sequence[RawPart], *, root_cid: str, boundary: str) -> tuple[str, bytes]:
    """Return the Content-Type and the body of a multipart with the envelope first."""
    chunks: list[bytes] = []
    for part in (RawPart(root_cid, f"{SOAP}; charset=UTF-8", envelope), *parts):
        head = (
            f"--{boundary}\r\nContent-Type: {part.content_type}\r\n"
            f"Content-Transfer-Encoding: binary\r\nContent-ID: <{part.cid}>\r\n\r\n"
        )
        chunks += (head.encode(), part.data, b"\r\n")
    chunks.append(f"--{boundary}--\r\n".encode())
    content_type = f'{MULTIPART}; type="{SOAP}"; start="<{root_cid}>"; boundary="{boundary}"'
    return content_type, b"".join(chunks)


def bare_cid(value: str) -> str:
    """Return a Content-ID without its angle brackets."""
    text = value.strip()
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text


def _require_utf8(declared: ContentType) -> None:
    if declared.parameters.get("charset", "utf-8").lower() not in {"utf-8", "us-ascii"}:
        raise As4Error("EBMS:0009", "the envelope is not in UTF-8")


def _split(body: bytes, boundary: bytes, most: int) -> list[bytes]:
    """Return the octets between the delimiters; the line end before a delimiter belongs to the delimiter."""
    pieces: list[bytes] = []
    start = -1
    for line_start, line_end, closing in _delimiters(body, boundary):
        if start >= 0:
            pieces.append(body[start:line_start] if line_start >= start else b"")
        if closing:
            if not pieces:
                break
            return pieces
        if len(pieces) == most:
            raise As4Error("EBMS:0007", "too many parts")
        start = line_end
    raise As4Error("EBMS:0007", "the multipart has no part or no closing delimiter")


def _delimiters(body: bytes, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and whether it closes of each delimiter line.

    Text that only begins like a delimiter is content: the line must end behind it.
    """
    mark, position = b"--" + boundary, 0
    while (at := body.find(mark, position)) >= 0:
        position = at + len(mark)
        if at and body[at - 2 : at] != b"\r\n":
            continue
        if found := _REST_OF_DELIMITER.match(body, position):
            yield max(0, at - 2), found.end(), found[1] is not None
            # The line end of a delimiter may open the next one: two delimiters on consecutive lines.
            position = found.end()


def _part(octets: bytes, limits: Limits) -> tuple[ContentType, RawPart]:
    head, blank, data = octets.partition(b"\r\n\r\n")
    if octets.startswith(b"\r\n"):
        head, blank, data = b"", b"\r\n", octets[2:]
    if not blank or len(head) > limits.part_headers:
        raise As4Error("EBMS:0007", "a part has no end of its headers or too many of them")
    headers = _headers(head)
    declared = parse_content_type(headers.get("content-type", "application/octet-stream"))
    cid = bare_cid(headers.get("content-id", ""))
    encoding = headers.get("content-transfer-encoding", "binary").strip().lower()
    return declared, RawPart(cid, headers.get("content-type", ""), _decode(data, encoding))


def _headers(head: bytes) -> dict[str, str]:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        raise As4Error("EBMS:0007", "a header of a part is not text") from None
    headers: dict[str, str] = {}
    lines = _FOLD.sub("", text).split("\r\n") if text else []
    if len(lines) > _MAX_HEADERS:
        raise As4Error("EBMS:0007", "a part has too many headers")
    for line in lines:
        found = _HEADER.fullmatch(line)
        if not found or _CONTROL.search(line):
            raise As4Error("EBMS:0007", "a header of a part is malformed")
        name = found[1].lower()
        if name in headers and name in _ONCE:
            raise As4Error("EBMS:0007", "a header of a part stands twice")
        headers[name] = found[2]
    return headers


def _decode(data: bytes, encoding: str) -> bytes:
    if encoding in {"binary", "8bit", "7bit"}:
        return data
    if encoding == "quoted-printable":
        return quopri.decodestring(data)
    if encoding == "base64":
        try:
            return base64.b64decode(bytes(data).translate(None, b" \t\r\n"), validate=True)
        except binascii.Error:
            raise As4Error("EBMS:0007", "a part is not in base64 as declared") from None
    raise As4Error("EBMS:0007", "the transfer encoding of a part is unknown")


def _package(parts: Sequence[tuple[ContentType, RawPart]], start: str | None) -> Package:
    cids = [part.cid for _, part in parts]
    if len(set(cids)) != len(cids):
        raise As4Error("EBMS:0007", "two parts have the same Content-ID")
    root = 0
    if start is not None:
        if bare_cid(start) not in cids:
            raise As4Error("EBMS:0007", "the start part is not there")
        root = cids.index(bare_cid(start))
    declared, envelope = parts[root]
    if declared.media_type not in _ROOT_TYPES:
        raise As4Error("EBMS:0007", "the root part is not a SOAP envelope")
    _require_utf8(declared)
    others = tuple(part for index, (_, part) in enumerate(parts) if index != root)
    if not all(part.cid for part in others):
        raise As4Error("EBMS:0007", "a part has no Content-ID")
    return Package(envelope.data, others)
