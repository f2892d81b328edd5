
import django.db.models.deletion
import integrations.sandbox.models
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Party',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party_id', models.CharField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('delivery', models.CharField(choices=[('pull', 'The party pulls'), ('push', 'We push')], default='pull', max_length=4)),
                ('push_url', models.URLField(blank=True, max_length=300)),
                ('fingerprints', models.JSONField(default=list)),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['party_id'],
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('delivery', 'push'), _negated=True), models.Q(('push_url', ''), _negated=True), _connector='OR'), name='sandbox_push_has_address')],
            },
        ),
        migrations.CreateModel(
            name='Received',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('message_id', models.CharField(max_length=255, unique=True)),
                ('action', models.CharField(max_length=120)),
                ('agreement', models.CharField(max_length=60)),
                ('content_type', models.CharField(max_length=300)),
                ('body', models.BinaryField()),
                ('references', models.JSONField()),
                ('payload', models.BinaryField()),
                ('receipt', models.BinaryField()),
                ('receipt_type', models.CharField(max_length=300)),
                ('state', models.CharField(choices=[('stored', 'Waiting'), ('processed', 'Done')], default='stored', max_length=10)),
                ('outcome', models.CharField(blank=True, max_length=120)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('received_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('processed_at', models.DateTimeField(null=True)),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sandbox.party')),
            ],
            options={
                'ordering': ['-received_at'],
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Registration',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('message_type', models.CharField(max_length=8)),
                ('lrn', models.CharField(max_length=22, verbose_name='LRN')),
                ('declarant', models.CharField(max_length=17)),
                ('mrn', models.CharField(max_length=18, null=True, unique=True, verbose_name='MRN')),
                ('documents', models.JSONField(default=list)),
                ('registered_at', models.DateTimeField()),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sandbox.party')),
                ('received', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sandbox.received')),
                ('refers_to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sandbox.registration')),
            ],
            options={
                'ordering': ['-registered_at'],
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='SandboxSettings',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('private_key', models.BinaryField()),
                ('certificates', models.TextField()),
                ('anchors', models.TextField()),
                ('revoked', models.JSONField(default=list)),
                ('agreements', models.JSONField(default=integrations.sandbox.models.agreements)),
                ('register_is_down', models.BooleanField(default=False)),
                ('processing_delay', models.PositiveIntegerField(default=200)),
                ('wait_for_reference', models.PositiveIntegerField(default=2000)),
                ('receipt_within', models.PositiveIntegerField(default=15)),
                ('max_offers', models.PositiveSmallIntegerField(default=10)),
                ('push_again_after', models.PositiveIntegerField(default=5)),
            ],
            options={
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='sandbox_settings_once')],
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('mpc', models.CharField(blank=True, max_length=200)),
                ('message_id', models.CharField(max_length=255, unique=True)),
                ('ref_to', models.CharField(max_length=255)),
                ('action', models.CharField(max_length=8)),
                ('payload', models.BinaryField()),
                ('content_type', models.CharField(max_length=300)),
                ('body', models.BinaryField()),
                ('references', models.JSONField()),
                ('state', models.CharField(choices=[('ready', 'Ready'), ('waiting', 'Waiting for the receipt'), ('acknowledged', 'Acknowledged'), ('failed', 'Given up')], default='ready', max_length=12)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('problem', models.CharField(blank=True, max_length=400)),
                ('receipt', models.BinaryField(null=True)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sandbox.party')),
            ],
            options={
                'ordering': ['-created_at'],
                'base_manager_name': 'objects',
                'indexes': [models.Index(condition=models.Q(('state__in', ['ready', 'waiting'])), fields=['party', 'created_at'], name='sandbox_to_offer'), models.Index(fields=['-created_at'], name='sandbox_answers_last')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'acknowledged'), _negated=True), models.Q(('acknowledged_at__isnull', False), ('receipt__isnull', False)), _connector='OR'), name='sandbox_acknowledged_has_receipt')],
            },
        ),
        migrations.AddIndex(
            model_name='received',
            index=models.Index(condition=models.Q(('state', 'stored')), fields=['due_at'], name='sandbox_to_process'),
        ),
        migrations.AddIndex(
            model_name='received',
            index=models.Index(fields=['-received_at'], name='sandbox_received_last'),
        ),
        migrations.AddConstraint(
            model_name='received',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'processed'), _negated=True), ('processed_at__isnull', False), _connector='OR'), name='sandbox_processed_has_time'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.UniqueConstraint(fields=('declarant', 'lrn'), name='sandbox_lrn_once_per_declarant'),
        ),
    ]
