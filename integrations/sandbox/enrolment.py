"""What a trader agrees with customs on paper: whose seals count for which party. Here it is a function."""

from collections.abc import Sequence

from integrations.sandbox.models import REASON, Party, Preference, SandboxSettings
from tenants import vault
from tenants.scope import every_tenant


def establish(*, private_key: bytes, certificates: bytes, anchors: bytes) -> None:
    """Give the sandbox its seal and its trust; the other settings stay as they are."""
    with every_tenant(REASON):
        SandboxSettings.objects.update_or_create(
            id=1,
            defaults={
                "private_key": vault.lock(private_key.decode()),
                "certificates": certificates.decode(),
                "anchors": anchors.decode(),
            },
        )


def secure(*, private_key: bytes, certificates: bytes, anchors: bytes) -> None:
    """Give the access point its TLS certificate, and the authorities of those it lets in.

    It is read when the sandbox starts.
    """
    with every_tenant(REASON):
        SandboxSettings.objects.update(
            tls_private_key=vault.lock(private_key.decode()),
            tls_certificates=certificates.decode(),
            tls_anchors=anchors.decode(),
        )


def is_secure() -> bool:
    """Say whether the access point has a TLS certificate."""
    with every_tenant(REASON):
        return bool(SandboxSettings.objects.exclude(tls_certificates="").exists())


def enrol(*, party_id: str, name: str, fingerprints: Sequence[str], push_url: str = "", eoris: Sequence[str] = ()) -> None:
    """Register a party with its certificates; enrolling it again changes what is given, and adds certificates.

    :param push_url: where the party wants its answers pushed; without one it pulls them
    :param eoris: the operators whose preferred access point it is: it gets what customs tells them unasked
    """
    delivery = Party.Delivery.PUSH if push_url else Party.Delivery.PULL
    with every_tenant(REASON):
        party, _ = Party.objects.get_or_create(
            party_id=party_id, defaults={"name": name, "delivery": delivery, "push_url": push_url}
        )
        party.name, party.delivery, party.push_url = name, delivery, push_url
        party.fingerprints = list(dict.fromkeys([*party.fingerprints, *fingerprints]))
        party.save()
        for eori in eoris:
            prefer(eori=eori, party=party)


def prefer(*, eori: str, party: Party, declines: Sequence[str] | None = None, is_aeo: bool | None = None) -> None:
    """Record where an operator wants its messages; what is not given stays. Call it inside every_tenant().

    :param declines: message types it does not want, of those one can do without
    :param is_aeo: whether it holds an AEOS authorisation
    """
    wishes = {"declines": None if declines is None else list(declines), "is_aeo": is_aeo}
    given = {name: value for name, value in wishes.items() if value is not None}
    Preference.objects.update_or_create(eori=eori, defaults={"party": party, **given})
