"""Sealing a manifest with XAdES, and checking such a seal: an enveloped signature with the signer's certificates inside."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration
from signxml.xades.xades import XAdESSigner, XAdESVerifier

from filings.messages import safexml
from integrations import pki
from integrations.as4 import As4Error, Trust
from integrations.as4.pkipath import encode, trusted_signer
from integrations.pki import Identity
from tenants.errors import DomainError

SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}"
OWN_FILE: Final = "evidence-seal.pem"  # beside the database of a development machine
ANCHOR_FILE: Final = "evidence-anchor.pem"  # the root of that seal: what a verifier is told to trust
YEARS: Final = 10


class NoSeal(DomainError):
    """No certificate is set up to seal evidence with; the ITSP has to name one in EVIDENCE_SEAL."""


class NotSealed(Exception):
    """The manifest is not sealed by somebody we trust, or was changed since; the text says which."""


def identity(*, at: datetime) -> Identity:
    """Return the key and certificates evidence is sealed with: those of EVIDENCE_SEAL, in development ones of its own.

    :raises NoSeal: in production without the setting, or if its file cannot be read.
    """
    if not settings.EVIDENCE_SEAL and settings.PRODUCTION:
        raise NoSeal
    path = Path(settings.EVIDENCE_SEAL) if settings.EVIDENCE_SEAL else _made_once(at)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise NoSeal("The file named in EVIDENCE_SEAL cannot be read.") from error
    start = text.find(b"-----BEGIN CERTIFICATE")
    return Identity(text[:start], text[start:])


def _made_once(at: datetime) -> Path:
    path = Path(settings.VAR_FOLDER) / OWN_FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        since, until = at.replace(year=at.year - 1, day=1), at.replace(year=at.year + YEARS, day=1)
        root = pki.make_root("Landfall evidence root", not_before=since, not_after=until)
        leaf = pki.make_leaf("Landfall evidence seal", issuer=root, not_before=since, not_after=until)
        (path.parent / ANCHOR_FILE).write_bytes(root.root)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(leaf.private_key + leaf.chain)
        fresh.replace(path)
    return path


def sealed(root: etree._Element, *, by: Identity) -> bytes:
    """Return a document with a seal inside its root."""
    chain = [each.public_bytes(Encoding.PEM).decode() for each in x509.load_pem_x509_certificates(by.chain)]
    signed = XAdESSigner().sign(root, key=by.private_key, cert=chain)
    return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")


def opened(document: bytes, *, anchors: bytes, at: datetime) -> etree._Element:
    """Return the content a seal covers, and nothing else, once the seal and its signer are checked.

    :param at: the time at which the signer's certificates must be valid.
    :raises NotSealed: if anything about the seal is not in order.
    """
    try:
        root = safexml.parse(document, blanks=True)
        leaf = _signer(root, anchors=anchors, at=at)
        expected = SignatureConfiguration(expect_references=3)
        results = XAdESVerifier().verify(root, x509_cert=leaf, expect_config=expected)
    except safexml.UnsafeXml as error:
        raise NotSealed(f"the manifest is not readable XML: {error}") from error
    except As4Error as error:
        raise NotSealed(f"the seal is not by somebody trusted: {error.detail}") from error
    except (SignXMLException, etree.LxmlError, ValueError) as error:
        raise NotSealed("the manifest was changed after it was sealed, or the seal is broken") from error
    covered: list[Any] = [each.signed_xml for each in results if each.signed_xml is not None and each.signed_xml.tag == root.tag]
    if len(covered) != 1:
        raise NotSealed("the seal does not cover the manifest")
    content: etree._Element = covered[0]
    return content


def _signer(root: etree._Element, *, anchors: bytes, at: datetime) -> x509.Certificate:
    """Return the leaf of the certificates beside the seal, whose chain must end at an anchor.

    :raises As4Error: if it does not.
    :raises NotSealed: if there is no seal or more than one, or it brings no certificates.
    """
    seals = root.findall(f"{SIGNATURE}Signature")
    if len(seals) != 1 or len(list(root.iter(f"{SIGNATURE}Signature"))) != 1:
        raise NotSealed("the manifest has no seal, or more than one")
    texts = [each.text or "" for each in seals[0].iterfind(f"{SIGNATURE}KeyInfo/{SIGNATURE}X509Data/{SIGNATURE}X509Certificate")]
    if not texts:
        raise NotSealed("the seal brings no certificate")
    pems = [f"-----BEGIN CERTIFICATE-----\n{text.strip()}\n-----END CERTIFICATE-----\n".encode() for text in texts]
    chain = [x509.load_pem_x509_certificate(pem) for pem in pems]
    return trusted_signer(encode(chain[::-1]), trust=Trust.load([anchors]), at=at).certificate
