from django.db import migrations

from tenants import rls

VOYAGE, CALL, NOTICE, FILING = "filings_voyage", "filings_call", "filings_arrivalnotice", "filings_filing"


class Migration(migrations.Migration):
    # On its own: the foreign keys are made when 0025 ends.
    dependencies = [("filings", "0025_voyages")]

    operations = [
        rls.protect(VOYAGE),
        rls.protect(CALL),
        rls.protect("filings_etachange"),
        rls.protect(NOTICE),
        rls.belongs(CALL, "voyage_id", to=VOYAGE),
        rls.belongs("filings_etachange", "call_id", to=CALL),
        rls.belongs(FILING, "voyage_id", to=VOYAGE),
        rls.belongs(FILING, "notifies_id", to=CALL),
        rls.belongs(NOTICE, "filing_id", to=FILING),
        rls.belongs(NOTICE, "notification_id", to=FILING),
    ]
