"""The pages of the dictionary: each reads which message set it is about, asks the facts and shows them."""

import re
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from filings import reference
from filings.messages import catalogue, comparing
from filings.messages.catalogue import Message
from filings.messages.elements import Code, Edition
from filings.services.dictionary import facts, finding, writing
from filings.services.dictionary.links import Links, To

DEFAULT: Final = (catalogue.DEFAULT, catalogue.DEFAULT_VERSION)
CODES: Final = 500  # of a list on one page


def edition_in(request: HttpRequest, name: str = "set") -> Edition:
    """Return the message set an address names, that of the release if it names none.

    :raises Http404: if there is no such set.
    """
    text = request.GET.get(name, "")
    if not text:
        return DEFAULT
    edition = (text.partition(":")[0], text.partition(":")[2])
    if edition not in catalogue.editions():
        raise Http404
    return edition


def named(edition: Edition) -> str:
    """Return a message set as addresses name it."""
    return ":".join(edition)


def address(request: HttpRequest, name: str, *args: str) -> str:
    """Return the address of a page of the dictionary; who came from an operator's page stays with its menu."""
    operator = getattr(request, "operator", None)
    if operator is None:
        return reverse(f"dictionary:{name}", args=args)
    return reverse(f"operator-dictionary:{name}", args=[operator.slug, *args])


def links(request: HttpRequest, edition: Edition) -> Links:
    """Return the addresses of the pages about a message set."""
    query = "" if edition == DEFAULT else "?" + urlencode({"set": named(edition)})

    def page(name: str) -> str:
        return address(request, name) + query

    def to(name: str) -> To:
        return To(lambda key: address(request, name, key) + query)

    return Links(
        messages=page("messages"),
        elements=page("elements"),
        rules=page("rules"),
        lists=page("lists"),
        message=to("message"),
        element=to("element"),
        rule=to("rule"),
        list=to("list"),
    )


def show(request: HttpRequest, body: str, edition: Edition, **context: Any) -> HttpResponse:
    """Return a page with one of the bodies that files share."""
    shared = {
        "body": f"dictionary/_{body}.html",
        "links": links(request, edition),
        "edition": edition,
        "editions": [(named(each), " ".join(each)) for each in catalogue.editions()],
        "set": named(edition),
        "text": request.GET.get("q", "").strip(),
        "on_web": True,
    }
    return render(request, "dictionary/page.html", shared | context)


@require_safe
@login_required
def messages(request: HttpRequest) -> HttpResponse:
    """Show all messages; with a query, everything in the dictionary that fits."""
    edition, text = edition_in(request), request.GET.get("q", "").strip()[:100]
    context: dict[str, Any] = {"hits": finding.search(text, edition)} if text else {"listed": catalogue.messages(*edition)}
    return show(request, "messages", edition, title="Dictionary", **context)


@require_safe
@login_required
def message(request: HttpRequest, message_id: str) -> HttpResponse:
    """Show one message: its table, what stands on it in words, an example."""
    edition = edition_in(request)
    found = _message(message_id, edition)
    context = writing.of_message(found) | {"compare": address(request, "compare") + "?" + urlencode(_compared(found))}
    return show(request, "message", edition, **context)


def _compared(found: Message) -> dict[str, str]:
    """Return the comparison that is near at hand: with what it amends, else with itself in the set of the release."""
    return {"a": found.amends or found.id, "b": found.id, "set_a": named(found.edition if found.amends else DEFAULT)} | {
        "set_b": named(found.edition)
    }


@require_safe
@login_required
def elements(request: HttpRequest) -> HttpResponse:
    """Show every element name of the message set."""
    edition, text = edition_in(request), request.GET.get("q", "").strip().lower()
    found = facts.index(edition).elements.values()
    fitting = [each for each in found if text in " ".join((each.name, *each.titles)).lower()]
    return show(request, "elements", edition, title="Elements", elements=fitting)


