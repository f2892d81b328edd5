from django.db import migrations

from tenants import rls

TABLE = "filings_outboxmessage"


class Migration(migrations.Migration):
    # On its own: the foreign key is made when 0012 ends.
    dependencies = [("filings", "0012_outbox_turns")]

    operations = [rls.belongs(TABLE, "follows_id", to=TABLE)]
