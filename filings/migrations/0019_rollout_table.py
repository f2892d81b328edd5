from django.db import migrations, models

TABLE = "filings_rollouttable"


class Migration(migrations.Migration):
    dependencies = [("filings", "0018_deadlines_protected")]

    operations = [
        migrations.CreateModel(
            name="RolloutTable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("data", models.BinaryField()),
                ("loaded_at", models.DateTimeField()),
                ("loaded_by", models.CharField(max_length=120)),
            ],
            options={"ordering": ["pk"]},
        ),
        # Everybody's: read in every scope, added by the platform only, changed by nobody.
        migrations.RunSQL(f"revoke insert, update, delete on {TABLE} from itsp_app", migrations.RunSQL.noop),
        migrations.RunSQL(f"grant select, insert on {TABLE} to itsp_platform", migrations.RunSQL.noop),
        migrations.RunSQL(f"grant usage on sequence {TABLE}_id_seq to itsp_platform", migrations.RunSQL.noop),
    ]
