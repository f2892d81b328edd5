from django.db import migrations

from tenants import rls

KEY, SHIPMENT, MEMBER, NOTICE = "filings_linkkey", "filings_shipment", "filings_shipmentfiling", "filings_shipmentnotice"
FILING = "filings_filing"


class Migration(migrations.Migration):
    # On its own: foreign keys are made when the one before ends, and look at rows that row-level security hides.
    dependencies = [("filings", "0029_shipments")]

    operations = [
        rls.protect(KEY, platform=True),
        rls.protect(SHIPMENT),
        rls.protect(MEMBER),
        rls.protect(NOTICE),
        rls.belongs(KEY, "filing_id", to=FILING),
        rls.belongs(MEMBER, "shipment_id", to=SHIPMENT),
        rls.belongs(MEMBER, "filing_id", to=FILING),
        rls.belongs(NOTICE, "shipment_id", to=SHIPMENT),
        rls.belongs(NOTICE, "filing_id", to=FILING),
    ]
