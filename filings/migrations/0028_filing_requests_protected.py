from django.db import migrations

from tenants import rls

REQUEST, ANSWER, EVENT = "filings_filingrequest", "filings_filingrequestanswer", "filings_filingrequestevent"
FILING, TRAIL = "filings_filing", "tenants_auditevent"

# The operator in scope may add a line to the trail of the other side, about a request that both share, and to no other.
TELL_THE_OTHER = f"""
create policy told_by_the_other_side on {TRAIL} for insert to itsp_app with check (
  target_type = 'filings.filingrequest' and exists (
    select from {REQUEST} request where request.id::text = target_id
      and {TRAIL}.operator_id in (request.operator_id, request.asked_id)
      and (select current_setting('app.operator_id')::uuid) in (request.operator_id, request.asked_id)))
"""


class Migration(migrations.Migration):
    # On its own: the foreign keys are made when 0027 ends.
    dependencies = [("filings", "0027_filing_requests")]

    operations = [
        rls.protect(REQUEST, platform=True),  # the token in a link says whose it is; one queue of mails for all
        rls.share(REQUEST, "asked_id"),
        rls.belongs(REQUEST, "filing_id", to=FILING),
        rls.protect(ANSWER),
        rls.share(ANSWER, "asking_id"),
        rls.belongs(ANSWER, "filing_id", to=FILING),
        rls.belongs(ANSWER, "request_id", to=REQUEST, by="asking_id"),
        rls.protect(EVENT, append_only=True),
        rls.share(EVENT, "asked_id"),
        rls.belongs(EVENT, "request_id", to=REQUEST),
        migrations.RunSQL(TELL_THE_OTHER, migrations.RunSQL.noop),
    ]
