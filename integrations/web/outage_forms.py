"""Forms about outages and evidence. Times are read in the reader's zone."""

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.timezone import now

from integrations.models import Connection, Outage
from tenants.scope import every_tenant


def moment_input() -> forms.DateTimeInput:
    """Return a field of the browser for day and time."""
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def _connections() -> list[tuple[str, str]]:
    with every_tenant("the ITSP's staff announces outages of connections"):
        rows = Connection.objects.filter(active=True).order_by("name").values_list("pk", "name")
        return [("", "All connections"), *((str(pk), name) for pk, name in rows)]


class OutageForm(forms.Form):
    """An outage to announce."""

    component = forms.ChoiceField(
        choices=Outage.Component.choices,
        label="What does not work",
        help_text="Messages wait only for the access point and for our own service; for the others they are sent all the same.",
    )
    text = forms.CharField(
        max_length=1000,
        label="What operators read",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What happened, and what they need to do, if anything.",
    )
    starts_at = forms.DateTimeField(label="From", widget=moment_input())
    ends_at = forms.DateTimeField(
        label="Until", required=False, widget=moment_input(), help_text="Leave it out if nobody knows yet; you end it later."
    )
    is_planned = forms.BooleanField(label="Planned (maintenance)", required=False)
    connection = forms.ChoiceField(choices=_connections, label="Only over this connection", required=False)
    member_states = forms.CharField(
        label="Only filings addressed to", required=False, max_length=200, help_text="Country codes, for example “NL, BE”."
    )
    message_types = forms.CharField(
        label="Only these messages", required=False, max_length=400, help_text="For example “IE3F26, IE3F32”."
    )
    reference = forms.CharField(
        label="Reference of customs", required=False, max_length=120, help_text="Number or time of their notice."
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["starts_at"].initial = now

    def clean_member_states(self) -> list[str]:
        """Return the codes.

        :raises ValidationError: if something is no country code.
        """
        return self._words("member_states", r"[A-Z]{2}", "Give country codes of two letters, separated by commas.")

    def clean_message_types(self) -> list[str]:
        """Return the ids.

        :raises ValidationError: if something is no id of a message.
        """
        return self._words("message_types", r"IE3[A-Z]\d{2}", "Give ids of messages such as IE3F26, separated by commas.")

    def _words(self, name: str, form: str, sentence: str) -> list[str]:
        words = [word for word in re.split(r"[\s,;]+", self.cleaned_data[name].upper()) if word]
        if not all(re.fullmatch(form, word) for word in words):
            raise forms.ValidationError(sentence)
        return words


class PackForm(forms.Form):
    """The period of a pack of evidence."""

    since = forms.DateTimeField(label="From", widget=moment_input())
    until = forms.DateTimeField(label="Until", widget=moment_input())

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["since"].initial = lambda: now() - timedelta(days=7)
        self.fields["until"].initial = now
