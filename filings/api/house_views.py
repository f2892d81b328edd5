"""The API of the houses of a draft: as a table, and split over several drafts."""

from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api import resources
from filings.api.base import KEY, idempotent
from filings.api.parsers import Options
from filings.api.views import CHANGED, PK, FilingEndpoint, refused, revision_in
from filings.services.houses import changes, splitting
from filings.services.houses import table as house_table
from filings.services.houses.changes import Given
from filings.services.houses.states import HouseState
from filings.services.houses.table import Wanted
from tenants.permissions import Permission

PAGE: Final = 200
MATCH: Final = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="revision of the filing")


class HouseQuery(serializers.Serializer[dict[str, Any]]):
    """Which houses to show, and which of their data."""

    reference = serializers.CharField(
        required=False, default="", max_length=128, help_text="how the house document begins, or the number of the house"
    )
    with_findings = serializers.BooleanField(default=False)
    state = serializers.ChoiceField(choices=HouseState.choices, required=False, help_text="where the house stands with customs")
    after = serializers.IntegerField(required=False, min_value=0, default=0, help_text="number of the last one you have")
    column = serializers.ListField(child=serializers.CharField(), default=list, help_text="paths below the house")


class HouseItem(serializers.Serializer[house_table.House]):
    """One house: its data by path, and what is wrong with them."""

    number = serializers.IntegerField()
    reference = serializers.CharField()
    cells = serializers.DictField(child=serializers.CharField(allow_blank=True))
    wrong = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    others = serializers.ListField(child=serializers.CharField(), help_text="what is wrong elsewhere in the house")
    states = serializers.ListField(
        child=serializers.ChoiceField(choices=HouseState.choices),
        help_text="where it stands with customs, once it has the filing",
    )


class HousePage(serializers.Serializer[Any]):
    """One page of houses."""

    count = serializers.IntegerField(help_text="of all houses")
    next = serializers.IntegerField(allow_null=True, help_text="what to give as `after`")
    columns = serializers.DictField(child=serializers.CharField(), help_text="all there are: title by path")
    results = HouseItem(many=True)


class HouseChanges(serializers.Serializer[dict[str, Any]]):
    """What is to change: all of it or nothing."""

    changed = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField(allow_blank=True)),
        default=dict,
        help_text="cells by number of the house",
    )
    added = serializers.ListField(child=serializers.DictField(child=serializers.CharField(allow_blank=True)), default=list)
    removed = serializers.ListField(child=serializers.IntegerField(min_value=1), default=list)

    def validate_changed(self, value: dict[str, Any]) -> dict[int, Any]:
        """Return the cells by numbers.

        :raises serializers.ValidationError: if a name is no number.
        """
        if not all(name.isascii() and name.isdecimal() and len(name) < 8 for name in value):
            raise serializers.ValidationError("Name the houses by their numbers.")
        return {int(name): cells for name, cells in value.items()}


class SplitOptions(serializers.Serializer[dict[str, Any]]):
    """How to split."""

    size = serializers.IntegerField(required=False, allow_null=True, default=None, help_text="houses of each draft")
    preview = serializers.BooleanField(default=False, help_text="only say what would be")


class PieceItem(serializers.Serializer[splitting.Piece]):
    """The houses of one draft, counted from 1."""

    first = serializers.IntegerField()
    last = serializers.IntegerField()
    first_reference = serializers.CharField()
    last_reference = serializers.CharField()


class SplitItem(serializers.Serializer[Any]):
    """What a split makes."""

    houses = serializers.IntegerField()
    most = serializers.IntegerField(help_text="houses that the kind of filing allows")
    pieces = PieceItem(many=True)
    filings = resources.FilingItem(many=True, help_text="empty in a preview")


class Houses(FilingEndpoint):
    """The houses of a filing as a table; the same whether it is kept in parts or not."""

    parser_classes = [Options]
    needs = {"PATCH": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_houses",
        summary="Show the houses of a filing as a table",
        parameters=[PK, HouseQuery],
        responses={200: HousePage, **refused(400, 404, 422)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return a page of houses with their data and findings."""
        filing = self.filing(pk)
        query = HouseQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        shown = house_table.columns(filing, given["column"])
        state = HouseState(given["state"]) if "state" in given else None
        wanted = Wanted(given["reference"], given["with_findings"], given["after"], state)
        found = house_table.page(filing, wanted, shown, size=PAGE)
        body = {
            "count": house_table.count(filing),
            "next": found[PAGE - 1].number if len(found) > PAGE else None,
            "columns": {each.path: each.title for each in house_table.offered(filing)},
            "results": found[:PAGE],
        }
        return Response(HousePage(body).data, headers={"ETag": f'"{filing.revision}"'})

    @extend_schema(
        operation_id="filings_houses_change",
        summary="Change houses of a draft, add some, take some out",
        parameters=[PK, MATCH],
        request=HouseChanges,
        responses={200: resources.FilingDetail, **refused(400, 404, 422, 428), **CHANGED},
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        """Change the table, unless somebody else changed the filing since the revision you read."""
        filing, revision = self.filing(pk), revision_in(request)
        options = HouseChanges(data=request.data)
        options.is_valid(raise_exception=True)
        given = options.validated_data
        change = Given(given["changed"], given["added"], frozenset(given["removed"]))
        changes.change(filing=filing, given=change, revision=revision, by=self.actor, at=timezone.now())
        return self.shown(self.filing(pk))


class Split(FilingEndpoint):
    """Splits a draft."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_split",
        summary="Split the houses of a draft over several drafts",
        parameters=[PK, MATCH, KEY],
        request=SplitOptions,
        responses={200: SplitItem, **refused(400, 404, 422, 428), **CHANGED},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Keep the first houses in the draft and put the others into new ones; or only say which would go where."""
        filing = self.filing(pk)
        options = SplitOptions(data=request.data)
        options.is_valid(raise_exception=True)
        size = options.validated_data["size"]
        plan = splitting.plan(filing, size=size)
        made = []
        if not options.validated_data["preview"]:
            revision = revision_in(request)
            made = splitting.split(filing=filing, revision=revision, size=size, by=self.actor, at=timezone.now())
        filings = resources.FilingItem(made, many=True, context={"request": request}).data
        pieces = PieceItem(plan.pieces, many=True).data  # type: ignore[arg-type]
        return Response({"houses": plan.houses, "most": plan.most, "pieces": pieces, "filings": filings})
