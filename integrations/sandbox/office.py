"""Customs' own identity and trust, read from its one settings row for every request."""

from dataclasses import dataclass
from datetime import timedelta

from filings.messages import catalogue
from integrations import as4
from integrations.sandbox import profile
from integrations.sandbox.models import Party, SandboxSettings


class NotSetUp(Exception):
    """The sandbox has no seal yet; `manage.py seed_demo` gives it one."""


@dataclass(frozen=True)
class Office:
    """What one request needs to know: seal, trust, policy, patience."""

    seal: as4.Seal
    trust: as4.Trust
    agreements: tuple[as4.Agreement, ...]
    register_is_down: bool
    processing_delay: timedelta
    wait_for_reference: timedelta
    receipt_within: timedelta
    max_offers: int
    push_again_after: timedelta
    speed: int
    unique_documents: bool

    def policy(self, party_id: str | None) -> as4.Policy:
        """Return what a message of this party may claim; None for a party nobody enrolled."""
        return as4.Policy(
            receiver=as4.Party(profile.PARTY, profile.CUSTOMS_TYPE, profile.CUSTOMS_ROLE),
            sender_type=profile.TRADER_TYPE,
            sender_role=profile.TRADER_ROLE,
            agreements=self.agreements,
            service=as4.Service(profile.SERVICE_IN, profile.SERVICE_TYPE),
            actions=_accepted(),
            senders=() if party_id is None else (party_id,),
            traders=True,
        )


def _accepted() -> set[str]:
    """Return the ids of the messages traders send, in any message set."""
    return {message.id for edition in catalogue.editions() for message in catalogue.messages(*edition) if message.is_sent}


def load() -> Office:
    """Return the office as the settings row has it; call it inside every_tenant().

    :raises NotSetUp: if there is no such row
    """
    row: SandboxSettings | None = SandboxSettings.objects.first()
    if row is None:
        raise NotSetUp
    return Office(
        seal=as4.Seal(row.key_pem().encode(), row.certificates.encode()),
        trust=as4.Trust.load([row.anchors], revoked=row.revoked),
        agreements=tuple(as4.Agreement(ref, profile.AGREEMENT_TYPE) for ref in row.agreements),
        register_is_down=row.register_is_down,
        processing_delay=timedelta(milliseconds=row.processing_delay),
        wait_for_reference=timedelta(milliseconds=row.wait_for_reference),
        receipt_within=timedelta(seconds=row.receipt_within),
        max_offers=row.max_offers,
        push_again_after=timedelta(seconds=row.push_again_after),
        speed=row.speed,
        unique_documents=row.unique_documents,
    )


def authorise(office: Office, party: Party, signer: str | None, ref_to: str) -> None:
    """Refuse a seal that is not registered for the party (ICD 4.6.3, table 24).

    :raises As4Error: EBMS:0004 with A003 when the register is out of order, A001 when it says no
    """
    if office.register_is_down:
        raise as4.As4Error("EBMS:0004", "A003 the register of parties is out of order", ref_to=ref_to)
    if not party.active or signer not in party.fingerprints:
        raise as4.As4Error("EBMS:0004", "A001 the certificate is not registered for the party", ref_to=ref_to)
