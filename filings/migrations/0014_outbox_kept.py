from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("filings", "0013_outbox_turns_protected")]

    operations = [
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                fields=["state", "operator", "created_at"],
                name="outbox_kept",
                condition=models.Q(("state__in", ["held", "failed"]))
                | models.Q(("follows__isnull", False), ("state", "waiting")),
            ),
        ),
    ]
