"""The API of assessments part by part: how many houses, containers or receptacles customs has named, and which it has not."""

from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api.views import PK, FilingEndpoint, refused
from filings.models import Assessment
from filings.models.assessment import Kind
from filings.services import assessing

MOST: Final = 500


class AssessedQuery(serializers.Serializer[dict[str, Any]]):
    """Which parts to list."""

    kind = serializers.ChoiceField(choices=Kind.choices, required=False, default="", help_text="list what of this kind is left")
    after = serializers.CharField(required=False, default="", max_length=128, help_text="`next` of the page before")


class AssessedItem(serializers.Serializer[Assessment]):
    """How much of one kind is assessed."""

    kind = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    left = serializers.IntegerField()


class AssessedStanding(serializers.Serializer[Any]):
    """How much of a filing is assessed; empty where customs names no parts."""

    assessment = serializers.CharField(help_text="of the whole filing: again, listed, complete, or empty")
    kinds = AssessedItem(many=True)
    not_assessed = serializers.ListField(child=serializers.CharField(), help_text="of the kind asked for, a page of it")
    next = serializers.CharField(allow_null=True, help_text="`after` of the next page")


class Assessed(FilingEndpoint):
    """What customs has assessed of a filing."""

    @extend_schema(
        operation_id="filings_assessed",
        summary="Show how many parts of a filing customs has assessed, and list those it has not",
        parameters=[PK, AssessedQuery],
        responses={200: AssessedStanding, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the counts and, of one kind, what is left."""
        filing, query = self.filing(pk), AssessedQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = assessing.of_filing(filing)
        row = next((each for each in rows if each.kind == query.validated_data["kind"]), None)
        left = assessing.left(filing, row, after=query.validated_data["after"], most=MOST + 1) if row else []
        body = {
            "assessment": filing.assessment,
            "kinds": rows,
            "not_assessed": [reference for _, reference in left[:MOST]],
            "next": left[MOST - 1][0] if len(left) > MOST else None,
        }
        return Response(AssessedStanding(body).data)
