"""Forms of the console: what to look for, and what to do with what the tray holds."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest

from filings.models import OutboxMessage
from filings.outbox import PRIORITIES
from integrations import refusals
from integrations.models import Connection, InboundMessage
from integrations.search import NEWEST, OLDEST, RECEIVED, SENT, Place, Wanted
from integrations.web.outage_forms import moment_input
from tenants.models import Operator
from tenants.scope import every_tenant


def _connections() -> list[tuple[str, str]]:
    with every_tenant("the ITSP's staff looks for messages"):
        return [("", "All"), *((str(pk), name) for pk, name in Connection.objects.order_by("name").values_list("pk", "name"))]


def _operators() -> list[tuple[str, str]]:
    return [("", "All"), *((str(pk), name) for pk, name in Operator.objects.values_list("pk", "name"))]


class SearchForm(forms.Form):
    """What to look for; nothing is needed."""

    q = forms.CharField(label="Any id", required=False, max_length=255)
    direction = forms.ChoiceField(
        label="Direction", required=False, choices=[("", "Both"), (SENT, "Sent to customs"), (RECEIVED, "Received")]
    )
    operator = forms.ChoiceField(label="Operator", required=False, choices=_operators)
    connection = forms.ChoiceField(label="Connection", required=False, choices=_connections)
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "All"), ("Sent", OutboxMessage.State.choices), ("Received", InboundMessage.State.choices)],
    )
    priority = forms.ChoiceField(label="Priority", required=False, choices=[("", "All"), *((each, each) for each in PRIORITIES)])
    type = forms.CharField(label="Message", required=False, max_length=8)
    since = forms.DateTimeField(label="From", required=False, widget=moment_input())
    until = forms.DateTimeField(label="Until", required=False, widget=moment_input())
    order = forms.ChoiceField(label="Order", required=False, choices=[(NEWEST, "Newest first"), (OLDEST, "Oldest first")])
    after = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    def wanted(self) -> Wanted:
        """Return what to look for; a field that is wrong is left out, and the form says so."""
        given: dict[str, Any] = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return Wanted(
            text=given.get("q", ""),
            direction=given.get("direction", ""),
            operator_id=UUID(given["operator"]) if given.get("operator") else None,
            connection_id=int(given["connection"]) if given.get("connection") else None,
            state=given.get("state", ""),
            priority=given.get("priority", ""),
            message_type=given.get("type", "").upper(),
            since=given.get("since"),
            until=given.get("until"),
            order=given.get("order") or NEWEST,
            after=Place.read(given.get("after", "")),
        )


class RefusedForm(forms.Form):
    """Which refusals to list; nothing is needed."""

    q = forms.CharField(label="Message id", required=False, max_length=255)
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[(refusals.OPEN, "Open"), (refusals.SETTLED, "Dealt with"), ("all", "All")],
    )
    origin = forms.ChoiceField(
        label="Sent by",
        required=False,
        choices=[("", "All"), (refusals.CUSTOMS, "Customs"), (refusals.ANYBODY, "Not proven")],
    )


class GiveForm(forms.Form):
    """To whom a message of the tray is given."""

    operator = forms.ModelChoiceField(Operator.objects.all(), label="Operator", empty_label="Choose an operator")
    reference = forms.CharField(
        label="LRN or MRN of the filing",
        required=False,
        max_length=64,
        help_text="Leave it out if the message is about no filing of the operator.",
    )
    text = forms.CharField(label="Why", max_length=300, help_text="For whoever asks later.")


class AsideForm(forms.Form):
    """Why messages are taken out of the tray."""

    text = forms.CharField(label="Note", max_length=300)


def chosen(request: HttpRequest) -> list[UUID]:
    """Return the ids that were ticked.

    :raises Http404: if one of them is none
    """
    try:
        return [UUID(each) for each in request.POST.getlist("id")]
    except ValueError:
        raise Http404 from None
