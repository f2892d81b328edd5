"""What every template of the product needs: permissions, icons, times in the reader's zone."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants.permissions import Permission

register = template.Library()

_STEPS: Final = ((60, 1, "second"), (3600, 60, "minute"), (86_400, 3600, "hour"), (604_800, 86_400, "day"))
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@register.simple_tag(takes_context=True)
def may(context: template.Context, permission: str) -> bool:
    """Say whether the reader may do this for the operator of the page."""
    actor = context.get("actor")
    return actor is not None and actor.may(Permission(permission))


@register.simple_tag(takes_context=True)
def current(context: template.Context, *names: str) -> str | SafeString:
    """Return the attribute that marks a navigation link as the page one is on."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    return format_html(' aria-current="{}"', "page") if match and match.view_name in names else ""


@register.simple_tag(takes_context=True)
def opened(context: template.Context, *names: str) -> str:
    """Return the attribute that opens a group of links while one is on a page of these namespaces, or of these names."""
    match = getattr(context.get("request"), "resolver_match", None)
    return " open" if match and (match.namespace in names or match.view_name in names) else ""


@register.simple_tag(takes_context=True)
def dictionary(context: template.Context, page: str, *args: str) -> str:
    """Return the address of a page of the data dictionary; on an operator's page, the one that keeps its menu."""
    operator = context.get("operator")
    if operator:
        return reverse(f"operator-dictionary:{page}", args=[operator.slug, *args])
    return reverse(f"dictionary:{page}", args=args)


@register.simple_tag
def icon(name: str, turning: bool = False) -> SafeString:
    """Return a small drawing from the sprite; it says nothing that the words beside it do not say."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        " turning" if turning else "",
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def moment(at: datetime | None, form: str = "short") -> SafeString | str:
    """Return a time for reading: in the reader's zone, with UTC for the machine and on hover.

    :param form: "short" is day and minute, "relative" is "3 minutes ago", "clock" is the time alone, "full" shows seconds
        and UTC beside it.
    """
    if at is None:
        return ""
    utc = at.astimezone(UTC)
    words = {"short": _short, "relative": _relative, "full": _full, "clock": _clock}[form](at)
    return format_html(
        '<time datetime="{}" title="{} UTC · {}" class="nowrap">{}</time>',
        f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        f"{utc:%Y-%m-%d %H:%M:%S}",
        _short(at) if form == "relative" else _relative(at),
        words,
    )


@register.filter
def lookup(mapping: dict[Any, Any], key: object) -> Any:
    """Return what a mapping holds under a key, or nothing."""
    return mapping.get(key)


@register.filter
def beside(sentence: str) -> str:
    """Return a finding's sentence without the name of its field, for places where that name stands already."""
    rest = re.sub(r"^“[^”]*”: ", "", sentence)
    return rest[:1].upper() + rest[1:]


def _local(at: datetime) -> datetime:
    return timezone.localtime(at)


def _day(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def _short(at: datetime) -> str:
    local = _local(at)
    return f"{_day(local)}, {local:%H:%M}"


def _clock(at: datetime) -> str:
    return f"{_local(at):%H:%M:%S}"


def _full(at: datetime) -> str:
    local, utc = _local(at), at.astimezone(UTC)
    if not local.utcoffset():
        return f"{_day(utc)}, {utc:%H:%M:%S} UTC"
    beside = f"{utc:%H:%M:%S}" if local.date() == utc.date() else f"{_day(utc)}, {utc:%H:%M:%S}"
    return f"{_day(local)}, {local:%H:%M:%S} {local.tzname()} ({beside} UTC)"


def _relative(at: datetime) -> str:
    seconds = int((timezone.now() - at).total_seconds())
    if abs(seconds) < 5:
        return "just now"
    for limit, unit, word in _STEPS:
        if abs(seconds) < limit:
            count = abs(seconds) // unit
            amount = f"{count} {word}{'' if count == 1 else 's'}"
            return f"{amount} ago" if seconds > 0 else f"in {amount}"
    return _short(at)
