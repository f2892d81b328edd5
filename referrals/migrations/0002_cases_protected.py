from django.db import migrations

from tenants import rls

CASE, FILING = "referrals_case", "filings_filing"
OF_CASE = ("referrals_request", "referrals_goods", "referrals_caseevent", "referrals_notice")


class Migration(migrations.Migration):
    # On its own: the foreign keys are made when 0001 ends.
    dependencies = [("referrals", "0001_cases")]

    operations = [
        # The watch looks for what is late, and the postman for what waits, in all operators' rows.
        rls.protect(CASE, platform=True),
        rls.protect("referrals_notice", platform=True),
        rls.protect("referrals_request"),
        rls.protect("referrals_goods"),
        rls.protect("referrals_caseevent", append_only=True),
        rls.protect("referrals_carriercopy"),
        rls.protect("referrals_settings", platform=True),
        rls.protect("referrals_answertemplate"),
        rls.protect("referrals_approval"),
        rls.belongs(CASE, "filing_id", to=FILING),
        *(rls.belongs(table, "case_id", to=CASE) for table in OF_CASE),
        rls.belongs("referrals_request", "answer_id", to=FILING),
        rls.belongs("referrals_carriercopy", "filing_id", to=FILING),
        rls.belongs("referrals_approval", "answer_id", to=FILING),
    ]
