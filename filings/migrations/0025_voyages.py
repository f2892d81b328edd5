import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenants.scope


class Migration(migrations.Migration):

    dependencies = [
        ('filings', '0024_attachments_protected'),
        ('tenants', '0002_row_level_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='ArrivalNotice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('event', models.CharField(max_length=40)),
                ('message_type', models.CharField(max_length=8)),
                ('message_id', models.CharField(max_length=255)),
                ('content', models.CharField(max_length=32)),
                ('mrn', models.CharField(blank=True, max_length=18)),
                ('transport_document', models.CharField(blank=True, max_length=128)),
                ('detail', models.JSONField(default=dict)),
                ('dated_at', models.DateTimeField()),
                ('heard_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['dated_at'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('journey_key', models.CharField(max_length=40)),
                ('is_entry', models.BooleanField(default=False)),
                ('place', models.CharField(blank=True, max_length=5)),
                ('office', models.CharField(blank=True, max_length=8)),
                ('eta', models.DateTimeField()),
                ('arrived_at', models.DateTimeField(blank=True, null=True)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['eta'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='EtaChange',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('before', models.DateTimeField()),
                ('after', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=120)),
            ],
            options={
                'ordering': ['at'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Voyage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('mode', models.CharField(choices=[('1', 'voyage'), ('8', 'voyage'), ('4', 'flight')], max_length=1)),
                ('number', models.CharField(max_length=35)),
                ('name', models.CharField(blank=True, max_length=70)),
                ('reference', models.CharField(blank=True, max_length=35)),
                ('date', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(max_length=120)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.RemoveConstraint(
            model_name='filing',
            name='filing_arrival_known',
        ),
        migrations.AddField(
            model_name='filing',
            name='arrives_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='filing',
            name='journey_key',
            field=models.CharField(blank=True, db_default='', max_length=40),
        ),
        migrations.AlterField(
            model_name='filing',
            name='arrival',
            field=models.CharField(blank=True, choices=[('announced', 'Arrival announced'), ('wrong_state', 'Arrival not taken')], db_default='', max_length=12),
        ),
        migrations.AddField(
            model_name='arrivalnotice',
            name='filing',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='arrival_notices', to='filings.filing'),
        ),
        migrations.AddField(
            model_name='arrivalnotice',
            name='notification',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='followed_by', to='filings.filing'),
        ),
        migrations.AddField(
            model_name='filing',
            name='notifies',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='filings.call'),
        ),
        migrations.AddField(
            model_name='etachange',
            name='call',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='eta_changes', to='filings.call'),
        ),
        migrations.AddField(
            model_name='call',
            name='voyage',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calls', to='filings.voyage'),
        ),
        migrations.AddField(
            model_name='filing',
            name='voyage',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='filings', to='filings.voyage'),
        ),
        migrations.AddIndex(
            model_name='filing',
            index=models.Index(condition=models.Q(('notifies__isnull', False)), fields=['notifies'], name='filing_notifications'),
        ),
        migrations.AddIndex(
            model_name='filing',
            index=models.Index(condition=models.Q(('voyage__isnull', False)), fields=['voyage'], name='filing_by_voyage'),
        ),
        migrations.AddIndex(
            model_name='filing',
            index=models.Index(condition=models.Q(('journey_key', ''), _negated=True), fields=['operator', 'journey_key', 'arrives_at'], name='filing_by_journey'),
        ),
        migrations.AddConstraint(
            model_name='filing',
            constraint=models.CheckConstraint(condition=models.Q(('arrival__in', ['', 'announced', 'wrong_state'])), name='filing_arrival_known'),
        ),
        migrations.AddConstraint(
            model_name='arrivalnotice',
            constraint=models.UniqueConstraint(fields=('operator', 'content'), name='arrival_notice_once'),
        ),
        migrations.AddIndex(
            model_name='voyage',
            index=models.Index(fields=['operator', 'number'], name='voyage_by_number'),
        ),
        migrations.AddConstraint(
            model_name='voyage',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['1', '8', '4'])), name='voyage_mode_known'),
        ),
        migrations.AddConstraint(
            model_name='voyage',
            constraint=models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='voyage_has_number'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(condition=models.Q(('is_entry', True)), fields=['operator', 'eta'], name='entry_by_eta'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.UniqueConstraint(condition=models.Q(('is_entry', True)), fields=('operator', 'voyage'), name='one_entry_per_voyage'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.UniqueConstraint(condition=models.Q(('is_entry', True)), fields=('operator', 'journey_key', 'eta'), name='one_voyage_per_means_and_eta'),
        ),
    ]
