import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenants.scope


class Migration(migrations.Migration):
    dependencies = [("filings", "0004_code_list_editions"), ("tenants", "0002_row_level_security")]

    operations = [
        migrations.CreateModel(
            name="UsedReference",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=30)),
                ("party", models.CharField(max_length=64)),
                ("number", models.CharField(max_length=128)),
                ("beside", models.CharField(blank=True, max_length=128)),
                ("at", models.DateTimeField()),
                (
                    "filing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="used_references", to="filings.filing"
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        default=tenants.scope.current_operator_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.operator",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["operator", "number", "party", "at"], name="used_reference_by_number")],
            },
        ),
    ]
