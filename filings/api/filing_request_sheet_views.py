"""The API of the spreadsheet of a filing request: the file to fill in, how one is understood, and the answer with it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from filings import selectors
from filings.api import filing_request_resources as shown
from filings.api import resources
from filings.api.base import KEY, idempotent
from filings.api.filing_request_views import OVER, PK, RequestEndpoint
from filings.api.views import PROBLEM, refused
from filings.services.filing_requests import filing_requests
from filings.services.filing_requests.sheets import reading, writing
from filings.services.filing_requests.sheets.columns import Sheet
from filings.services.filing_requests.sheets.reading import Understood, UnreadableSheet

SEPARATOR: Final = OpenApiParameter("separator", str, enum=list(writing.SEPARATORS), default="semicolon")
PREVIEW: Final = OpenApiParameter("preview", bool, description="only say how the file is understood; nothing is kept")
COMPARES: Final = OpenApiParameter("compares", bool, description="also let gross mass and packages be compared")


class SheetProblem(serializers.Serializer[reading.Problem]):
    """What is wrong at one place of a file."""

    row = serializers.IntegerField(help_text="as the spreadsheet counts, from 1; 0 for the whole file")
    column = serializers.CharField(help_text="letters of the column, empty for none")
    title = serializers.CharField()
    sentence = serializers.CharField()
    stops = serializers.BooleanField(help_text="whether it has to be mended before the filing can be submitted")


class SheetCount(serializers.Serializer[Any]):
    """How many there are of one thing."""

    title = serializers.CharField()
    count = serializers.IntegerField()


class SheetUnderstood(serializers.Serializer[Understood]):
    """How a file was understood."""

    understood = serializers.BooleanField(source="is_whole", help_text="whether every cell was; only then it can be accepted")
    rows = serializers.IntegerField(source="row_count")
    counts = serializers.SerializerMethodField()
    match = shown.MatchItem()
    problems = SheetProblem(many=True, help_text="of reading the file")
    found = SheetProblem(many=True, help_text="what the check of the document says, by row and column")
    document = serializers.SerializerMethodField(help_text="the document the file makes")

    def get_counts(self, understood: Understood) -> list[dict[str, Any]]:
        """Return how many houses and goods items there are."""
        return [{"title": title, "count": count} for title, count in understood.counts]

    def get_document(self, understood: Understood) -> dict[str, Any]:
        """Return the document as JSON."""
        return understood.document.to_json()


class SheetRefused(resources.Problem):
    """A problem document that also names rows and columns."""

    problems = SheetProblem(many=True, required=False)


class NotUnderstood(UnreadableSheet):
    """Some cells of the file could not be understood; mend them and send it again. Nothing was kept."""

    def __init__(self, understood: Understood) -> None:
        super().__init__()
        self.understood = understood

    def detail(self) -> dict[str, object]:
        """Return what was not understood, by row and column."""
        return {"problems": [SheetProblem(each).data for each in self.understood.problems]}


class CsvTable(BaseParser):
    """Takes the bytes of a CSV file."""

    media_type = "text/csv"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return the bytes, one more than a file may have at most."""
        return stream.read(reading.LARGEST + 1)


class RequestSheet(RequestEndpoint):
    """The spreadsheet of a filing request, for the side that is asked."""

    parser_classes = [CsvTable]

    @property
    def most(self) -> int:
        """Return how many bytes a body may have."""
        return reading.LARGEST

    @extend_schema(
        operation_id="filing_requests_sheet",
        summary="Download the table to fill in for a filing request",
        parameters=[PK, SEPARATOR],
        responses={(200, "text/csv"): OpenApiTypes.STR, **refused(400, 404), **OVER},
    )
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """Return CSV: headings, keys of the columns, how to fill them in, and what is known already."""
        asked = self.request_of(pk)
        message = filing_requests.message_to_answer(asked, at=timezone.now())
        data = writing.template(Sheet(asked, message), separator=request.query_params.get("separator", ""))
        return HttpResponse(data, content_type="text/csv; charset=utf-8")

    @extend_schema(
        operation_id="filing_requests_accept_sheet",
        summary="Accept a filing request with a table, or see how one is understood",
        parameters=[PK, PREVIEW, COMPARES, KEY],
        request={"text/csv": OpenApiTypes.BYTE},
        responses={
            200: SheetUnderstood,
            201: shown.FilingRequestDetail,
            (422, PROBLEM): OpenApiResponse(SheetRefused, "Nothing was kept; see the rows and columns."),
            **refused(400, 404),
            **OVER,
        },
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Start a draft with what the file says, if every cell was understood."""
        asked, at = self.request_of(pk), timezone.now()
        message = filing_requests.message_to_answer(asked, at=at)
        given: object = request.data  # the framework gives an empty object for an empty body
        data = given if isinstance(given, bytes) else b""
        understood = reading.read(data, Sheet(asked, message), selectors.findings_before_submit)
        if _said(request, "preview"):
            return Response(SheetUnderstood(understood).data)
        if not understood.is_whole:
            raise NotUnderstood(understood)
        compares = _said(request, "compares")
        filing_requests.accept(request=asked, by=self.actor, at=at, compares=compares, document=understood.document)
        return self.told(asked, HTTPStatus.CREATED)


def _said(request: Request, name: str) -> bool:
    return request.query_params.get(name, "").lower() in {"true", "1", "yes"}
