"""Rows by the ids in an address; a stranger's are not found."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from filings.lifecycle import NotAllowed as FilingNotAllowed
from filings.models import Filing
from referrals import selectors
from referrals.lifecycle import NotAllowed
from referrals.models import Case, Request
from tenants.errors import DomainError
from tenants.middleware import TenantRequest

REFUSALS = (DomainError, NotAllowed, FilingNotAllowed)


def case_or_404(pk: UUID) -> Case:
    """Return the operator's case.

    :raises Http404: if it has none of that id.
    """
    try:
        return selectors.case(pk)
    except ObjectDoesNotExist:
        raise Http404 from None


def request_or_404(case: Case, pk: UUID) -> Request:
    """Return a request of a case.

    :raises Http404: if it has none of that id.
    """
    try:
        return selectors.request_of(case, pk)
    except ObjectDoesNotExist:
        raise Http404 from None


def answer_or_404(case: Case, pk: UUID) -> Filing:
    """Return the answer to requests of a case.

    :raises Http404: if it has none of that id.
    """
    found = next((each for each in selectors.answers_of(case) if each.pk == pk), None)
    if found is None:
        raise Http404
    return found


def sentence(refusal: Exception) -> str:
    """Return what a refusal says to people."""
    return refusal.message if isinstance(refusal, DomainError) else str(refusal)


def done(
    request: TenantRequest, case: Case, deed: Callable[[], Any], said: str | Callable[[Any], str], *, to: str = ""
) -> HttpResponse:
    """Do a deed and lead back to the case with what came of it in words."""
    try:
        result = deed()
    except REFUSALS as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, said if isinstance(said, str) else said(result))
    return redirect(to) if to else redirect("referrals:case", request.operator.slug, case.pk)
