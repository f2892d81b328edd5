from django.db import migrations

from tenants import rls

ATTEMPT = "integrations_attempt"


class Migration(migrations.Migration):
    dependencies = [("integrations", "0010_console")]

    operations = [
        rls.platform_only("integrations_heartbeat"),
        rls.platform_only("integrations_tally"),
        # The ITSP counts attempts, and reads them beside the messages it sees already.
        migrations.RunSQL(
            [
                f"create policy every_tenant on {ATTEMPT} for select to itsp_platform using (true)",
                f"grant select on {ATTEMPT} to itsp_platform",
            ],
            migrations.RunSQL.noop,
        ),
    ]
