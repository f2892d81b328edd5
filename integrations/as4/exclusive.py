"""Exclusive canonical form where libxml2's cannot be had: a PrefixList that names "#default".

lxml drops that word on the way to libxml2. Inclusive canonical form, which it does make, holds everything exclusive
form needs, in a spelling so regular that the declarations can be sorted out on the text itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

DEFAULT: Final = "#default"
_TAG: Final = re.compile(r"<(/?)([^ <>/]+)((?: [^ =<>]+=\"[^\"]*\")*)>")
_ATTRIBUTE: Final = re.compile(r" ([^ =<>]+)=\"([^\"]*)\"")


def exclusive(inclusive_form: bytes, prefixes: Sequence[str]) -> bytes:
    """Return the exclusive canonical form made from the inclusive one (comments left out) of the same apex."""
    wanted = frozenset("" if prefix == DEFAULT else prefix for prefix in prefixes)
    return "".join(_pieces(inclusive_form.decode(), wanted)).encode()


def _pieces(text: str, wanted: frozenset[str]) -> Iterator[str]:
    scopes: list[dict[str, str]] = [{}]
    rendered: list[dict[str, str]] = [{"": ""}]
    position = 0
    for found in _TAG.finditer(text):
        yield text[position : found.start()]
        position = found.end()
        if found[1]:
            scopes.pop()
            rendered.pop()
            yield found[0]
            continue
        attributes = _ATTRIBUTE.findall(found[3])
        declared = {name[6:]: value for name, value in attributes if name == "xmlns" or name.startswith("xmlns:")}
        plain = [(name, value) for name, value in attributes if name != "xmlns" and not name.startswith("xmlns:")]
        scopes.append(scopes[-1] | declared)
        fresh = _fresh(found[2], [name for name, _ in plain], wanted, scopes[-1], rendered[-1])
        rendered.append(rendered[-1] | fresh)
        yield f"<{found[2]}"
        for prefix in sorted(fresh):
            yield f' xmlns{":" if prefix else ""}{prefix}="{fresh[prefix]}"'
        for name, value in plain:
            yield f' {name}="{value}"'
        yield ">"
    yield text[position:]


def _fresh(
    name: str, attributes: Sequence[str], wanted: frozenset[str], scope: Mapping[str, str], rendered: Mapping[str, str]
) -> dict[str, str]:
    """Return the declarations to write here: used or wanted, and not in force already in the output."""
    used = {name.rpartition(":")[0], *(item.partition(":")[0] for item in attributes if ":" in item)}
    in_force = {prefix: scope.get(prefix, "") for prefix in used | (wanted & (scope.keys() | {""}))}
    return {prefix: uri for prefix, uri in in_force.items() if prefix != "xml" and rendered.get(prefix) != uri}
