import django.db.models.deletion
from django.db import migrations, models

from tenants import rls

# Rows for every operator are read in any scope and written in none; an operator's own are its own.
MINE = "operator_id::text = current_setting('app.operator_id', true)"
OUTSIDE = "coalesce(current_setting('app.operator_id', true), '') = ''"
CHOICE = "filings_editionchoice"


class Migration(migrations.Migration):
    dependencies = [("filings", "0002_row_level_security")]

    operations = [
        migrations.CreateModel(
            name="MessageSet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20)),
                ("version", models.CharField(max_length=10)),
                ("compared_with", models.CharField(max_length=32)),
                ("source", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("tables", models.BinaryField()),
                ("report", models.JSONField()),
                ("loaded_at", models.DateTimeField()),
                ("loaded_by", models.CharField(max_length=120)),
            ],
            options={
                "ordering": ["loaded_at", "pk"],
                "constraints": [models.UniqueConstraint(fields=("name", "version"), name="message_set_once")],
            },
        ),
        migrations.CreateModel(
            name="EditionChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_type", models.CharField(blank=True, max_length=8)),
                ("message_set", models.CharField(max_length=20)),
                ("version", models.CharField(max_length=10)),
                ("since", models.DateTimeField()),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.CharField(max_length=120)),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.operator",
                    ),
                ),
            ],
            options={
                "ordering": ["since", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator", "message_type", "since"), name="edition_choice_once", nulls_distinct=False
                    )
                ],
            },
        ),
        # A set is for life: filings keep theirs.
        migrations.RunSQL("revoke update, delete on filings_messageset from itsp_app", migrations.RunSQL.noop),
        rls.show_to_platform("filings_messageset"),
        migrations.RunSQL(
            [
                f"alter table {CHOICE} enable row level security",
                f"alter table {CHOICE} force row level security",
                f"create policy own_or_shared on {CHOICE} for select to itsp_app, itsp_owner using (operator_id is null or {MINE})",
                f"create policy own_rows on {CHOICE} to itsp_app, itsp_owner using ({MINE}) with check ({MINE})",
                f"create policy shared_rows on {CHOICE} to itsp_app, itsp_owner "
                f"using (operator_id is null and {OUTSIDE}) with check (operator_id is null and {OUTSIDE})",
                f"create policy every_tenant on {CHOICE} to itsp_platform using (true) with check (true)",
                f"grant select, insert, update, delete on {CHOICE} to itsp_platform",
                f"grant usage on sequence {CHOICE}_id_seq to itsp_platform",
            ],
            migrations.RunSQL.noop,
        ),
    ]
