from django.db import migrations

from tenants import rls


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial"), ("filings", "0002_row_level_security")]

    operations = [
        rls.platform_only("integrations_connection"),
        rls.protect("integrations_exchange", platform=True),
        rls.protect("integrations_attempt"),
        rls.protect("integrations_inboundmessage", platform=True),
        rls.belongs("integrations_exchange", "filing_id", to="filings_filing"),
        rls.belongs("integrations_exchange", "outbox_id", to="filings_outboxmessage"),
        rls.belongs("integrations_attempt", "exchange_id", to="integrations_exchange"),
        rls.belongs("integrations_inboundmessage", "filing_id", to="filings_filing"),
    ]
