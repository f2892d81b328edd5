import django.db.models.deletion
import tenants.scope
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('filings', '0020_connection_of_a_filing'),
        ('tenants', '0002_row_level_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='AlarmRule',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('name', models.CharField(max_length=80)),
                ('topic', models.CharField(choices=[('due', 'A filing is due'), ('expires', 'A filing lapses, 200 days after its registration'), ('consult', 'Customs will not send its notifications again'), ('reuse', 'A reference may be used again'), ('cut_over', 'A message set changes'), ('said', 'Customs said something that needs a deed'), ('referral', 'Customs asks for something'), ('loading', 'Do not load')], max_length=12)),
                ('minutes_before', models.PositiveIntegerField(default=0)),
                ('message_types', models.JSONField(blank=True, default=list)),
                ('emails', models.JSONField(blank=True, default=list)),
                ('webhook_url', models.CharField(blank=True, max_length=300)),
                ('webhook_secret', models.BinaryField(null=True)),
                ('escalate_after', models.PositiveIntegerField(blank=True, null=True)),
                ('escalate_to', models.JSONField(blank=True, default=list)),
                ('active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.CharField(max_length=120)),
            ],
            options={
                'ordering': ['name', 'id'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='alarms', to='filings.alarmrule')),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('filing', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='alarms', to='filings.filing')),
                ('topic', models.CharField(choices=[('due', 'A filing is due'), ('expires', 'A filing lapses, 200 days after its registration'), ('consult', 'Customs will not send its notifications again'), ('reuse', 'A reference may be used again'), ('cut_over', 'A message set changes'), ('said', 'Customs said something that needs a deed'), ('referral', 'Customs asks for something'), ('loading', 'Do not load')], max_length=12)),
                ('key', models.CharField(max_length=200)),
                ('title', models.CharField(max_length=200)),
                ('sentence', models.CharField(max_length=1000)),
                ('link', models.CharField(blank=True, max_length=300)),
                ('urgent', models.BooleanField(default=False)),
                ('moment_at', models.DateTimeField(null=True)),
                ('raised_at', models.DateTimeField()),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('acknowledged_by', models.CharField(blank=True, max_length=120)),
                ('note', models.CharField(blank=True, max_length=400)),
                ('escalated_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_because', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['-raised_at', '-id'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='AlarmDelivery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='deliveries', to='filings.alarmrule')),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('alarm', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='filings.alarm')),
                ('channel', models.CharField(choices=[('mail', 'Mail'), ('webhook', 'Webhook')], max_length=8)),
                ('step', models.CharField(choices=[('raised', 'Raised'), ('escalated', 'Escalated')], default='raised', max_length=10)),
                ('target', models.CharField(max_length=300)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Being sent'), ('done', 'Sent'), ('failed', 'Given up'), ('off', 'Not needed any more')], default='waiting', max_length=8)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('lease_until', models.DateTimeField(null=True)),
                ('token', models.UUIDField(null=True)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('created_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['created_at', 'id'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('name', models.CharField(max_length=80)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-created_at'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('filing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assessments', to='filings.filing')),
                ('kind', models.CharField(choices=[('house', 'houses'), ('container', 'containers'), ('receptacle', 'receptacles')], max_length=10)),
                ('total', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(default=0)),
                ('last_at', models.DateTimeField(null=True)),
                ('since', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='AssessedPart',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('filing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assessed_parts', to='filings.filing')),
                ('kind', models.CharField(choices=[('house', 'houses'), ('container', 'containers'), ('receptacle', 'receptacles')], max_length=10)),
                ('reference', models.CharField(max_length=128)),
                ('assessed_at', models.DateTimeField()),
                ('known', models.BooleanField(default=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='filing',
            index=models.Index(condition=models.Q(('registered_at__isnull', False)), fields=['operator', 'registered_at'], name='filing_by_registration'),
        ),
        migrations.AddConstraint(
            model_name='alarmrule',
            constraint=models.CheckConstraint(condition=models.Q(('topic__in', ['due', 'expires', 'consult', 'reuse', 'cut_over', 'said', 'referral', 'loading'])), name='alarm_rule_topic_known'),
        ),
        migrations.AddConstraint(
            model_name='alarmrule',
            constraint=models.UniqueConstraint(fields=('operator', 'name'), name='alarm_rule_name_once'),
        ),
        migrations.AddIndex(
            model_name='alarmdelivery',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at'], name='alarm_delivery_waiting'),
        ),
        migrations.AddIndex(
            model_name='alarmdelivery',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['lease_until'], name='alarm_delivery_running'),
        ),
        migrations.AddConstraint(
            model_name='alarmdelivery',
            constraint=models.UniqueConstraint(fields=('alarm', 'channel', 'step', 'target'), name='alarm_delivery_once'),
        ),
        migrations.AddConstraint(
            model_name='alarmdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), ('done_at__isnull', False), _connector='OR'), name='alarm_delivery_done_has_time'),
        ),
        migrations.AddIndex(
            model_name='alarm',
            index=models.Index(condition=models.Q(('acknowledged_at__isnull', True), ('ended_at__isnull', True)), fields=['operator', '-raised_at'], name='alarm_open'),
        ),
        migrations.AddIndex(
            model_name='alarm',
            index=models.Index(fields=['operator', '-raised_at'], name='alarm_by_time'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.UniqueConstraint(fields=('operator', 'key'), name='alarm_once_per_cause'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.CheckConstraint(condition=models.Q(('topic__in', ['due', 'expires', 'consult', 'reuse', 'cut_over', 'said', 'referral', 'loading'])), name='alarm_topic_known'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.CheckConstraint(condition=models.Q(('acknowledged_at__isnull', True), models.Q(('acknowledged_by', ''), _negated=True), _connector='OR'), name='alarm_acknowledged_by_name'),
        ),
        migrations.AddConstraint(
            model_name='assessedpart',
            constraint=models.UniqueConstraint(fields=('filing', 'kind', 'reference'), name='part_assessed_once'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.UniqueConstraint(fields=('filing', 'kind'), name='assessment_once_per_kind'),
        ),
    ]
