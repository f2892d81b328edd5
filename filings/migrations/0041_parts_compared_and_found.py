import uuid

from django.db import migrations, models
from django.db.models.functions import MD5, Cast

UPKEEP = "filings_upkeep"
NUMBERS = (
    "(jsonb_path_query_array(%(expressions)s, 'strict $.**.containerIdentificationNumber') || "
    "jsonb_path_query_array(%(expressions)s, 'strict $.**.receptacleIdentificationNumber'))"
)


class Migration(migrations.Migration):
    # Both columns are filled for the rows that are there by the statement that adds them, whatever row-level security hides.
    dependencies = [("filings", "0040_due_and_type_counted_in_their_index")]

    operations = [
        migrations.AddField(
            model_name="filingpart",
            name="digest",
            field=models.GeneratedField(
                db_persist=True,
                expression=Cast(MD5(Cast("document", models.TextField())), models.UUIDField()),
                output_field=models.UUIDField(),
            ),
        ),
        migrations.AddField(
            model_name="filingpart",
            name="inside",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("document"), output_field=models.JSONField(), template=NUMBERS),
                output_field=models.JSONField(),
            ),
        ),
        migrations.AlterField(
            model_name="check",
            name="phase",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("checking", "Being checked"),
                    ("writing", "Being written"),
                    ("reading", "What customs has is being read"),
                    ("storing", "Being stored"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Upkeep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.PositiveIntegerField(unique=True)),
                ("after", models.UUIDField(default=uuid.UUID(int=0))),
                ("count", models.PositiveIntegerField(default=0)),
                ("begun_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={"ordering": ["edition"]},
        ),
        # Everybody's: read in every scope, written by the platform only.
        migrations.RunSQL(f"revoke insert, update, delete on {UPKEEP} from itsp_app", migrations.RunSQL.noop),
        migrations.RunSQL(f"grant select, insert, update on {UPKEEP} to itsp_platform", migrations.RunSQL.noop),
        migrations.RunSQL(f"grant usage on sequence {UPKEEP}_id_seq to itsp_platform", migrations.RunSQL.noop),
    ]
