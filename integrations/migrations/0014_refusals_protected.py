from django.db import migrations

from tenants import rls


class Migration(migrations.Migration):
    # On its own: foreign keys are made when 0013 ends, and look at rows that row-level security hides.
    dependencies = [("integrations", "0013_refusals")]

    operations = [rls.platform_only("integrations_refusal")]
