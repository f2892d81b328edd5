"""Read messages out of XML Schemas: the way back from xsd.py, for schemas of any make.

A schema says names, order, occurrence, formats and codes. What it says beyond that (patterns, alternatives,
attributes) has no column in the tables; each such place is named in `lost`, for a person to judge.
The xmlschema library resolves types, includes and imports; it may open the files of the package only.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

import xmlschema
from lxml import etree
from xmlschema.validators import XsdElement, XsdGroup

from filings.messages import safexml, simpletypes
from filings.messages.elements import Code
from filings.messages.package import BadPackage

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
DEPTH: Final = 32  # deeper than any message; a type that holds itself ends here
UNBOUNDED: Final = 9_999_999
# The library knows these itself.
_BUILT_IN: Final = frozenset({"http://www.w3.org/XML/1998/namespace", XS[1:-1]})
_REFERRING: Final = (f"{XS}include", f"{XS}import", f"{XS}redefine", f"{XS}override")


@dataclass(frozen=True)
class Line:
    """One element as its schema has it. type_name: of its value; codes: None if the schema lists none."""

    name: str
    title: str
    min: int
    max: int
    format: str = ""
    wrapper: str = ""
    type_name: str = ""
    list_title: str = ""
    codes: tuple[Code, ...] | None = None
    children: "tuple[Line, ...]" = field(default=(), repr=False)

    def walk(self, path: str = "") -> "Iterator[tuple[str, int, Line]]":
        """Yield path, level and line of the element and everything below it, in order."""
        yield path, path.count("/") + 1 if path else 0, self
        for child in self.children:
            yield from child.walk(f"{path}/{child.name}" if path else child.name)


@dataclass(frozen=True)
class Schema:
    """One message as its schema has it. lost: what the tables cannot say, as (path, what)."""

    id: str
    namespace: str
    version: str
    title: str
    root: Line
    lost: tuple[tuple[str, str], ...]


def read(files: Mapping[str, bytes]) -> list[Schema]:
    """Return every message declared in the XSD files of a package, by id.

    A message is a global element that no other element refers to, in a file that no other file refers to.
    :raises BadPackage: if a schema is faulty, refers to a file that is not there, or holds no message
    """
    found: dict[str, Schema] = {}
    flat, entrances = _flattened(files)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place, content in flat.items():
            (folder / place).write_bytes(content)
        for file, place in entrances.items():
            for schema in _messages_in(folder / place, file):
                if schema.id in found:
                    raise BadPackage(f"{schema.id} is declared twice.")
                found[schema.id] = schema
    if not found:
        raise BadPackage("No schema declares a message.")
    return [found[id_] for id_ in sorted(found)]


def _flattened(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the files for one folder, their references changed to fit, and those no other file refers to.

    The second are the files that declare an element, by name in the package; all such if they refer in a circle.
    :raises BadPackage: if a file refers to one that is not in the package
    """
    places = {name: f"{number}.xsd" for number, name in enumerate(files)}
    flat: dict[str, bytes] = {}
    referred: set[str] = set()
    declaring = []
    for name, content in files.items():
        root = safexml.parse(content)
        for reference in (each for tag in _REFERRING for each in root.iterfind(tag)):
            _point(reference, name, places, referred)
        if root.find(f"{XS}element") is not None:
            declaring.append(name)
        flat[places[name]] = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    entrances = [name for name in declaring if name not in referred] or declaring
    return flat, {name: places[name] for name in sorted(entrances)}


def _point(reference: etree._Element, name: str, places: Mapping[str, str], referred: set[str]) -> None:
    """Let a reference point at the place its file has now."""
    if reference.get("namespace", "") in _BUILT_IN:
        reference.attrib.pop("schemaLocation", None)
    location = reference.get("schemaLocation")
    if location is None:
        return
    target = _resolved(name, location)
    if target not in places:
        raise BadPackage(f"{name} refers to {location!a:.100}, which is not in the package.")
    reference.set("schemaLocation", places[target])
    if target != name:
        referred.add(target)


def _resolved(name: str, location: str) -> str:
    """Return the name in the package of what a file refers to."""
    steps = list(PurePosixPath(name).parent.parts)
    for step in location.split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step not in {"", "."}:
            steps.append(step)
    return "/".join(steps)


def _messages_in(place: Path, name: str) -> Iterator[Schema]:
    """Yield the messages of a file; the library may open only what stands beside it."""
    try:
        schema = xmlschema.XMLSchema(str(place), allow="sandbox", defuse="always")
    except (xmlschema.XMLSchemaException, xmlschema.XMLResourceError, OSError, ValueError, RecursionError) as error:
        text = " ".join(str(getattr(error, "message", "") or error).split())
        raise BadPackage(f"{name}: {text[:300]}") from error
    # Only what this file declares itself: an included file that is shared declares parts, no messages.
    own = [element for element in schema.elements.values() if element.schema is schema]
    used = {part.name for part in schema.iter_components(XsdElement) if isinstance(part, XsdElement) and part.ref is not None}
    title = _documentation(schema.root)
    for element in own:
        if element.name not in used and element.type.has_complex_content():
            yield _message(element, schema, title)


