"""Break conditions and rules on samples, one place at a time, and return what is found there."""

from collections.abc import Callable

from filings.messages import catalogue
from filings.messages.document import Document, Node
from filings.messages.finding import Finding
from filings.rules import history, plan
from filings.samples import sample
from tests.filings.rules.breaks import WAYS, Site
from tests.filings.rules.material import copy, insert, occurrences, remove, samples, spec_of, specimen, step

# How the arrival was notified is unknown in a message customs sends: its C3049 is never an error (tables' README).
NEVER = {("IE3N08", "C3049")}
# For conditions whose other branch no sample takes: what to change; {group} is the parent of the element.
DRIVERS: dict[str, dict[str, str | None]] = {
    "C3013": {"consignmentMasterLevel/containerIndicator": "0"},
    "C3014": {"consignmentMasterLevel/consignmentHouseLevel/containerIndicator": "0"},
    "C3015": {"{group}/numberOfSeals": None},
    "C3016": {"{group}/numberOfSeals": None},
    "C3017": {"{group}/numberOfSeals": None},
    "C3018": {"{group}/numberOfSeals": None},
    "C3034": {"{group}/country": "DE"},
    "C3035": {"{group}/typeOfPackages": "VQ"},
    "C3036": {"{group}/typeOfPackages": "VQ"},
    "C3037": {
        "consignmentMasterLevel/consignmentHouseLevel/additionalInformation/code": "10900",
        "consignmentMasterLevel/consignmentHouseLevel/additionalFiscalReferences": None,
    },
    "C3050": {"consignmentMasterLevel/containerIndicator": "0"},
    "C3051": {"consignmentMasterLevel/consignmentHouseLevel/containerIndicator": "0"},
}


def drive(document: Document, id_: str, above: str) -> None:
    """Take a document to the other branch of a condition."""
    for path, value in DRIVERS.get(id_, {}).items():
        group, _, name = path.format(group=above).rpartition("/")
        for _, node in occurrences(document, group):
            if value is None:
                remove(node, name)
            for child in node.named(name):
                child.set_text(str(value))


def condition_broken(message_id: str, id_: str, path: str, code: str) -> Finding | None:
    """Return the finding of a condition on some sample with its element removed (13) or put in (15)."""
    above, _, name = path.rpartition("/")
    message = catalogue.message(message_id)
    for driven in (False, True):
        for document in samples(message_id):
            for number, (place, group) in enumerate(occurrences(document, above)):
                change = _change(bool(group.named(name)), code, driven)
                if not change:
                    continue
                changed = copy(document)
                if driven:
                    drive(changed, id_, above)
                there = list(occurrences(changed, above))[number][1]
                change(there, spec_of(message, above), name, message_id)
                at = step(place, message.by_path[path])
                for finding in plan.run(changed):
                    if (finding.rule, finding.code, finding.path) == (id_, code, at):
                        return finding
    return None


Change = Callable[[Node, catalogue.Element, str, str], None]


def _take(group: Node, _spec: catalogue.Element, name: str, _message_id: str) -> None:
    remove(group, name)


def _put(group: Node, spec: catalogue.Element, name: str, message_id: str) -> None:
    if not group.named(name):
        insert(group, spec, list(specimen(message_id, f"{spec.path}/{name}".lstrip("/"))))


def _change(is_given: bool, code: str, driven: bool) -> Change | None:
    if code == "13":
        return _take if driven or is_given else None
    return _put if driven or not is_given else None


def rule_broken(message_id: str, id_: str, path: str) -> Finding | None:
    """Return the finding of a rule on some sample changed where the rule stands."""
    message = catalogue.message(message_id)
    above = path.rpartition("/")[0]
    for document in samples(message_id):
        if not any(True for _ in occurrences(document, above)):
            continue
        changed = copy(document)
        place, group = next(occurrences(changed, above))
        at = WAYS[id_](Site(changed, group, place, message.by_path[path]))
        found = [finding for finding in plan.run(changed) if finding.rule == id_ and finding.path == at]
        if at and found:
            return found[0]
    return None


def both(amendment: str, seed: int, size: str) -> tuple[Document, Document]:
    """Return an amendment and the filing it amends, saying the same."""
    amends = catalogue.message(amendment).amends
    of = {"seed": seed, "size": size, "houses": 2}
    return sample(amendment, **of), sample(amends, **of)  # type: ignore[arg-type]


def amendment_broken(amendment: str, path: str) -> Finding | None:
    """Return the finding of R3024 on some amendment in which a fixed element was changed or left out."""
    message = catalogue.message(amendment)
    above, _, name = path.rpartition("/")
    spec = message.by_path[path]
    for seed in range(12):
        document, previous = both(amendment, seed, "full")
        place, group = next(occurrences(document, above), ("", None))
        if not group or not group.named(name):
            continue
        if spec.children:
            remove(group, name)
        else:
            group.named(name)[0].set_text("CHANGED")
        found = [one for one in history.amended(document, previous) if one.path == step(place, spec)]
        return found[0] if len(found) == 1 else None
    return None
