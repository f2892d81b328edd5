from django.db import migrations

from tenants import rls

HITS = "filings_stopwordhit"


class Migration(migrations.Migration):
    # On its own, as 0006: foreign keys made when 0008 ends look at rows that row-level security hides.
    dependencies = [("filings", "0008_templates_products_stop_word_hits")]

    operations = [
        rls.protect("filings_filingtemplate"),
        rls.protect("filings_product"),
        rls.protect(HITS),
        rls.belongs(HITS, "filing_id", to="filings_filing"),
        rls.belongs(HITS, "template_id", to="filings_filingtemplate"),
        rls.belongs(HITS, "product_id", to="filings_product"),
    ]
