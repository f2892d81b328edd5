from django.db import migrations

from tenants import rls


class Migration(migrations.Migration):
    # On its own: foreign keys are made when 0001 ends, and look at rows that row-level security hides.
    dependencies = [("conformance", "0001_initial")]

    operations = [
        rls.protect("conformance_run", platform=True),
        rls.protect("conformance_runstep"),
        rls.belongs("conformance_runstep", "run_id", to="conformance_run"),
        rls.belongs("conformance_runstep", "filing_id", to="filings_filing"),
    ]
