"""Forms about connections and their keys. Times are read in the reader's zone."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from django import forms
from django.utils.timezone import now

from integrations import credentials, key_files
from integrations.models import Connection, Credential, Purpose
from integrations.web.outage_forms import moment_input
from tenants.errors import DomainError
from tenants.models import Operator

LARGEST: Final = 100_000  # bytes of a file with a key
# [<system>@]<EORI>[@<Member State>] (ICD table 8)
PARTY_ID: Final = re.compile(r"(?:[A-Za-z0-9]{1,12}@)?[A-Z]{2}[A-Za-z0-9]{1,15}(?:@[A-Z]{2})?")
NEAR: Final = {"localhost", "127.0.0.1", "::1"}


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """The fields of a connection that people set; use it inside every_tenant()."""

    endpoint = forms.URLField(
        max_length=300, assume_scheme="https", label="Address of customs", help_text="https, but for a sandbox on this machine."
    )

    class Meta:
        model = Connection
        fields = (
            "name", "environment", "party_id", "is_default", "active", "endpoint", "tls_anchors", "anchors", "pinned",
            "reception", "pull_every", "pull_parallel", "mpc", "agreement", "peer_party_id", "party_type", "peer_party_type",
            "max_attempts", "first_delay", "give_up_after", "messages_per_minute", "drain_per_minute", "burst", "parallel",
        )  # fmt: skip
        labels = {
            "party_id": "PartyId",
            "is_default": "Default: takes what names no other connection",
            "active": "In use",
            "tls_anchors": "Authorities trusted for TLS",
            "anchors": "Authorities trusted for messages",
            "pinned": "Only these certificates of customs",
            "reception": "How messages come",
            "pull_every": "Seconds between pulls",
            "pull_parallel": "Pulls at a time",
            "mpc": "Channel (MPC)",
            "agreement": "Agreement",
            "peer_party_id": "PartyId of customs",
            "party_type": "Type of our PartyId",
            "peer_party_type": "Type of the PartyId of customs",
            "max_attempts": "Most attempts",
            "first_delay": "Seconds to the second attempt",
            "give_up_after": "Minutes until given up",
            "messages_per_minute": "Messages a minute",
            "drain_per_minute": "Messages a minute after an outage",
            "burst": "Messages at once",
            "parallel": "Messages under way at a time",
        }
        help_texts = {
            "environment": "Where messages really go. Production means that every message is a declaration.",
            "party_id": "As registered: [system@]EORI[@Member State].",
            "tls_anchors": "PEM. Without any, the public authorities count.",
            "anchors": "PEM of the roots of the seals of customs.",
            "pinned": "SHA-256 of the certificates, separated by spaces; leave it empty for any below the roots.",
            "mpc": "Leave it empty for the one that follows from the PartyId.",
            "pull_parallel": "While messages come; customs gives each pull another one.",
            "first_delay": "Doubled with each further one.",
            "messages_per_minute": "Leave it empty for as fast as we can.",
        }  # fmt: skip
        widgets = {
            "anchors": forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"}),
            "tls_anchors": forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"}),
            "pinned": forms.Textarea(attrs={"rows": 2, "class": "mono", "spellcheck": "false"}),
        }  # fmt: skip

    def clean_party_id(self) -> str:
        """Return the PartyId.

        :raises ValidationError: if it has another form.
        """
        text = str(self.cleaned_data["party_id"]).strip()
        if not PARTY_ID.fullmatch(text):
            raise forms.ValidationError("Give it as registered, for example BE0712345678, sys1@BE0712345678 or BE0712345678@NL.")
        return text

    def clean_anchors(self) -> str:
        """Return the certificates.

        :raises ValidationError: if there is none.
        """
        return _pem(self.cleaned_data["anchors"])

    def clean_tls_anchors(self) -> str:
        """Return the certificates, if there are any.

        :raises ValidationError: if something else stands there.
        """
        text = self.cleaned_data["tls_anchors"]
        return _pem(text) if text.strip() else ""

    def clean_pinned(self) -> str:
        """Return the fingerprints, in lower case.

        :raises ValidationError: if something is none.
        """
        words = str(self.cleaned_data["pinned"]).replace(":", "").lower().split()
        if not all(re.fullmatch("[0-9a-f]{64}", word) for word in words):
            raise forms.ValidationError("Give SHA-256 fingerprints of 64 hexadecimal digits.")
        return " ".join(words)

    def clean(self) -> dict[str, Any]:
        """Refuse an address without TLS, unless the sandbox is on this machine."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        address = urlsplit(values.get("endpoint") or "")
        near = values.get("environment") == Connection.Environment.SANDBOX and address.hostname in NEAR
        if address.scheme == "http" and not near:
            self.add_error("endpoint", "Customs is reached by https only.")
        return values


