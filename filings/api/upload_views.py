"""The API of uploads: files of up to 100 MB, stored as they arrive, checked by a worker."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api import large_resources
from filings.api.base import KEY, KEY_HEADER, REPLAYED, Endpoint, honouring
from filings.api.views import refused
from filings.models.large import Check, Upload
from filings.services.large import intake
from filings.services.large.intake import Arrival
from tenants.permissions import Permission
from tenants.scope import tenant_scope

XML_TYPES: Final = frozenset({"application/xml", "text/xml"})
GZIP_TYPES: Final = frozenset({"application/gzip", "application/x-gzip"})
NEWEST: Final = 50
PAGE: Final = 1_000
PK: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the upload")


class UploadQuery(serializers.Serializer[dict[str, Any]]):
    """How to take an upload."""

    name = serializers.CharField(required=False, default="", max_length=200, help_text="name of the file, for people")
    submit = serializers.BooleanField(default=False, help_text="submit what becomes of it, if there is no error")


class FindingQuery(serializers.Serializer[dict[str, Any]]):
    """Which findings to list."""

    severity = serializers.ChoiceField(choices=["error", "warning"], required=False)
    part = serializers.IntegerField(required=False, min_value=0, help_text="number of the house; 0 is around the houses")
    after = serializers.IntegerField(required=False, min_value=0, default=0, help_text="number of the last one you have")


class Uploads(Endpoint):
    """All uploads of the operator. Opens its own scopes: no transaction is open while a file arrives."""

    opens_own_scope = True
    needs = {"POST": Permission.FILING_DRAFT}

    @property
    def most(self) -> int:
        """Return how many bytes a body may have."""
        return int(settings.LARGE_UPLOAD_LIMIT)

    @extend_schema(
        operation_id="uploads_list",
        summary="List the last uploads",
        responses={200: large_resources.UploadPage},
    )
    def get(self, request: Request) -> Response:
        """Return the newest uploads."""
        with tenant_scope(_operator_id(self)):
            rows = Upload.objects.order_by("-created_at")[:NEWEST]
            found = large_resources.UploadItem(rows, many=True, context={"request": request}).data
        return Response({"results": found})

    @extend_schema(
        operation_id="uploads_create",
        summary="Upload a file of up to 100 MB of XML, plain or gzip",
        description="Send the file as the body. It is stored as it arrives and checked by a worker: look at `check` of the "
        "upload until its state is `done`, then at `filing`. Up to 2 MB it becomes an ordinary draft.",
        parameters=[UploadQuery, KEY, OpenApiParameter("Content-Encoding", str, OpenApiParameter.HEADER, enum=["gzip"])],
        request={"application/xml": OpenApiTypes.BINARY, "application/gzip": OpenApiTypes.BINARY},
        responses={202: large_resources.UploadItem, **refused(400, 422)},
    )
    @honouring
    def post(self, request: Request) -> Response:
        """Store the body; its check is queued."""
        query = UploadQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        if query.validated_data["submit"]:
            self.require(Permission.FILING_SUBMIT)
        upload, is_new = intake.receive(
            pieces=_body(request),
            arrival=Arrival(
                name=unquote(query.validated_data["name"]) or "API",
                source="api",
                submit=query.validated_data["submit"],
                length=_length(request),
                packed=_is_packed(request),
                key=request.headers.get(KEY_HEADER, ""),
            ),
            operator_id=_operator_id(self),
            by=self.actor,
            at=timezone.now(),
        )
        with tenant_scope(_operator_id(self)):
            body = large_resources.UploadItem(upload, context={"request": request}).data
        headers = {"Location": body["links"]["self"], **({} if is_new else {REPLAYED: "true"})}
        return Response(body, status=HTTPStatus.ACCEPTED, headers=headers)


class OneUpload(Endpoint):
    """One upload."""

    @extend_schema(
        operation_id="uploads_read",
        summary="Show an upload and how far its check is",
        parameters=[PK],
        responses={200: large_resources.UploadItem, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the upload with its check."""
        return Response(large_resources.UploadItem(_upload(pk), context={"request": request}).data)


class UploadFindings(Endpoint):
    """What the check of an upload found."""

    @extend_schema(
        operation_id="uploads_findings",
        summary="List what was found in an upload",
        parameters=[PK, FindingQuery],
        responses={200: large_resources.CheckFindings, **refused(400, 404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return a page of findings."""
        check = _upload(pk).latest
        if check is None:
            raise NotFound("The upload has not arrived yet.")
        return Response(findings_page(check, request))


def findings_page(check: Check, request: Request) -> dict[str, Any]:
    """Return a page of the findings of a check, as the request asks."""
    query = FindingQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    wanted = {name: value for name, value in query.validated_data.items() if name in {"severity", "part"}}
    rows = check.findings.filter(**wanted)
    page = list(rows.filter(number__gt=query.validated_data["after"])[: PAGE + 1])
    return dict(
        large_resources.CheckFindings(
            {
                "check": check,
                "kept": rows.count(),
                "next": page[PAGE - 1].number if len(page) > PAGE else None,
                "findings": page[:PAGE],
            }
        ).data
    )


def _upload(pk: UUID) -> Upload:
    found: Upload | None = Upload.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("You have no upload of this id.")
    return found


def _operator_id(view: Endpoint) -> UUID:
    operator_id = view.actor.operator_id
    assert operator_id is not None  # noqa: S101 (for the type checker; a key is always somebody's)
    return operator_id


def _is_packed(request: Request) -> bool:
    """Say whether the body is gzip.

    :raises UnsupportedMediaType: if it is announced as neither XML nor gzip.
    """
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if kind in GZIP_TYPES and encoding == "identity":
        return True
    if kind not in XML_TYPES or encoding not in {"identity", "gzip"}:
        raise UnsupportedMediaType(kind or "none", "Send XML, or XML as gzip: Content-Type application/xml or application/gzip.")
    return encoding == "gzip"


def _length(request: Request) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() else None


def _body(request: Request) -> Iterator[bytes]:
    """Yield the body as it comes; one without a length, sent in chunks, until its end."""
    inner = request._request
    stream: Any = inner if _length(request) is not None else inner.META["wsgi.input"]
    return intake.steps(stream)
