from django.db import migrations, models

from tenants import rls

TABLE = "filings_codelistedition"


class Migration(migrations.Migration):
    dependencies = [("filings", "0003_message_sets")]

    operations = [
        migrations.CreateModel(
            name="CodeListEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code_list", models.CharField(max_length=8)),
                ("published", models.DateField()),
                ("valid_from", models.DateField()),
                ("complete", models.BooleanField()),
                ("source", models.CharField(max_length=200)),
                ("licence", models.CharField(blank=True, max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("count", models.PositiveIntegerField()),
                ("entries", models.BinaryField()),
                ("loaded_at", models.DateTimeField()),
                ("loaded_by", models.CharField(max_length=120)),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code_list", "published", "valid_from", "complete", "sha256"),
                        name="code_list_edition_once",
                    )
                ],
            },
        ),
        # Everybody's: read in every scope, added by the platform only, changed by nobody.
        migrations.RunSQL(f"revoke insert, update, delete on {TABLE} from itsp_app", migrations.RunSQL.noop),
        migrations.RunSQL(f"grant select, insert on {TABLE} to itsp_platform", migrations.RunSQL.noop),
        migrations.RunSQL(f"grant usage on sequence {TABLE}_id_seq to itsp_platform", migrations.RunSQL.noop),
    ]
