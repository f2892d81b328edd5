"""Times as people read them, and as machines do."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone

from tenants.actors import Actor

AT = datetime(2026, 11, 23, 23, 30, 5, tzinfo=UTC)


def shown(template: str, **values: Any) -> str:
    return Template("{% load landfall %}" + template).render(Context(values))


def test_a_time_is_told_in_the_readers_zone_with_utc_beside_it() -> None:
    with timezone.override(ZoneInfo("Europe/Amsterdam")):
        html = shown('{% moment at "full" %}', at=AT)

    assert "24 Nov 2026, 00:30:05 CET (23 Nov 2026, 23:30:05 UTC)" in html
    assert 'datetime="2026-11-23T23:30:05Z"' in html


def test_who_reads_in_utc_is_told_the_time_once() -> None:
    with timezone.override(UTC):
        assert ">23 Nov 2026, 23:30:05 UTC<" in shown('{% moment at "full" %}', at=AT)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "59 seconds ago"),
        (60, "1 minute ago"),
        (7200, "2 hours ago"),
        (-90, "in 1 minute"),
        (700_000, "23 Nov"),
    ],
)
def test_a_time_is_told_by_its_age(seconds: int, words: str) -> None:
    with timezone.override(UTC), time_machine.travel(AT.timestamp() + seconds, tick=False):
        text = shown('{% moment at "relative" %}', at=AT).partition(">")[2]

    assert text.startswith(words)


def test_no_time_is_nothing() -> None:
    assert shown("{% moment at %}", at=None) == ""


@pytest.mark.parametrize(("role", "word"), [("filer", "yes"), ("reader", "no"), ("unknown", "no")])
def test_a_template_asks_what_the_reader_may(role: str, word: str) -> None:
    actor = Actor(name="Ann", role=role)

    assert shown('{% may "filing.submit" as it %}{{ it|yesno:"yes,no" }}', actor=actor) == word
