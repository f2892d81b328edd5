from django.db import migrations

from tenants import rls

TABLES = ("sandboxsettings", "party", "received", "registration", "answer")


class Migration(migrations.Migration):
    dependencies = [("sandbox", "0001_initial"), ("tenants", "0002_row_level_security")]

    operations = [
        *(rls.platform_only(f"sandbox_{table}") for table in TABLES),
        migrations.RunSQL(
            "create index sandbox_registration_documents on sandbox_registration using gin (documents jsonb_path_ops)",
            migrations.RunSQL.noop,
        ),
    ]
