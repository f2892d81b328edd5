"""Learn by doing: the stories of an operator, told by hand alone or with other companies."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from integrations.conformance import casting, practising, running, scripts
from integrations.conformance.casting import Player
from integrations.conformance.models import Run
from integrations.conformance.pages import is_fragment, last, one_or_404, reader
from integrations.conformance.shapes import STORIES, Scenario
from integrations.trying import outside_scopes
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.scope import tenant_scope
from tenants.web.guards import permission_required


@dataclass(frozen=True)
class Offer:
    """A story as the page offers it: who would play, and which parts nobody else can."""

    list_name: str
    scenario: Scenario
    cast: list[Player]

    @property
    def yours(self) -> str:
        """Return the part of who begins."""
        return next((each.part for each in self.cast if each.leads), "")

    @property
    def others(self) -> list[Player]:
        """Return the other companies."""
        return [each for each in self.cast if not each.leads]

    @property
    def vacant(self) -> list[str]:
        """Return the parts that are left to who begins."""
        return [part for part in self.scenario.parts if part not in {each.part for each in self.cast}]


@outside_scopes
@require_safe
@permission_required(Permission.FILING_VIEW)
def learn(request: TenantRequest) -> HttpResponse:
    """List the stories to learn by, those that were begun, and with whom the operator practises."""
    over, others = running.line(request.operator), practising.partners(request.operator, user=reader(request))
    with tenant_scope(request.operator.pk):
        lists = scripts.of_kind(STORIES)
        offers = [
            Offer(each.name, told, casting.proposed(told, lead=request.operator, others=others))
            for each in lists
            for told in each.scenarios
        ]
        context = {
            "offers": offers,
            "situations": [(situation, each) for each in offers for situation in each.scenario.situations],
            "runs": last(lists),
            "is_sandbox": over.is_sandbox,
            "agreed": practising.agreed(),
            "partners": others,
        }
        return render(request, "integrations/learn.html", context)


@outside_scopes
@require_safe
@permission_required(Permission.FILING_VIEW)
def story(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show a story that was begun: what to do next, whose turn it is, and what each step meant."""
    with tenant_scope(request.operator.pk):
        run = one_or_404(pk)
    waiting = practising.waiting_for(run, operator=request.operator, user=reader(request))
    name = "integrations/_story_run.html" if is_fragment(request) else "integrations/story_run.html"
    with tenant_scope(request.operator.pk):
        return render(request, name, {"run": run, "waiting": waiting, **_told(run, request.operator.slug)})


def _told(run: Run, slug: str) -> dict[str, Any]:
    """Return what a story says beside its rows: who plays, and where a deed is done."""
    cast, places = casting.of(run), {step.page: place(step.page, slug) for step in run.steps.all() if step.page}
    return {
        "steps": [(step, places.get(step.page, "")) for step in run.steps.all()],
        "mine": [each.part for each in cast if each.pk == run.operator_id],
        "others": [each for each in cast if each.pk != run.operator_id],
    }


def place(page: str, slug: str) -> str:
    """Return the address of a page of the operator's, or of one that is nobody's own, by its name."""
    own, _, name = page.rpartition("/")
    return reverse(name, args=[] if own else [slug])


@outside_scopes
@require_POST
@permission_required(Permission.FILING_SUBMIT)
def let_act(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Let the other company do its step."""
    with tenant_scope(request.operator.pk):
        run = one_or_404(pk)
    try:
        practising.let_act(run, operator=request.operator, user=reader(request), by=request.actor, at=now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "The other company does its step now.")
    return redirect("conformance:story", request.operator.slug, run.played)


@require_POST
@permission_required(Permission.KEYS_MANAGE)
def practise(request: TenantRequest) -> HttpResponse:
    """Let another company act for the operator in stories, or no more."""
    eori = request.POST.get("eori", "")
    try:
        if request.POST.get("withdraw"):
            practising.withdraw(eori=eori, by=request.actor, at=now())
            messages.success(request, "That company may act for you no more.")
        else:
            kept = practising.agree(eori=eori, by=request.actor, at=now())
            messages.success(request, f"In stories, {kept.eori} may let you act.")
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("conformance:learn", request.operator.slug)
