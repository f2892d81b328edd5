"""An operator with several connections: a filing takes the one that was chosen for it, and nobody another's."""

from typing import Any

import pytest
from django.test import Client

from filings import outbox, ways
from filings.lifecycle import NotAllowed
from filings.models import Filing, OutboxMessage
from filings.services import submission
from integrations import connections, figures, outages, outbound, stamping, trying
from integrations.models import Connection, Exchange, Outage, OutageStamp
from tenants.models import AuditEvent, Member, Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.fakes.sti import FakeSti
from tests.integrations.conftest import Clock, Identities, make_connection

pytestmark = pytest.mark.django_db
SECOND = "BE0700000009"


@pytest.fixture
def second(acme: Operator, itsp: Connection, sti: FakeSti, identities: Identities) -> Any:
    """Another connection of the operator, which is not its usual one."""
    return make_connection("Acme's test", SECOND, sti.url, identities, operator=acme, is_default=False)


def draft_of(operator: Operator) -> Filing:
    with tenant_scope(operator.pk):
        return factories.draft()


def submit(filing: Filing, **more: Any) -> None:
    with tenant_scope(filing.operator_id):
        submission.submit(filing=filing, by=factories.ALICE, at=factories.NOW, despite_findings=True, **more)


def sent_over(filing: Filing) -> str:
    with every_tenant("a test looks"):
        return str(Exchange.objects.get(filing=filing).connection.party_id)


def test_a_filing_leaves_over_the_connection_it_names(acme: Operator, second: Connection, clock: Clock) -> None:
    filing = draft_of(acme)
    submit(filing, via=SECOND)

    assert outbound.send_next(clock=clock)
    assert sent_over(filing) == SECOND


def test_one_that_names_none_takes_the_usual_one(acme: Operator, itsp: Connection, second: Connection, clock: Clock) -> None:
    filing = draft_of(acme)
    submit(filing)

    assert outbound.send_next(clock=clock)
    assert sent_over(filing) == itsp.party_id


def test_both_leave_and_neither_stops_the_other(acme: Operator, second: Connection, clock: Clock) -> None:
    named, other = draft_of(acme), draft_of(acme)
    submit(named, via=SECOND)
    submit(other)

    assert [outbound.send_next(clock=clock) for _ in range(3)] == [True, True, False]
    assert {sent_over(named), sent_over(other)} == {SECOND, "BE0700000001"}


def test_what_follows_a_filing_takes_its_connection(acme: Operator, second: Connection) -> None:
    filing = draft_of(acme)
    submit(filing, via=SECOND)

    with tenant_scope(acme.pk):
        assert OutboxMessage.objects.get(filing=filing).via == SECOND
        request = Filing(operator=acme, about=filing, via="")
        assert outbox.way_of(request) == SECOND


def test_nobody_sends_over_the_connection_of_another(second: Connection) -> None:
    stranger = factories.operator("stranger")
    filing = draft_of(stranger)

    with pytest.raises(ways.UnknownWay) as refusal:
        submit(filing, via=SECOND)

    assert SECOND not in refusal.value.detail()["connections"]
    with tenant_scope(stranger.pk):
        assert not OutboxMessage.objects.exists()


def test_a_draft_keeps_what_was_chosen_and_a_submitted_filing_does_not_change(acme: Operator, second: Connection) -> None:
    filing = draft_of(acme)
    with tenant_scope(acme.pk):
        submission.take(filing=filing, via=SECOND, by=factories.ALICE, at=factories.NOW)
    submit(filing)

    with tenant_scope(acme.pk):
        assert OutboxMessage.objects.get(filing=filing).via == SECOND
        assert AuditEvent.objects.filter(deed="filing.way_chosen").count() == 1
        with pytest.raises(NotAllowed):
            submission.take(filing=filing, via="", by=factories.ALICE, at=factories.NOW)


def test_a_connection_that_is_switched_off_is_no_choice(acme: Operator, second: Connection) -> None:
    filing = draft_of(acme)
    with tenant_scope(acme.pk):
        submission.take(filing=filing, via=SECOND, by=factories.ALICE, at=factories.NOW)
    with every_tenant("a test switches it off"):
        Connection.objects.filter(pk=second.pk).update(active=False)
    submit(filing)

    with tenant_scope(acme.pk):
        assert OutboxMessage.objects.get(filing=filing).via == ""