def _pem(text: str) -> str:
    try:
        key_files.authorities(text.encode())
    except key_files.CertificateMissing:
        raise forms.ValidationError("There is no certificate in it; paste PEM (-----BEGIN CERTIFICATE-----).") from None
    return text.strip().replace("\r\n", "\n") + "\n"


class NewConnectionForm(ConnectionForm):
    """A connection to make: whose it is can be said once."""

    operator = forms.ModelChoiceField(Operator.objects.order_by("name"), required=False, label="Whose", empty_label="Ours")

    field_order = ("name", "operator")


class AddForm(forms.Form):
    """A key with its certificates to add to a connection, and from when on it is used."""

    name = forms.CharField(max_length=80, label="Name", help_text="For example “Seal 2027”.")
    purpose = forms.ChoiceField(choices=Purpose.choices, label="For")
    file = forms.FileField(
        label="File",
        help_text="Certificates up to the root with the private key: PEM or PKCS#12. With a device, the certificates alone.",
    )
    password = forms.CharField(
        required=False, label="Password of the file", widget=forms.PasswordInput(attrs={"autocomplete": "off"}), strip=False
    )
    key_uri = forms.CharField(
        required=False,
        max_length=400,
        label="Key in a device",
        help_text="pkcs11:token=…;object=… Only for seals. The file then needs no key.",
    )
    since = forms.DateTimeField(
        required=False,
        label="Used from",
        widget=moment_input(),
        help_text="Leave it out for now. Until then the present one is used.",
    )

    def clean(self) -> dict[str, Any]:
        """Read the file, so that `material` is there for the verb."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        file = values.get("file")
        if file is None:
            return values
        if file.size > LARGEST:
            self.add_error("file", "That is too large for a certificate.")
            return values
        if values.get("key_uri") and values.get("purpose") != Purpose.SEAL:
            self.add_error("key_uri", "A device can hold seals only; TLS needs the key in the file.")
            return values
        data = file.read()
        try:
            inside = not values.get("key_uri")
            read = key_files.read(data, password=values["password"]) if inside else key_files.read_certificates(data)
        except DomainError as refusal:
            self.add_error("file", refusal.message)
        else:
            values["material"] = read
        return values


class UseForm(forms.Form):
    """A credential that is there already, to be used by this connection too; use it inside every_tenant()."""

    credential: "forms.ModelChoiceField[Credential]" = forms.ModelChoiceField(None, label="Certificate", empty_label=None)
    since = forms.DateTimeField(required=False, label="Used from", widget=moment_input(), help_text="Leave it out for now.")

    def __init__(self, *args: Any, connection: Connection, **more: Any) -> None:
        super().__init__(*args, **more)
        rows = [row.pk for purpose in Purpose for row in credentials.of_purpose(purpose, operator_id=connection.operator_id)]
        choices = Credential.objects.filter(pk__in=rows, not_after__gt=now())
        self.fields["credential"].queryset = choices  # type: ignore[attr-defined]
