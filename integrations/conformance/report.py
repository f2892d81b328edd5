"""The report of a run: XML, sealed with XAdES, with customs' receipts inside; and how it is checked."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from lxml import etree

from integrations import sealing
from integrations.as4 import Reference, Result, Trust, WireMessage, outcome_of_response
from integrations.conformance import answers
from integrations.conformance.models import Run, RunStep
from tenants.models import Operator

NAMESPACE: Final = "urn:landfall:conformance:1"
HEAD: Final = 2000  # bytes that tell a report from something else


@dataclass
class Check:
    """What a check of a report found: nothing wrong means that its receipts prove what it says was sent."""

    faults: list[str] = field(default_factory=list)
    operator: str = ""
    scenario: str = ""
    result: str = ""
    made: str = ""
    steps: int = 0
    receipts: int = 0


def tag(name: str) -> str:
    """Return the qualified name of an element of the report."""
    return f"{{{NAMESPACE}}}{name}"


def write(held: Run, *, at: datetime) -> etree._Element:
    """Return the report of a run that has ended, not sealed yet; the scope is the operator's."""
    operator = Operator.objects.get(pk=str(held.operator_id))
    root = etree.Element(tag("ConformanceReport"), {"id": str(held.pk), "made": at.isoformat()}, nsmap={None: NAMESPACE})
    _add(root, "Operator", name=operator.name, eori=operator.eori)
    names = {"list": held.list_name, "version": held.list_version, "name": held.scenario, "role": held.role}
    _add(root, "Scenario", **names, title=held.title, environment=held.environment)
    begun, ended = held.started_at or held.requested_at, held.ended_at or at
    _add(root, "Result", state=held.state, begun=begun.isoformat(), ended=ended.isoformat(), askedBy=held.requested_by)
    if held.customs:
        _add(root, "Customs").text = held.customs
    for row in RunStep.objects.select_related("filing").filter(run=held):
        _step(root, row)
    return root


def _step(root: etree._Element, row: RunStep) -> None:
    step = _add(root, "Step", number=str(row.number + 1), name=row.name, title=row.title, state=row.state, reason=row.reason)
    if row.player:
        step.set("player", row.player)  # what was sent and came stands in the report of that company
        return
    exchange = answers.exchange(row)
    if row.message_id:
        digest = hashlib.sha256(bytes(exchange.body)).hexdigest() if exchange else ""
        sent_at = row.sent_at.isoformat() if row.sent_at else ""
        sent = _add(
            step, "Sent", type=row.message_type, messageId=row.message_id, reference=row.reference, at=sent_at, sha256=digest
        )
        for uri, value in exchange.references if exchange else ():
            _add(sent, "Reference", uri=uri, digest=value)
        if exchange and exchange.receipt and exchange.receipted_at:
            octets = base64.b64encode(bytes(exchange.receipt)).decode()
            received = exchange.receipted_at.isoformat()
            _add(sent, "Receipt", contentType=exchange.receipt_type, received=received).text = octets
    for each in row.expected:
        message_id, at = each.get("message_id", ""), each.get("received_at", "")
        answer = _add(step, "Expected", type=each["message"], messageId=message_id, at=at)
        for path, text in each.get("values", {}).items():
            _add(answer, "Value", path=path).text = text
        came = answers.inbound(each["id"]) if each.get("id") else None
        if came is not None:
            answer.set("sha256", hashlib.sha256(bytes(came.payload)).hexdigest())


def _add(parent: etree._Element, element: str, /, **attributes: str) -> etree._Element:
    kept = {key: value for key, value in attributes.items() if value}
    return etree.SubElement(parent, tag(element), kept)


# --- Checking --------------------------------------------------------------------------------------------------------------


def is_one(octets: bytes) -> bool:
    """Say whether a file looks like a report, and not like a pack of evidence."""
    return octets.lstrip()[:5] == b"<?xml" and NAMESPACE.encode() in octets[:HEAD]


def check(octets: bytes, *, anchors: bytes, customs: bytes | None = None, at: datetime) -> Check:
    """Check the seal of a report, and each receipt in it.

    :param anchors: PEM of whom we believe as the sealer
    :param customs: PEM of whom we believe to be customs; without it those the sealed report names
    """
    found = Check()
    try:
        root = sealing.opened(octets, anchors=anchors, at=at)
    except sealing.NotSealed as error:
        found.faults.append(f"The seal does not hold: {error}.")
        return found
    if root.tag != tag("ConformanceReport"):
        found.faults.append("The sealed document is no report of a conformance scenario.")
        return found
    operator, scenario, result = (root.find(tag(name)) for name in ("Operator", "Scenario", "Result"))
    found.operator = f"{_get(operator, 'name')} ({_get(operator, 'eori')})"
    found.scenario = f"{_get(scenario, 'list')}/{_get(scenario, 'name')}"
    found.result, found.made = _get(result, "state"), root.get("made", "")
    named = root.findtext(tag("Customs"), "").encode()
    for step in root.iterfind(tag("Step")):
        found.steps += 1
        found.faults += _faults(step, found, customs or named)
    return found


def _faults(step: etree._Element, found: Check, customs: bytes) -> Iterator[str]:
    what = f"Step {step.get('number')} ({step.get('name')})"
    sent = step.find(tag("Sent"))
    if step.get("state") == RunStep.State.PASSED:
        if sent is not None and sent.find(tag("Receipt")) is None:
            yield f"{what} is said to have passed, and there is no receipt."
        if any(not each.get("messageId") for each in step.iterfind(tag("Expected"))):
            yield f"{what} is said to have passed, and an answer is missing."
    receipt = sent.find(tag("Receipt")) if sent is not None else None
    if sent is None or receipt is None:
        return
    references = tuple(Reference(each.get("uri", ""), each.get("digest", "")) for each in sent.iterfind(tag("Reference")))
    outcome = outcome_of_response(
        status=200,
        content_type=receipt.get("contentType", ""),
        body=base64.b64decode(receipt.text or ""),
        sent=WireMessage("", b"", sent.get("messageId", ""), references),
        trust=Trust.load([customs]),
        at=datetime.fromisoformat(receipt.get("received", "")),
    )
    if outcome.result is Result.RECEIPTED:
        found.receipts += 1
    else:
        yield f"{what}: its receipt proves nothing: {outcome.reason}."


def _get(element: etree._Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "")
