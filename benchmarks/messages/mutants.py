"""Break every message in every way known, one fault at a time, and count what the check finds.

    python -m benchmarks.messages.mutants            writes mutants.md beside this file

A mutant is a full sample with one fault: a structural one (tests/filings/messages/faults.py) at every element,
or a condition or rule broken wherever it stands (tests/filings/rules). It is found when the check says it at
the right place with the right code. A false alarm is a finding in a document that has no fault.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from filings.messages import catalogue, xml
from filings.messages.catalogue import Message
from filings.messages.document import Document
from filings.rules import book, history
from tests.filings.messages import building, faults
from tests.filings.rules.material import copy, samples, stands, statuses
from tests.filings.rules.showing import NEVER, amendment_broken, condition_broken, rule_broken

REPORT = Path(__file__).with_suffix(".md")
# A kind of mutant, whether it was found, and what it was.
Outcome = tuple[str, bool, str]


def main() -> None:
    """Write the report."""
    lines, total, missed = [], Counter[str](), []
    for message in catalogue.messages():
        outcomes = list(outcomes_of(message))
        made = Counter(kind for kind, _, _ in outcomes)
        found = Counter(kind for kind, is_found, _ in outcomes if is_found)
        valid, alarms = valid_ones(message)
        total += Counter({f"made {kind}": count for kind, count in made.items()})
        total += Counter({f"found {kind}": count for kind, count in found.items()})
        total += Counter({"valid": valid, "alarms": alarms})
        missed += [f"- {message.id}: {kind} {what}" for kind, is_found, what in outcomes if not is_found]
        cells = [f"{found[kind]} / {made[kind]}" if made[kind] else "" for kind in KINDS]
        lines.append(f"| {message.id} | {' | '.join(cells)} | {alarms} / {valid} |")
    sums = [f"{total[f'found {kind}']} / {total[f'made {kind}']}" for kind in KINDS]
    lines.append(f"| **all** | {' | '.join(sums)} | {total['alarms']} / {total['valid']} |")
    head = ["message", *KINDS, "false alarms / valid"]
    REPORT.write_text(
        "\n".join(
            [
                "# Mutants of all messages",
                "",
                "Found of made, by kind; made by `python -m benchmarks.messages.mutants`. A mutant has one fault.",
                "The conditions count once for each status they can ask for (mandatory, not to be used).",
                "",
                f"| {' | '.join(head)} |",
                f"| --- |{' ---: |' * (len(head) - 1)}",
                *lines,
                "",
                "Not found:",
                "",
                *(missed or ["none"]),
                "",
            ]
        ),
        encoding="utf-8",
    )


KINDS = [*faults.WAYS, "condition", "rule", "amendment", "used before"]


def outcomes_of(message: Message) -> Iterator[Outcome]:
    """Yield every mutant of a message with its outcome."""
    yield from structural(message)
    for of, id_, path in stands("conditions"):
        if of == message.id and (of, id_) not in NEVER:
            for status, code in (("M", "13"), ("X", "15")):
                if status in statuses(id_):
                    yield "condition", bool(condition_broken(of, id_, path, code)), f"{id_} {path} {code}"
    for of, id_, path in stands("rules"):
        if of == message.id:
            yield rule(of, id_, path)


def rule(of: str, id_: str, path: str) -> Outcome:
    """Return the outcome of breaking a rule where it stands."""
    if id_ == history.FIXED:
        return "amendment", bool(amendment_broken(of, path)), path
    if id_ == history.UNIQUE:
        found = book.findings(samples(of)[0], used=lambda _reference, _party: True)
        return "used before", any(one.rule == id_ and one.path == f"/{of}/{path}" for one in found), path
    return "rule", bool(rule_broken(of, id_, path)), f"{id_} {path}"


def structural(message: Message) -> Iterator[Outcome]:
    """Yield the structural mutants of the samples of a message, and of a document made from the table where none fits."""
    for kind, way in faults.WAYS.items():
        for broken in way(message):
            yield kind, _is_found(message, broken), broken.at


def _is_found(message: Message, broken: faults.Break) -> bool:
    documents = (samples(message.id)[0], building.full(message))
    document = next(one for one in documents if _has(one, broken.at))
    mutant = copy(document)
    broken.do(mutant)
    return _finds(mutant, broken)


def _has(document: Document, at: str) -> bool:
    """Return whether the element a break is about stands at its place: one too many or unknown does not yet."""
    path = at.removeprefix(f"/{document.message.id}").lstrip("/")
    group, _, last = path.rpartition("/")
    name = last.partition("[")[0]
    if name == "surprise":
        return bool(document.nodes(group))
    first = f"{group}/{name}" if group else name
    return bool(document.nodes(first))


def _finds(mutant: Document, broken: faults.Break) -> bool:
    found = book.findings(xml.read(building.as_given(mutant)))
    return set(broken.codes) <= {one.code for one in found if one.path == broken.at}


def valid_ones(message: Message) -> tuple[int, int]:
    """Return how many samples were checked, and in how many there is an error."""
    documents = samples(message.id)
    return len(documents), sum(bool(book.errors(book.findings(document))) for document in documents)


if __name__ == "__main__":
    main()
