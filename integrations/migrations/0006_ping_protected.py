from django.db import migrations

from tenants import rls


class Migration(migrations.Migration):
    # On its own: the foreign key is made when 0005 ends, and looks at rows that row-level security hides.
    dependencies = [("integrations", "0005_ping")]

    operations = [rls.platform_only("integrations_ping")]
