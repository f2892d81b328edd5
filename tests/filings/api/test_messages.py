import jsonschema  # type: ignore[import-untyped]
import pytest
from django.test import Client
from lxml import etree

from filings.messages import catalogue, safexml, xml
from filings.models import Filing
from tenants.models import Operator
from tenants.scope import tenant_scope
from tests.factories import document


def test_check_finds_and_keeps_nothing(api: Client, firm: Operator) -> None:
    good = api.post("/api/v1/check/", document().to_json(), content_type="application/json")
    bad = api.post("/api/v1/check/", b'<IE3F26 xmlns="urn:wco:datamodel:eu:ics2:2"/>', content_type="application/xml")

    assert good.json() == {"message": "IE3F26", "errors": 0, "warnings": 0, "findings": []}
    assert bad.json()["errors"] > 0
    with tenant_scope(firm.pk):
        assert not Filing.objects.exists()


def test_all_messages_are_listed(api: Client) -> None:
    listed = api.get("/api/v1/messages/").json()

    assert [message["id"] for message in listed] == [message.id for message in catalogue.messages()]
    assert sum(message["can_be_filed"] for message in listed) == 31


@pytest.mark.parametrize("message", ["IE3F26", "IE3N99"])
def test_schemas_are_those_of_the_message(api: Client, message: str) -> None:
    links = {each["id"]: each["links"] for each in api.get("/api/v1/messages/").json()}[message]

    schema, xsd = api.get(links["schema"]), api.get(links["xsd"])

    jsonschema.Draft202012Validator.check_schema(schema.json())
    assert xsd["Content-Type"] == "application/xml; charset=utf-8"
    etree.XMLSchema(safexml.parse(xsd.content))


def test_the_json_schema_accepts_a_good_document(api: Client) -> None:
    schema = api.get("/api/v1/messages/IE3F26/schema/").json()

    jsonschema.validate(document().to_json(), schema)


def test_the_xsd_accepts_a_good_document(api: Client) -> None:
    xsd = etree.XMLSchema(safexml.parse(api.get("/api/v1/messages/IE3F26/xsd/").content))

    assert xsd.validate(safexml.parse(xml.write(document())))


def test_an_unknown_message_is_not_found(api: Client) -> None:
    assert api.get("/api/v1/messages/IE9/schema/").status_code == 404


def test_the_api_describes_itself_without_a_warning() -> None:
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    with GENERATOR_STATS.silence():
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]

    assert not GENERATOR_STATS
    assert "/api/v1/filings/{id}/submit/" in schema["paths"]
