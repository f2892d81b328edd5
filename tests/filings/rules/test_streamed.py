"""A message read in parts has the findings it has in memory: same paths, codes, sentences, repairs and order."""

import io
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from filings import samples
from filings.messages import catalogue, streaming, xml
from filings.messages.catalogue import Message
from filings.messages.document import Document, Node, Unreadable
from filings.messages.finding import Finding
from filings.rules import book, streamed, uniqueness
from filings.rules.uniqueness import Reference, Use
from filings.samples.sample import Size
from tests.filings.messages import building, faults

IN_PARTS = [message for message in catalogue.messages() if streaming.parts_of(message)]
TEXTS = ["", " ", "x", "goods", "12,5", "0", "1", "N741", "GB12 34", "ü", "日本", "9" * 40, "2026-02-30T10:00:00Z", "parts"]


def in_memory(data: bytes) -> list[Finding]:
    return book.findings(xml.read(data))


def in_parts(data: bytes) -> list[Finding]:
    checked = streamed.check(io.BytesIO(data))
    assert checked.more == 0
    assert checked.errors == sum(finding.severity == "error" for finding in checked.findings)
    return list(checked.findings)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "PIECE", 997)


@pytest.mark.parametrize("message", IN_PARTS, ids=lambda message: message.id)
def test_random_documents_have_the_same_findings(message: Message) -> None:
    for seed in range(3):
        data = building.as_given(building.at_random(message, seed))

        assert in_parts(data) == in_memory(data)


@pytest.mark.parametrize("message", [one for one in IN_PARTS if one.family in "FNQ"], ids=lambda message: message.id)
def test_documents_with_one_fault_have_the_same_findings(message: Message) -> None:
    for way in faults.WAYS:
        for broken in faults.breaks(message, way)[:2]:
            document = building.full(message)
            broken.do(document)
            data = building.as_given(document)

            assert in_parts(data) == in_memory(data)


@pytest.mark.parametrize("size", ["minimal", "full"])
@pytest.mark.parametrize("message", IN_PARTS, ids=lambda message: message.id)
def test_samples_with_any_changes_have_the_same_findings(message: Message, size: Size) -> None:
    dice = random.Random(f"{message.id}{size}")
    for seed in range(2):
        document = samples.sample(message.id, size=size, houses=5, seed=seed)
        for _ in range(dice.randint(0, 12)):
            change(document, dice)
        data = building.as_given(document)

        assert in_parts(data) == in_memory(data)


def change(document: Document, dice: random.Random) -> None:
    """Do something to a node anywhere."""
    nodes = list(document.root.walk())
    node = dice.choice(nodes)
    other = dice.choice(nodes)
    if not node.children:
        node.set_text(dice.choice([*TEXTS, other.text or "x"]))
        return
    child = dice.choice(node.children)
    deed: Callable[[], object] = dice.choice([
        lambda: node.children.remove(child),
        lambda: node.children.append(child),
        node.children.reverse,
        lambda: dice.shuffle(node.children),
        lambda: node.children.append(Node("surprise", "x")),
        node.children.clear,
        lambda: node.children.append(Node(other.name, other.text)),
        lambda: setattr(node, "text", "loose"),
    ])  # fmt: skip
    deed()


def large() -> bytes:
    return xml.write(samples.sample("IE3F32", houses=40))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<consignmentHouseLevel>", b"<consignmentHouseLevel a='1'>"),
        (b"</consignmentHouseLevel>", b"</consignmentHouseLevel>between"),
        (b"<totalGrossMass>", b"text<totalGrossMass>"),
        (b"<consignmentMasterLevel>", b"<consignmentMasterLevel x='1'>loose"),
        (b"</consignmentMasterLevel>", b"</consignmentMasterLevel><consignmentMasterLevel/>"),
        (b'xmlns="', b'xmlns="urn:other:'),
        (b"<consignmentHouseLevel>", b"<consignmentHouseLevel xmlns='urn:other'>"),
        (b"<consignmentHouseLevel>", b"<consignmentHouseLevel><consignmentHouseLevel/>"),
        (b"<?xml version", b"\xef\xbb\xbf<?xml version"),
        (b"</LRN>", b"</LRN><!-- a remark -->"),
    ],
)
def test_odd_xml_has_the_same_findings(old: bytes, new: bytes) -> None:
    data = large().replace(old, new)

    assert in_parts(data) == in_memory(data)


def test_houses_under_two_masters_keep_their_places() -> None:
    document = samples.sample("IE3F32", houses=6)
    [master] = document.nodes("consignmentMasterLevel")
    twin = Node(master.name, children=[child for child in master.children if child.name == "consignmentHouseLevel"])
    twin.children[3].children[-1].set_text("x" * 999)
    document.root.children += [twin, Node(master.name), master]
    data = building.as_given(document)

    found = in_parts(data)

    assert found == in_memory(data)
    assert any("consignmentMasterLevel[2]/consignmentHouseLevel[" in finding.path for finding in found)


def test_a_rule_about_all_houses_finds_the_one_that_repeats() -> None:
    document = samples.sample("IE3F43", houses=60)
    first, *_, last = document.nodes("consignmentMasterLevel/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber")
    last.set_text(first.text or "")
    data = xml.write(document)

    found = in_parts(data)

    assert [finding.rule for finding in found] == ["R3052"]
    assert "consignmentHouseLevel[60]" in found[0].path
    assert found == in_memory(data)


