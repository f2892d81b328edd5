"""Keys that never leave their device: signing by PKCS#11, the key named by a URI (RFC 7512).

`pkcs11:token=Landfall;object=seal` or with `id=%01` for the key's id. The library of the device and its PIN come from the
environment (PKCS11_MODULE, PKCS11_PIN or PKCS11_PIN_FILE), never from the URI, which people see. The package python-pkcs11 is an
extra of ours (`landfall[hsm]`): without it, or without a library, such a key is refused with that reason, and all others work.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote, unquote_to_bytes

from django.conf import settings

from integrations.as4 import Seal
from tenants.errors import DomainError

SCHEME: Final = "pkcs11:"
_KNOWN: Final = {"token", "serial", "object", "id", "type"}


class Unusable(DomainError):
    """The key of the device cannot be used."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class KeyUri:
    """Where a key is: its token by label or serial number, the key by label or id."""

    token: str = ""
    serial: str = ""
    label: str = ""
    id: bytes = b""


def parse(uri: str) -> KeyUri:
    """Return what a URI names.

    :raises Unusable: if it is none, names no key, or holds what belongs into the environment.
    """
    if not uri.startswith(SCHEME):
        raise Unusable("The address of a key begins with “pkcs11:”.")
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    if query:
        raise Unusable("Leave out what follows the “?”: the library and the PIN come from the environment of the service.")
    pairs = dict(part.partition("=")[::2] for part in path.split(";") if part)
    if unknown := sorted(set(pairs) - _KNOWN):
        raise Unusable(f"“{unknown[0][:40]}” is not known here; give token or serial, and object or id.")
    if pairs.get("type", "private") != "private":
        raise Unusable("The address must name a private key (type=private).")
    text = {name: unquote(value) for name, value in pairs.items()}
    found = KeyUri(text.get("token", ""), text.get("serial", ""), text.get("object", ""), unquote_to_bytes(pairs.get("id", "")))
    if not (found.token or found.serial) or not (found.label or found.id):
        raise Unusable("Give the token (token=… or serial=…) and the key (object=… or id=…).")
    return found


def signer(uri: str) -> Callable[[bytes], bytes]:
    """Return what signs with the key: RSA-SHA256 (PKCS#1 v1.5) of the octets it is given.

    :raises Unusable: now if the URI is wrong; when it signs, if the device does not.
    """
    key = parse(uri)
    return lambda octets: _sign(key, octets)


def check(uri: str, chain: bytes) -> None:
    """Sign something with the key and see that it belongs to the leaf.

    :raises Unusable: with the reason.
    """
    try:
        Seal(b"", chain, signer=signer(uri)).check()
    except ValueError as error:
        raise Unusable(f"The device signs, but {error}.") from error


# --- The device ------------------------------------------------------------------------------------------------------------

_lock = threading.Lock()  # a session of a token signs one thing at a time
_sessions: dict[tuple[str, str], Any] = {}  # by token and serial: a process signs in to a token once
_keys: dict[KeyUri, Any] = {}
_process: list[int] = []  # whose library it is: a forked process must open its own


def _sign(key: KeyUri, octets: bytes) -> bytes:
    pkcs11 = _package()
    with _lock, _told(pkcs11):
        known = key in _keys and _process == [os.getpid()]
        try:
            return _signed(pkcs11, key, octets)
        except pkcs11.PKCS11Error:
            if not known:
                raise
            library = _library(pkcs11)
            library.reinitialize()  # the device was unplugged or began anew since; once more from the start
            _forget()
            return _signed(pkcs11, key, octets)


def _signed(pkcs11: Any, key: KeyUri, octets: bytes) -> bytes:
    return bytes(_opened(pkcs11, key).sign(octets, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))


def _opened(pkcs11: Any, key: KeyUri) -> Any:
    library = _library(pkcs11)
    if key not in _keys:
        token = key.token, key.serial
        if token not in _sessions:
            named = {name: value for name, value in (("token_label", key.token), ("token_serial", key.serial.encode())) if value}
            _sessions[token] = library.get_token(**named).open(user_pin=settings.PKCS11_PIN or None)
        wanted = {name: value for name, value in (("label", key.label), ("id", key.id)) if value}
        _keys[key] = _sessions[token].get_key(pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.KeyType.RSA, **wanted)
    return _keys[key]


def _library(pkcs11: Any) -> Any:
    if not settings.PKCS11_MODULE:
        raise Unusable("No library of a device is set up; PKCS11_MODULE names it.")
    library = pkcs11.lib(settings.PKCS11_MODULE)
    if _process != [os.getpid()]:
        if _process:
            library.reinitialize()
        _forget()
        _process[:] = [os.getpid()]
    return library


def _forget() -> None:
    _keys.clear()
    _sessions.clear()


def _package() -> Any:
    try:
        import pkcs11
    except ImportError:
        raise Unusable("The package python-pkcs11 is not installed; install the extra “hsm”.") from None
    return pkcs11


@contextmanager
def _told(pkcs11: Any) -> Iterator[None]:
    """Say in words what a device refuses; its own texts say little, and none of ours holds the PIN.

    :raises Unusable:
    """
    words = {
        pkcs11.NoSuchToken: "The token is not there.",
        pkcs11.NoSuchKey: "The token has no such private RSA key.",
        pkcs11.MultipleObjectsReturned: "The token has several such keys; add the id.",
        pkcs11.MultipleTokensReturned: "There are several such tokens; add the serial number.",
        pkcs11.PinIncorrect: "The PIN is not right; check PKCS11_PIN before you try again, devices lock after a few tries.",
        pkcs11.PinLocked: "The token is locked after wrong PINs.",
    }
    try:
        yield
    except pkcs11.PKCS11Error as error:
        raise Unusable(words.get(type(error), f"The device refused ({type(error).__name__}).")) from error
    except RuntimeError as error:  # the library cannot be loaded
        raise Unusable("The library that PKCS11_MODULE names cannot be loaded.") from error
