"""What is predicted of two filings is what the sandbox does with them: thousands of random pairs, and some from end to end.

LINKING_PAIRS=10000 asks for more pairs than the suite has time for.
"""

import copy
import os
from collections import Counter
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from filings import linking, samples
from filings.linking.keys import Part, combinations
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.messages.document import Document, empty
from integrations.sandbox import relating
from integrations.sandbox.models import REASON, Link, LinkingKey, Party, Received, Registration
from tenants.scope import every_tenant
from tests.factories import NOW

PAIRS = int(os.environ.get("LINKING_PAIRS", "2000"))
CHUNK = 500
HOUSE = "consignmentMasterLevel/consignmentHouseLevel"
WAYS = ("equal", "equal", "differs", "spelled", "missing", "shuffled", "strangers")
BY_SCI = {message.sci: message for message in catalogue.messages() if message.family == "F"}


@dataclass
class Pair:
    """Two filings, what was done to them, and the MRN each has."""

    way: str
    documents: tuple[Document, Document]
    mrns: tuple[str, str]

    @property
    def prediction(self) -> linking.Prediction:
        return linking.predict(*self.documents, first_mrn=self.mrns[0], second_mrn=self.mrns[1])


def pair(number: int) -> Pair:
    """Return the pair of a number: a shipment of its own, the same whenever it is asked for."""
    chance = Random(number)
    combination = chance.choice(combinations())
    way = chance.choice(WAYS)
    upper, lower = (BY_SCI[chance.choice(sorted(side))] for side in (combination.upper, combination.lower))
    if way == "strangers":
        upper, lower = (BY_SCI[chance.choice(sorted(BY_SCI))] for _ in range(2))
    documents = tuple(base(message, chance) for message in (upper, lower))
    houses = chance.choice((1, 1, 2, 3))
    mrns = [f"26DE{number:07}{place}" for place in "UL"]
    touched = chance.randrange(len(combination.parts))
    for place, part in enumerate(combination.parts):
        values = [f"{part.name[:2].upper()}-{number}-{house}x" for house in range(houses)]
        mine = [changed(value, way, chance) for value in values] if place == touched else values
        if way == "shuffled" and place == touched:
            mine = values[1:] + values[:1]
        fill(documents[0], part, part.upper, values, chance)
        fill(documents[1], part, part.lower, mine, chance)
        if "MRN" in part.lower:
            mrns[1] = mine[0].strip() or mrns[1]
    both = (documents[0], documents[1]), (mrns[0], mrns[1])
    return Pair(way, *both) if chance.random() < 0.5 else Pair(way, both[0][::-1], both[1][::-1])


def base(message: Message, chance: Random) -> Document:
    """Return a document to begin with: an empty one, or a believable one."""
    return empty(message) if chance.random() < 0.8 else copy.deepcopy(believable(message.id))


@cache
def believable(message: str) -> Document:
    """Return a sample without what links it, so that no two pairs have anything in common."""
    made = samples.sample(message, seed=1, size="minimal")
    for each in combinations():
        for part in each.parts:
            for path in {*part.upper, *part.lower} & set(made.message.by_path):
                while made.nodes(path):
                    made.set(path, None)
    return made


def changed(value: str, way: str, chance: Random) -> str:
    """Return a value after a mistake."""
    if way == "differs":
        return f"{value}0"
    if way == "spelled":
        return chance.choice((value.lower(), value.replace("-", " "), value.replace("-", ""), f" {value} "))
    return "" if way == "missing" else value


def fill(document: Document, part: Part, paths: tuple[str, ...], values: list[str], chance: Random) -> None:
    """Write the values of a part where a filing has it; where there are several places, into one of them or into all."""
    own = [path for path in paths if path in document.message.by_path]
    chosen = own if chance.random() < 0.5 else own[-1:]
    for path in chosen:
        several = path.startswith(HOUSE) and document.message.by_path[HOUSE].repeats
        for number, value in enumerate(values if several else values[:1], 1):
            if value:
                document.set(path.replace(HOUSE, f"{HOUSE}[{number}]", 1), value)


@dataclass
class Customs:
    """The sandbox's register, filled without its gateway."""

    party: Party

    @classmethod
    def opened(cls) -> "Customs":
        """Return the register with one party enrolled."""
        with every_tenant(REASON):
            return cls(Party.objects.create(party_id="NL12", name="Alfa"))

    def linked(self, pairs: list[Pair]) -> list[bool]:
        """Return for each pair whether the sandbox links its filings, one having come after the other."""
        rows = [[self.registration(each, place) for place in (0, 1)] for each in pairs]
        flat = [registration for both in rows for registration in both]
        Received.objects.bulk_create([each.received for each in flat])
        Registration.objects.bulk_create(flat)
        keys = [
            relating.keys_of(row, document) for each, both in zip(pairs, rows, strict=True)
            for row, document in zip(both, each.documents, strict=True)
        ]  # fmt: skip
        LinkingKey.objects.bulk_create([key for some in keys for key in some])
        for _, second in rows:
            relating._link(second, at=NOW)
        links = set(Link.objects.values_list("upper_id", "lower_id"))
        return [bool({(a.pk, b.pk), (b.pk, a.pk)} & links) for a, b in rows]

    def registration(self, of: Pair, place: int) -> Registration:
        """Return the register's line of one filing of a pair, not kept yet."""
        message, mrn = of.documents[place].message.id, of.mrns[place]
        received = Received(
            party=self.party, message_id=f"{mrn}@test", action=message, references=[], payload=b"", receipt=b"", body=b"",
            received_at=NOW, due_at=NOW,
        )  # fmt: skip
        lrn = mrn
        return Registration(
            party=self.party, received=received, message_type=message, lrn=lrn, declarant="DE1", mrn=mrn, registered_at=NOW
        )


@pytest.mark.django_db
@pytest.mark.timeout(max(300, PAIRS))  # seconds
def test_the_prediction_is_what_the_sandbox_does() -> None:
    customs = Customs.opened()
    told: Counter[tuple[str, bool]] = Counter()
    wrong = []
    for start in range(0, PAIRS, CHUNK):
        pairs = [pair(number) for number in range(start, min(start + CHUNK, PAIRS))]
        with every_tenant(REASON):
            decided = customs.linked(pairs)
        for number, (each, links) in enumerate(zip(pairs, decided, strict=True), start):
            said = each.prediction
            told[each.way, links] += 1
            if said.links != links:
                wrong.append((number, each.way, said.sentence, links))

    assert wrong == []
    # The pairs would show nothing if they all linked, or none did.
    assert all(told[way, True] for way in ("equal", "spelled", "shuffled"))
    assert all(told[way, False] for way in WAYS if way != "equal")


@pytest.mark.parametrize("number", range(200))
def test_what_keeps_two_filings_apart_is_named_with_its_place(number: int) -> None:
    each = pair(number)
    said = each.prediction
    if said.links or not said.parts:
        assert said.apart == ()
        return

    upper, lower = each.documents if said.first_is_upper else each.documents[::-1]

    assert said.apart
    for part in said.apart:
        assert part.words in said.sentence
        for document, path, value in ((upper, part.upper_path, part.upper), (lower, part.lower_path, part.lower)):
            assert path == "MRN" or (document.value(path) or "").strip() == value


def test_the_combinations_are_all_drawn() -> None:
    drawn = {found for number in range(400) if (found := pair(number).prediction.combination)}

    assert drawn == {each.id for each in combinations()}
