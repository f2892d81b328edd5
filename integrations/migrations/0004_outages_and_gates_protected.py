from django.db import migrations

from tenants import rls

OUTAGE = "integrations_outage"
SHOWN = "shown_to_id is null or shown_to_id = (select current_setting('app.operator_id')::uuid)"


class Migration(migrations.Migration):
    # On its own: foreign keys are made when 0003 ends, and look at rows that row-level security hides.
    dependencies = [("integrations", "0003_outages_and_gates")]

    operations = [
        rls.platform_only("integrations_gate"),
        rls.platform_only(OUTAGE),
        migrations.RunSQL(
            f"create policy shown on {OUTAGE} for select to itsp_app, itsp_owner using ({SHOWN})", migrations.RunSQL.noop
        ),
        rls.protect("integrations_outagestamp", platform=True),
        rls.protect("integrations_evidencepack", platform=True),
        rls.protect("integrations_evidencepiece"),
        rls.belongs("integrations_outagestamp", "filing_id", to="filings_filing"),
        rls.belongs("integrations_evidencepiece", "pack_id", to="integrations_evidencepack"),
    ]
