import django.db.models.deletion
import filings.models.fields
import tenants.scope
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('filings', '0022_alarms_protected'),
        ('tenants', '0002_row_level_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.UUIDField(default=filings.models.fields.ordered_id, editable=False, primary_key=True, serialize=False)),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('filing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='filings.filing')),
                ('identification', models.CharField(max_length=200)),
                ('filename', models.CharField(max_length=256)),
                ('mime', models.CharField(max_length=70)),
                ('description', models.CharField(blank=True, max_length=256)),
                ('belongs_to', models.CharField(blank=True, max_length=40)),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('data', models.BinaryField()),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['created_at', 'id'],
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['operator', 'filing'], name='attachment_of_filing')],
                'constraints': [
                    models.UniqueConstraint(fields=('filing', 'identification'), name='attachment_named_once'),
                    models.CheckConstraint(condition=models.Q(('mime__in', ['application/pdf', 'image/jpeg'])), name='attachment_type_taken'),
                    models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='attachment_not_empty'),
                ],
            },
        ),
    ]
