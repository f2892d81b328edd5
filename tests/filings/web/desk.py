"""A person at work, and a browser's way to post a form: what the tests of pages stand on."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from filings.models import Filing
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories


@dataclass
class Desk:
    """A person at work for one operator."""

    operator: Operator
    client: Client

    def address(self, path: str = "") -> str:
        """Return the address of a page about filings."""
        return f"/o/{self.operator.slug}/filings/{path}"

    def get(self, path: str = "", **options: Any) -> Any:
        """Return the answer to a GET."""
        return self.client.get(self.address(path), **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        """Return the answer to a POST."""
        return self.client.post(self.address(path), data or {}, **options)

    def kept(self, filing: Filing) -> Filing:
        """Return the filing as the database has it now."""
        with tenant_scope(self.operator.pk):
            found: Filing = Filing.objects.get(pk=filing.pk)
            return found

    def make(self, how: Any, *args: Any, **values: Any) -> Any:
        """Return what a factory makes inside the operator's scope."""
        with tenant_scope(self.operator.pk):
            return how(*args, **values)


def desk(operator: Operator, name: str, role: str) -> Desk:
    """Return a signed-in member of the operator's staff."""
    client = Client()
    client.force_login(factories.member(operator, name, role))
    return Desk(operator, client)


class FormReader(HTMLParser):
    """Collects what a browser would post from the form of a draft."""

    def __init__(self, form: str = "form") -> None:
        super().__init__()
        self.wanted, self.inside = form, False
        self.pairs: list[tuple[str, str]] = []
        self.select, self.chosen, self.area = "", "", ""
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id") == self.wanted
        if not self.inside:
            return
        if tag == "input" and given.get("name") and given.get("type") != "checkbox":
            self.pairs.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self.select, self.chosen = given["name"], ""
        elif tag == "option" and self.select and "selected" in given:
            self.chosen = given["value"]
        elif tag == "textarea":
            self.area, self.text = given["name"], []

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select" and self.select:
            self.pairs.append((self.select, self.chosen))
            self.select = ""
        elif tag == "textarea" and self.area:
            # A browser drops the first line end of a text area and posts the others as CR LF.
            self.pairs.append((self.area, "".join(self.text).removeprefix("\n").replace("\n", "\r\n")))
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text.append(data)


def posted_by(html: str) -> dict[str, list[str]]:
    """Return what a browser posts when it sends the form as it is shown."""
    reader = FormReader()
    reader.feed(html)
    found: dict[str, list[str]] = {}
    for name, value in reader.pairs:
        found.setdefault(name, []).append(value)
    return found
