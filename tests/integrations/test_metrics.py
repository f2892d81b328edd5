"""Figures for the machine that watches, sums behind them, signs of life, and the pages that tell them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from filings.models import OutboxMessage
from integrations import heartbeats, metrics, outbound, tallies
from integrations.models import Heartbeat, Tally
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.integrations.conftest import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(bells: list[str]) -> None:
    """Nobody hears a bell."""


def figures(clock: Clock) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return every sample of a scrape by name and labels."""
    text = metrics.scrape(at=clock()).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_delivery_is_counted_once_with_its_times(itsp: Any, acme: Operator, sti: Any, clock: Clock) -> None:
    tallies.fold(at=clock())
    with tenant_scope(acme.pk):
        factories.submitted()
    assert outbound.send_next(clock=clock)
    clock.forward(60)

    tallies.fold(at=clock())
    tallies.fold(at=clock())
    clock.forward(60)
    tallies.fold(at=clock())

    found = figures(clock)
    line = ("connection", str(itsp.pk))
    assert found["landfall_attempts_total", (line, ("outcome", "receipted"))] == 1
    assert found["landfall_attempt_seconds_count", (line,)] == 1
    assert found["landfall_settled_total", (("priority", "B"), ("state", "done"))] == 1
    assert found["landfall_delivery_seconds_bucket", (("le", "7200.0"), ("priority", "B"))] == 1
    assert found["landfall_filings", (("state", "sent"),)] == 1


def test_the_queue_and_the_tray_are_told_as_they_are(itsp: Any, acme: Operator, clock: Clock) -> None:
    with tenant_scope(acme.pk):
        factories.submitted()
        held = factories.submitted()
        OutboxMessage.objects.filter(filing=held).update(state="held", priority="A")

    found = figures(clock)

    assert found["landfall_queue_messages", (("priority", "B"), ("state", "waiting"))] == 1
    assert found["landfall_queue_messages", (("priority", "A"), ("state", "held"))] == 1
    assert found["landfall_queue_oldest_seconds", (("priority", "B"),)] > 0
    assert found["landfall_inbound_waiting_messages", (("state", "parked"),)] == 0
    assert found["landfall_certificate_days_left", (("connection", str(itsp.pk)), ("purpose", "seal"))] > 3000


def test_no_label_names_an_operator_or_a_message(itsp: Any, acme: Operator, clock: Clock) -> None:
    with tenant_scope(acme.pk):
        filing = factories.submitted()
    outbound.send_next(clock=clock)
    clock.forward(60)
    tallies.fold(at=clock())

    text = metrics.scrape(at=clock()).decode()

    for word in (acme.eori, acme.slug, acme.name, str(acme.pk), filing.lrn, str(filing.pk), itsp.party_id, itsp.name):
        assert word not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)


def test_types_that_no_table_has_share_one_label() -> None:
    assert tallies.known("IE3R01") == "IE3R01"
    assert tallies.known("IE3-made-up-by-somebody") == tallies.OTHER


def test_pulls_are_counted_by_what_they_found(itsp: Any, clock: Clock) -> None:
    for _ in range(2):
        tallies.add("pulls", str(itsp.pk), "empty", at=clock())

    assert figures(clock)["landfall_pulls_total", (("connection", str(itsp.pk)), ("outcome", "empty"))] == 2


def test_after_a_pause_of_the_clock_the_sums_catch_up(clock: Clock) -> None:
    tallies.fold(at=clock())
    clock.forward(3 * 3600)

    marks = []
    for _ in range(5):
        tallies.fold(at=clock())
        with every_tenant("a test looks"):
            marks.append(Tally.objects.get(name=tallies.UNTIL).at)

    assert marks[-1] == clock() - tallies.SETTLED
    assert marks[0] < marks[1] < marks[-1]


# --- Who may ask -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/metrics", "/health/dependencies"])
def test_without_a_token_there_is_no_such_page(page: str, settings: Any, acme: Operator) -> None:
    settings.METRICS_TOKEN = ""
    assert Client().get(page, headers={"authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = "for the machine that watches"
    assert Client().get(page).status_code == 404
    assert Client().get(page, headers={"authorization": "Bearer something else"}).status_code == 404
    assert Client().get(page, headers={"authorization": f"Bearer {factories.api_key(acme)}"}).status_code == 404
    alice = Client()
    alice.force_login(factories.member(acme, "alice"))
    assert alice.get(page).status_code == 404


def test_the_token_opens_the_figures(settings: Any) -> None:
    settings.METRICS_TOKEN = "for the machine that watches"

    answer = Client().get("/metrics", headers={"authorization": "Bearer for the machine that watches"})

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert list(text_string_to_metric_families(answer.content.decode()))


# --- Health ----------------------------------------------------------------------------------------------------------------


def dependencies(settings: Any) -> tuple[int, dict[str, Any]]:
    settings.METRICS_TOKEN = "for the machine that watches"
    answer = Client().get("/health/dependencies", headers={"authorization": "Bearer for the machine that watches"})
    return answer.status_code, answer.json()["dependencies"]


def test_each_dependency_is_told_and_one_that_fails_fails_the_whole(settings: Any, itsp: Any) -> None:
    status, facts = dependencies(settings)

    assert status == 503
    assert facts["database"]["status"] == facts["migrations"]["status"] == "ok"
    assert facts["worker"] == {"status": "failing", "last_seen": None}
    assert facts[f"connection {itsp.pk}"]["status"] == "ok"


def test_processes_are_alive_for_a_while_after_their_last_sign(settings: Any) -> None:
    at = timezone.now()
    for name in ("worker", "checker"):
        heartbeats.beat(name, at=at)

    assert {sign.name: sign.is_alive for sign in heartbeats.signs(at=at)} == {"worker": True, "checker": True, "beat": True}
    later = at + timedelta(seconds=settings.HEARTBEAT_WITHIN + 1)
    assert not any(sign.is_alive for sign in heartbeats.signs(at=later))
    with every_tenant("a test looks"):
        assert Heartbeat.objects.count() == 3


def test_a_connection_nobody_pulls_is_failing(settings: Any, itsp: Any) -> None:
    with every_tenant("a test sets up connections"):
        itsp.last_pull_at = timezone.now() - timedelta(hours=1)
        itsp.save()

    assert dependencies(settings)[1][f"connection {itsp.pk}"]["status"] == "failing"
