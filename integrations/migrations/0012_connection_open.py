from django.db import migrations

TABLE = "integrations_connection"
OPEN = "operator_id is null or operator_id = (select current_setting('app.operator_id')::uuid)"


class Migration(migrations.Migration):
    # An operator sees over which connections its messages may go. There is nothing secret in the rows: keys are in others.
    dependencies = [("integrations", "0011_console_protected")]

    operations = [
        migrations.RunSQL(
            f"create policy shown on {TABLE} for select to itsp_app using ({OPEN})", f"drop policy shown on {TABLE}"
        ),
    ]
