"""Alarms: what is open and who took note, and the operator's rules for them."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from filings.models import Alarm, AlarmRule, Topic
from filings.models.alarm import TIMED
from filings.services import freezing
from filings.services.alarms import alarms
from filings.services.alarms import rules as alarm_rules
from filings.services.alarms.rules import Given
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

MOST: Final = 100  # alarms on the page; older ones are in the API and on the pages of their filings
UNITS: Final = {"minutes": 1, "hours": 60, "days": 24 * 60}


class Lines(forms.CharField):
    """Addresses, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"})

    def clean(self, value: Any) -> list[str]:
        """Return the addresses, each once."""
        return list(dict.fromkeys(str(super().clean(value)).replace(",", " ").replace(";", " ").split()))


class RuleForm(forms.Form):
    """One rule: what about, how long before, whom it tells, and who comes next."""

    name = forms.CharField(label="Name", max_length=80)
    topic = forms.ChoiceField(label="About", choices=Topic.choices)
    before = forms.IntegerField(
        label="How long before", required=False, min_value=0, max_value=alarm_rules.LONGEST,
        help_text="Of what has a date; 0 is the moment itself.",
    )  # fmt: skip
    unit = forms.ChoiceField(label="Counted in", choices=[(unit, unit) for unit in UNITS])
    message_types = forms.MultipleChoiceField(
        label="Kinds of filing", required=False, help_text="None chosen means every kind.",
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )  # fmt: skip
    emails = Lines(label="Mail to", required=False, help_text="One address a line.")
    webhook_url = forms.CharField(
        label="Webhook", required=False, max_length=300, widget=forms.URLInput(),
        help_text="An https address of your own system. Calls are signed; the secret is shown when you save.",
    )  # fmt: skip
    escalate_after = forms.IntegerField(
        label="Tell somebody else after, minutes", required=False, min_value=1, max_value=alarm_rules.LONGEST,
        help_text="If nobody has acknowledged the alarm by then.",
    )  # fmt: skip
    escalate_to = Lines(label="Then mail to", required=False)
    active = forms.BooleanField(label="In use", required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["message_types"].choices = alarm_rules.kinds()  # type: ignore[attr-defined]

    @property
    def given(self) -> Given:
        """Return the rule as the verb takes it."""
        found = dict(self.cleaned_data)
        minutes = (found.pop("before") or 0) * UNITS[found.pop("unit")]
        return Given(minutes_before=minutes, **found)


# --- Alarms -----------------------------------------------------------------------------------------------------------------


@require_safe
@permission_required(Permission.FILING_VIEW)
def listing(request: TenantRequest) -> HttpResponse:
    """Show the open alarms; with ?show=all the last ones of any kind."""
    everything = request.GET.get("show") == "all"
    found = list(alarms.alarms(open_only=not everything)[:MOST])
    frozen = freezing.now_frozen({each.filing_id for each in found if each.filing_id and each.topic == Topic.DUE}, at=now())
    context = {
        "rows": [(each, frozen.get(each.filing_id) if each.filing_id else None) for each in found],
        "everything": everything,
        "rules": AlarmRule.objects.filter(active=True).count(),
        "at": now(),
    }
    return render(request, "filings/alarms.html", context)


@require_safe
@permission_required(Permission.FILING_VIEW)
def bell(request: TenantRequest) -> HttpResponse:
    """Return how many alarms are open, for the menu."""
    found = alarms.open_alarms()
    urgent = found.filter(urgent=True).exists()
    return render(request, "filings/_bell.html", {"count": found.count(), "urgent": urgent})


@require_POST
@permission_required(Permission.FILING_DRAFT)
def acknowledge(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Take note of an alarm in the name of who is signed in."""
    alarm = Alarm.objects.filter(pk=pk).first()
    if alarm is None:
        raise Http404
    try:
        alarms.acknowledge(alarm=alarm, by=request.actor, at=now(), note=request.POST.get("note", "").replace("\0", ""))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"You took note of “{alarm.title}”. Nobody else is told of it any more.")
    return redirect("alarms:list", request.operator.slug)


# --- Rules ------------------------------------------------------------------------------------------------------------------


@require_safe
@permission_required(Permission.FILING_VIEW)
def rules(request: TenantRequest) -> HttpResponse:
    """Show the operator's rules."""
    return render(request, "filings/alarm_rules.html", {"rules": [(each, _before(each)) for each in AlarmRule.objects.all()]})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def add(request: TenantRequest) -> HttpResponse:
    """Show the form of a new rule; a POST makes it and shows the secret of its webhook, for the only time."""
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def change(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show the form of a rule; a POST changes it."""
    return _form(request, _rule_or_404(pk))


@require_POST
@permission_required(Permission.FILING_DRAFT)
def new_secret(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Give the webhook of a rule another secret and show it, for the only time."""
    rule = _rule_or_404(pk)
    return _shown_once(request, rule, alarm_rules.new_secret(rule=rule, by=request.actor, at=now()))


@require_POST
@permission_required(Permission.FILING_DRAFT)
def remove(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Remove a rule."""
    rule = _rule_or_404(pk)
    alarm_rules.remove(rule=rule, by=request.actor, at=now())
    messages.success(request, f"The rule “{rule.name}” is removed. Alarms it raised stay.")
    return redirect("alarms:rules", request.operator.slug)


def _form(request: TenantRequest, rule: AlarmRule | None) -> HttpResponse:
    form = RuleForm(request.POST if request.method == "POST" else None, initial=_initial(rule))
    if request.method == "POST" and form.is_valid():
        try:
            secret = _save(rule, form.given, request)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            if secret[1]:
                return _shown_once(request, *secret)
            messages.success(request, f"The rule “{secret[0].name}” is kept.")
            return redirect("alarms:rules", request.operator.slug)
    return render(request, "filings/alarm_rule.html", {"form": form, "rule": rule}, status=422 if form.errors else 200)


def _save(rule: AlarmRule | None, given: Given, request: TenantRequest) -> tuple[AlarmRule, str]:
    if rule is None:
        return alarm_rules.add(given=given, by=request.actor, at=now())
    return rule, alarm_rules.change(rule=rule, given=given, by=request.actor, at=now())


def _shown_once(request: TenantRequest, rule: AlarmRule, secret: str) -> HttpResponse:
    response = render(request, "filings/alarm_secret.html", {"rule": rule, "secret": secret})
    response["Cache-Control"] = "no-store"
    return response


def _rule_or_404(pk: UUID) -> AlarmRule:
    found: AlarmRule | None = AlarmRule.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _initial(rule: AlarmRule | None) -> dict[str, Any]:
    if rule is None:
        return {"active": True, "unit": "hours", "before": 4}
    count, unit = _counted(rule.minutes_before)
    given = alarm_rules.given_of(rule).__dict__
    lines = {name: "\n".join(given[name]) for name in ("emails", "escalate_to")}
    return {**given, **lines, "before": count, "unit": unit}


def _counted(minutes: int) -> tuple[int, str]:
    """Return a time in the largest unit that fits."""
    unit = next(each for each, length in reversed(UNITS.items()) if minutes % length == 0 and (minutes or length == 1))
    return minutes // UNITS[unit], unit


def _before(rule: AlarmRule) -> str:
    """Return how long before a rule raises, in words; "" where there is nothing to count from."""
    if rule.topic not in TIMED:
        return ""
    count, unit = _counted(rule.minutes_before)
    return f"{count} {unit if count != 1 else unit[:-1]} before" if count else "at the moment itself"
