import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0006_ping_protected'),
        ('tenants', '0002_row_level_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='Credential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('purpose', models.CharField(choices=[('seal', 'Sealing messages'), ('tls', 'TLS towards customs')], max_length=4)),
                ('private_key', models.BinaryField(default=b'')),
                ('key_uri', models.CharField(blank=True, max_length=400)),
                ('certificates', models.TextField()),
                ('fingerprint', models.CharField(max_length=64)),
                ('not_before', models.DateTimeField()),
                ('not_after', models.DateTimeField()),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['name'],
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='CredentialUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('seal', 'Sealing messages'), ('tls', 'TLS towards customs')], max_length=4)),
                ('since', models.DateTimeField()),
            ],
            options={
                'ordering': ['-since'],
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Deed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(max_length=120)),
                ('deed', models.CharField(max_length=60)),
                ('target_type', models.CharField(max_length=60)),
                ('target_id', models.CharField(max_length=60)),
                ('detail', models.JSONField(default=dict)),
            ],
            options={
                'ordering': ['-at', '-pk'],
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='ExpiryNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='connection',
            name='is_default',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='connection',
            name='tls_anchors',
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name='connection',
            name='operator',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator'),
        ),
        migrations.AddField(
            model_name='credential',
            name='operator',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator'),
        ),
        migrations.AddField(
            model_name='credentialuse',
            name='connection',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='integrations.connection'),
        ),
        migrations.AddField(
            model_name='credentialuse',
            name='credential',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='integrations.credential'),
        ),
        migrations.AddIndex(
            model_name='deed',
            index=models.Index(fields=['target_type', 'target_id', '-at'], name='deed_by_target'),
        ),
        migrations.AddField(
            model_name='expirynote',
            name='credential',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='integrations.credential'),
        ),
        migrations.AddConstraint(
            model_name='credential',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('private_key', b''), models.Q(('key_uri', ''), _negated=True)), models.Q(models.Q(('private_key', b''), _negated=True), ('key_uri', '')), _connector='OR'), name='credential_has_one_key'),
        ),
        migrations.AddConstraint(
            model_name='credential',
            constraint=models.CheckConstraint(condition=models.Q(('key_uri', ''), ('purpose', 'seal'), _connector='OR'), name='credential_device_seals'),
        ),
        migrations.AddConstraint(
            model_name='credential',
            constraint=models.CheckConstraint(condition=models.Q(('not_after__gt', models.F('not_before'))), name='credential_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='credentialuse',
            constraint=models.UniqueConstraint(fields=('connection', 'purpose', 'since'), name='credential_use_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='expirynote',
            constraint=models.UniqueConstraint(fields=('credential', 'days'), name='expiry_told_once'),
        ),
    ]
