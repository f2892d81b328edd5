"""The structural check: occurrence, order, format and code lists of every element, all faults at once.

Findings come in table order and say each thing once: a group that is missing does not report what
would be in it. Error codes are those of CL723. Reading tells nothing away: order and wrapper are checked
on documents that came as XML, since JSON has neither.
"""

import difflib
from bisect import bisect_right
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from filings.messages.catalogue import Element
from filings.messages.document import Document, Groups, Node
from filings.messages.finding import Finding

INCORRECT: Final = "12"
MISSING: Final = "13"
NOT_HERE: Final = "15"
TOO_MANY: Final = "35"

# Bounds of what a sentence quotes and guesses.
LONG: Final = 64
MANY: Final = 20


def is_fine(document: Document, groups: Groups) -> bool:
    """Return whether a document has no structural fault, as far as one quick look can tell; if not, `check` it.

    groups: takes the children by name of the groups looked at.
    """
    message = document.message
    return document.namespace == message.namespace and is_fine_part(document.root, message.root, groups)


def is_fine_part(node: Node, spec: Element, groups: Groups) -> bool:
    """Return of one group what `is_fine` does of the whole: true only if there is nothing to say."""
    groups.is_trim = True
    is_fine = _is_fine(node, spec, groups)
    groups.is_trim = is_fine and groups.is_trim
    return is_fine


def _is_fine(node: Node, spec: Element, groups: Groups) -> bool:
    if node.attributes or node.text or not node.children:
        return False
    kids: dict[str, list[Node]] = {}
    lines, last, repeated = spec.lines, -1, spec.is_demanding
    for child in node.children:
        name = child.name
        line = lines.get(name)
        if line is None:
            return False
        place, quick, below = line
        if place > last:
            last = place
            kids[name] = [child]
        elif place == last:
            repeated = True
            kids[name].append(child)
        else:
            return False
        if quick is None:
            if not _is_fine(child, below, groups):
                return False
        else:
            given, text = child.given, child.text
            if not given or not quick(given) or child.children or child.attributes or not child.wrapped:
                return False
            if text and text.strip() != text:
                groups.is_trim = False
    groups[node] = kids
    return spec.mandatory.issubset(kids) and not (repeated and _is_miscounted(kids, spec))


def _is_miscounted(kids: Mapping[str, list[Node]], spec: Element) -> bool:
    """Return whether a child that is there occurs too rarely or too often."""
    known = spec.by_name
    return any(not known[name].min <= len(nodes) <= known[name].max for name, nodes in kids.items())


def check(document: Document, *, apart: Container[str] = frozenset()) -> list[Finding]:
    """Return every structural fault of a document.

    apart: paths of elements whose content somebody else checks, with `check_part`.
    """
    message = document.message
    found: list[Finding] = []
    path = f"/{message.root_name}"
    if document.namespace != message.namespace:
        given = document.namespace or "none"
        sentence = f"Use the namespace {message.namespace} for the message; it is {given}."
        found.append(Finding(path, INCORRECT, "", "error", sentence))
    _group(document.root, message.root, path, Walk(found, ordered=document.source == "xml", apart=apart))
    return found


def check_part(node: Node, spec: Element, path: str, *, ordered: bool) -> list[Finding]:
    """Return every structural fault of one group and what is below it, as `check` does of the whole."""
    found: list[Finding] = []
    _group(node, spec, path, Walk(found, ordered=ordered))
    return found


@dataclass(slots=True)
class Walk:
    """One walk over a document. found: what is wrong so far; ordered: whether the order of elements counts."""

    found: list[Finding]
    ordered: bool
    apart: Container[str] = frozenset()


def _error(path: str, code: str, sentence: str) -> Finding:
    return Finding(path, code, "", "error", sentence)


def _label(element: Element) -> str:
    return f"“{element.title}”"


