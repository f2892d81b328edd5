from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("filings", "0032_large_shipments_protected")]

    operations = [
        migrations.AddIndex(
            model_name="filing",
            index=models.Index(condition=models.Q(("state", "draft"), _negated=True), fields=["lrn"], name="filing_of_lrn"),
        ),
        migrations.AddIndex(
            model_name="filing",
            index=models.Index(condition=models.Q(("state", "draft"), _negated=True), fields=["mrn"], name="filing_of_mrn"),
        ),
    ]
