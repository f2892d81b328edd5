"""Products: listed, added, changed, deleted, taken over from a file; and found while one describes goods in the form."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from filings.models import Product, StopWordHit
from filings.reference import lookup
from filings.services import product_files, products
from filings.services.products import BadProduct, Given
from tenants.errors import DomainError
from tenants.middleware import TenantRequest
from tenants.permissions import Permission
from tenants.web.guards import permission_required

PAGE: Final = 50
OFFERED: Final = 12


@require_safe
@permission_required(Permission.FILING_VIEW)
def listing(request: TenantRequest) -> HttpResponse:
    """Show the products that have the words one looks for."""
    text = request.GET.get("q", "").strip()[:200]
    page = Paginator(products.products(text), PAGE).get_page(request.GET.get("page"))
    doubtful = StopWordHit.objects.filter(product__in=[each.pk for each in page], dismissed_at=None)
    told = {hit.product_id: hit for hit in doubtful}
    rows = [(each, told.get(each.pk), products.unknown(each.goods_code)) for each in page]
    name = "filings/_products.html" if request.headers.get("HX-Target") == "products" else "filings/products.html"
    return render(request, name, {"page": page, "rows": rows, "text": text})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def add(request: TenantRequest) -> HttpResponse:
    """Show an empty product; a POST keeps it."""
    if request.method != "POST":
        return _form(request, Given("", ""))
    given = _given(request)
    try:
        product = products.add(given=given, by=request.actor, at=now())
    except DomainError as refusal:
        return _form(request, given, refusal)
    messages.success(request, f"“{product.code}” is kept. The form offers it while you describe goods.")
    return redirect("products:add" if "another" in request.POST else "products:list", request.operator.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def change(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show a product; a POST changes it."""
    product = product_or_404(pk)
    if request.method != "POST":
        return _form(request, Given(product.code, product.description, product.goods_code), product=product)
    given = _given(request)
    try:
        products.change(product=product, given=given, by=request.actor, at=now())
    except DomainError as refusal:
        return _form(request, given, refusal, product=product_or_404(pk))
    messages.success(request, f"“{product.code}” is changed. Filings keep what they say.")
    return redirect("products:list", request.operator.slug)


@require_POST
@permission_required(Permission.FILING_DRAFT)
def delete(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Remove a product."""
    product = product_or_404(pk)
    products.delete(product=product, by=request.actor, at=now())
    messages.success(request, f"“{product.code}” is deleted. Filings keep what they say.")
    return redirect("products:list", request.operator.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(Permission.FILING_DRAFT)
def load(request: TenantRequest) -> HttpResponse:
    """Ask for a CSV file; a POST takes all of its products over, or says what is wrong by line."""
    context: dict[str, object] = {"columns": product_files.COLUMNS, "limit": product_files.LARGEST}
    if request.method != "POST":
        return render(request, "filings/load_products.html", context)
    file = request.FILES.get("file")
    if file is None:
        return render(request, "filings/load_products.html", {**context, "refusal": "Choose a file first."}, status=422)
    try:
        done = product_files.load(data=file.read(product_files.LARGEST + 1), by=request.actor, at=now())
    except DomainError as refusal:
        context |= {"refusal": refusal.message, "lines": getattr(refusal, "lines", ()), "name": file.name}
        return render(request, "filings/load_products.html", context, status=refusal.status)
    messages.success(request, f"{done.added} added, {done.changed} changed, {done.same} as they were.")
    return redirect("products:list", request.operator.slug)


@require_safe
@permission_required(Permission.FILING_VIEW)
def save(request: TenantRequest) -> HttpResponse:
    """Return all products as CSV, in the form in which they are taken over."""
    body = product_files.write(Product.objects.all())
    name = f"products-{request.operator.slug}.csv"
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body.encode("utf-8-sig"), headers=headers)


@require_safe
@permission_required(Permission.FILING_VIEW)
def offered(request: TenantRequest) -> HttpResponse:
    """Show the best products for what was typed, as options of the form's combobox."""
    text = request.GET.get("q", "").strip()[:200]
    found = products.products(text)[:OFFERED] if text else products.products().order_by("-changed_at")[:OFFERED]
    response = render(request, "filings/_offered_products.html", {"found": found})
    response["Cache-Control"] = "private, no-store"
    return response


def product_or_404(pk: UUID) -> Product:
    """Return the operator's product.

    :raises Http404: if it has none of that id.
    """
    found: Product | None = Product.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _given(request: TenantRequest) -> Given:
    return Given.of(**{name: request.POST.get(name, "") for name in product_files.COLUMNS})


def _form(
    request: TenantRequest, given: Given, refusal: DomainError | None = None, product: Product | None = None
) -> HttpResponse:
    wrong = refusal.fields if isinstance(refusal, BadProduct) else {}
    said = refusal.message if refusal and not wrong else ""
    context = {"given": given, "wrong": wrong, "refusal": said, "product": product, "longest": products.DESCRIPTION}
    context["goods_list"] = lookup.GOODS
    return render(request, "filings/product.html", context, status=refusal.status if refusal else 200)
