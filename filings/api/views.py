"""The API of filings: each view reads the request, calls one verb or question and shows the result."""

import re
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from filings import selectors, ways
from filings.api import resources
from filings.api.base import KEY, Endpoint, idempotent, location
from filings.api.parsers import DOCUMENT_PARSERS, Options, document_in
from filings.api.renderers import XmlRenderer
from filings.lifecycle import FACTS, State
from filings.messages import xml
from filings.models import Filing
from filings.services import asking, dates, drafting, submission
from filings.services.large import parts
from tenants.errors import DomainError
from tenants.permissions import Permission

REVISION: Final = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
DOCUMENT: Final = {"application/json": OpenApiTypes.OBJECT, "application/xml": OpenApiTypes.BYTE}
PROBLEM: Final = "application/problem+json"
REASONS: Final = {
    400: OpenApiResponse(resources.Problem, "The request or the document cannot be read."),
    404: OpenApiResponse(resources.Problem, "You have no such filing or message."),
    409: OpenApiResponse(resources.Problem, "Its state does not allow this."),
    422: OpenApiResponse(resources.FindingsProblem, "The content does not allow this."),
    428: OpenApiResponse(resources.Problem, "The request does not say which revision it changes."),
}
CHANGED: Final = {(409, PROBLEM): OpenApiResponse(resources.RevisionProblem, "It is no draft, or somebody changed it meanwhile.")}
PK: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the filing")


