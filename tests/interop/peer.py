"""The phase4 peer as a process: started, spoken to in JSON, and gone with the tests."""

import base64
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12

from integrations import as4
from integrations.pki import Identity

START: Final = 60  # seconds until Java must listen
ANSWER: Final = 60
_QUIET: Final = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Xmx512m", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class Seals:
    """Who signs on the other side, and the root that both sides believe."""

    customs: Identity
    trader: Identity
    stranger: Identity
    root: bytes

    def write(self, folder: Path, password: str) -> None:
        """Put the keys into a folder as Java reads them."""
        for name in ("customs", "trader", "stranger"):
            identity: Identity = getattr(self, name)
            (folder / f"{name}.p12").write_bytes(_pkcs12(identity, password))
            (folder / f"{name}.anchors.pem").write_bytes(self.root)


@dataclass(frozen=True)
class Wires:
    """Who shows what when TLS is opened, and the root that both sides believe there."""

    server: Identity  # on either side: its hosts are names of this machine
    client: Identity
    stranger: Identity  # a client of a root that nobody believes
    root: bytes

    def write(self, folder: Path, password: str) -> None:
        """Put the keys into a folder as Java reads them."""
        for name in ("server", "client", "stranger"):
            (folder / f"tls-{name}.p12").write_bytes(_pkcs12(getattr(self, name), password))
        (folder / "tls.anchors.pem").write_bytes(self.root)


def _pkcs12(identity: Identity, password: str) -> bytes:
    key: Any = load_pem_private_key(identity.private_key, None)
    leaf, *rest = x509.load_pem_x509_certificates(identity.chain)
    return pkcs12.serialize_key_and_certificates(b"seal", key, leaf, rest, BestAvailableEncryption(password.encode()))


class Peer:
    """A running phase4; `url(seal)` is its access point under one of the seals."""

    def __init__(self, java: Path, classpath: str, seals: Seals, wires: Wires, folder: Path) -> None:
        password = secrets.token_hex(16)
        seals.write(folder, password)
        wires.write(folder, password)
        with (folder / "phase4.log").open("wb") as log:
            self._process = subprocess.Popen(
                [java, *_QUIET, "-cp", classpath, "interop.Peer", folder],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(password + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said.startswith("ready "):
            self.stop()
            raise AssertionError(f"phase4 did not start:\n{(folder / 'phase4.log').read_text()[-4000:]}")
        _, plain, secured = said.split()
        self._address, self._secured = f"http://127.0.0.1:{int(plain)}", f"https://127.0.0.1:{int(secured)}"
        self._session = requests.Session()
        self._session.trust_env = False

    def url(self, seal: str) -> str:
        """Return the access point that signs with a seal."""
        return f"{self._address}/as4/{seal}"

    def secure_url(self, seal: str) -> str:
        """Return the same by TLS, which asks for a client certificate."""
        return f"{self._secured}/as4/{seal}"

    def bare_url(self, seal: str) -> str:
        """Return the access point that is phase4's request handler with nothing of ours around it."""
        return f"{self._address}/bare/{seal}"

    def stop(self) -> None:
        """Close its input, which ends it."""
        if hasattr(self, "_session"):
            self._session.close()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    # --- What it shall do ---

    def build(self, message: as4.UserMessage, *, seal: str, single: bool = False) -> as4.WireMessage:
        """Return a message signed by phase4, not sent; its references are not known to us.

        :param single: with the certificate alone as its token (X509v3) instead of the whole path
        """
        return _wire(self._do("build", seal=seal, letter=_letter(message), single=single))

    def hold(self, message: as4.UserMessage, *, seal: str, spoil: bool = False) -> as4.WireMessage:
        """Let a message of phase4 wait on its channel; a spoilt one gets another last octet after it was signed."""
        return _wire(self._do("hold", seal=seal, mpc=message.mpc, letter=_letter(message), spoil=spoil))

    def know(self, mpc: str) -> None:
        """Make a channel known on which nothing waits."""
        self._do("channel", mpc=mpc)

    def push(self, message: as4.UserMessage, *, seal: str, url: str, shows: str | None = None) -> dict[str, Any]:
        """Let phase4 push a message and return how it took the answer.

        :param shows: by TLS the client certificate: client, stranger or nothing
        """
        more = {"shows": shows} if shows else {}
        return self._report("push", seal=seal, url=url, letter=_letter(message), **more)

    def pull(self, mpc: str, *, seal: str, url: str) -> dict[str, Any]:
        """Let phase4 pull, and receipt what it gets."""
        return self._report("pull", seal=seal, url=url, mpc=mpc)

    def seen(self, kind: str, **about: str) -> list[dict[str, Any]]:
        """Return what its access points took: messages, pulls or receipts that have the values given."""
        items: list[dict[str, Any]] = self._do("inbox")
        return [item for item in items if item["kind"] == kind and about.items() <= item.items()]

    def _report(self, deed: str, **order: Any) -> dict[str, Any]:
        report: dict[str, Any] = self._do(deed, **order)
        return report

    def _do(self, deed: str, **order: Any) -> Any:
        answer = self._session.post(f"{self._address}/control/{deed}", json=order, timeout=ANSWER)
        assert answer.status_code == 200, answer.text
        return answer.json()


def contents(item: dict[str, Any]) -> list[tuple[str, str, bytes]]:
    """Return Content-ID, media type and content of each part that phase4 unpacked."""
    return [(part["cid"], part["mime_type"], base64.b64decode(part["data"])) for part in item["parts"]]


def _wire(made: dict[str, Any]) -> as4.WireMessage:
    return as4.WireMessage(made["content_type"], base64.b64decode(made["body"]), made["message_id"], ())


def _letter(message: as4.UserMessage) -> dict[str, Any]:
    """Return a message as the peer reads it; what is absent is left out."""
    agreement = message.agreement
    letter = {
        "message_id": message.message_id,
        "ref_to": message.ref_to,
        "mpc": message.mpc,
        "sender": _party(message.sender),
        "receiver": _party(message.receiver),
        "service": message.service.name,
        "service_type": message.service.type,
        "action": message.action,
        "agreement": agreement and agreement.ref,
        "agreement_type": agreement and agreement.type,
        "conversation_id": message.conversation_id,
        "parts": [_part(part) for part in message.parts],
    }
    return {name: value for name, value in letter.items() if value is not None}


def _party(party: as4.Party) -> dict[str, str]:
    return {"id": party.id, "type": party.type or "", "role": party.role}


def _part(part: as4.Part) -> dict[str, Any]:
    data = base64.b64encode(part.data).decode()
    made = {"cid": part.cid, "mime_type": part.mime_type, "compress": part.compress, "data": data}
    return made | ({"charset": part.charset} if part.charset else {})
