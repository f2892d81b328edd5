"""Secrets at rest: encrypted with a key from the environment, which the database never sees."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(RuntimeError):
    """A stored secret cannot be decrypted with the keys of FIELD_KEYS."""


def lock(secret: str) -> bytes:
    """Return the secret encrypted with the first key."""
    return _fernet().encrypt(secret.encode())


def unlock(token: bytes) -> str:
    """Return the secret of a token made by lock().

    :raises Unreadable: if none of the keys made it.
    """
    try:
        return _fernet().decrypt(bytes(token)).decode()
    except InvalidToken:
        raise Unreadable("FIELD_KEYS does not hold the key this secret was encrypted with.") from None


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in settings.FIELD_KEYS])