def refused(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Return the refusals of an endpoint for the API's description."""
    return {(status, PROBLEM): REASONS[status] for status in statuses}


class RevisionMissing(DomainError):
    """Say which revision you changed: send its number in If-Match, or as ?revision=."""

    status = HTTPStatus.PRECONDITION_REQUIRED


class FilingQuery(serializers.Serializer[dict[str, Any]]):
    """Which filings to list."""

    state = serializers.ChoiceField(choices=[state.value for state in State], required=False)
    message_type = serializers.CharField(required=False, max_length=8)
    lrn = serializers.CharField(required=False, max_length=64, help_text="how the LRN begins")
    mrn = serializers.CharField(required=False, max_length=18, help_text="how the MRN begins")
    text = serializers.CharField(
        required=False, max_length=128, help_text="how the LRN, the MRN, the transport document or the declarant begins"
    )
    created_after = serializers.DateTimeField(required=False)
    due = serializers.ChoiceField(
        choices=["open", "soon", "late"],
        required=False,
        help_text="customs does not have it yet: any that is due, within four hours, or late",
    )
    date = serializers.ChoiceField(
        choices=list(dates.KINDS), required=False, help_text="a date that comes soon: it lapses, is told no more, …"
    )
    fact = serializers.ChoiceField(
        choices=[fact.key for fact in FACTS], required=False, help_text="what customs said besides the state"
    )


class DraftQuery(serializers.Serializer[dict[str, Any]]):
    """What to do with a new draft."""

    submit = serializers.BooleanField(default=False, help_text="submit it at once; if that is refused, nothing is kept")
    despite_findings = serializers.BooleanField(default=False, help_text="as in the body of submit")
    via = serializers.CharField(max_length=60, default="", allow_blank=True, help_text="as in the body of submit")


class Newest(CursorPagination):
    """Pages of filings, newest first, that stay right while new ones come."""

    ordering = ("-created_at", "-id")
    page_size_query_param = "page_size"
    max_page_size = 200


class FilingEndpoint(Endpoint):
    """A view of one filing."""

    def filing(self, pk: UUID) -> Filing:
        """Return the operator's filing.

        :raises NotFound: if the operator has none of that id.
        """
        try:
            return selectors.filing(pk)
        except Filing.DoesNotExist:
            raise NotFound("You have no filing of this id.") from None

    def given(self, pk: UUID, kind: type[serializers.BaseSerializer[Any]]) -> tuple[Filing, dict[str, Any]]:
        """Return a filing and what the body says about it; a filing that is not there is told before a body that is wrong.

        :raises NotFound: if the operator has none of that id.
        :raises ValidationError: if the body is not understood.
        """
        filing, options = self.filing(pk), kind(data=self.request.data)
        options.is_valid(raise_exception=True)
        return filing, dict(options.validated_data)

    def shown(self, filing: Filing, status: int = HTTPStatus.OK) -> Response:
        """Return the answer that shows a filing."""
        body = resources.FilingDetail(filing, context={"request": self.request}).data
        return Response(body, status=status, headers={"ETag": f'"{filing.revision}"', **location(status, body)})


class Filings(FilingEndpoint):
    """All filings of the operator."""

    parser_classes = DOCUMENT_PARSERS
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_list",
        summary="List filings, newest first",
        parameters=[
            FilingQuery,
            OpenApiParameter("cursor", str, description="from next or previous"),
            OpenApiParameter("page_size", int, description="at most 200"),
        ],
        responses={200: resources.FilingPage, **refused(400)},
    )
    def get(self, request: Request) -> Response:
        """Return one page of the filings that fit."""
        query = FilingQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = dict(query.validated_data)
        date = wanted.pop("date", "")
        found = selectors.filings(**wanted)
        pages = Newest()
        page = pages.paginate_queryset(found.filter(dates.near(date, at=timezone.now())) if date else found, request, view=self)
        return pages.get_paginated_response(resources.FilingItem(page, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="filings_create",
        summary="Draft a filing, and submit it if asked",
        parameters=[DraftQuery, KEY],
        request=DOCUMENT,
        responses={201: resources.FilingDetail, **refused(400, 422)},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a draft of the document; a draft may have findings, a submitted filing may not.

        An amendment, a request to invalidate or a consultation becomes a request about your filing with its MRN.
        """
        query = DraftQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        options, now = query.validated_data, timezone.now()
        if options["submit"]:
            self.require(Permission.FILING_SUBMIT)
        with transaction.atomic():
            filing = asking.draft(document=document_in(request), by=self.actor, at=now, source="api")
            if options["submit"]:
                submission.submit(
                    filing=filing, by=self.actor, at=now, despite_findings=options["despite_findings"], via=options["via"]
                )
        return self.shown(filing, HTTPStatus.CREATED)


class OneFiling(FilingEndpoint):
    """One filing."""

    needs = {"DELETE": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_read",
        summary="Show a filing",
        parameters=[PK],
        responses={200: resources.FilingDetail, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the filing's state, numbers and times."""
        return self.shown(self.filing(pk))

    @extend_schema(
        operation_id="filings_discard",
        summary="Discard a draft",
        parameters=[PK],
        responses={204: None, **refused(404, 409)},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        """Remove a draft."""
        drafting.discard(filing=self.filing(pk), by=self.actor, at=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class FilingDocument(FilingEndpoint):
    """What a filing says."""

    parser_classes = DOCUMENT_PARSERS
    renderer_classes = [JSONRenderer, XmlRenderer]
    needs = {"PUT": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_document_read",
        summary="Show the document, as JSON or as XML",
        parameters=[PK, OpenApiParameter("as", str, enum=["json", "xml"], description="instead of the header Accept")],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "application/xml"): OpenApiTypes.BYTE,
            **refused(404),
        },
    )
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Return the document in the form asked for; of one kept in parts the XML, as a stream."""
        filing = self.filing(pk)
        etag = {"ETag": f'"{filing.revision}"'}
        form = request.query_params.get("as") or getattr(request.accepted_renderer, "format", "json")
        if form == "xml" and filing.in_parts:
            return StreamingHttpResponse(parts.xml_of(filing), content_type=XmlRenderer.media_type, headers=etag)
        document = selectors.document_of(filing)
        if form != "xml":
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
            return Response(document.to_json(), headers=etag)
        try:
            data = xml.write(document)
        except xml.Unwritable as error:
            raise submission.CannotBeWritten(str(error)) from error
        request.accepted_renderer, request.accepted_media_type = XmlRenderer(), XmlRenderer.media_type
        return Response(data, headers=etag)

    @extend_schema(
        operation_id="filings_document_change",
        summary="Replace the document of a draft",
        parameters=[
            PK,
            OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description='the revision you changed, such as "3"'),
            OpenApiParameter("revision", int, description="instead of the header If-Match"),
        ],
        request=DOCUMENT,
        responses={200: resources.FilingDetail, **refused(400, 404, 422, 428), **CHANGED},
    )
    def put(self, request: Request, pk: UUID) -> Response:
        """Replace the document, unless somebody else changed it since the revision you read."""
        filing, revision = self.filing(pk), revision_in(request)
        drafting.change(filing=filing, document=document_in(request), revision=revision, by=self.actor, at=timezone.now())
        return self.shown(filing)


class FilingFindings(FilingEndpoint):
    """What is wrong or doubtful in a filing."""

    @extend_schema(
        operation_id="filings_findings",
        summary="Check a filing",
        parameters=[PK],
        responses={200: resources.CheckResult, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the findings of the document as it stands."""
        filing = self.filing(pk)
        if filing.in_parts:
            return Response(_as_checked(filing))
        return Response(resources.checked(filing.message_type, selectors.findings_of(filing)))


class FilingEvents(FilingEndpoint):
    """What happened to a filing."""

    @extend_schema(
        operation_id="filings_events",
        summary="Show the timeline of a filing, oldest first",
        parameters=[PK],
        responses={200: resources.EventItem(many=True), **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return everything that happened."""
        return Response(resources.EventItem(selectors.timeline(self.filing(pk)), many=True).data)


class Submit(FilingEndpoint):
    """Submits a draft."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_SUBMIT}

    @extend_schema(
        operation_id="filings_submit",
        summary="Submit a draft to customs",
        parameters=[PK, KEY],
        request=resources.SubmitOptions,
        responses={200: resources.FilingDetail, 202: resources.FilingDetail, **refused(400, 404, 409, 422)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Queue the draft for customs; the answer comes later, see the state.

        One kept in parts (202) is first checked and written by a worker, see `check`. An amendment of a filing that waits for its
        registration (202) stays a draft that leaves `when_registered`.
        """
        filing, how = self.given(pk, resources.SubmitOptions)
        submission.submit(filing=filing, by=self.actor, at=timezone.now(), **how)
        return self.shown(filing, HTTPStatus.ACCEPTED if filing.in_parts or filing.when_registered else HTTPStatus.OK)


class Ways(Endpoint):
    """The connections filings may take."""

    @extend_schema(operation_id="connections", summary="List the connections to customs", responses=resources.WayItem(many=True))
    def get(self, request: Request) -> Response:
        """Return them, the usual one first."""
        return Response(resources.WayItem(ways.offered(), many=True).data)


class SendAgain(FilingEndpoint):
    """Sends again what did not arrive."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_SUBMIT}

    @extend_schema(
        operation_id="filings_send_again",
        summary="Send a filing again that did not arrive",
        parameters=[PK, KEY],
        request=None,
        responses={200: resources.FilingDetail, **refused(404, 409)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Queue the same message again."""
        filing = self.filing(pk)
        submission.send_again(filing=filing, by=self.actor, at=timezone.now())
        return self.shown(filing)


class Copy(FilingEndpoint):
    """Makes a draft of a filing."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_copy",
        summary="Copy a filing to a new draft",
        parameters=[PK, KEY],
        request=None,
        responses={201: resources.FilingDetail, **refused(404)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Make a new draft with the same content but no LRN."""
        draft = drafting.copy(filing=self.filing(pk), by=self.actor, at=timezone.now())
        return self.shown(draft, HTTPStatus.CREATED)


def _as_checked(filing: Filing) -> dict[str, Any]:
    """Return what the last check of a filing kept in parts found; of its findings those that are kept."""
    check = parts.latest_check(filing)
    listed = [finding.as_dict() for finding in parts.kept_findings(check)] if check else []
    counts = {"errors": check.errors, "warnings": check.warnings} if check else {"errors": 0, "warnings": 0}
    return {"message": filing.message_type, **counts, "findings": listed}


def revision_in(request: Request) -> int:
    """Return the revision a request says it changed.

    :raises RevisionMissing: if it says none.
    """
    said = request.headers.get("If-Match") or request.query_params.get("revision") or ""
    if match := REVISION.fullmatch(said.strip()):
        return int(match[1])
    raise RevisionMissing
