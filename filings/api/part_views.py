"""The API of filings kept in parts: their list, one of them, and a check by a worker."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api import large_resources, resources
from filings.api.base import KEY, idempotent
from filings.api.views import CHANGED, PK, FilingEndpoint, refused, revision_in
from filings.models import Filing
from filings.models.large import FilingPart
from filings.services.large import editing, parts, submitting
from tenants.permissions import Permission

PAGE: Final = 500
NUMBER: Final = OpenApiParameter("number", int, OpenApiParameter.PATH, description="place of the part, from 1")


class PartQuery(serializers.Serializer[dict[str, Any]]):
    """Which parts to list."""

    reference = serializers.CharField(
        required=False, default="", max_length=128, help_text="how the transport document begins, or the number of the part"
    )
    with_findings = serializers.BooleanField(default=False)
    after = serializers.IntegerField(required=False, min_value=0, default=0, help_text="number of the last one you have")


class Parts(FilingEndpoint):
    """The parts of a filing."""

    @extend_schema(
        operation_id="filings_parts",
        summary="List the houses of a filing kept in parts",
        parameters=[PK, PartQuery],
        responses={200: large_resources.PartPage, **refused(400, 404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return a page of parts, without their content."""
        filing = _in_parts(self.filing(pk))
        query = PartQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        found = parts.parts_in(filing, reference=wanted["reference"], with_findings=wanted["with_findings"])
        page = list(found.filter(number__gt=wanted["after"])[: PAGE + 1])
        body = {
            "path": filing.parts_path,
            "count": filing.parts_count,
            "next": page[PAGE - 1].number if len(page) > PAGE else None,
            "results": page[:PAGE],
        }
        return Response(large_resources.PartPage(body).data)


class OnePart(FilingEndpoint):
    """One part."""

    parser_classes = [JSONParser]
    needs = {"PUT": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_part_read",
        summary="Show one house of a filing kept in parts",
        parameters=[PK, NUMBER],
        responses={200: large_resources.PartDetail, **refused(404)},
    )
    def get(self, request: Request, pk: UUID, number: int) -> Response:
        """Return the part with what is wrong inside it."""
        filing = _in_parts(self.filing(pk))
        return self._shown(filing, _part(filing, number))

    @extend_schema(
        operation_id="filings_part_change",
        summary="Replace one house of a draft kept in parts",
        parameters=[PK, NUMBER, OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="revision of the filing")],
        request={"application/json": OpenApiTypes.OBJECT},
        responses={200: large_resources.PartDetail, **refused(400, 404, 422, 428), **CHANGED},
    )
    def put(self, request: Request, pk: UUID, number: int) -> Response:
        """Replace the part, unless somebody else changed the filing since the revision you read."""
        filing, revision = _in_parts(self.filing(pk)), revision_in(request)
        part = _part(filing, number)
        editing.change_part(filing=filing, part=part, content=request.data, revision=revision, by=self.actor, at=timezone.now())
        return self._shown(filing, part)

    def _shown(self, filing: Filing, part: FilingPart) -> Response:
        context = {"request": self.request, "findings": parts.findings_in(filing, part)}
        body = large_resources.PartDetail(part, context=context).data
        return Response(body, headers={"ETag": f'"{filing.revision}"'})


class Frame(FilingEndpoint):
    """What is around the parts."""

    parser_classes = [JSONParser]
    needs = {"PUT": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_frame_read",
        summary="Show what a filing kept in parts says around its houses",
        parameters=[PK],
        responses={200: large_resources.FrameDetail, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return it as JSON."""
        return self._shown(_in_parts(self.filing(pk)))

    @extend_schema(
        operation_id="filings_frame_change",
        summary="Replace what a draft kept in parts says around its houses",
        parameters=[PK, OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="revision of the filing")],
        request={"application/json": OpenApiTypes.OBJECT},
        responses={200: large_resources.FrameDetail, **refused(400, 404, 422, 428), **CHANGED},
    )
    def put(self, request: Request, pk: UUID) -> Response:
        """Replace it, unless somebody else changed the filing since the revision you read. Houses are not part of it."""
        filing, revision = _in_parts(self.filing(pk)), revision_in(request)
        editing.change_frame(filing=filing, content=request.data, revision=revision, by=self.actor, at=timezone.now())
        return self._shown(filing)

    def _shown(self, filing: Filing) -> Response:
        return Response(large_resources.FrameDetail(filing).data, headers={"ETag": f'"{filing.revision}"'})


class CheckAgain(FilingEndpoint):
    """Checks a draft kept in parts."""

    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_check",
        summary="Have a draft kept in parts checked by a worker",
        parameters=[PK, KEY],
        request=None,
        responses={202: resources.CheckItem, **refused(404, 409)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Queue a check; see `check` of the filing."""
        check = submitting.ask(filing=_in_parts(self.filing(pk)), by=self.actor, at=timezone.now(), submit=False)
        return Response(resources.CheckItem(check).data, status=HTTPStatus.ACCEPTED)


def _in_parts(filing: Filing) -> Filing:
    if not filing.in_parts:
        raise NotFound("This filing is not kept in parts; see its document.")
    return filing


def _part(filing: Filing, number: int) -> FilingPart:
    found: FilingPart | None = FilingPart.objects.filter(filing=filing, number=number).first()
    if found is None:
        raise NotFound("The filing has no part of this number.")
    return found
