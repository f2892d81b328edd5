"""How long what we sealed stays believable: until the first certificate of its token ends."""

import base64
import re
from datetime import datetime
from typing import Final

from . import pkipath
from .model import Limits

_TOKEN: Final = re.compile(rb"<wsse:BinarySecurityToken [^>]*>([A-Za-z0-9+/=]+)<")


def sealed_until(body: bytes) -> datetime:
    """Return when the chain of a message of ours ends; its body as build_user_message() made it.

    :raises ValueError: if there is no token in it
    """
    found = _TOKEN.search(body)
    if not found:
        raise ValueError("there is no token in this message")
    path = pkipath.decode(base64.b64decode(found[1]), most=Limits().certificates)
    return min(certificate.not_valid_after_utc for certificate in path)
