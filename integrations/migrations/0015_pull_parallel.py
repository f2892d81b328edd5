from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0014_refusals_protected")]

    operations = [
        migrations.AddField("connection", "pull_parallel", models.PositiveSmallIntegerField(db_default=4, default=4)),
    ]
