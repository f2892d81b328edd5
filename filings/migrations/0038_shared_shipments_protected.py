from django.db import migrations

from tenants import rls

KEY, CHANGE, REQUEST = "filings_filingrequestkey", "filings_filingrequestchange", "filings_filingrequest"

# Who tells the other side of a change tells of a key that both agreed about.
ABOUT_A_KEY = f"""
create policy about_a_key on {CHANGE} as restrictive for insert to itsp_app with check (exists (
  select from {KEY} agreed where agreed.digest = {CHANGE}.digest
    and agreed.operator_id = {CHANGE}.operator_id and agreed.asked_id = {CHANGE}.asked_id))
"""


class Migration(migrations.Migration):
    # On its own: foreign keys are made when the one before ends, and look at rows that row-level security hides.
    dependencies = [("filings", "0037_shared_shipments")]

    operations = [
        rls.protect(KEY, platform=True),  # whether a key was agreed about is asked beside whose filing has it
        rls.share(KEY, "asked_id"),
        rls.belongs(KEY, "request_id", to=REQUEST),
        rls.protect(CHANGE, platform=True),  # one queue for all
        rls.share(CHANGE, "asked_id"),
        migrations.RunSQL(ABOUT_A_KEY, migrations.RunSQL.noop),
    ]
