"""Rules about consignments and what is in them: numbers that run, places passed, things said twice."""

from collections import Counter
from collections.abc import Iterator

from filings.messages.document import Node
from filings.rules.hints import country_of
from filings.rules.registry import At, Breach, each, group
from filings.rules.scope import HOUSE


def _running(at: At) -> Iterator[Breach]:
    """Yield what keeps the numbers of goods items from being 1, 2, 3 …, each once."""
    if _is_running(at):
        return
    numbers = [_number(item, at.spec.name) for item in at.nodes]
    count = len(numbers)
    free = iter(sorted(set(range(1, count + 1)) - set(numbers)))
    seen: set[int | None] = set()
    wrong = False
    for index, number in enumerate(numbers, 1):
        if number is None:
            wrong = True
        elif number in seen:
            wrong = True
            sentence = f"“{at.spec.title}”: {number} is used before; number the goods items 1, 2, 3 and so on."
            yield Breach(sentence, at=index, below=at.spec.name, code="26", repair=str(next(free)))
        elif not 1 <= number <= count:
            wrong = True
            sentence = f"“{at.spec.title}”: {number} leaves a gap; number the {count} goods items 1, 2, 3 and so on."
            yield Breach(sentence, at=index, below=at.spec.name, repair=str(next(free)))
        seen.add(number)
    if not wrong and numbers != list(range(1, count + 1)):
        index = next(index for index, number in enumerate(numbers, 1) if number != index)
        sentence = f"“{at.spec.title}”: The numbers are not in order; put the goods items in the order 1, 2, 3 and so on."
        yield Breach(sentence, "warning", at=index, below=at.spec.name)


def _is_running(at: At) -> bool:
    """Return whether the numbers are written 1, 2, 3 …, as nearly always."""
    name = at.spec.name
    for index, item in enumerate(at.nodes, 1):
        found = item.first(name)
        if found is None or found.text != str(index):
            return False
    return True


def _number(item: Node, name: str) -> int | None:
    found = item.first(name)
    text = found.text or "" if found else ""
    return int(text) if text.isdecimal() else None


@each("R3016", code="12")
def items_of_the_master_run(at: At) -> Iterator[Breach]:
    """Goods items of the master consignment are numbered 1, 2, 3 and so on, without gap or repetition (R3016)."""
    yield from _running(at)


@each("R3017", code="12")
def items_of_the_house_run(at: At) -> Iterator[Breach]:
    """Goods items of a house consignment are numbered 1, 2, 3 and so on, without gap or repetition (R3017)."""
    yield from _running(at)


@group("R3022", code="12")
def route_passes_acceptance_and_delivery(at: At) -> Iterator[Breach]:
    """The countries a consignment passes include those of its places of acceptance and delivery (R3022)."""
    passed = {country.text for node in at.nodes for country in node.named("country")}
    for name in ("placeOfAcceptance", "placeOfDelivery"):
        found = at.parent.kids.get(name)
        country = country_of(found[0]) if found else ""
        if country and country not in passed:
            title = at.parent.spec.by_name[name].title
            yield Breach(f"“{title}” is in {country}, so give {country} among “{at.spec.title}”.")


@group("R3031", code="26")
def said_once_on_the_consignment(at: At) -> Iterator[Breach]:
    """What holds for every goods item of a consignment stands on the consignment, and not on the items too (R3031)."""
    if at.parent.spec.name == HOUSE:
        items = at.parent.kids.get("goodsItem", [])
        mine = {_content(node) for node in at.nodes}
        if len(items) > 1 and all(mine & set(map(_content, item.named(at.spec.name))) for item in items):
            sentence = f"“{at.spec.title}” stands on the house consignment and again on every goods item; leave it out there."
            yield Breach(sentence, "warning")
        return
    house = at.parent.enclosing(HOUSE)
    items = house.kids.get("goodsItem", []) if house else []
    if len(items) > 1 and at.parent.index == 1 and len({tuple(map(_content, item.named(at.spec.name))) for item in items}) == 1:
        sentence = f"“{at.spec.title}” is the same on all {len(items)} goods items; give it on the house consignment only."
        yield Breach(sentence, "warning")


def _content(node: Node) -> tuple[object, ...]:
    """Return what a group says, to be compared."""
    return (node.name, node.text, *map(_content, node.children))


@each("R3052", code="81")
def house_documents_differ(at: At) -> Iterator[Breach]:
    """Every house level transport document number is used once in a filing (R3052)."""
    numbers = [_document_number(house, at.spec.name) for house in at.nodes]
    times = Counter(numbers)
    seen: set[str] = set()
    for index, number in enumerate(numbers, 1):
        if number and times[number] > 1 and number in seen:
            sentence = f"“{number}” is the document of an earlier house consignment too; give each its own."
            yield Breach(sentence, at=index, below=f"{at.spec.name}/documentNumber")
        seen.add(number)


def _document_number(house: Node, name: str) -> str:
    document = house.first(name)
    number = document.first("documentNumber") if document else None
    return number.text or "" if number else ""
