"""Put a simple type of an XML Schema into the notation of the tables: "an..35", "n..16,6", or a list of codes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from filings.messages import formats
from filings.messages.elements import Code

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
DATE: Final = "an20 (YYYY-MM-DDThh:mm:ssZ)"
# Where a schema sets no bound.
LONGEST_TEXT: Final = 99_999
LONGEST_NUMBER: Final = 18
_DATES: Final = frozenset({"dateTime", "dateTimeStamp", "date"})
_QUANTIFIER: Final = re.compile(r"\{(\d+)(?:(,)(\d*))?\}|[+*?]")
_CLASSES: Final = {"n": ("[0-9]", r"\d"), "a": ("[A-Z]", "[a-zA-Z]", "[A-Za-z]", r"\p{L}", r"\p{Lu}")}


@dataclass(frozen=True)
class Described:
    """A simple type in the notation of the tables. codes: None if it lists none; lost: what the notation cannot say."""

    name: str
    title: str
    format: str
    codes: tuple[Code, ...] | None
    lost: tuple[str, ...]


def describe(type_: Any) -> Described:
    """Return what a simple type of the xmlschema library means."""
    name = type_.local_name or (type_.base_type.local_name if type_.base_type is not None else "") or ""
    title = next((" ".join((each.documentation[0].text or "").split()) for each in type_.annotations if each.documentation), "")
    codes = _codes(type_)
    if codes:
        return Described(name, title, of_codes(codes), codes, ())
    primitive = type_.primitive_type.local_name if getattr(type_, "primitive_type", None) is not None else "string"
    facets = _facets(type_)
    if primitive in _DATES:
        return Described(name, title, DATE, None, () if primitive != "date" else ("a date without time",))
    if primitive == "decimal":
        return Described(name, title, *_number(type_, facets))
    if primitive == "boolean":
        return Described(name, title, "an..5", (Code("true", ""), Code("false", ""), Code("1", ""), Code("0", "")), ())
    return Described(name, title, *_text(type_, facets))


def of_codes(codes: tuple[Code, ...]) -> str:
    """Return the narrowest format that all codes have."""
    values = [code.code for code in codes]
    letter = "n" if all(re.fullmatch("[0-9]+", value) for value in values) else "an"
    if all(re.fullmatch("[A-Z]+", value) for value in values):
        letter = "a"
    sizes = {len(value) for value in values}
    return f"{letter}{'' if len(sizes) == 1 else '..'}{max(sizes)}"


def _chain(type_: Any) -> Iterator[Any]:
    """Yield a type and those it restricts, nearest first."""
    while type_ is not None:
        yield type_
        type_ = type_.base_type if type_.base_type is not type_ else None


def _facets(type_: Any) -> dict[str, str]:
    """Return the value of each facet, that of the nearest restriction."""
    found: dict[str, str] = {}
    for each in _chain(type_):
        for tag, facet in (getattr(each, "facets", None) or {}).items():
            if tag and getattr(facet, "value", None) is not None:
                found.setdefault(tag.rpartition("}")[2], str(facet.value))
    return found


def _patterns(type_: Any) -> list[str]:
    found = []
    for each in _chain(type_):
        # The elem of a restriction is the restriction itself; the built-in types have patterns too.
        elem = getattr(each, "elem", None)
        if elem is not None and each.target_namespace != XS[1:-1]:
            found += [pattern.get("value", "") for pattern in elem.iterfind(f"{XS}pattern")]
    return list(dict.fromkeys(found))


def _codes(type_: Any) -> tuple[Code, ...] | None:
    """Return the codes of the nearest restriction that lists any, with their documentation as names."""
    for each in _chain(type_):
        elem = getattr(each, "elem", None)
        values = [] if elem is None else elem.findall(f"{XS}enumeration")
        if values:
            return tuple(Code(value.get("value", ""), _name(value)) for value in values)
    return None


def _name(elem: Any) -> str:
    found = elem.find(f"{XS}annotation/{XS}documentation")
    return " ".join((found.text or "").split()) if found is not None else ""


def _number(type_: Any, facets: dict[str, str]) -> tuple[str, None, tuple[str, ...]]:
    whole = any(each.local_name == "integer" for each in _chain(type_)) or facets.get("fractionDigits") == "0"
    total = int(facets.get("totalDigits", 0)) or _digits(facets) or LONGEST_NUMBER
    code = f"n..{total}" if whole else f"n..{total},{facets.get('fractionDigits', '6')}"
    lost = [] if "totalDigits" in facets or _digits(facets) else ["no bound of digits"]
    bounds = ("minExclusive", "maxExclusive", "minInclusive")
    lost += [f"{name} {facets[name]}" for name in bounds if facets.get(name, "0") != "0"]
    return code, None, (*lost, *_unsaid(type_, code))


def _digits(facets: dict[str, str]) -> int:
    """Return how many digits the largest number has, 0 if there is no largest."""
    return len(facets.get("maxInclusive", "").partition(".")[0])


def _text(type_: Any, facets: dict[str, str]) -> tuple[str, None, tuple[str, ...]]:
    patterns = _patterns(type_)
    letter, least, most = _shape(patterns)
    exact = facets.get("length")
    least = int(exact or facets.get("minLength") or least)
    most = int(exact or facets.get("maxLength") or most or LONGEST_TEXT)
    code = f"{letter}{most}" if least == most else f"{letter}..{most}"
    lost = [f"at least {least} characters"] if 1 < least < most else []
    return code, None, (*lost, *_unsaid(type_, code))


def _shape(patterns: list[str]) -> tuple[str, int, int]:
    """Return letter and sizes of a pattern that repeats one class of characters, else those of any text."""
    for pattern in patterns:
        for letter, classes in _CLASSES.items():
            known = next((each for each in classes if pattern.startswith(each)), None)
            match = _QUANTIFIER.fullmatch(pattern[len(known) :] or "{1}") if known else None
            if match:
                low, comma, high = match[1] or "1", match[2], match[3]
                return letter, int(low), int(high or 0) if comma else int(match[1] or 0)
    return "an", 0, 0


def _unsaid(type_: Any, code: str) -> Iterator[str]:
    """Yield the patterns a format does not stand for by itself."""
    known = formats.parse(code)
    for pattern in _patterns(type_):
        if pattern != known.pattern and _shape([pattern])[0] == "an":
            yield f"pattern {pattern}"[:200]
