import django.db.models.deletion
import django.db.models.functions.text
import tenants.scope
import uuid
from django.db import migrations, models

SCAN = "filings_stopwordscan"


class Migration(migrations.Migration):

    dependencies = [
        ('filings', '0007_stop_word_lists'),
        ('tenants', '0002_row_level_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='StopWordScan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(max_length=64)),
                ('finished_at', models.DateTimeField()),
                ('found', models.PositiveIntegerField()),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='FilingTemplate',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('message_type', models.CharField(max_length=8)),
                ('message_set', models.CharField(max_length=20)),
                ('version', models.CharField(max_length=10)),
                ('document', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.CharField(max_length=120)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('uses', models.PositiveIntegerField(default=0)),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
            ],
            options={
                'ordering': [django.db.models.functions.text.Lower('name')],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=60)),
                ('description', models.CharField(max_length=512)),
                ('goods_code', models.CharField(blank=True, max_length=8)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
            ],
            options={
                'ordering': [django.db.models.functions.text.Lower('code')],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='StopWordHit',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('path', models.CharField(blank=True, max_length=400)),
                ('value', models.CharField(max_length=512)),
                ('terms', models.JSONField()),
                ('only', models.BooleanField()),
                ('since', models.DateField(blank=True, null=True)),
                ('found_at', models.DateTimeField()),
                ('dismissed_at', models.DateTimeField(blank=True, null=True)),
                ('dismissed_by', models.CharField(blank=True, max_length=120)),
                ('filing', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='stop_word_hits', to='filings.filing')),
                ('operator', models.ForeignKey(default=tenants.scope.current_operator_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.operator')),
                ('product', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='stop_word_hits', to='filings.product')),
                ('template', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='stop_word_hits', to='filings.filingtemplate')),
            ],
            options={
                'ordering': ['-found_at', 'path', 'id'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddConstraint(
            model_name='filingtemplate',
            constraint=models.UniqueConstraint(models.F('operator'), django.db.models.functions.text.Lower('name'), name='template_name_once'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(models.F('operator'), django.db.models.functions.text.Lower('code'), name='product_code_once'),
        ),
        migrations.AddConstraint(
            model_name='stopwordhit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('filing__isnull', False), ('product__isnull', True), ('template__isnull', True)), models.Q(('filing__isnull', True), ('product__isnull', True), ('template__isnull', False)), models.Q(('filing__isnull', True), ('product__isnull', False), ('template__isnull', True)), _connector='OR'), name='stop_word_hit_of_one'),
        ),
        migrations.AddConstraint(
            model_name='stopwordhit',
            constraint=models.UniqueConstraint(fields=('operator', 'filing', 'path'), name='stop_word_hit_once_per_filing'),
        ),
        migrations.AddConstraint(
            model_name='stopwordhit',
            constraint=models.UniqueConstraint(fields=('operator', 'template', 'path'), name='stop_word_hit_once_per_template'),
        ),
        migrations.AddConstraint(
            model_name='stopwordhit',
            constraint=models.UniqueConstraint(fields=('operator', 'product', 'path'), name='stop_word_hit_once_per_product'),
        ),
        # Everybody's, and the platform's alone to write: which words everything was compared with.
        migrations.RunSQL(f"revoke insert, update, delete on {SCAN} from itsp_app", migrations.RunSQL.noop),
        migrations.RunSQL(f"grant select, insert on {SCAN} to itsp_platform", migrations.RunSQL.noop),
        migrations.RunSQL(f"grant usage on sequence {SCAN}_id_seq to itsp_platform", migrations.RunSQL.noop),
    ]
