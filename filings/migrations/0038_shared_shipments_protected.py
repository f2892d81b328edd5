from django.db import migrations

from tenants import rls

KEY, CHANGE, REQUEST = "filings_filingrequestkey", "filings_filingrequestchange", "filings_filingrequest"


class Migration(migrations.Migration):
    # On its own: foreign keys are made when the one before ends, and look at rows that row-level security hides.
    dependencies = [("filings", "0037_shared_shipments")]

    operations = [
        rls.protect(KEY, platform=True),  # whether a key was agreed about is asked beside whose filing has it
        rls.share(KEY, "asked_id"),
        rls.belongs(KEY, "request_id", to=REQUEST),
        rls.protect(CHANGE, platform=True),  # one queue for all
        rls.share(CHANGE, "asked_id"),
        rls.belongs(CHANGE, "request_id", to=REQUEST),
    ]
