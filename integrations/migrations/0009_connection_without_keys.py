from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    # Last: the code of before reads these columns.
    dependencies = [("integrations", "0008_credentials_protected")]

    operations = [
        migrations.RemoveField(model_name="connection", name="private_key"),
        migrations.RemoveField(model_name="connection", name="certificates"),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.UniqueConstraint(
                condition=Q(("is_default", True)), fields=("operator",), name="connection_one_default", nulls_distinct=False
            ),
        ),
    ]
