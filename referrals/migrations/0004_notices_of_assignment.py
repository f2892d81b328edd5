from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('referrals', '0003_cases_found_by_index'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notice',
            name='purpose',
            field=models.CharField(choices=[('relay', 'To the carrier'), ('escalation', 'To a second person'), ('assignment', 'To the person it was given to')], max_length=10),
        ),
    ]