@require_safe
@login_required
def element(request: HttpRequest, name: str) -> HttpResponse:
    """Show where elements of one name stand."""
    edition = edition_in(request)
    found = facts.index(edition).elements.get(name)
    if found is None:
        raise Http404
    return show(request, "element", edition, title=name, element=found, places=facts.placed(found.places))


@require_safe
@login_required
def rules(request: HttpRequest) -> HttpResponse:
    """Show rules, conditions and checks beyond the specification, in words."""
    edition, text = edition_in(request), request.GET.get("q", "").strip().lower()
    found = facts.index(edition).rules.values()
    fitting = [each for each in found if text in f"{each.id} {each.said} {each.told}".lower()]
    return show(request, "rules", edition, title="Rules and conditions", rules=fitting)


@require_safe
@login_required
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """Show one rule and where it stands."""
    edition = edition_in(request)
    found = facts.index(edition).rules.get(rule_id)
    if found is None:
        raise Http404
    return show(request, "rule", edition, title=rule_id, rule=found, places=facts.placed(found.stands))


@require_safe
@login_required
def lists(request: HttpRequest) -> HttpResponse:
    """Show all code lists."""
    edition, text = edition_in(request), request.GET.get("q", "").strip().lower()
    found = [each for each in catalogue.code_lists(*edition) if text in f"{each.id} {each.name} {each.source}".lower()]
    return show(request, "lists", edition, title="Code lists", lists=found)


@require_safe
@login_required
def code_list(request: HttpRequest, list_id: str) -> HttpResponse:
    """Show the codes of a list, and where it is used."""
    edition, text = edition_in(request), request.GET.get("q", "").strip().lower()
    try:
        found = catalogue.code_list(list_id, *edition)
    except LookupError:
        raise Http404 from None
    published = None if found.values else reference.edition(list_id)
    known = [Code(entry.code, entry.name) for entry in published] if published else list(found.codes)
    codes = [code for code in known if text in f"{code.code} {code.name}".lower()]
    places = facts.placed(facts.index(edition).lists.get(list_id, {}))
    more = max(0, len(codes) - CODES)
    context = {"list": found, "codes": codes[:CODES], "more": more, "places": places, "published": published}
    return show(request, "list", edition, title=list_id, **context)


@require_safe
@login_required
def compare(request: HttpRequest) -> HttpResponse:
    """Show what differs between two messages, or two message sets when no message is named."""
    old, new = edition_in(request, "set_a"), edition_in(request, "set_b")
    first, second = request.GET.get("a", ""), request.GET.get("b", "")
    if first or second:
        changes = comparing.of_messages(_message(first or second, old), _message(second or first, new))
    else:
        changes = comparing.of_sets(old, new) if old != new else []
    context = {
        "changes": changes,
        "summary": [(comparing.WORDS[kind], count) for kind, count in comparing.summary(changes).items()],
        "ids": sorted({each.id for edition in (old, new) for each in catalogue.messages(*edition)}),
        "first": first,
        "second": second,
        "old": named(old),
        "new": named(new),
        "asked": bool(first or second or old != new),
    }
    return show(request, "compare", new, title="Compare", **context)


@require_safe
@login_required
def at(request: HttpRequest) -> HttpResponse:
    """Lead from the path of a finding to the element on the page of its message."""
    edition = edition_in(request)
    name, *steps = re.sub(r"\[\d+\]", "", request.GET.get("path", "")).strip("/").split("/")
    found = next((each for each in catalogue.messages(*edition) if each.root_name == name), None)
    if found is None:
        raise Http404
    while steps and "/".join(steps) not in found.by_path:
        steps.pop()
    return redirect(links(request, edition).message.get(found.id) + (f"#{'.'.join(steps)}" if steps else ""))


def _message(message_id: str, edition: Edition) -> Message:
    try:
        return catalogue.message(message_id, *edition)
    except catalogue.UnknownMessage:
        raise Http404 from None
