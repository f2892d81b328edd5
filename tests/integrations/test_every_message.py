"""Whatever customs sends, the page of the filing or the list of alarms says so in words afterwards.

Every message of the catalogue that goes from customs to traders is delivered by the gateway, as a valid sample about a
filing of ours, and as the answer to what it answers. What the page shows before and after is compared.
"""

import re
from typing import Any, Final

import pytest
from django.test import Client

from filings import samples
from filings.messages import catalogue, check
from filings.messages.document import Document
from filings.models import Filing
from filings.services import consulting, invalidating, responses, words
from integrations import routing
from integrations.models import Connection
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import ALICE, later
from tests.integrations.conftest import Clock
from tests.integrations.test_routing import after, arrived

pytestmark = pytest.mark.django_db

FROM_CUSTOMS: Final = [message.id for message in catalogue.messages() if not message.is_sent]
# Elements by which customs names a filing, and the column of ours.
NAMES: Final = {"LRN": "lrn", "MRN": "mrn", "functionalReference": "lrn"}
TAGS: Final = re.compile(r"<[^>]+>|\s+")


@pytest.fixture
def filing(acme: Operator, itsp: Connection) -> Filing:
    """A filing that customs registered."""
    with tenant_scope(acme.pk):
        made = factories.sent("IE3F28")
        responses.register(filing=made, document=factories.registration(made), message_id="r@customs", at=later(3))
    return made


@pytest.fixture
def reader(acme: Operator) -> Client:
    client = Client()
    client.force_login(factories.member(acme, "rita", "reader"))
    return client


def about(filing: Filing, message: str, operator: Operator) -> Document:
    """Return a valid sample of a message of customs that names the filing and its operator."""
    made = samples.sample(message, seed=1)
    for element, column in NAMES.items():
        if element in made.message.by_path:
            made.set(element, getattr(filing, column) or None)
    if "declarant/identificationNumber" in made.message.by_path:
        made.set("declarant/identificationNumber", filing.declarant)
    for party in ("supplementaryDeclarant", "carrier", "personNotifyingTheArrival"):
        if f"{party}/identificationNumber" in made.message.by_path:
            made.set(f"{party}/identificationNumber", operator.eori)
    return made


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return TAGS.sub(" ", answer.content.decode())


@pytest.mark.parametrize("message", FROM_CUSTOMS)
def test_every_message_changes_what_the_user_sees_in_words(
    message: str, filing: Filing, acme: Operator, itsp: Connection, clock: Clock, reader: Client
) -> None:
    pages = [f"/o/{acme.slug}/filings/{filing.pk}/", f"/o/{acme.slug}/alarms/"]
    told = about(filing, message, acme)
    assert [each for each in check.check(told) if each.severity == "error"] == []
    before = [text_of(reader, page) for page in pages]

    row = arrived(itsp, told)
    assert routing.route_next(at=clock.now)

    assert after(row).state == "routed", after(row).reason
    shown = " ".join(new for old, new in zip(before, (text_of(reader, page) for page in pages), strict=True) if new != old)
    rows = [each for each in words.meanings() if each.message == message]
    assert any(each.headline in shown and each.todo in shown for each in rows), shown[:600]


@pytest.mark.parametrize("message", ["IE3N99", "IE3N01"])
def test_a_refusal_lands_on_the_field_with_its_cause_and_the_remedy(
    message: str, acme: Operator, itsp: Connection, clock: Clock, reader: Client
) -> None:
    with tenant_scope(acme.pk):
        filing = factories.sent("IE3F26")
    path = "/IE3F26/declarant/identificationNumber"
    refusal = about(filing, message, acme)
    refusal.set("error[1]/validationCode", "12")
    refusal.set("error[1]/pointer[1]/messageElementPath", path)
    arrived(itsp, refusal)
    routing.route_next(at=clock.now)

    page = text_of(reader, f"/o/{acme.slug}/filings/{filing.pk}/")

    cause = words.cause("12")
    assert cause is not None
    assert cause.cause in page
    assert cause.remedy in page
    assert "Declarant" in page
    with tenant_scope(acme.pk):
        assert Filing.objects.get(pk=filing.pk).errors[0]["path"] == path


@pytest.mark.parametrize(
    ("ask", "answer"), [("invalidate", "IE3R07"), ("invalidate", "IE3N01"), ("invalidate", "IE3N99"), ("consult", "IE3R08")]
)
def test_an_answer_to_a_request_says_what_it_means_for_the_filing(
    ask: str, answer: str, filing: Filing, acme: Operator, itsp: Connection, clock: Clock, reader: Client
) -> None:
    verbs: dict[str, Any] = {
        "invalidate": lambda: invalidating.invalidate(filing=filing, reason="Not coming.", by=ALICE, at=later(4)),
        "consult": lambda: consulting.consult(filing=filing, by=ALICE, at=later(4)),
    }
    with tenant_scope(acme.pk):
        request = verbs[ask]()
        responses.handed_over(filing=request, message_id="q@customs", at=later(5))
    told = about(filing, answer, acme)
    # A request that has a reference of its own is named by that; else customs names the filing, by its MRN alone.
    for element, value in {"LRN": None, "functionalReference": request.lrn or filing.mrn}.items():
        if element in told.message.by_path:
            told.set(element, value)
    arrived(itsp, told)
    routing.route_next(at=clock.now)

    shown = text_of(reader, f"/o/{acme.slug}/filings/{filing.pk}/")

    meaning = words.meaning(answer, request.message_type)
    assert meaning is not None
    assert meaning.headline in shown
    assert meaning.means_not in shown
