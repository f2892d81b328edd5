from django.db import migrations

from tenants import rls


class Migration(migrations.Migration):
    dependencies = [("filings", "0001_initial"), ("tenants", "0002_row_level_security")]

    operations = [
        rls.protect("filings_filing", platform=True),
        rls.protect("filings_filingevent"),
        rls.protect("filings_outboxmessage", platform=True),
        rls.protect("filings_idempotencykey"),
        rls.belongs("filings_filingevent", "filing_id", to="filings_filing"),
        rls.belongs("filings_outboxmessage", "filing_id", to="filings_filing"),
    ]
