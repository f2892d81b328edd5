"""The API of what stop words found in open drafts, templates and products."""

from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from filings.api import resources
from filings.api.base import KEY, Endpoint, idempotent
from filings.api.views import Newest, refused
from filings.models import StopWordHit
from filings.services.stop_words import hits
from tenants.permissions import Permission

PK: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the entry")


class HitItem(serializers.ModelSerializer[StopWordHit]):
    """A text that has to be looked at."""

    owner = serializers.SerializerMethodField(help_text="filing, template or product")
    severity = serializers.SerializerMethodField(help_text="error: it says nothing else, and counts as empty")
    terms = serializers.ListField(child=serializers.CharField(), read_only=True)
    since = serializers.DateField(read_only=True, allow_null=True, help_text="first day of a list to come; null: in force")
    found_at = resources.at()
    dismissed_at = resources.at()
    links = serializers.SerializerMethodField()

    class Meta:
        model = StopWordHit
        fields = (
            "id", "owner", "filing", "template", "product", "path", "value", "terms", "severity", "since", "found_at",
            "dismissed_at", "dismissed_by", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_owner(self, hit: StopWordHit) -> str:
        """Return what the text stands in."""
        return "filing" if hit.filing_id else "template" if hit.template_id else "product"

    def get_severity(self, hit: StopWordHit) -> str:
        """Return how the check would judge it."""
        return "error" if hit.only else "warning"

    def get_links(self, hit: StopWordHit) -> resources.Links:
        """Return the addresses of the entry, of what it is about, and of the page of its field."""
        request = self.context["request"]
        owner = self.get_owner(hit)
        links = {
            "self": resources.address("stop-word-hit", request, hit.pk),
            owner: resources.address(owner, request, getattr(hit, f"{owner}_id")),
        }
        if hit.filing_id:
            page = reverse("filings:field", args=[request.operator.slug, hit.filing_id], request=request)
            links["page"] = f"{page}?path={hit.path}"
        return links


class HitPage(serializers.Serializer[Any]):
    """One page of texts to look at."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = HitItem(many=True)


class HitQuery(serializers.Serializer[dict[str, Any]]):
    """Which entries to list."""

    dismissed = serializers.BooleanField(default=False, help_text="those that were dismissed instead")


class NewestFound(Newest):
    """Pages of entries, newest first."""

    ordering = ("-found_at", "-id")


class Hits(Endpoint):
    """All texts to look at."""

    @extend_schema(
        operation_id="stop_words_to_look_at",
        summary="List texts with stop words in open drafts, templates and products",
        parameters=[
            HitQuery,
            OpenApiParameter("cursor", str, description="from next or previous"),
            OpenApiParameter("page_size", int, description="at most 200"),
        ],
        responses={200: HitPage, **refused(400)},
    )
    def get(self, request: Request) -> Response:
        """Return one page of what is to look at; an entry goes when its text is mended."""
        query = HitQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        pages = NewestFound()
        found = hits.to_look_at(dismissed=query.validated_data["dismissed"])
        page = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response(HitItem(page, many=True, context={"request": request}).data)


class OneHit(Endpoint):
    """One text to look at."""

    parser_classes: Any = []
    needs = {"DELETE": Permission.FILING_DRAFT, "POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="stop_words_read",
        summary="Show one text to look at",
        parameters=[PK],
        responses={200: HitItem, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the entry."""
        return self._shown(_hit(pk))

    @extend_schema(
        operation_id="stop_words_dismiss",
        summary="Dismiss a text: it stays as it is",
        parameters=[PK],
        responses={200: HitItem, **refused(404)},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        """Take the entry off the list."""
        hit = _hit(pk)
        hits.dismiss(hit=hit, by=self.actor, at=timezone.now())
        return self._shown(hit)

    @extend_schema(
        operation_id="stop_words_put_back",
        summary="Put a dismissed text on the list again",
        parameters=[PK, KEY],
        request=None,
        responses={200: HitItem, **refused(404)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Take a dismissal back."""
        hit = _hit(pk)
        hits.put_back(hit=hit, by=self.actor, at=timezone.now())
        return self._shown(hit)

    def _shown(self, hit: StopWordHit) -> Response:
        return Response(HitItem(hit, context={"request": self.request}).data)


def _hit(pk: UUID) -> StopWordHit:
    found: StopWordHit | None = hits.every().filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such entry; perhaps the text was mended.")
    return found
