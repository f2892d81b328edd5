from django.db import migrations

from tenants import rls


class Migration(migrations.Migration):
    # On its own, like 0002.
    dependencies = [("conformance", "0005_playing_together")]

    operations = [rls.protect("conformance_practice", platform=True)]
