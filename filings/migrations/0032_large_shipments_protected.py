from django.db import migrations

from tenants import rls

CHANGE = "filings_shipmentchange"


class Migration(migrations.Migration):
    # On its own: foreign keys are made when the one before ends, and look at rows that row-level security hides.
    dependencies = [("filings", "0031_large_shipments")]

    operations = [
        rls.protect(CHANGE, platform=True),
        rls.belongs(CHANGE, "shipment_id", to="filings_shipment"),
    ]
