"""Telling people in time that a certificate ends: 60, 30 and 7 days before, and when it has; each once for a credential."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from integrations import credentials
from integrations.credentials import WARNINGS, Expiring
from integrations.models import ExpiryNote
from tenants.models import Member, User
from tenants.scope import every_tenant, tenant_scope

_REASON: Final = "the ends of certificates are told to the ITSP's staff"

log = logging.getLogger(__name__)


def tell_all(*, at: datetime) -> int:
    """Send what is due about the ends of certificates; return how many were told of.

    A mail that cannot be sent leaves no note, so the next look tries again.
    """
    told = 0
    for each in credentials.expiring(at=at):
        try:
            told += tell(each, at=at)
        except OSError as error:
            log.warning("the end of credential %s could not be told: %s", each.credential.pk, type(error).__name__)
    return told


def tell(expiring: Expiring, *, at: datetime) -> bool:
    """Tell of a certificate if a day of warning has come that was not told yet; say whether.

    Warnings that were missed, as by a certificate added late, count as told with the one that is sent.
    """
    left = expiring.credential.not_after - at
    due = [days for days in WARNINGS if left.total_seconds() <= days * 86_400]
    addresses = _addresses(expiring)
    with every_tenant(_REASON), transaction.atomic():
        known = set(ExpiryNote.objects.filter(credential=expiring.credential).values_list("days", flat=True))
        missing = [days for days in due if days not in known]
        if not missing:
            return False
        notes = (ExpiryNote(credential=expiring.credential, days=days, at=at) for days in missing)
        ExpiryNote.objects.bulk_create(notes, ignore_conflicts=True)
        if min(missing) == min(due) and addresses:
            send_mail(_subject(expiring), _text(expiring), settings.DEFAULT_FROM_EMAIL, addresses)
    log.warning("credential %s ends in %d days; %d people were told", expiring.credential.pk, expiring.days, len(addresses))
    return True


def _addresses(expiring: Expiring) -> Sequence[str]:
    """Return whom it concerns: the ITSP's staff, and the administrators of the operator whose certificate it is."""
    staff = User.objects.filter(is_itsp_staff=True, is_active=True).values_list("email", flat=True)
    found = dict.fromkeys(staff)
    if expiring.credential.operator_id is not None:
        with tenant_scope(expiring.credential.operator_id):
            admins = Member.objects.filter(role=Member.Role.ADMIN, user__is_active=True)
            found |= dict.fromkeys(admins.values_list("user__email", flat=True))
    return list(found)


def _subject(expiring: Expiring) -> str:
    when = "has ended" if expiring.is_over else f"ends in {expiring.days} day{'' if expiring.days == 1 else 's'}"
    return f"Landfall: the certificate “{expiring.credential.name}” {when}"


def _text(expiring: Expiring) -> str:
    held = expiring.credential
    lines = ", ".join(connection.party_id for connection in expiring.connections)
    effect = "Messages wait from then on." if held.purpose == "seal" else "Customs lets us in no more from then on."
    return (
        f"{held.get_purpose_display()}: “{held.name}”\n"
        f"Ends: {held.not_after.astimezone(UTC):%d %B %Y %H:%M} UTC\n"
        f"Used by: {lines}\n"
        f"SHA-256: {held.fingerprint}\n\n"
        f"{effect} Have the new certificate registered with customs, then add it to each connection with a time\n"
        f"from which it is used; until then the old one goes on: {settings.WEB_URL.rstrip('/')}/gateway/connections/\n"
    )
