from django.db import migrations

from tenants import rls


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        rls.open_to_application(),
        rls.show_to_platform("tenants_operator"),
        rls.show_to_platform("tenants_user"),
        rls.protect("tenants_member", platform=True),
        rls.protect("tenants_apikey", platform=True),
        rls.protect("tenants_auditevent", append_only=True),
    ]
