"""The header of a UserMessage in canonical form, put together from pieces that messages of a connection share.

All messages over a connection say the same but for their id, time and parts, so what is the same is written once, by
`canonical`, and remembered. What differs is put where a mark stands; no text holds the mark, since "<" is escaped.
"""

from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote

from . import names, sign
from .canonical import Raw, Tag, canonical, escape_attribute, escape_text, tag
from .model import Agreement, Part, Party, Service, UserMessage

_MARK: Final = "<?>"
_HERE: Final = Raw(_MARK.encode())
# Inside eb:Messaging the prefix is declared already, so canonical form does not repeat it.
_EB_DECLARATION: Final = f' xmlns:eb="{names.EB}"'


def header(message: UserMessage, *, label: str) -> bytes:
    """Return the eb:Messaging of a message in canonical form, as canonical() would write the whole of it.

    :raises ValueError: if a value holds a character that XML cannot hold
    """
    outside = _messaging()
    before, between, *behind = _unit(
        _Same(
            message.sender,
            message.receiver,
            message.agreement,
            message.service,
            message.action,
            message.conversation_id,
            message.mpc,
            bool(message.parts),
        )
    )
    ref_to = _inside(canonical(tag("eb:RefToMessageId", message.ref_to))) if message.ref_to else ""
    info = (
        f"<eb:MessageInfo><eb:Timestamp>{timestamp(message.at)}</eb:Timestamp>"
        f"<eb:MessageId>{escape_text(message.message_id)}</eb:MessageId>{ref_to}</eb:MessageInfo>"
    )
    infos = "".join(map(_part_info, message.parts))
    return "".join((outside[0], label, outside[1], before, info, between, infos, *behind, outside[2])).encode()


def message_info(message_id: str, at: datetime, ref_to: str | None) -> Tag:
    """Return the eb:MessageInfo of a message or signal."""
    children = [tag("eb:Timestamp", timestamp(at)), tag("eb:MessageId", message_id)]
    if ref_to:
        children.append(tag("eb:RefToMessageId", ref_to))
    return Tag("eb:MessageInfo", {}, children)


def timestamp(at: datetime) -> str:
    """Return a time as the header spells it: UTC, milliseconds, Z (ICD 4.2.1)."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def href(cid: str) -> str:
    """Return how a header refers to a part."""
    return "cid:" + quote(cid, safe="@!$&'*+=/?:~")


def _inside(octets: bytes) -> str:
    """Return an element written on its own as it stands in eb:Messaging."""
    return octets.decode().replace(_EB_DECLARATION, "", 1)


@cache
def _messaging() -> tuple[str, str, str]:
    """Return the eb:Messaging before the label, before the unit, and behind it."""
    around, _, behind = canonical(Tag(*sign.messaging(tag("x"), label="LABEL")[:2], (_HERE,))).decode().partition(_MARK)
    before, _, after = around.partition("LABEL")
    return before, after, behind


class _Same(NamedTuple):
    """What the messages of a type over a connection have in common."""

    sender: Party
    receiver: Party
    agreement: Agreement | None
    service: Service
    action: str
    conversation_id: str
    mpc: str | None
    has_parts: bool


@lru_cache(maxsize=1024)
def _unit(same: _Same) -> list[str]:
    """Return the eb:UserMessage before its MessageInfo, behind it (up to its parts), and behind its parts."""
    collaboration = Tag(
        "eb:CollaborationInfo",
        {},
        [
            *([_typed("eb:AgreementRef", same.agreement.ref, same.agreement.type)] if same.agreement else []),
            _typed("eb:Service", same.service.name, same.service.type),
            tag("eb:Action", same.action),
            tag("eb:ConversationId", same.conversation_id),
        ],
    )
    parties = tag("eb:PartyInfo", _party("eb:From", same.sender), _party("eb:To", same.receiver))
    payload = [Tag("eb:PayloadInfo", {}, (_HERE,))] if same.has_parts else []
    unit = Tag("eb:UserMessage", {"mpc": same.mpc} if same.mpc else {}, [_HERE, parties, collaboration, *payload])
    return _inside(canonical(unit)).split(_MARK)


def _typed(name: str, text: str, kind: str | None) -> Tag:
    return Tag(name, {"type": kind} if kind else {}, (text,))


def _party(name: str, party: Party) -> Tag:
    return tag(name, _typed("eb:PartyId", party.id, party.type), tag("eb:Role", party.role))


def _part_info(part: Part) -> str:
    before, after = _around_href(part.mime_type, part.charset, part.compress)
    return f"{before}{escape_attribute(href(part.cid))}{after}"


@lru_cache(maxsize=256)
def _around_href(mime_type: str, charset: str | None, compress: bool) -> tuple[str, str]:
    """Return the eb:PartInfo before and behind the reference to its part."""
    properties = {"MimeType": mime_type}
    if charset:
        properties["CharacterSet"] = charset
    if compress:
        properties["CompressionType"] = names.GZIP
    items = [tag("eb:Property", value, name=name) for name, value in properties.items()]
    written = _inside(canonical(tag("eb:PartInfo", Tag("eb:PartProperties", {}, items), href="HREF")))
    before, _, after = written.partition("HREF")
    return before, after
