"""The API of products: the operator's descriptions of goods, one by one or as a file."""

from http import HTTPStatus
from typing import IO, Any, Final
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api import resources
from filings.api.base import KEY, Endpoint, idempotent, location
from filings.api.parsers import Options
from filings.api.views import PROBLEM, refused
from filings.models import Product
from filings.services import product_files, products
from filings.services.products import Given
from tenants.permissions import Permission

PK: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the product")


class FieldsProblem(resources.Problem):
    """A refusal because of some fields."""

    # Hides the framework's own attribute of this name, which is for reading requests; this one is only ever shown.
    fields = serializers.DictField(child=serializers.CharField(), help_text="what is wrong, by field")  # type: ignore[assignment]


class LinesProblem(resources.Problem):
    """A refusal because of some lines of a file."""

    lines = serializers.ListField(child=serializers.DictField(), help_text="line and problem of the first fifty")


WRONG: Final = {(422, PROBLEM): OpenApiResponse(FieldsProblem, "A field is missing or wrong, or the code is taken.")}


class ProductItem(serializers.ModelSerializer[Product]):
    """A product."""

    created_at = resources.at()
    changed_at = resources.at()
    links = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = ("id", "code", "description", "goods_code", "created_at", "changed_at", "links")
        read_only_fields = fields

    def get_links(self, product: Product) -> resources.Links:
        """Return the address of the product."""
        return {"self": resources.address("product", self.context["request"], product.pk)}


class ProductGiven(serializers.Serializer[dict[str, Any]]):
    """A product as it is given."""

    code = serializers.CharField(allow_blank=True, help_text=f"your own code or name, at most {products.CODE} characters")
    description = serializers.CharField(allow_blank=True, help_text=f"at most {products.DESCRIPTION} characters")
    goods_code = serializers.CharField(
        required=False, allow_blank=True, help_text="6 digits of the Harmonized System, or 8 of the Combined Nomenclature"
    )


class ProductPage(serializers.Serializer[Any]):
    """One page of products."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ProductItem(many=True)


class ImportedItem(serializers.Serializer[Any]):
    """What came of a file."""

    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()


class BestFirst(LimitOffsetPagination):
    """Pages of products, the best hits first."""

    default_limit = 50
    max_limit = 200


class Csv(BaseParser):
    """Takes the bytes of a CSV file."""

    media_type = "text/csv"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the bytes, one more than a file may have at most."""
        return stream.read(product_files.LARGEST + 1)


def product_of(pk: UUID) -> Product:
    """Return the operator's product.

    :raises NotFound: if it has none of that id.
    """
    found: Product | None = Product.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("You have no product of this id.")
    return found


def given_in(request: Request) -> Given:
    """Return the product in the body of a request.

    :raises ValidationError: if a field is missing.
    """
    given = ProductGiven(data=request.data)
    given.is_valid(raise_exception=True)
    return Given.of(**given.validated_data)


class Products(Endpoint):
    """All products of the operator."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="products_list",
        summary="Find products, the best first",
        parameters=[
            OpenApiParameter("q", str, description="words of code or description, or the start of a goods code"),
            OpenApiParameter("limit", int, description="at most 200"),
            OpenApiParameter("offset", int),
        ],
        responses={200: ProductPage},
    )
    def get(self, request: Request) -> Response:
        """Return one page of the products that have every word asked for."""
        pages = BestFirst()
        page = pages.paginate_queryset(products.products(request.query_params.get("q", "")[:200]), request, view=self)
        return pages.get_paginated_response(ProductItem(page, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="products_create",
        summary="Add a product",
        parameters=[KEY],
        request=ProductGiven,
        responses={201: ProductItem, **refused(400), **WRONG},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep a new product."""
        product = products.add(given=given_in(request), by=self.actor, at=timezone.now())
        body = ProductItem(product, context={"request": request}).data
        return Response(body, status=HTTPStatus.CREATED, headers=location(HTTPStatus.CREATED, body))


class OneProduct(Endpoint):
    """One product."""

    parser_classes = [Options]
    needs = {"PUT": Permission.FILING_DRAFT, "DELETE": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="products_read", summary="Show a product", parameters=[PK], responses={200: ProductItem, **refused(404)}
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the product."""
        return Response(ProductItem(product_of(pk), context={"request": request}).data)

    @extend_schema(
        operation_id="products_change",
        summary="Change a product",
        parameters=[PK],
        request=ProductGiven,
        responses={200: ProductItem, **refused(400, 404), **WRONG},
    )
    def put(self, request: Request, pk: UUID) -> Response:
        """Replace what the product says."""
        product = product_of(pk)
        products.change(product=product, given=given_in(request), by=self.actor, at=timezone.now())
        return Response(ProductItem(product, context={"request": request}).data)

    @extend_schema(
        operation_id="products_delete", summary="Delete a product", parameters=[PK], responses={204: None, **refused(404)}
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        """Remove the product; filings keep what they say."""
        products.delete(product=product_of(pk), by=self.actor, at=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class ImportProducts(Endpoint):
    """Takes over products from a file."""

    parser_classes = [Csv]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="products_import",
        summary="Take over products from CSV: all of them, or none",
        parameters=[KEY],
        request={"text/csv": OpenApiTypes.BYTE},
        responses={200: ImportedItem, (422, PROBLEM): OpenApiResponse(LinesProblem, "Nothing was kept; see the lines.")},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Add the products of the file, and change those whose code is known."""
        given: object = request.data  # the framework gives an empty object for an empty body
        data = given if isinstance(given, bytes) else b""
        return Response(vars(product_files.load(data=data, by=self.actor, at=timezone.now())))
