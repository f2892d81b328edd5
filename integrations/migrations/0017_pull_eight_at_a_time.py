from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0016_inbound_by_content")]

    operations = [
        migrations.AlterField("connection", "pull_parallel", models.PositiveSmallIntegerField(db_default=8, default=8)),
    ]
