"""Try customs' answers: an operator's people provoke them in the sandbox, attach scenarios and let the wire fail."""

import json
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from filings.messages import catalogue
from integrations import trying
from integrations.trying import Door
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.scope import tenant_scope
from tenants.web.guards import permission_required

Found = TypeVar("Found")
TIMES = {"registered_at", "created_at", "due_at", "acknowledged_at", "until"}


@trying.outside_scopes
@require_safe
@permission_required(Permission.FILING_VIEW)
def overview(request: TenantRequest) -> HttpResponse:
    """Show what is registered, the scenarios and faults that wait, and the forms for more."""
    text = request.GET.get("q", "").strip()
    try:
        way = trying.door(request.operator)
        context = {
            "offers": way.get("offers"),
            **_timed(way.get("registrations", q=text)),
            **_timed(way.get("scenarios")),
            **_timed(way.get("faults")),
            "own_party": way.party_id,
        }
    except DomainError as refusal:
        return _page(request, "no_sandbox", {"refusal": refusal.message}, status=int(refusal.status))
    words = {each["kind"]: each["words"] for each in context["offers"]["faults"]}
    for row in context["faults"]:
        row["words"] = words.get(row["kind"], row["kind"])
    types = sorted({message.id for message in catalogue.messages() if message.is_sent})
    return _page(request, "sandbox", {**context, "text": text, "types": types})


@trying.outside_scopes
@require_safe
@permission_required(Permission.FILING_VIEW)
def registration(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show a registration with what customs said, and what it can be made to say now."""
    way = _way(request)
    try:
        context = {"row": _timed(_found(lambda: way.get(f"registrations/{pk}"))), "offers": _found(lambda: way.get("offers"))}
    except trying.SandboxAway as refusal:
        return _page(request, "no_sandbox", {"refusal": refusal.message}, status=int(refusal.status))
    return _page(request, "sandbox_registration", context)


@trying.outside_scopes
@require_safe
@permission_required(Permission.FILING_VIEW)
def octets(request: TenantRequest, kind: str, pk: UUID, part: str) -> HttpResponse:
    """Hand out the bytes of a message as the sandbox has them."""
    way = _way(request)
    if kind not in {"answers", "messages"}:
        raise Http404
    try:
        content_type, body = _found(lambda: way.octets(f"{kind}/{pk}/{part}"))
    except trying.SandboxAway as refusal:
        return _page(request, "no_sandbox", {"refusal": refusal.message}, status=int(refusal.status))
    headers = {"Content-Disposition": f'attachment; filename="{kind}-{pk}.{"xml" if part == "xml" else "txt"}"'}
    return HttpResponse(body, content_type=content_type, headers=headers)


# --- Deeds -----------------------------------------------------------------------------------------------------------------


def deed(view: Callable[..., str]) -> Callable[..., HttpResponseBase]:
    """Turn a deed that returns what to say into a POST that goes back to where it came from."""

    @trying.outside_scopes
    @require_POST
    @permission_required(Permission.FILING_SUBMIT)
    def done(request: TenantRequest, /, pk: UUID | None = None, **names: Any) -> HttpResponse:
        target = ("trying:registration", request.operator.slug, pk) if pk else ("trying:overview", request.operator.slug)
        try:
            way = trying.door(request.operator)
            said = view(request, way, **({"pk": pk} if pk else {}), **names)
        except (trying.NoSandbox, trying.NothingThere):
            raise Http404 from None
        except DomainError as refusal:
            messages.error(request, refusal.message)
        except ValueError:
            messages.error(request, "The script is not JSON, or a number is none. Nothing was changed.")
        else:
            messages.success(request, said)
        return redirect(*target)

    done.__doc__ = view.__doc__
    return done


@deed
def provoke(request: TenantRequest, way: Door, pk: UUID) -> str:
    """Let customs do something about a registration now."""
    script = request.POST.get("script", "").strip()
    outcome = trying.provoke(
        way, pk, name=request.POST.get("name", ""), script=json.loads(script) if script else None, by=request.actor, at=now()
    )
    return f"Customs did it: {outcome}."


@deed
def attach(request: TenantRequest, way: Door) -> str:
    """Let what comes next get a verdict, or a script."""
    form = request.POST
    wanted: dict[str, Any] = {name: form.get(name, "").strip() for name in ("verdict", "lrn", "message_type")}
    wanted["times"] = int(form.get("times") or 1)
    if script := form.get("script", "").strip():
        wanted["script"] = json.loads(script)
    trying.attach(way, wanted, by=request.actor, at=now())
    return "The next of your messages that fit get this."


@deed
def put_fault(request: TenantRequest, way: Door) -> str:
    """Let something go wrong on the wire."""
    form = request.POST
    numbers = {name: int(form[name]) for name in ("seconds", "times", "minutes") if form.get(name)}
    wanted = {"kind": form.get("kind", ""), "message_type": form.get("message_type", ""), **numbers}
    trying.put_fault(way, wanted, by=request.actor, at=now())
    return "From now on this goes wrong for your messages."


@deed
def take_back(request: TenantRequest, way: Door, name: str, number: int) -> str:
    """Take a scenario back, or end a fault."""
    if name not in {"scenarios", "faults"}:
        raise Http404
    trying.take_back(way, name, number, by=request.actor, at=now())
    return "It is over."


@deed
def reset(request: TenantRequest, way: Door) -> str:
    """End all scenarios and faults of the operator."""
    trying.reset(way, by=request.actor, at=now())
    return "None of your scenarios and faults is left."


def _way(request: TenantRequest) -> Door:
    return _found(lambda: trying.door(request.operator))


def _found(ask: Callable[[], Found]) -> Found:
    try:
        return ask()
    except (trying.NoSandbox, trying.NothingThere):
        raise Http404 from None


def _page(request: TenantRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    with tenant_scope(request.operator.pk):
        return render(request, f"integrations/{name}.html", context, status=status)


def _timed(value: Any) -> Any:
    """Return what the sandbox says with its times as times."""
    if isinstance(value, list):
        return [_timed(each) for each in value]
    if isinstance(value, dict):
        return {
            name: parse_datetime(each) if name in TIMES and isinstance(each, str) else _timed(each)
            for name, each in value.items()
        }
    return value
