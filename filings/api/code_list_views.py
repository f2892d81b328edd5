"""The API of code lists: which there are, and finding codes while one types."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from filings import codes
from filings.api.base import Endpoint
from filings.api.views import refused
from filings.codes import Listed, UnknownList
from filings.reference.entries import ALWAYS
from filings.reference.searching import MOST

LIMIT: Final = 20


class CodeListItem(serializers.Serializer[Any]):
    """A code list and its edition in force."""

    code_list = serializers.CharField(help_text="such as CL244")
    title = serializers.CharField()
    publisher = serializers.CharField()
    edition = serializers.DateField(allow_null=True, help_text="day on which the publisher issued it, where that is known")
    valid_from = serializers.DateField(allow_null=True, help_text="first day on which it is used; null: always")
    complete = serializers.BooleanField(help_text="whether a code that is not in it does not exist")
    count = serializers.IntegerField()
    # Hides the framework's own attribute of this name, which is for reading requests; this one is only ever shown.
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    licence = serializers.CharField(allow_blank=True)
    link = serializers.URLField()


class FoundCode(serializers.Serializer[Any]):
    """A code that was found."""

    code = serializers.CharField()
    name = serializers.CharField()
    functions = serializers.CharField(
        allow_blank=True, help_text="of a place: 1 port, 2 rail, 3 road, 4 airport, 5 post, 6 multimodal, 8 inland port, B border"
    )
    used = serializers.IntegerField(help_text="how often your filings used it of late")


class FoundCodes(CodeListItem):
    """A code list and the codes that were found in it, best first."""

    results = FoundCode(many=True)


class CodeLists(Endpoint):
    """All code lists."""

    @extend_schema(operation_id="code_lists_list", summary="List the code lists", responses={200: CodeListItem(many=True)})
    def get(self, request: Request) -> Response:
        """Return every code list with source, licence and edition."""
        return Response([_item(each, request) for each in codes.all_lists()])


class Codes(Endpoint):
    """The codes of one list."""

    @extend_schema(
        operation_id="code_lists_search",
        summary="Find codes while one types",
        parameters=[
            OpenApiParameter("code_list", str, OpenApiParameter.PATH, description="such as CL244"),
            OpenApiParameter("q", str, description="the beginning of a code, or words of a name; typing errors are forgiven"),
            OpenApiParameter("limit", int, description=f"at most so many, {LIMIT} unless said, never more than {MOST}"),
        ],
        responses={200: FoundCodes, **refused(404)},
    )
    def get(self, request: Request, code_list: str) -> Response:
        """Return the best codes, those your filings use before others that fit as well."""
        try:
            listed = codes.listed(code_list)
            found = codes.search(code_list, request.query_params.get("q", ""), limit=_limit(request))
        except UnknownList as error:
            raise NotFound(f"There is no code list {code_list}.") from error
        results = [{"code": entry.code, "name": entry.name, "functions": entry.functions, "used": used} for entry, used in found]
        return Response({**_item(listed, request), "results": results})


def _item(listed: Listed, request: Request) -> dict[str, Any]:
    edition = listed.edition
    dated = edition is not None and edition.published != ALWAYS
    return {
        "code_list": listed.id,
        "title": listed.title,
        "publisher": listed.publisher,
        "edition": edition.published if edition and dated else None,
        "valid_from": edition.valid_from if edition and edition.valid_from != ALWAYS else None,
        "complete": bool(edition and edition.complete),
        "count": listed.count,
        "source": edition.source if edition else "",
        "licence": edition.licence if edition else "",
        "link": reverse("filings-api:codes", kwargs={"code_list": listed.id}, request=request),
    }


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", "")
    return min(max(int(text), 1), MOST) if text.isascii() and text.isdecimal() and len(text) < 6 else LIMIT
