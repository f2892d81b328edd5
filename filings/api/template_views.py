"""The API of templates: kept from filings, listed, used, renamed, deleted."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api import resources
from filings.api.base import KEY, Endpoint, idempotent, location
from filings.api.parsers import Options
from filings.api.views import PROBLEM, FilingEndpoint, Newest, refused
from filings.models import FilingTemplate
from filings.services import templates
from tenants.permissions import Permission

PK = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the template")
NAMED = {
    (409, PROBLEM): OpenApiResponse(resources.Problem, "There is a template of this name already."),
    (422, PROBLEM): OpenApiResponse(resources.Problem, "The name is missing or too long."),
}


class TemplateItem(serializers.ModelSerializer[FilingTemplate]):
    """A template as lists show it."""

    created_at = resources.at()
    changed_at = resources.at()
    used_at = resources.at()
    links = serializers.SerializerMethodField()

    class Meta:
        model = FilingTemplate
        fields: tuple[str, ...] = (
            "id", "name", "message_type", "message_set", "version", "created_at", "changed_at", "changed_by", "used_at",
            "uses", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_links(self, template: FilingTemplate) -> resources.Links:
        """Return the addresses of what belongs to the template."""
        request = self.context["request"]
        return {
            "self": resources.address("template", request, template.pk),
            "use": resources.address("use-template", request, template.pk),
        }


class TemplateDetail(TemplateItem):
    """A template with its content."""

    document = serializers.DictField(read_only=True, help_text="what stands under the root element")

    class Meta(TemplateItem.Meta):
        fields = (*TemplateItem.Meta.fields, "document")
        read_only_fields = fields


class TemplatePage(serializers.Serializer[Any]):
    """One page of templates."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TemplateItem(many=True)


class KeepOptions(serializers.Serializer[dict[str, Any]]):
    """What to keep, and under which name."""

    filing = serializers.UUIDField(help_text="id of the filing whose content is kept")
    name = serializers.CharField(max_length=templates.LONGEST)
    replace = serializers.BooleanField(default=False, help_text="take the place of the template of this name")


class RenameOptions(serializers.Serializer[dict[str, Any]]):
    """The new name."""

    name = serializers.CharField(max_length=templates.LONGEST)


class ByName(Newest):
    """Pages of templates, newest first."""

    ordering = ("-changed_at", "-id")


class TemplateEndpoint(Endpoint):
    """A view of one template."""

    def template(self, pk: UUID) -> FilingTemplate:
        """Return the operator's template.

        :raises NotFound: if it has none of that id.
        """
        found: FilingTemplate | None = FilingTemplate.objects.filter(pk=pk).first()
        if found is None:
            raise NotFound("You have no template of this id.")
        return found


class Templates(FilingEndpoint):
    """All templates of the operator."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="templates_list",
        summary="List templates, the last changed first",
        parameters=[
            OpenApiParameter("q", str, description="words of the name or the message"),
            OpenApiParameter("cursor", str, description="from next or previous"),
            OpenApiParameter("page_size", int, description="at most 200"),
        ],
        responses={200: TemplatePage},
    )
    def get(self, request: Request) -> Response:
        """Return one page of the templates that fit."""
        pages = ByName()
        page = pages.paginate_queryset(templates.templates(request.query_params.get("q", "")), request, view=self)
        return pages.get_paginated_response(TemplateItem(page, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="templates_create",
        summary="Keep a filing as a template",
        parameters=[KEY],
        request=KeepOptions,
        responses={201: TemplateDetail, **refused(400, 404), **NAMED},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep what a filing says, without LRN, dates and the references of one shipment."""
        options = KeepOptions(data=request.data)
        options.is_valid(raise_exception=True)
        given = options.validated_data
        template = templates.keep(
            filing=self.filing(given["filing"]), name=given["name"], replace=given["replace"], by=self.actor, at=timezone.now()
        )
        body = TemplateDetail(template, context={"request": request}).data
        return Response(body, status=HTTPStatus.CREATED, headers=location(HTTPStatus.CREATED, body))


class OneTemplate(TemplateEndpoint):
    """One template."""

    parser_classes = [Options]
    needs = {"PATCH": Permission.FILING_DRAFT, "DELETE": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="templates_read",
        summary="Show a template",
        parameters=[PK],
        responses={200: TemplateDetail, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the template with its content."""
        return Response(TemplateDetail(self.template(pk), context={"request": request}).data)

    @extend_schema(
        operation_id="templates_rename",
        summary="Rename a template",
        parameters=[PK],
        request=RenameOptions,
        responses={200: TemplateDetail, **refused(400, 404), **NAMED},
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        """Give the template another name."""
        template = self.template(pk)
        options = RenameOptions(data=request.data)
        options.is_valid(raise_exception=True)
        templates.rename(template=template, name=options.validated_data["name"], by=self.actor, at=timezone.now())
        return Response(TemplateDetail(template, context={"request": request}).data)

    @extend_schema(
        operation_id="templates_delete", summary="Delete a template", parameters=[PK], responses={204: None, **refused(404)}
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        """Remove the template; drafts made of it stay."""
        templates.delete(template=self.template(pk), by=self.actor, at=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class UseTemplate(TemplateEndpoint, FilingEndpoint):
    """Makes a draft of a template."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="templates_use",
        summary="Start a draft from a template",
        parameters=[PK, KEY],
        request=None,
        responses={201: resources.FilingDetail, **refused(404)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Make a draft with the template's content, in the message set now in force."""
        draft = templates.use(template=self.template(pk), by=self.actor, at=timezone.now())
        return self.shown(draft, HTTPStatus.CREATED)
