"""In which order messages of customs are read: the urgent first, and again what came before its time."""

import pytest

from filings.models import Filing
from integrations import routing, tray
from integrations.models import Connection
from tests import factories
from tests.integrations.conftest import Clock
from tests.integrations.test_routing import after, arrived, filing, message_id_of

__all__ = ["filing"]  # a fixture

pytestmark = pytest.mark.django_db


def test_what_came_before_the_registration_it_needs_is_read_again_after_it(
    filing: Filing, itsp: Connection, clock: Clock
) -> None:
    early = arrived(itsp, factories.answer("IE3N03", MRN=factories.MRN))
    routing.route_next(at=clock.now)
    parked, nothing = (after(early).state, early.reason), routing.read_again(at=clock.now)
    arrived(itsp, factories.registration(filing), ref_to=message_id_of(filing), number=2)
    routing.route_next(at=clock.now)

    again = routing.read_again(at=clock.now)
    routing.route_next(at=clock.now)

    assert parked[0] == "parked"
    assert f"if a filing gets the MRN {factories.MRN}" in parked[1]
    assert (nothing, again, routing.read_again(at=clock.now)) == (0, 1, 0)
    assert (after(early).state, early.filing_id) == ("routed", filing.pk)


def test_what_is_urgent_comes_before_older_messages_also_of_its_filing(filing: Filing, itsp: Connection, clock: Clock) -> None:
    arrived(itsp, factories.registration(filing), ref_to=message_id_of(filing))
    routing.route_next(at=clock.now)
    assessed = [arrived(itsp, factories.answer("IE3N03", MRN=factories.MRN), number=number) for number in (2, 3)]
    urgent = arrived(itsp, factories.answer("IE3Q01", MRN=factories.MRN), number=4, urgent=True)

    routing.route_next(at=clock.now)

    assert (after(urgent).state, urgent.operator_id, urgent.filing_id) == ("routed", filing.operator_id, filing.pk)
    assert {after(row).state for row in assessed} == {"stored"}
    while routing.route_next(at=clock.now):
        pass
    assert {after(row).state for row in assessed} == {"routed"}


def test_what_is_urgent_waits_for_the_registration_it_came_before(filing: Filing, itsp: Connection, clock: Clock) -> None:
    registered = arrived(itsp, factories.registration(filing), ref_to=message_id_of(filing))
    urgent = arrived(itsp, factories.answer("IE3Q01", MRN=factories.MRN), number=2, urgent=True)

    while routing.route_next(at=clock.now):
        pass

    assert (after(registered).state, after(urgent).state, urgent.filing_id) == ("routed", "routed", filing.pk)


def test_an_older_message_that_is_processed_again_keeps_a_newer_one_waiting_only_until_then(
    filing: Filing, itsp: Connection, clock: Clock
) -> None:
    older = arrived(itsp, b"<broken", number=1)
    routing.route_next(at=clock.now)
    newer = arrived(itsp, factories.registration(filing), ref_to=message_id_of(filing), number=2)
    tray.again([older.pk], by=factories.ALICE, at=clock.forward(60))

    for _ in range(3):
        routing.route_next(at=clock.now)

    assert (after(older).state, after(newer).state) == ("parked", "routed")
