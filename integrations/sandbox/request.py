"""What the sandbox's pages and its interface know of an HTTP request, and who may ask."""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac

from integrations.sandbox.desk import STAFF, Who
from integrations.sandbox.reply import Reply

TEXT: Final = "text/plain; charset=utf-8"
LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
OPERATOR: Final = "x-operator-eori"  # whom the product asks for; without it the bearer of the secret is staff
MRNS: Final = "x-operator-mrns"  # filings of that operator, by commas
OWN_PARTY: Final = "x-operator-party"  # the access point that operator has to itself
ASK: Final = (("www-authenticate", 'Basic realm="STI sandbox", charset="UTF-8"'),)


@dataclass(frozen=True)
class Request:
    """One request, its body read."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = ""

    @property
    def values(self) -> dict[str, str]:
        """Return the last value of each name in the query and, of a form, in the body."""
        text = self.query
        if self.method == "POST":
            text += "&" + self.body.decode("utf-8", "replace")
        return {name: values[-1].strip() for name, values in parse_qs(text, max_num_fields=50).items()}

    def json(self) -> dict[str, Any]:
        """Return the object in the body; nothing for an empty one.

        :raises ValueError: if it is none
        """
        if not self.body.strip():
            return {}
        content = json.loads(self.body)
        if not isinstance(content, dict):
            raise ValueError("the body is no JSON object")
        return content


def secret() -> str:
    """Return what the product shows the sandbox: the setting, else something both make of the key they share."""
    return settings.SANDBOX_SECRET or salted_hmac("landfall.sandbox", "door").hexdigest()


def who(request: Request) -> Who | None:
    """Return who asks through the interface for programs, nobody without the secret."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), secret().encode()):
        return None
    mrns = tuple(each for each in request.headers.get(MRNS, "").split(",") if each)
    return Who(request.headers.get(OPERATOR, ""), request.headers.get(OWN_PARTY, ""), mrns)


def at_the_desk(request: Request) -> Who | None:
    """Return staff for who may use the page: people at this machine, and from elsewhere those who know the secret.

    A request that a proxy handed on comes from elsewhere; one under a foreign host name is not for us.
    """
    host = urlsplit("//" + request.headers.get("host", "")).hostname or ""
    is_here = request.peer in LOCAL and host in LOCAL and not {"x-forwarded-for", "forwarded"} & set(request.headers)
    return STAFF if is_here or _knows_the_secret(request) else None


def is_own(request: Request) -> bool:
    """Say whether a form was sent from one of our own pages."""
    origin = request.headers.get("origin", "")
    same = not origin or urlsplit(origin).netloc == request.headers.get("host", "")
    return same and request.headers.get("sec-fetch-site", "none") in {"none", "same-origin"}


def not_found() -> Reply:
    """Return the answer for what is not there."""
    return Reply(404, TEXT, b"not found\n")


def _knows_the_secret(request: Request) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        password = base64.b64decode(given, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(password, secret().encode())
