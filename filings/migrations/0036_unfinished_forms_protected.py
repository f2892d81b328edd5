from django.db import migrations

from tenants import rls

FORM = "filings_unfinishedform"


class Migration(migrations.Migration):
    # On its own: foreign keys are made when the one before ends, and look at rows that row-level security hides.
    dependencies = [("filings", "0035_unfinished_forms")]

    operations = [
        rls.protect(FORM),  # not even the platform role reads it
        rls.belongs(FORM, "request_id", to="filings_filingrequest"),
    ]
