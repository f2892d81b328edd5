"""Where the pages of the dictionary are: addresses on the web, or files beside each other."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class To:
    """The addresses of pages of one kind, by key; templates ask it like a mapping."""

    make: Callable[[str], str]

    def get(self, key: str) -> str:
        """Return the address of the page about a thing."""
        return self.make(key)


@dataclass(frozen=True)
class Links:
    """The addresses of all pages."""

    messages: str
    elements: str
    rules: str
    lists: str
    message: To
    element: To
    rule: To
    list: To


def files(up: str = "") -> Links:
    """Return links between files; `up` leads from the file to the folder of the dictionary."""

    def to(folder: str) -> To:
        return To(lambda key: f"{up}{folder}/{quote(key)}.html")

    return Links(
        messages=f"{up}index.html",
        elements=f"{up}elements.html",
        rules=f"{up}rules.html",
        lists=f"{up}codes.html",
        message=to("messages"),
        element=to("elements"),
        rule=to("rules"),
        list=to("codes"),
    )
