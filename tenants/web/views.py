"""The start page and the reader's own profile."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from tenants import selectors
from tenants.models import User
from tenants.web.forms import ProfileForm


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Return the operators the reader may work for; with only one, go straight to its filings."""
    operators = selectors.operators_of(_reader(request))
    if len(operators) == 1 and "choose" not in request.GET:
        return redirect("filings:list", operators[0].slug)
    return render(request, "tenants/home.html", {"operators": operators})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change the reader's name and time zone."""
    form = ProfileForm(request.POST or None, instance=_reader(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("profile")
    return render(request, "tenants/profile.html", {"form": form}, status=422 if form.errors else 200)


def _reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (login_required has seen to it)
    return request.user
