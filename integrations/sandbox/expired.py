"""A seal of customs' own authority that is out of date: what a receipt is sealed with when that fault is asked for."""

from integrations.as4 import Seal
from integrations.pki import Identity
from integrations.sandbox.models import SandboxSettings
from tenants import vault


def keep(identity: Identity) -> None:
    """Keep it beside the real one; call it inside every_tenant() once the sandbox has its seal."""
    SandboxSettings.objects.update(
        expired_key=vault.lock(identity.private_key.decode()), expired_certificates=identity.chain.decode()
    )


def seal(valid: Seal) -> Seal:
    """Return it; where none was made, the valid key with a chain that is cut, which nobody believes either."""
    row = SandboxSettings.objects.first()
    if row is None or not row.expired_key:
        leaf = valid.chain.partition(b"-----END CERTIFICATE-----\n")
        return Seal(valid.private_key, leaf[0] + leaf[1])
    return Seal(vault.unlock(bytes(row.expired_key)).encode(), row.expired_certificates.encode())
