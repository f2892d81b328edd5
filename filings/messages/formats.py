"""Read the format notation of the specification: "an..35", "n..16,6", "a2", "n1".

a = letters, n = digits, an = text; ``..35`` means up to 35 characters, ``35`` exactly 35, and
``n..16,6`` up to 16 digits in all, of which at most 6 decimals. A Format knows how to judge a value
and which facets say the same in an XSD or a JSON Schema. Lengths count characters.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

# Latin, Greek and Cyrillic letters, digits and punctuation, by Unicode block; customs answers
# anything else with error 102. Controls, combining marks and invisible characters are left out.
BLANKS: Final = "\u0020\u00a0\u2000-\u200a\u202f\u205f"
VISIBLE: Final = (
    "\u0021-\u007e\u00a1-\u00ac\u00ae-\u024f"  # Basic Latin … Latin Extended-B, without soft hyphen
    "\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03e1\u03f0-\u03ff"  # Greek
    "\u0400-\u0482\u048a-\u052f"  # Cyrillic
    "\u1e00-\u1eff\u1f00-\u1fff"  # Latin Extended Additional, Greek Extended
    "\u2010-\u2027\u2030-\u205e\u20ac"  # General Punctuation, euro sign
)
_FORBIDDEN: Final = re.compile(f"[^{BLANKS}{VISIBLE}]")

DATE_PATTERN: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
_NOTATION: Final = re.compile(r"(an|a|n)(\.\.)?(\d+)(?:,(\d+))?( \(YYYY-MM-DDThh:mm:ssZ\))?")
# Digits before the point of n..16,6: ten by the notation; up to here only a warning, as sources differ.
SURPLUS_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """Say what is wrong with one value: CL723 code, a sentence, and whether it is only doubtful."""

    code: str
    sentence: str
    severity: str = "error"


@dataclass(frozen=True)
class Format:
    """One format of the specification.

    kind: ``letters``, ``text``, ``digits`` (leading zeros count), ``decimal`` or ``date``.
    pattern: regular expression of the whole value, the same in Python, XSD and JSON Schema.
    collapses: blanks around the value mean nothing in XML, as for numbers and dates in XSD.
    quick: is true of a value only if there is nothing at all to say about it; the fast way of `faults`.
    """

    code: str
    kind: str
    min_length: int
    max_length: int
    decimals: int = 0
    pattern: str = ""
    collapses: bool = field(init=False, repr=False, compare=False)
    quick: Callable[[str], object] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        number = self.kind == "digits" and self.min_length < self.max_length
        object.__setattr__(self, "collapses", number or self.kind in ("date", "decimal"))
        object.__setattr__(self, "quick", _quick_test(self))

    def __str__(self) -> str:
        return self.code

    @property
    def help(self) -> str:
        """Return the format in words, as the hint beside a form field."""
        if self.kind == "date":
            return "date and time in UTC, as 2026-01-31T09:15:00Z"
        if self.kind == "decimal":
            whole = self.max_length - self.decimals
            return f"number with up to {whole} digits before and {self.decimals} after the point"
        noun = {"letters": "capital letter", "digits": "digit"}.get(self.kind, "character")
        amount = str(self.max_length) if self.min_length == self.max_length else f"up to {self.max_length}"
        return f"{amount} {noun}{'' if self.max_length == 1 else 's'}"

    def accepts(self, value: str) -> bool:
        """Return whether a value has this format, warnings aside."""
        return not any(fault.severity == "error" for fault in self.faults(value))

    def faults(self, value: str) -> Iterator[Fault]:
        """Yield what is wrong with a value that is not blank."""
        if self.quick(value):
            return
        if foreign := _FORBIDDEN.findall(value):
            yield Fault("102", f"Remove {describe(foreign)}: {ALLOWED}.")
        yield from _JUDGES[self.kind](self, value, bool(foreign))


ALLOWED: Final = "only Latin, Greek and Cyrillic letters, digits and punctuation are allowed"


def describe(characters: list[str]) -> str:
    """Return the distinct characters by sign and number, at most five of them."""
    distinct = list(dict.fromkeys(characters))
    named = ", ".join(f"{sign!r} (U+{ord(sign):04X})" for sign in distinct[:5])
    more = f" and {len(distinct) - 5} more" if len(distinct) > 5 else ""
    return f"the character{'s' if len(distinct) > 1 else ''} {named}{more}"


def _length(format_: Format, value: str) -> Iterator[Fault]:
    count = len(value)
    if count > format_.max_length:
        yield Fault("39", f"Shorten it to {format_.max_length} characters; it has {count}.")
    elif count < format_.min_length:
        yield Fault("40", f"Give {format_.min_length} characters; it has {count}.")


def _judge_text(format_: Format, value: str, _foreign: bool) -> Iterator[Fault]:
    yield from _length(format_, value)


def _judge_signs(format_: Format, value: str, foreign: bool) -> Iterator[Fault]:
    yield from _length(format_, value)
    signs = "A-Z" if format_.kind == "letters" else "0-9"
    if not foreign and re.search(f"[^{signs}]", value):
        noun = "capital letters (A to Z)" if format_.kind == "letters" else "digits"
        yield Fault("37", f"Use only {noun}.")


def _judge_date(format_: Format, value: str, foreign: bool) -> Iterator[Fault]:
    if not re.fullmatch(format_.pattern, value):
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", value):
            yield Fault("12", "Give a time that exists, from 00:00:00 to 23:59:59.")
        elif not foreign:
            yield Fault(
                "37",
                "Write date and time in UTC, with seconds and Z, as 2026-01-31T09:15:00Z.",
            )
        return
    try:
        datetime.fromisoformat(value)
    except ValueError:
        yield Fault("12", "Give a date that exists in the calendar.")


def _judge_decimal(format_: Format, value: str, foreign: bool) -> Iterator[Fault]:
    match = re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?", value)
    if not match:
        if not foreign:
            yield _bad_decimal(value)
        return
    whole, decimals = len(match[1]), len(match[2] or "")
    limit = format_.max_length - format_.decimals
    if decimals > format_.decimals:
        yield Fault(
            "39",
            f"Give at most {format_.decimals} digits after the point; there are {decimals}.",
        )
    if whole + decimals > format_.max_length:
        yield Fault(
            "39",
            f"Give at most {format_.max_length} digits in all; there are {whole + decimals}.",
        )
    elif whole > limit:
        severity = "error" if whole > limit + SURPLUS_DIGITS else "warning"
        yield Fault(
            "39",
            f"Give at most {limit} digits before the point; there are {whole}.",
            severity,
        )


def _bad_decimal(value: str) -> Fault:
    if re.fullmatch(r"\.[0-9]+", value):
        return Fault("38", f"Put a digit before the point: 0{value}.")
    if re.search(r"[^0-9.,eE+\- ]", value):
        return Fault("37", "Use only digits and one point.")
    return Fault(
        "19",
        "Write a plain number with a point before the decimals, without sign or exponent.",
    )


_JUDGES: Final = {
    "text": _judge_text,
    "letters": _judge_signs,
    "digits": _judge_signs,
    "date": _judge_date,
    "decimal": _judge_decimal,
}


@cache
def parse(code: str) -> Format:
    """Return the Format a notation stands for.

    :raises ValueError: if the notation is unknown
    """
    match = _NOTATION.fullmatch(code)
    if not match:
        raise ValueError(f"unknown format {code!r}")
    letter, open_, digits, decimals, date = match.groups()
    size = int(digits)
    least = 1 if open_ else size
    if date:
        return Format(code, "date", size, size, pattern=DATE_PATTERN)
    if decimals:
        return Format(
            code,
            "decimal",
            1,
            size,
            int(decimals),
            _decimal_pattern(size, int(decimals)),
        )
    if letter == "an":
        return Format(
            code,
            "text",
            least,
            size,
            pattern=f"[{BLANKS}]*[{VISIBLE}][{BLANKS}{VISIBLE}]*",
        )
    signs = "[A-Z]" if letter == "a" else "[0-9]"
    pattern = f"{signs}{{{least},{size}}}"
    return Format(code, "letters" if letter == "a" else "digits", least, size, pattern=pattern)


def _decimal_pattern(size: int, decimals: int) -> str:
    limit = size - decimals
    forms = [f"[0-9]{{1,{limit}}}(\\.[0-9]{{1,{decimals}}})?"]
    for whole in range(limit + 1, limit + SURPLUS_DIGITS + 1):
        room = min(decimals, size - whole)
        forms.append(f"[0-9]{{{whole}}}" + (f"(\\.[0-9]{{1,{room}}})?" if room else ""))
    return "|".join(forms)


def _quick_test(format_: Format) -> Callable[[str], object]:
    """Return a function that is true only of values there is nothing to say about."""
    if format_.kind == "date":
        return _real_date
    if format_.kind == "decimal":
        return re.compile(format_.pattern.partition("|")[0]).fullmatch
    if format_.kind == "text":
        least, most = format_.min_length, format_.max_length
        # Most texts are plain ASCII, and told to be fine in one go.
        ascii_ = f"[!-~][ -~]{{{least - 1},{most - 1}}}"
        return re.compile(f"{ascii_}|(?=.{{{least},{most}}}\\Z){format_.pattern}").fullmatch
    return re.compile(format_.pattern).fullmatch


_DATE: Final = re.compile(DATE_PATTERN)


def _real_date(value: str) -> object:
    if not _DATE.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
