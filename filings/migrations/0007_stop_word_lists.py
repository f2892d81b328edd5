from django.db import migrations, models

TABLE = "filings_stopwordlist"


class Migration(migrations.Migration):
    dependencies = [("filings", "0006_used_references_protected")]

    operations = [
        migrations.CreateModel(
            name="StopWordList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField()),
                ("source", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("count", models.PositiveIntegerField()),
                ("rows", models.BinaryField()),
                ("loaded_at", models.DateTimeField()),
                ("loaded_by", models.CharField(max_length=120)),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("valid_from", "sha256"), name="stop_word_list_once")],
            },
        ),
        # Everybody's: read in every scope, added by the platform only, changed by nobody.
        migrations.RunSQL(f"revoke insert, update, delete on {TABLE} from itsp_app", migrations.RunSQL.noop),
        migrations.RunSQL(f"grant select, insert on {TABLE} to itsp_platform", migrations.RunSQL.noop),
        migrations.RunSQL(f"grant usage on sequence {TABLE}_id_seq to itsp_platform", migrations.RunSQL.noop),
    ]