def _message(element: Any, schema: xmlschema.XMLSchema, title: str) -> Schema:
    reader = _Reader()
    root = reader.line(element, "", 0)
    told = title.removeprefix(f"{element.local_name}:").strip()
    version = str(schema.version or "")
    return Schema(element.local_name, schema.target_namespace, version, told, root, tuple(dict.fromkeys(reader.lost)))


class _Reader:
    """Reads the tree of one message and notes what is lost."""

    def __init__(self) -> None:
        self.lost: list[tuple[str, str]] = []
        self._known: dict[tuple[str, int], Line] = {}

    def line(self, element: Any, path: str, depth: int) -> Line:
        """Return an element with everything below it."""
        if depth > DEPTH:
            raise BadPackage(f"{path} nests deeper than {DEPTH} levels.")
        plain = Line(element.local_name, _documentation(element.elem), element.min_occurs, _most(element.max_occurs))
        # One element may stand in many alternatives; what is in it is read once.
        key = path, id(element.type)
        if key not in self._known:
            self._known[key] = self._inside(plain, element.type, path, depth)
        return replace(self._known[key], title=plain.title, min=plain.min, max=plain.max)

    def _inside(self, plain: Line, type_: Any, path: str, depth: int) -> Line:
        if type_.is_simple():
            return self._value(plain, type_, path)
        for name in type_.attributes:
            self.lost.append((path, f"attribute {name}"))
        if type_.has_simple_content():
            return self._value(plain, type_.content, path)
        if type_.mixed:
            self.lost.append((path, "text between elements"))
        children = self._content(type_.content, path, depth)
        if not children:
            raise BadPackage(f"{path or plain.name} is a group without elements.")
        if _is_wrapped(children):
            [inner] = children
            return replace(plain, wrapper=inner.name, format=inner.format, type_name=inner.type_name)
        return replace(plain, children=children)

    def _value(self, plain: Line, type_: Any, path: str) -> Line:
        found = simpletypes.describe(type_)
        self.lost += [(path, what) for what in found.lost]
        return replace(plain, format=found.format, type_name=found.name, list_title=found.title, codes=found.codes)

    def _content(self, group: XsdGroup, path: str, depth: int) -> tuple[Line, ...]:
        """Return the elements of a group in order, each name once."""
        merged: dict[str, Line] = {}
        for line in self._particles(group, path, depth):
            before = merged.get(line.name)
            merged[line.name] = _together(before, line) if before else line
        return tuple(merged.values())

    def _particles(self, group: Any, path: str, depth: int) -> list[Line]:
        parts = [self._part(part, path, depth) for part in group]
        lines = _alternatives(parts) if group.model == "choice" else [line for part in parts for line in part]
        if group.model == "choice" and not _are_suffixes(parts):
            names = " | ".join(" ".join(line.name for line in part) or "-" for part in parts)
            self.lost.append((path, f"alternatives {names}"[:200]))
        most = _most(group.max_occurs)
        if most > 1:
            self.lost.append((path, f"a row of elements that occurs up to {group.max_occurs or 'any number of'} times"))
        return [replace(line, min=line.min * group.min_occurs, max=min(line.max * most, UNBOUNDED)) for line in lines]

    def _part(self, part: Any, path: str, depth: int) -> list[Line]:
        if isinstance(part, XsdElement):
            below = f"{path}/{part.local_name}" if path else part.local_name
            return [self.line(part, below, depth + 1)]
        if isinstance(part, XsdGroup):
            return self._particles(part, path, depth)
        self.lost.append((path, "any element"))
        return []


def _together(before: Line, again: Line) -> Line:
    """Return one line for an element that stands twice in a row of elements."""
    return replace(before, min=before.min + again.min, max=min(before.max + again.max, UNBOUNDED))


def _alternatives(parts: Sequence[list[Line]]) -> list[Line]:
    """Return the elements of several alternatives: as rare as in the one with fewest, as many as in that with most."""
    merged: dict[str, list[Line]] = {}
    for part in parts:
        for line in part:
            merged.setdefault(line.name, []).append(line)
    return [
        replace(
            lines[0],
            min=min(line.min for line in lines) if len(lines) == len(parts) else 0,
            max=max(line.max for line in lines),
        )
        for lines in merged.values()
    ]


def _are_suffixes(parts: Sequence[list[Line]]) -> bool:
    """Say whether alternatives only mean "at least one of these, in this order", which a group of optional ones means anyway."""
    longest = [line.name for line in max(parts, key=len, default=[])]
    return all(longest[len(longest) - len(part) :] == [line.name for line in part] for part in parts)


def _is_wrapped(children: Iterable[Line]) -> bool:
    """Say whether the only thing in a group is one date, which is how a date is wrapped."""
    lines = list(children)
    return len(lines) == 1 and lines[0].format == simpletypes.DATE and (lines[0].min, lines[0].max) == (1, 1)


def _most(number: int | None) -> int:
    return UNBOUNDED if number is None else number


def _documentation(elem: Any) -> str:
    """Return the first documentation of a declaration, on one line."""
    found = elem.find(f"{XS}annotation/{XS}documentation") if elem is not None else None
    return " ".join((found.text or "").split()) if found is not None else ""
