"""XSD packages for tests: those of the release as they are, and a made-up edition in which one message differs."""

import io
import zipfile
from collections.abc import Iterable, Mapping

from lxml import etree

from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.xsd import XS, xsd

NEW_ELEMENT = "securityReference"
NEW_CODE = "N999"
NAMESPACE = "urn:wco:datamodel:eu:ics2:3"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def as_they_are(messages: Iterable[Message]) -> dict[str, bytes]:
    """Return the schema of each message, as files of a package."""
    return {f"xsd/{message.id}.xsd": xsd(message) for message in messages}


def made_up(message_id: str = "IE3F26", *, namespace: str = "") -> dict[str, bytes]:
    """Return the schema of one message with a new mandatory element, another occurrence, a new code and one element gone.

    namespace: another one than that of the release.
    """
    message = catalogue.message(message_id)
    data = xsd(message)
    if namespace:
        data = data.replace(message.namespace.encode(), namespace.encode())
    schema = etree.fromstring(data)
    top = one(schema, f"complexType[@name='{message.root_name}']/{{{XS}}}sequence")
    lrn = one(top, "element[@name='LRN']")
    added = etree.Element(f"{{{XS}}}element", {"name": NEW_ELEMENT, "type": "an..17"})
    lrn.addnext(added)
    one(top, "element[@name='representative']").set("maxOccurs", "2")
    house = one(schema, "complexType[@name='consignmentMasterLevel']//element[@name='consignmentHouseLevel']")
    house.set("maxOccurs", "5")
    codes = one(schema, f"simpleType[@name='CL754']/{{{XS}}}restriction")
    etree.SubElement(codes, f"{{{XS}}}enumeration", {"value": NEW_CODE})
    screening = one(top, "element[@name='hrcmScreeningResults']")
    top.remove(screening)
    return {f"{message_id}.xsd": etree.tostring(schema)}


def one(parent: etree._Element, path: str) -> etree._Element:
    """Return the one element at a path in which names are those of XML Schema."""
    steps = path.replace("//element", f"//{{{XS}}}element")
    head = steps if steps.startswith("{") else f"{{{XS}}}{steps}"
    found = parent.find(head)
    assert found is not None, path
    return found
