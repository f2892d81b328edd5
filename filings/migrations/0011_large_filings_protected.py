from django.db import migrations

from tenants import rls

UPLOAD, PIECE, PART = "filings_upload", "filings_uploadpiece", "filings_filingpart"
CHECK, FINDING, FILING = "filings_check", "filings_checkfinding", "filings_filing"


class Migration(migrations.Migration):
    # On its own: foreign keys are made when the one before ends, and look at rows that row-level security hides.
    dependencies = [("filings", "0010_large_filings")]

    operations = [
        rls.protect(UPLOAD, platform=True),
        rls.protect(PIECE),
        rls.protect(PART),
        rls.protect(CHECK, platform=True),
        rls.protect(FINDING),
        rls.belongs(UPLOAD, "filing_id", to=FILING),
        rls.belongs(PIECE, "upload_id", to=UPLOAD),
        rls.belongs(PART, "filing_id", to=FILING),
        rls.belongs(CHECK, "upload_id", to=UPLOAD),
        rls.belongs(CHECK, "filing_id", to=FILING),
        rls.belongs(FINDING, "check_id", to=CHECK),
    ]
