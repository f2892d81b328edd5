"""Write the dictionary as files: HTML that needs no server, or Markdown."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string

from filings import reference
from filings.messages import catalogue
from filings.messages.catalogue import CodeList, Message
from filings.messages.elements import Edition
from filings.services.dictionary import examples, facts, links
from filings.services.dictionary.facts import Line, Wording

SHEETS: Final = ("css/tokens.css", "css/base.css", "css/parts.css", "css/dictionary.css")


def write_html(folder: Path, edition: Edition) -> int:
    """Write every page of a message set into a folder, and return how many."""
    for sheet in SHEETS:
        target = folder / sheet
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(settings.BASE_DIR / "static" / sheet, target)
    count = 0
    for name, body, context in _pages(edition):
        up = "../" * name.count("/")
        shared = {"body": f"dictionary/_{body}.html", "edition": edition, "links": links.files(up), "up": up, "sheets": SHEETS}
        _write(folder / f"{name}.html", render_to_string("dictionary/file.html", shared | context))
        count += 1
    return count


def _pages(edition: Edition) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield name, template and content of every page."""
    known = facts.index(edition)
    lists = catalogue.code_lists(*edition)
    yield "index", "messages", {"title": "Data dictionary", "listed": catalogue.messages(*edition), "hits": None}
    yield "elements", "elements", {"title": "Elements", "elements": list(known.elements.values())}
    yield "rules", "rules", {"title": "Rules and conditions", "rules": list(known.rules.values())}
    yield "codes", "lists", {"title": "Code lists", "lists": lists}
    for message in catalogue.messages(*edition):
        yield f"messages/{message.id}", "message", of_message(message)
    for name, element in known.elements.items():
        yield f"elements/{name}", "element", {"title": name, "element": element, "places": facts.placed(element.places)}
    for id_, rule in known.rules.items():
        yield f"rules/{id_}", "rule", {"title": id_, "rule": rule, "places": facts.placed(rule.stands)}
    for each in lists:
        places = facts.placed(known.lists.get(each.id, {}))
        published = None if each.values else reference.edition(each.id)
        context = {"title": each.id, "list": each, "codes": each.codes, "places": places, "published": published}
        yield f"codes/{each.id}", "list", context


def of_message(message: Message) -> dict[str, Any]:
    """Return what the page of a message shows."""
    return {
        "title": message.id,
        "message": message,
        "lines": facts.lines(message),
        "rules": facts.rules_of(message),
        "lists": facts.lists_of(message),
        "wordings": facts.index(message.edition).rules,
        "example": examples.of(message),
    }


# --- Markdown ------------------------------------------------------------------------------------------------------------


def write_markdown(folder: Path, edition: Edition) -> int:
    """Write messages, rules and code lists as Markdown into a folder, and return how many files."""
    messages, lists = catalogue.messages(*edition), catalogue.code_lists(*edition)
    named = f"{edition[0]} {edition[1]}"
    rows = ([f"[{each.id}](messages/{each.id}.md)", each.title, each.mode, str(each.rows)] for each in messages)
    index = _table(("Message", "Title", "Mode", "Lines"), rows)
    _write(folder / "README.md", f"# Data dictionary, {named}\n\n[Rules](rules.md) · [Code lists](codes.md)\n\n{index}")
    rules = facts.index(edition).rules.values()
    _write(folder / "rules.md", f"# Rules and conditions, {named}\n\n" + _table(("Id", "In words"), map(_rule, rules)))
    _write(folder / "codes.md", f"# Code lists, {named}\n\n" + "\n".join(_list(each) for each in lists))
    for message in messages:
        _write(folder / "messages" / f"{message.id}.md", _message(message))
    return len(messages) + 3


def _message(message: Message) -> str:
    heads = ("Element", "Name", "Occurs", "Format", "Codes", "Status", "Rules and conditions")
    parts = [f"# {message.id}\n\n{message.title}\n\n{message.description}\n", _table(heads, map(_line, facts.lines(message)))]
    if rules := facts.rules_of(message):
        parts.append("## In words\n\n" + _table(("Id", "In words"), map(_rule, rules)))
    example = examples.of(message)
    parts += [f"## Example, {form}\n\n```{form.lower()}\n{text.rstrip()}\n```\n" for form, text in example.texts.items()]
    parts += [f"## Example\n\n{example.note}\n"] if example.note else []
    return "\n".join(parts)


def _line(line: Line) -> list[str]:
    element = line.element
    readings = "".join(f" (our reading: {reading})" for reading in line.readings)
    return [
        "· " * (line.depth - 1) + element.title,
        f"`{element.name}`",
        f"{element.min}..{line.most}",
        str(element.format or ""),
        element.code_list,
        element.status,
        " ".join((*element.rules, *element.conditions)) + readings,
    ]


def _rule(rule: Wording) -> list[str]:
    return [rule.id, rule.said]


def _list(each: CodeList) -> str:
    head = f"## {each.id} {each.name}\n\n"
    if not each.values:
        return f"{head}Published in: {each.source}.\n"
    return head + _table(("Code", "Name"), ([code.code, code.name] for code in each.codes))


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([_cell(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


FORMS: Final[dict[str, Callable[[Path, Edition], int]]] = {"html": write_html, "markdown": write_markdown}
