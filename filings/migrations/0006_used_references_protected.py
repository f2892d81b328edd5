from django.db import migrations

from tenants import rls

TABLE = "filings_usedreference"


class Migration(migrations.Migration):
    # On its own: the foreign key of the table is made when 0005 ends, and looks at rows that row-level security hides.
    dependencies = [("filings", "0005_used_references")]

    operations = [
        rls.protect(TABLE),
        rls.belongs(TABLE, "filing_id", to="filings_filing"),
    ]
