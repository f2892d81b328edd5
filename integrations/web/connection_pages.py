"""Connections and their keys, for the ITSP's staff. No page, and no log, ever shows a private key or a password."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import connections, credentials, ping, setting_up, trail
from integrations.models import Connection, CredentialUse, Purpose
from integrations.web.connection_forms import AddForm, ConnectionForm, NewConnectionForm, UseForm
from tenants.errors import DomainError
from tenants.scope import every_tenant
from tenants.web.guards import staff_only

REASON = "the ITSP's staff looks after connections"


@require_safe
@staff_only
def index(request: HttpRequest) -> HttpResponse:
    """List the connections with what they sign with, and when that ends."""
    at = now()
    with every_tenant(REASON):
        rows = credentials.with_uses(Connection.objects.select_related("operator", "gate").order_by("-active", "name"))
        lines = [_line(row, at=at) for row in rows]
        return render(request, "integrations/connections.html", {"lines": lines, "expiring": credentials.expiring(at=at)})


def _line(connection: Connection, *, at: datetime) -> dict[str, Any]:
    held = {purpose.value: credentials.find(connection, purpose, at=at) for purpose in Purpose}
    return {"connection": connection, **held, "health": _health(connection, held, at=at), "ping": ping.latest(connection)}


def _health(connection: Connection, held: dict[str, Any], *, at: datetime) -> tuple[str, str]:
    """Return how a connection does: the kind of the tag, and the words."""
    gate = getattr(connection, "gate", None)
    if not connection.active:
        return "", "switched off"
    if held[Purpose.SEAL] is None:
        return "bad", "no valid seal: messages wait"
    if connection.endpoint.startswith("https:") and held[Purpose.TLS] is None:
        return "warn", "no TLS certificate"
    if gate is not None and gate.failing_since is not None:
        return "bad", f"failing: {gate.problem}"[:120]
    if connection.last_pull_problem:
        return "warn", f"pulling: {connection.last_pull_problem}"[:120]
    return "good", "works"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    """Make a connection."""
    with every_tenant(REASON):
        form = NewConnectionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            values = dict(form.cleaned_data)
            operator = values.pop("operator")
            try:
                made = setting_up.create(values=values, operator_id=operator and operator.pk, by=str(request.user), at=now())
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, "Made. Add its certificates, then test it.")
                return redirect("gateway:connection", made.pk)
        return render(request, "integrations/connection_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a connection; a POST changes its fields."""
    connection = _found(pk)
    with every_tenant(REASON):
        form = ConnectionForm(request.POST or None, instance=connections.get(pk))
        if request.method == "POST" and form.is_valid():
            try:
                changed = setting_up.change(connection=connection, values=form.cleaned_data, by=str(request.user), at=now())
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, "Saved." if changed else "Nothing was different.")
                return redirect("gateway:connection", pk)
    return _page(request, connection, form=form, status=422 if form.errors else 200)


@sensitive_variables("form")
@sensitive_post_parameters("password", "file")
@require_POST
@staff_only
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a key with its certificates, used from a time on."""
    connection, at, by = _found(pk), now(), str(request.user)
    form = AddForm(request.POST, request.FILES)
    if form.is_valid():
        values = form.cleaned_data
        try:
            with every_tenant(REASON):
                made = credentials.add(
                    name=values["name"],
                    purpose=values["purpose"],
                    material=values["material"],
                    key_uri=values["key_uri"],
                    operator_id=connection.operator_id,
                    by=by,
                    at=at,
                )
                credentials.use(connection=connection, credential=made, since=values["since"] or at, by=by, at=at)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Added. Has customs registered it? Test the connection to see.")
            return redirect("gateway:connection", pk)
    return _page(request, connection, add_form=form, status=422)


@require_POST
@staff_only
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the connection use a credential that is there already."""
    connection, at = _found(pk), now()
    with every_tenant(REASON):
        form = UseForm(request.POST, connection=connection)
        if form.is_valid():
            since = form.cleaned_data["since"] or at
            try:
                credentials.use(
                    connection=connection, credential=form.cleaned_data["credential"], since=since, by=str(request.user), at=at
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, "Planned.")
                return redirect("gateway:connection", pk)
    return _page(request, connection, use_form=form, status=422)


@require_POST
@staff_only
def call_off(request: HttpRequest, pk: int, use_pk: int) -> HttpResponse:
    """Take back a planned use."""
    with every_tenant(REASON):
        planned = CredentialUse.objects.filter(pk=use_pk, connection_id=pk).select_related("connection").first()
        if planned is None:
            raise Http404
        try:
            credentials.call_off(use=planned, by=str(request.user), at=now())
        except DomainError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "Called off.")
    return redirect("gateway:connection", pk)


@require_POST
@staff_only
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a connectivity test and show what came of it."""
    connection = _found(pk)
    try:
        row = ping.ping(connection, at=now())
    except connections.NoCredential as missing:
        messages.error(request, str(missing))
        return redirect("gateway:connection", pk)
    with every_tenant(REASON):
        trail.record("connection.tested", target=connection, by=str(request.user), at=now(), detail={"outcome": row.outcome})
    if row.succeeded:
        messages.success(request, row.advice)
    else:
        messages.error(request, f"{row.reason[:1].upper()}{row.reason[1:]}. {row.advice}")
    return redirect("gateway:connection", pk)


@require_safe
@staff_only
def expiring(request: HttpRequest) -> HttpResponse:
    """Return what stands on top of the staff's pages while a certificate is about to end."""
    return render(request, "integrations/_expiring.html", {"expiring": credentials.expiring(at=now())})


# --- One connection --------------------------------------------------------------------------------------------------------


def _found(pk: int) -> Connection:
    try:
        return connections.get(pk)
    except Connection.DoesNotExist:
        raise Http404 from None


def _page(request: HttpRequest, connection: Connection, *, status: int = 200, **forms: Any) -> HttpResponse:
    """Return the page of a connection, with the forms that were posted or fresh ones."""
    at = now()
    with every_tenant(REASON):
        shown = credentials.with_uses(Connection.objects.select_related("operator", "gate")).get(pk=connection.pk)
        uses = credentials.planned(shown)
        context = {
            "form": ConnectionForm(instance=connections.get(connection.pk)),
            "add_form": AddForm(auto_id="add_%s"),
            "use_form": UseForm(connection=shown, auto_id="use_%s"),
            **_line(shown, at=at),
            "uses": [{"use": each, "state": _state(each, shown, at=at)} for each in uses],
            "deeds": trail.of(shown, most=20),
            **forms,
        }
        return render(request, "integrations/connection.html", context, status=status)


def _state(use: CredentialUse, connection: Connection, *, at: datetime) -> str:
    if use.since > at:
        return "planned"
    if use.credential.not_after <= at:
        return "ended"
    now_used = credentials.find(connection, use.purpose, at=at)
    return "in use" if now_used is not None and now_used.pk == use.credential_id else "replaced"