def test_the_api_tells_the_connections_and_takes_a_choice(acme: Operator, itsp: Connection, second: Connection) -> None:
    filing = draft_of(acme)
    client = Client(headers={"authorization": f"Bearer {factories.api_key(acme)}"})

    told = client.get("/api/v1/connections/").json()
    answer = client.post(
        f"/api/v1/filings/{filing.pk}/submit/", {"via": SECOND, "despite_findings": True}, content_type="application/json"
    )
    refused = client.post(f"/api/v1/filings/{draft_of(acme).pk}/submit/", {"via": "NOBODYS"}, content_type="application/json")

    assert [(each["party_id"], each["is_usual"]) for each in told] == [(itsp.party_id, True), (SECOND, False)]
    assert (answer.status_code, answer.json()["via"]) == (200, SECOND)
    assert (refused.status_code, refused.json()["connections"]) == (422, [itsp.party_id, SECOND])


def test_the_page_offers_the_choice_where_there_is_one(acme: Operator, itsp: Connection, second: Connection) -> None:
    filing = draft_of(acme)
    person = Client()
    person.force_login(factories.member(acme, "alice", Member.Role.FILER))
    address = f"/o/acme/filings/{filing.pk}/"

    assert SECOND in person.get(address).content.decode()
    person.post(f"{address}connection/", {"via": SECOND})

    with tenant_scope(acme.pk):
        filing.refresh_from_db()
    assert filing.via == SECOND
    assert 'name="via"' in person.get(address).content.decode()

    with every_tenant("a test switches it off"):
        Connection.objects.filter(pk=second.pk).update(active=False)
    assert 'name="via"' not in person.get(address).content.decode()


# --- Who watches looks at the connection that a message takes --------------------------------------------------------------


def test_what_waits_is_counted_at_the_connection_it_names(
    acme: Operator, itsp: Connection, second: Connection, clock: Clock
) -> None:
    submit(draft_of(acme), via=SECOND)
    submit(draft_of(acme), via=SECOND)
    submit(draft_of(acme))

    waiting = {each.connection.party_id: each.waiting for each in figures.standings(at=clock())}

    assert waiting == {SECOND: 2, itsp.party_id: 1}


@pytest.mark.parametrize("attempted", [False, True], ids=["waiting", "sent"])
def test_the_outage_of_a_connection_stamps_what_takes_it_and_nothing_else(
    acme: Operator, itsp: Connection, second: Connection, clock: Clock, attempted: bool
) -> None:
    named, usual = draft_of(acme), draft_of(acme)
    submit(named, via=SECOND)
    submit(usual)
    if attempted:
        while outbound.send_next(clock=clock):
            pass

    for connection, met in ((second, named), (itsp, usual)):
        outage = outages.announce(
            component="access_point", text="Down.", starts_at=factories.NOW, ends_at=None, connection_id=connection.pk,
            by="Lieve", at=clock(),
        )  # fmt: skip
        stamping.stamp_all(at=clock())

        with every_tenant("a test looks"):
            stamped = OutageStamp.objects.filter(outage=outage).values_list("filing_id", flat=True)
            assert list(stamped) == [met.pk]


def test_silence_over_the_connection_a_filing_named_is_an_outage_of_that_one(
    acme: Operator, itsp: Connection, second: Connection, clock: Clock
) -> None:
    for _ in range(5):
        submit(draft_of(acme), via=SECOND)
    while outbound.send_next(clock=clock):
        pass
    clock.forward(31 * 60)

    outages.watch_answers(at=clock())

    with every_tenant("a test looks"):
        assert [(each.component, each.connection_id) for each in Outage.objects.all()] == [("processing", second.pk)]


def test_a_dead_endpoint_of_the_connection_a_filing_named_is_noticed_as_its_own(
    acme: Operator, itsp: Connection, second: Connection, clock: Clock
) -> None:
    with every_tenant("a test"):
        Connection.objects.filter(pk=second.pk).update(endpoint="http://127.0.0.1:9/")
    for _ in range(4):
        submit(draft_of(acme), via=SECOND)
    submit(draft_of(acme))
    for _ in range(8):
        while outbound.send_next(clock=clock):
            pass
        clock.forward(30)

    with every_tenant("a test looks"):
        assert [(each.component, each.connection_id) for each in Outage.objects.all()] == [("access_point", second.pk)]
        assert OutboxMessage.objects.get(via="").state == "done"


# --- The sandbox -----------------------------------------------------------------------------------------------------------


def test_who_files_for_real_by_default_still_reaches_the_sandbox_over_another_connection(
    acme: Operator, itsp: Connection, second: Connection
) -> None:
    with every_tenant("a test"):
        Connection.objects.filter(pk=itsp.pk).update(environment="production")

    assert connections.to_sandbox(acme.pk) == second
    assert trying.door(acme).party_id == SECOND
    with every_tenant("a test"):
        Connection.objects.filter(pk=second.pk).update(active=False)
    with pytest.raises(trying.NoSandbox):
        trying.door(acme)
