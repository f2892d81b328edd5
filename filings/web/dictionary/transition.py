"""The page about the change from one version of the messages to the next."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from filings.services import transition
from filings.web.dictionary.pages import DEFAULT, address, named, show
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

PAGE = 50


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show what is known, what is loaded and what has to be."""
    return show(request, "transition", DEFAULT, title="From v2 to v3", **_known(request))


@require_safe
@permission_required(Permission.FILING_VIEW)
def of_operator(request: TenantRequest) -> HttpResponse:
    """Show the same, with the operator's filings that have to be made anew."""
    known = _known(request)
    filings = transition.to_be_filed_anew(known["outlook"].messages)
    page = Paginator(filings, PAGE).get_page(request.GET.get("page"))
    drafts = transition.drafts(known["outlook"].messages)
    return show(request, "transition", DEFAULT, title="From v2 to v3", page=page, drafts=drafts, of_operator=True, **known)


def _known(request: HttpRequest) -> dict[str, Any]:
    outlook = transition.outlook()
    operator = getattr(request, "operator", None)
    operator_id = operator.pk if operator else None
    in_force = transition.in_force(outlook.messages, at=now(), operator_id=operator_id)
    return {
        "outlook": outlook,
        "affected": [(message, "" if edition == DEFAULT else " ".join(edition)) for message, edition in in_force.items()],
        "loaded": transition.loaded(),
        "choices": transition.choices(),
        "differences": f"{address(request, 'compare')}?set_a={named(DEFAULT)}&set_b={named(outlook.newer)}"
        if outlook.newer
        else "",
    }
