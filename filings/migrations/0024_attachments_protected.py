from django.db import migrations

from tenants import rls

FILES = "filings_attachment"


class Migration(migrations.Migration):
    # On its own: the foreign keys are made when 0023 ends.
    dependencies = [("filings", "0023_attachments")]

    operations = [rls.protect(FILES), rls.belongs(FILES, "filing_id", to="filings_filing")]