def test_what_rules_ask_of_houses_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "_likely", lambda _message, _layers, apart: {path: set() for path in apart})
    monkeypatch.setattr(streamed, "_asked", {})

    test_a_rule_about_all_houses_finds_the_one_that_repeats()


def test_only_so_many_findings_are_told_and_the_others_counted() -> None:
    data = large().replace(b"<totalGrossMass>", b"<totalGrossMass>x")
    every = in_memory(data)

    checked = streamed.check(io.BytesIO(data), keep=7)

    assert checked.findings == tuple(every[:7])
    assert checked.more == len(every) - 7
    assert checked.errors + checked.warnings == len(every)


def test_layers_and_references_used_before_are_told_as_well() -> None:
    data = large()
    document = xml.read(data)

    checked = streamed.check(io.BytesIO(data), used=lambda *_: True, layers=book.NONE)

    assert list(checked.findings) == book.findings(document, used=lambda *_: True, layers=book.NONE)
    assert checked.findings


@pytest.mark.parametrize("message", ["IE3F32", "IE3F43", "IE3F20", "IE3F12"])
def test_references_used_in_other_messages_are_told(message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "STRIDE", 8)
    data = xml.write(samples.sample(message, houses=40)).replace(b"</documentNumber>", b"\xc3\xbc</documentNumber>", 1)
    used = dict.fromkeys(uniqueness.references(xml.read(data))[::2], Use("EARLIER", datetime(2026, 11, 16, tzinfo=UTC)))

    def uses(references: Sequence[Reference], _days: int) -> dict[Reference, Use]:
        return {one: used[one] for one in references if one in used}

    found = list(streamed.check(io.BytesIO(data), uses=uses).findings)

    assert found == book.findings(xml.read(data), uses=uses)
    assert any("EARLIER" in finding.sentence for finding in found)


class Kept:
    """Takes parts as the product does."""

    def __init__(self) -> None:
        self.parts: list[tuple[str | None, int]] = []

    def begin(self, frame: Document, counts: Mapping[str, Sequence[int]]) -> None:
        self.frame, self.counts = frame, counts
        self.parts.clear()

    def take(self, here: streaming.Here, found: Sequence[Finding]) -> None:
        self.parts.append((here.node.children[0].text, len(found)))


def test_parts_are_taken_with_their_findings() -> None:
    document = samples.sample("IE3F43", houses=60)
    first, *_, last = document.nodes("consignmentMasterLevel/consignmentHouseLevel/transportDocumentHouseLevel/documentNumber")
    last.set_text(first.text or "")
    kept = Kept()

    checked = streamed.check(io.BytesIO(xml.write(document)), taker=kept)

    assert kept.counts == {"consignmentMasterLevel/consignmentHouseLevel": [60]}
    assert kept.frame.nodes("consignmentMasterLevel/consignmentHouseLevel") == []
    assert kept.frame.value("LRN") == document.value("LRN")
    assert [errors for _, errors in kept.parts] == [0] * 59 + [1]
    assert checked.errors == 1


def test_progress_is_told_up_to_the_last_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "STRIDE", 10)
    told: list[tuple[int, int]] = []

    streamed.check(io.BytesIO(large()), progress=lambda done, of: told.append((done, of)))

    assert told == [(10, 40), (20, 40), (30, 40), (40, 40)]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data[:-20], "well-formed"),
        (lambda data: data + b"x", "well-formed"),
        (lambda data: data[: len(data) // 2], "well-formed"),
        (lambda data: data.replace(b"<IE3F32", b"<!DOCTYPE IE3F32 []><IE3F32", 1), "DOCTYPE"),
        (lambda data: data.replace(b"</IE3F32>", b"<!-- <!DOCTYPE --></IE3F32>", 1), "DOCTYPE"),
        (lambda data: data.replace(b"IE3F32", b"IE3X99"), "no message"),
        (lambda data: data.decode().encode("utf-16"), "UTF-8"),
        (lambda data: b"", "well-formed"),
        (lambda data: data.replace(b"<totalGrossMass>", b"<a>" * 300, 1), "well-formed"),
        (lambda data: data + b" " * 300_000, "at most 300000"),
    ],
)
def test_what_cannot_be_read_to_its_end_has_no_findings_at_all(spoil: Callable[[bytes], bytes], reason: str) -> None:
    data = spoil(large().replace(b"<totalGrossMass>", b"<totalGrossMass>x", 3))

    for read in (lambda: xml.read(data, limit=300_000), lambda: streamed.check(io.BytesIO(data), limit=300_000)):
        with pytest.raises(Unreadable, match=reason):
            read()


def test_what_is_between_parts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "BETWEEN", 10_000)
    junk = b"<b/>" * 4_000

    with pytest.raises(Unreadable, match="split it"):
        streamed.check(io.BytesIO(large().replace(b"<totalGrossMass>", junk + b"<totalGrossMass>", 1)))


def test_the_number_of_parts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MOST_PARTS", 39)

    with pytest.raises(Unreadable, match="more than 39"):
        streamed.check(io.BytesIO(large()))


def test_every_message_with_many_houses_is_read_in_parts() -> None:
    def often(message: Message) -> Iterable[str]:
        return (element.path for element in message.root.walk() if element.children and element.max == 99_999)

    for message in catalogue.messages():
        parts = streaming.parts_of(message)

        assert all(any(f"{path}/".startswith(f"{part}/") for part in parts) for path in often(message))