def _group(node: Node, spec: Element, path: str, walk: Walk) -> None:
    """Report on a group and everything below it."""
    found = walk.found
    if node.attributes:
        found.extend(_attributes(node, path))
    if node.text:
        found.append(_error(path, NOT_HERE, f"{_label(spec)} is a group; give its elements, not text."))
    elif not node.children:
        found.append(_error(path, MISSING, f"{_label(spec)} is empty; give its content or leave it out."))
    if not node.children:
        return
    places, unknown, in_order = _sorted_children(node, spec)
    if unknown:
        found.extend(_unknown(node, spec, path))
    if walk.ordered and not in_order:
        found.extend(_misplaced(node, spec, path))
    if in_order and spec.mandatory.issubset(places):
        # Nearly every group: what is there stands in table order, and nothing is missing.
        _present(places, spec, path, walk)
    else:
        _in_table_order(places, spec, path, walk)


def _present(places: dict[str, list[Node]], spec: Element, path: str, walk: Walk) -> None:
    """Report on the children of a group that are there."""
    known = spec.by_name
    for name, nodes in places.items():
        child, node = known[name], nodes[0]
        given = node.given
        # A value that stands alone and is fine, as nearly every one is, takes this way out.
        if (
            given
            and child.is_single
            and len(nodes) == 1
            and child.quick(given)
            and not (node.children or node.attributes)
            and node.wrapped
        ):
            continue
        _children(nodes, child, path, walk)


def _in_table_order(places: dict[str, list[Node]], spec: Element, path: str, walk: Walk) -> None:
    """Report on the children of a group as the table lists them, the missing ones included."""
    for child in spec.children:
        nodes = places.get(child.name)
        if nodes is not None:
            _children(nodes, child, path, walk)
        elif child.min:
            walk.found.append(_missing(child, spec, path))


def _sorted_children(node: Node, spec: Element) -> tuple[dict[str, list[Node]], bool, bool]:
    """Return the known children by name, whether there are others, and whether they stand in table order."""
    places: dict[str, list[Node]] = {}
    last, unknown, in_order = 0, False, True
    order = spec.order
    for child in node.children:
        name = child.name
        place = order.get(name)
        if place is None:
            unknown = True
            continue
        in_order = in_order and place >= last
        last = place
        if name in places:
            places[name].append(child)
        else:
            places[name] = [child]
    return places, unknown, in_order


def _children(nodes: list[Node], spec: Element, path: str, walk: Walk) -> None:
    """Report on all occurrences of one element under one parent."""
    if not spec.min <= len(nodes) <= spec.max:
        walk.found.append(_occurrence(spec, path, len(nodes)))
    if spec.format is None:
        if spec.path not in walk.apart:
            for index, node in enumerate(nodes, 1):
                _group(node, spec, _step(path, spec, index), walk)
        return
    quick = spec.quick
    for index, node in enumerate(nodes, 1):
        given = node.given
        # Nearly every value takes this way out.
        if given and quick(given) and not node.children and not node.attributes and node.wrapped:
            continue
        walk.found.extend(_value(node, spec, _step(path, spec, index), ordered=walk.ordered))


def _step(path: str, spec: Element, index: int) -> str:
    """Return the path of the index-th occurrence; an index where there may be, or wrongly is, another."""
    return f"{path}/{spec.name}[{index}]" if spec.max > 1 or index > 1 else f"{path}/{spec.name}"


def _missing(spec: Element, parent: Element, path: str) -> Finding:
    where = f" in {_label(parent)}" if parent.level else ""
    return _error(_step(path, spec, 1), MISSING, f"{_label(spec)} is missing; give it{where}.")


def _occurrence(spec: Element, path: str, count: int) -> Finding:
    if count > spec.max:
        sentence = f"{_label(spec)} may occur {_times(spec.max)} here; it occurs {_times(count)}, so remove some."
        return _error(_step(path, spec, spec.max + 1), TOO_MANY, sentence)
    sentence = f"{_label(spec)} must occur at least {_times(spec.min)}; it occurs {_times(count)}."
    return _error(_step(path, spec, count + 1), MISSING, sentence)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _value(node: Node, spec: Element, path: str, *, ordered: bool) -> Iterator[Finding]:
    """Yield the faults of an element that holds a value."""
    yield from _attributes(node, path)
    if node.children:
        names = dict.fromkeys(_local(child.name) for child in node.children)
        for name in names:
            sentence = f"“{name}” may not stand in {_label(spec)}, which holds a value; remove it."
            yield _error(f"{path}/{name}", NOT_HERE, sentence)
        return
    given = node.given or ""
    if not given.strip():
        yield _error(path, MISSING, f"{_label(spec)} is empty; give a value or leave it out.")
        return
    if ordered and not node.wrapped:
        sentence = f"{_label(spec)} must hold its value in an element {spec.wrapper}; put it there."
        yield _error(path, MISSING, sentence)
    faults = list(spec.format.faults(given)) if spec.format else []
    for fault in faults:
        yield Finding(path, fault.code, "", fault.severity, f"{_label(spec)}: {fault.sentence}")
    if not faults and spec.codes is not None and given not in spec.codes.names:
        yield _error(path, INCORRECT, f"{_label(spec)}: {_choose(given, spec)}")


