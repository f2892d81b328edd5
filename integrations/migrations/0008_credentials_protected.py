import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import migrations

from tenants import rls

TABLES = ("credential", "credentialuse", "expirynote", "deed")


def move_keys(apps, editor):
    """Make a credential of the key that each connection has, in use since the connection was made; one connection is the default."""
    names = ("Connection", "Credential", "CredentialUse")
    models = (apps.get_model("integrations", name) for name in names)
    connections, credentials, uses = (model.objects.using(editor.connection.alias) for model in models)
    # The owner lifts its own limit to see the rows.
    editor.execute("alter table integrations_connection no force row level security")
    served = set()
    for row in connections.order_by("-active", "pk"):
        if row.operator_id not in served:
            served.add(row.operator_id)
            connections.filter(pk=row.pk).update(is_default=True)
        if not bytes(row.private_key) or not row.certificates.strip():
            continue
        chain = x509.load_pem_x509_certificates(row.certificates.encode())
        held = credentials.create(
            name=f"Seal of {row.name}"[:80],
            operator_id=row.operator_id,
            purpose="seal",
            private_key=bytes(row.private_key),
            certificates="".join(each.public_bytes(Encoding.PEM).decode() for each in chain),
            fingerprint=hashlib.sha256(chain[0].public_bytes(Encoding.DER)).hexdigest(),
            not_before=max(each.not_valid_before_utc for each in chain),
            not_after=min(each.not_valid_after_utc for each in chain),
            created_at=row.created_at,
        )
        uses.create(connection=row, credential=held, purpose="seal", since=row.created_at)
    editor.execute("set constraints all immediate")  # what waits to be checked would be in the way of the next statement
    editor.execute("alter table integrations_connection force row level security")


class Migration(migrations.Migration):
    # On its own: foreign keys are made when 0007 ends, and look at rows that row-level security hides.
    dependencies = [("integrations", "0007_credentials")]

    operations = [
        migrations.RunPython(move_keys, migrations.RunPython.noop),
        *(rls.platform_only(f"integrations_{table}") for table in TABLES),
        migrations.RunSQL("revoke update, delete on integrations_deed from itsp_app, itsp_platform", migrations.RunSQL.noop),
    ]
