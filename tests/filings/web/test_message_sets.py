"""The made-up message set through the pages and the API: chosen, shown, filled in, read as XML."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from filings import samples
from filings.messages import catalogue, holdings, xml
from filings.messages import json as json_form
from filings.models import Filing
from filings.services import editions, message_sets
from filings.services.shelf import DatabaseShelf
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import NOW
from tests.filings.messages.packages import NAMESPACE, NEW_ELEMENT, made_up, zipped
from tests.filings.web.desk import Desk, posted_by

SINCE = datetime(2026, 1, 1, tzinfo=UTC)  # pages ask the clock
BASE = (catalogue.DEFAULT, catalogue.DEFAULT_VERSION)


@pytest.fixture
def edition(request: Any, db: None) -> Any:
    """The made-up set, in force for everybody."""
    holdings.stand(DatabaseShelf())
    made = ("HTI", f"3-{len(request.node.name)}w")
    data = zipped(made_up(namespace=NAMESPACE))
    message_sets.load(edition=made, data=data, source="p.zip", compare_with=BASE, partial=True, by="test", at=NOW)
    editions.choose(edition=made, since=SINCE, by="test", at=NOW, message_type="IE3F26")
    yield made
    holdings.stand(DatabaseShelf())


def kept(desk: Desk, started: Any) -> Filing:
    """Return the draft that was started."""
    with tenant_scope(desk.operator.pk):
        found: Filing = Filing.objects.get(pk=started["Location"].rstrip("/").split("/")[-2])
        return found


def test_the_form_is_that_of_the_set_in_force(alice: Desk, edition: tuple[str, str]) -> None:
    started = alice.post("new/IE3F26/")
    page = alice.client.get(started["Location"]).content.decode()

    values = posted_by(page) | {NEW_ELEMENT: ["SEC-42"], "deed": ["save"]}
    saved = alice.client.post(started["Location"], values)
    again = posted_by(alice.client.get(started["Location"]).content.decode())
    checked = alice.client.post(started["Location"], again | {"deed": ["check"]})

    filing = kept(alice, started)
    assert f'name="{NEW_ELEMENT}"' in page
    assert saved.status_code in {200, 302}
    assert (filing.message_set, filing.version) == edition
    assert filing.document[NEW_ELEMENT] == "SEC-42"
    assert checked.status_code == 200
    assert "Security Reference” is missing" not in checked.content.decode()


def test_other_messages_stay_in_the_set_of_the_release(alice: Desk, edition: tuple[str, str]) -> None:
    started = alice.post("new/IE3F20/")

    assert kept(alice, started).version == "2.02"


def test_the_api_reads_and_writes_xml_of_the_set_in_force(operator: Any, edition: tuple[str, str]) -> None:
    api = Client(headers={"authorization": f"Bearer {factories.api_key(operator)}"})
    content = samples.sample("IE3F26", seed=1).to_json()
    content["IE3F26"].pop("hrcmScreeningResults", None)
    content["IE3F26"][NEW_ELEMENT] = "SEC-1"
    document = json_form.from_json(content, message_set=edition[0], version=edition[1])

    made = api.post("/api/v1/filings/", xml.write(document), content_type="application/xml")
    written = api.get(made.json()["links"]["document"] + "?as=xml").content
    without = api.post("/api/v1/check/", samples.sample("IE3F26", seed=1).to_json(), content_type="application/json").json()

    schema = api.get("/api/v1/messages/IE3F26/schema/").json()["properties"]["IE3F26"]
    older = api.get("/api/v1/messages/IE3F26/schema/?set=HTI:2.02").json()["properties"]["IE3F26"]

    assert NEW_ELEMENT in schema["required"]
    assert NEW_ELEMENT not in older["properties"]
    assert NEW_ELEMENT.encode() in api.get("/api/v1/messages/IE3F26/xsd/").content
    assert api.get("/api/v1/messages/IE3F26/schema/?set=HTI:9").status_code == 404
    assert made.status_code == 201
    assert (made.json()["version"], made.json()["findings_count"]) == (edition[1], 0)
    assert xml.read(written, message_set=edition[0], version=edition[1]).value(NEW_ELEMENT) == "SEC-1"
    assert NAMESPACE.encode() in written
    assert f"/IE3F26/{NEW_ELEMENT}" in {finding["path"] for finding in without["findings"]}


def test_the_example_of_a_loaded_set_is_made_or_says_why_not(alice: Desk, edition: tuple[str, str]) -> None:
    text = alice.client.get(f"/dictionary/messages/IE3F26/?set={':'.join(edition)}").content.decode()

    assert "There is none: this message set demands what nobody has made up a value for yet" in text
    assert f"/IE3F26/{NEW_ELEMENT}" in text
    assert '<a href="/dictionary/messages/IE3F26/#example">that of HTI 2.02</a>' in text


def test_a_loaded_set_that_demands_nothing_new_has_examples(alice: Desk, db: None) -> None:
    from filings.messages.catalogue import message
    from tests.filings.messages.packages import as_they_are

    holdings.stand(DatabaseShelf())
    data = zipped(as_they_are([message("IE3F26")]))
    message_sets.load(edition=("HTI", "2.02b"), data=data, source="p.zip", compare_with=BASE, partial=True, by="test", at=NOW)

    text = alice.client.get("/dictionary/messages/IE3F26/?set=HTI:2.02b").content.decode()

    assert "The smallest message that passes every check" in text
    assert "&lt;IE3F26" in text or "IE3F26&quot;" in text
    holdings.stand(DatabaseShelf())