def _choose(given: str, spec: Element) -> str:
    """Return the advice for a code that is not in its list."""
    codes = spec.codes.codes if spec.codes else ()
    name = f"{spec.codes.name} ({spec.codes.id})" if spec.codes else ""
    if len(codes) <= 10:
        return f"“{given[:LONG]}” is no code of {name}; use {', '.join(code.code for code in codes)}."
    return f"“{given[:LONG]}” is no code of {name}; choose one of its {len(codes)} codes."


def _attributes(node: Node, path: str) -> Iterator[Finding]:
    for name in node.attributes:
        local = _local(name)
        yield _error(f"{path}/@{local}", NOT_HERE, f"The attribute “{local}” is not allowed; remove it.")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _unknown(node: Node, spec: Element, path: str) -> Iterator[Finding]:
    """Yield one finding for each name the table does not know here."""
    names = dict.fromkeys(child.name for child in node.children if child.name not in spec.order)
    # Likeness is dear: with many unknown names somebody sent another kind of document.
    guess = len(names) <= MANY
    for name in names:
        yield _error(f"{path}/{_local(name)}", NOT_HERE, _unknown_sentence(name, spec, guess=guess))


def _unknown_sentence(name: str, spec: Element, *, guess: bool) -> str:
    local = _local(name)
    if local != name and local in spec.order:
        return f"“{local}” is in the wrong namespace; use the one of the message."
    sentence = f"“{local[:LONG]}” is not an element of {_label(spec)}; remove it"
    match = _likeness(local, spec) if guess and len(local) < LONG else None
    return f"{sentence} or write “{match}” if that is meant." if match else f"{sentence}."


def _likeness(name: str, spec: Element) -> str | None:
    """Return the name that was probably meant."""
    near = {known.lower(): known for known in spec.order}
    return near.get(name.lower()) or next(iter(difflib.get_close_matches(name, spec.order, 1, 0.8)), None)


def _misplaced(node: Node, spec: Element, path: str) -> Iterator[Finding]:
    """Yield one finding for each name that has to move: the fewest moves that restore table order."""
    known = [child for child in node.children if child.name in spec.order]
    moved = _out_of_order([spec.order[child.name] for child in known])
    counts: dict[str, int] = {}
    told: set[str] = set()
    for position, child in enumerate(known):
        index = counts[child.name] = counts.get(child.name, 0) + 1
        if position in moved and child.name not in told:
            told.add(child.name)
            element = spec.by_name[child.name]
            yield _error(_step(path, element, index), NOT_HERE, _order_sentence(element, known, spec))


def _out_of_order(places: list[int]) -> set[int]:
    """Return the positions outside a longest non-decreasing run of the places."""
    tails: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, place in enumerate(places):
        length = bisect_right(tails, place)
        before.append(at[length - 1] if length else -1)
        if length == len(tails):
            tails.append(place)
            at.append(position)
        else:
            tails[length], at[length] = place, position
    keep: set[int] = set()
    position = at[-1]
    while position >= 0:
        keep.add(position)
        position = before[position]
    return set(range(len(places))) - keep


def _order_sentence(element: Element, present: list[Node], spec: Element) -> str:
    """Return where an element has to go, in terms of the siblings that are there."""
    names = {child.name for child in present}
    siblings = [child.name for child in spec.children if child.name in names]
    place = siblings.index(element.name)
    sides = []
    if place:
        sides.append(f"after “{siblings[place - 1]}”")
    if place + 1 < len(siblings):
        sides.append(f"before “{siblings[place + 1]}”")
    where = " and ".join(sides) or "with the others of its name"
    return f"“{element.name}” ({element.title}) is in the wrong place; move it {where}."
