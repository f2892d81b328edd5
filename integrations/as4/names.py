"""The words of the protocol: namespaces, algorithm names and fixed URIs (profile sections 1, 4 and 5).

What differs from one agreement to the next (parties, agreement, services, MPC) is not here: callers pass it as
`model.Party`, `model.Agreement` and `model.Service`.
"""

from functools import cache
from typing import Final

ENV: Final = "http://www.w3.org/2003/05/soap-envelope"
EB: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EC: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
EBBP: Final = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"
XML: Final = "http://www.w3.org/XML/1998/namespace"

PREFIXES: Final = {
    "env": ENV,
    "eb": EB,
    "wsse": WSSE,
    "wsu": WSU,
    "wsse11": WSSE11,
    "ds": DS,
    "ec": EC,
    "ebbp": EBBP,
    "xml": XML,
}

EXCLUSIVE_C14N: Final = EC
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
ATTACHMENT_CONTENT: Final = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform"
PKIPATH: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509PKIPathv1"
BASE64: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

# The connectivity test is ebMS's own, the same under every agreement (ICD 4.5.1).
TEST_SERVICE: Final = EB + "service"
TEST_ACTION: Final = EB + "test"
DEFAULT_MPC: Final = EB + "defaultMPC"

SOAP: Final = "application/soap+xml"
GZIP: Final = "application/gzip"


@cache
def clark(prefixed: str) -> str:
    """Return "{uri}name" for "prefix:name", as lxml spells it."""
    prefix, _, name = prefixed.partition(":")
    return f"{{{PREFIXES[prefix]}}}{name}"
