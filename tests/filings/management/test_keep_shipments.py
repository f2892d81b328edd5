"""The command writes what is missing, as after an upgrade."""

from io import StringIO

import pytest
from django.core.management import call_command

from filings.models import LinkKey, Shipment
from tenants.scope import tenant_scope
from tests import factories


@pytest.mark.django_db
def test_keys_and_shipments_that_are_missing_are_written() -> None:
    operator = factories.operator("acme")
    with tenant_scope(operator.pk):
        factories.draft("IE3F12")
        factories.submitted("IE3F15")
        Shipment.objects.all().delete()
        LinkKey.objects.all().delete()
    out = StringIO()

    call_command("keep_shipments", stdout=out)

    assert out.getvalue() == "acme: 2 filings\n"
    with tenant_scope(operator.pk):
        assert LinkKey.objects.count() == 3
        assert (Shipment.objects.get().filings_count, Shipment.objects.get().missing_count) == (2, 0)
