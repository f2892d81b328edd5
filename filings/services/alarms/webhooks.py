"""One POST of an alarm to an operator's own system: signed, short, and never into the network we run in.

The name of the host is looked up once, every address it has must be public, and the connection goes to the address
that was looked at, so that a second answer of the name server leads nowhere else. Redirects are not followed. The
setting WEBHOOKS_TO_PRIVATE_ADDRESSES lifts both limits, for a product that runs inside the operator's own network.
"""

import hashlib
import hmac
import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import certifi
from django.conf import settings
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

from tenants.errors import DomainError

SIGNATURE: Final = "Landfall-Signature"
WITHIN: Final = Timeout(connect=5.0, read=10.0)
ANSWER: Final = 65_536  # bytes that are read of an answer, to let the connection go
_HTTPS: Final = {"https": 443, "http": 80}
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class BadWebhook(DomainError):
    """A webhook is an https address of a public host, without user name."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotTaken(Exception):
    """The call was not taken; the text says why, in words for whoever runs the other system."""


def refuse_bad_address(url: str) -> None:
    """Refuse an address that is never called, as far as can be told without asking anybody.

    :raises BadWebhook: for another scheme, a user name, or a literal address inside a network.
    """
    parts = _parts(url)
    try:
        literal = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return
    if not _is_public(literal):
        raise BadWebhook("This address lies inside a network; a webhook goes to a public one.")


def signature(secret: str, *, timestamp: str, body: bytes) -> str:
    """Return what the header holds: v1= and the HMAC-SHA256, in hex, of the timestamp, a point and the body."""
    made = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"t={timestamp},v1={made.hexdigest()}"


def post(url: str, payload: Mapping[str, Any], *, secret: str, delivery: str, at: datetime) -> None:
    """Call a webhook.

    :param delivery: the same for every attempt, so that the receiver can leave out what it got before.
    :raises NotTaken: if it may not be called, cannot be reached, or answers with anything but 2xx.
    """
    try:
        parts = _parts(url)
    except BadWebhook as refusal:
        raise NotTaken(refusal.message) from refusal
    body = json.dumps(payload, ensure_ascii=False).encode()
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": "Landfall",
        "Landfall-Delivery": delivery,
        SIGNATURE: signature(secret, timestamp=str(int(at.timestamp())), body=body),
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _pool(parts) as pool:
        try:
            answer = pool.request("POST", path, body=body, headers=headers, redirect=False, retries=False, preload_content=False)
            answer.read(ANSWER)
            answer.close()
        except (HTTPError, OSError, ValueError) as error:
            raise NotTaken(f"It could not be reached: {_reason(error)}.") from error
    if not 200 <= answer.status < 300:
        raise NotTaken(f"It answered with status {answer.status}; 2xx is expected.")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise BadWebhook from None
    schemes = ("https", "http") if settings.WEBHOOKS_TO_PRIVATE_ADDRESSES else ("https",)
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.password or not port_is_fine:
        raise BadWebhook
    if not url.isprintable() or not url.isascii() or " " in url:
        raise BadWebhook
    return parts


def _pool(parts: SplitResult) -> HTTPConnectionPool:
    """Return a pool that connects to the address that was looked at and knows the host by its name."""
    host, port = parts.hostname or "", parts.port or _HTTPS[parts.scheme]
    address = _address(host, port)
    if parts.scheme == "http":
        return HTTPConnectionPool(address, port, timeout=WITHIN)
    context = ssl.create_default_context(cafile=certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return HTTPSConnectionPool(address, port, timeout=WITHIN, ssl_context=context, server_hostname=host, assert_hostname=host)


def _address(host: str, port: int) -> str:
    """Return the address to connect to.

    :raises NotTaken: if the name has none, or one of them is not public.
    """
    try:
        found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise NotTaken("The name of the host is not known.") from error
    addresses = [ipaddress.ip_address(str(each).partition("%")[0]) for each in found]
    if not addresses:
        raise NotTaken("The name of the host is not known.")
    if not all(map(_is_public, addresses)):
        raise NotTaken("The host has an address inside a network; a webhook goes to a public one.")
    return str(addresses[0])


def _is_public(address: Address) -> bool:
    """Say whether an address is one of the public network; those that carry another one are judged by that."""
    if settings.WEBHOOKS_TO_PRIVATE_ADDRESSES:
        return True
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return _is_public(inner)
    return address.is_global and not address.is_multicast


def _reason(error: BaseException) -> str:
    """Return a kind of fault, without addresses of ours."""
    return {"NewConnectionError": "no connection", "ConnectTimeoutError": "no answer in time", "SSLError": "TLS failed"}.get(
        type(error).__name__, "the connection was cut or too slow"
    )
