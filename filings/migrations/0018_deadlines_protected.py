from django.db import migrations

from tenants import rls

FACTS = "filings_journeyfacts"


class Migration(migrations.Migration):
    # On its own: the foreign keys are made when 0017 ends.
    dependencies = [("filings", "0017_deadlines")]

    operations = [
        rls.protect(FACTS),
        rls.protect("filings_deadlinebuffer"),
        rls.belongs(FACTS, "filing_id", to="filings_filing"),
    ]
