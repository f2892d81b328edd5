from django.db import migrations

from tenants import rls

FILING, RULE, ALARM = "filings_filing", "filings_alarmrule", "filings_alarm"
DELIVERY, FEED = "filings_alarmdelivery", "filings_calendarfeed"
ASSESSMENT, PART = "filings_assessment", "filings_assessedpart"


class Migration(migrations.Migration):
    # On its own: the foreign keys are made when 0021 ends.
    dependencies = [("filings", "0021_alarms")]

    operations = [
        rls.protect(RULE, platform=True),  # whoever raises alarms looks which operators have rules
        rls.protect(ALARM),
        rls.protect(DELIVERY, platform=True),  # one queue for all operators
        rls.protect(FEED, platform=True),  # the secret in the address says whose it is
        rls.protect(ASSESSMENT),
        rls.protect(PART),
        rls.belongs(ALARM, "rule_id", to=RULE),
        rls.belongs(ALARM, "filing_id", to=FILING),
        rls.belongs(DELIVERY, "alarm_id", to=ALARM),
        rls.belongs(DELIVERY, "rule_id", to=RULE),
        rls.belongs(ASSESSMENT, "filing_id", to=FILING),
        rls.belongs(PART, "filing_id", to=FILING),
    ]
