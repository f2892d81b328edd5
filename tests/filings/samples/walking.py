"""Find values in JSON documents by the names of their elements."""

from collections.abc import Iterator
from typing import Any


def values(content: Any, *names: str) -> Iterator[Any]:
    """Yield whatever stands at the end of a chain of names, at any depth: values(body, "seal", "identifier")."""
    if isinstance(content, list):
        for one in content:
            yield from values(one, *names)
    elif isinstance(content, dict):
        for name, value in content.items():
            if name == names[0]:
                yield from along(value, names[1:])
            yield from values(value, *names)


def along(content: Any, names: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(content, list):
        for one in content:
            yield from along(one, names)
    elif not names:
        yield content
    elif isinstance(content, dict) and names[0] in content:
        yield from along(content[names[0]], names[1:])


def facts(content: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every group with its name."""
    if isinstance(content, dict):
        for name, value in content.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    yield name, one
                    yield from facts(one)
