from django.db import migrations

from tenants import rls

TABLE = "filings_filing"


class Migration(migrations.Migration):
    # On its own: the foreign keys are made when 0015 ends.
    dependencies = [("filings", "0015_lifecycle")]

    operations = [rls.belongs(TABLE, "about_id", to=TABLE), rls.belongs(TABLE, "replaces_id", to=TABLE)]
