"""Both ends set up for each other in one database."""

from typing import Any

import pytest


@pytest.fixture
def ends(itsp: Any, identities: Any, acme: Any) -> Any:
    """The gateway's connection, enrolled at the sandbox; the operator whose messages go over it."""
    from cryptography import x509

    from integrations import as4
    from integrations.models import Connection
    from integrations.sandbox import enrolment
    from tenants.scope import every_tenant

    customs, ours = identities.customs, identities.itsp
    enrolment.establish(private_key=customs.private_key, certificates=customs.chain, anchors=ours.root)
    mark = as4.fingerprint(x509.load_pem_x509_certificate(ours.certificate))
    enrolment.enrol(party_id=itsp.party_id, name="Gateway", fingerprints=[mark])
    with every_tenant("a test"):
        Connection.objects.update(first_delay=1, max_attempts=4, give_up_after=600)
        itsp.refresh_from_db()
    return itsp, acme
