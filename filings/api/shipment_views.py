"""The API of shipments: what belongs together, who is expected, and whether two filings will link."""

from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from filings.api import shipment_resources as shown
from filings.api.base import KEY, Endpoint, idempotent
from filings.api.parsers import DOCUMENT_PARSERS, document_in
from filings.api.views import DOCUMENT, PK, FilingEndpoint, refused
from filings.models import Shipment, ShipmentNotice
from filings.services.shipments import board, elsewhere, figures, matching, searching, tree
from tenants.models import Operator
from tenants.scope import tenant_scope

SHIPMENT: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the shipment")
MOST_LINKED: Final = 200


class ShipmentQuery(serializers.Serializer[dict[str, Any]]):
    """Which shipments to list."""

    text = serializers.CharField(
        max_length=70, default="", allow_blank=True, help_text="how the number, the carrier's EORI, an LRN or an MRN begins"
    )
    open = serializers.ChoiceField(choices=list(searching.OPEN), default="", allow_blank=True, help_text="what is still open")
    sort = serializers.ChoiceField(choices=list(searching.SORTS), default="-changed")


class PredictionQuery(serializers.Serializer[dict[str, Any]]):
    """With which other filing to compare."""

    other = serializers.UUIDField(help_text="id of another filing of yours")


class Pages(CursorPagination):
    """Pages of shipments in one of the orders of the list."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> tuple[str, ...]:
        """Return the order asked for."""
        return (searching.SORTS[getattr(view, "sort", "-changed")], "-id")


class Shipments(Endpoint):
    """All shipments of the operator."""

    sort = "-changed"

    @extend_schema(
        operation_id="shipments_list",
        summary="List shipments: the filings that belong together, and what of them is open",
        parameters=[
            ShipmentQuery,
            OpenApiParameter("cursor", str, description="from next or previous"),
            OpenApiParameter("page_size", int, description="at most 200"),
        ],
        responses={200: shown.ShipmentPage, **refused(400)},
    )
    def get(self, request: Request) -> Response:
        """Return one page of the shipments that fit; in the order "due" only those with something due."""
        query = ShipmentQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        found = searching.shipments(text=wanted["text"], which=wanted["open"], at=timezone.now())
        self.sort = searching.BY_DUE if wanted["open"] == "late" else wanted["sort"]
        if self.sort == searching.BY_DUE:
            found = found.filter(due_at__isnull=False)
        pages = Pages()
        page: Any = pages.paginate_queryset(found, request, view=self)
        behind = figures.behind([each.pk for each in page])
        for each in page:
            each.is_behind = each.pk in behind
        return pages.get_paginated_response(shown.ShipmentItem(page, many=True, context={"request": request}).data)


class OneShipment(Endpoint):
    """One shipment. Opens its own scopes: what others agreed to show is looked up outside the operator's."""

    opens_own_scope = True

    @extend_schema(
        operation_id="shipments_read",
        summary="Show a shipment: who is expected, who has filed, what will not link",
        parameters=[SHIPMENT],
        responses={200: shown.ShipmentDetail, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the shipment with the first fifty that are expected, open ones first, and its first hundred filings."""
        operator_id, at = self.actor.operator_id, timezone.now()
        assert operator_id is not None  # noqa: S101 (for the type checker; HasOperator refuses everybody else)
        theirs = elsewhere.look(pk, operator_id=operator_id, by=self.actor, at=at)
        with tenant_scope(operator_id):
            shipment: Any = Shipment.objects.filter(pk=pk).first()
            if shipment is None:
                raise NotFound("You have no shipment of this id.")
            own = Operator.objects.get(pk=operator_id).eori
            shipment.board = board.expected(shipment, at=at, own=own, theirs=theirs)
            shipment.tree = tree.tree(shipment, met=theirs.met)
            shipment.is_behind = figures.is_behind(shipment)
            shipment.told = ShipmentNotice.objects.filter(shipment=shipment)[:50]
            return Response(shown.ShipmentDetail(shipment, context={"request": request}).data)


class Linked(FilingEndpoint):
    """What links to a filing."""

    @extend_schema(
        operation_id="filings_links",
        summary="List your filings that link to a filing, by their keys",
        parameters=[PK],
        responses={200: shown.LinkedItem(many=True), **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the filings above and below it, two hundred at most."""
        found = matching.linked(self.filing(pk)).order_by("created_at", "pk")[:MOST_LINKED]
        return Response(shown.LinkedItem(found, many=True).data)


class Predictions(FilingEndpoint):
    """Whether a filing will link to another one, or to a document that is not kept here."""

    parser_classes = DOCUMENT_PARSERS

    @extend_schema(
        operation_id="filings_prediction",
        summary="Say whether two filings will link, and which field keeps them apart",
        parameters=[PK, PredictionQuery],
        responses={200: shown.PredictionItem, **refused(400, 404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the prediction for two filings of yours, drafts or sent."""
        filing, query = self.filing(pk), PredictionQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        other = self.filing(query.validated_data["other"])
        return Response(shown.PredictionItem(matching.predict(filing, other)).data)

    @extend_schema(
        operation_id="filings_prediction_document",
        summary="Say whether a filing and a document will link; the document is not kept",
        parameters=[PK, KEY],
        request=DOCUMENT,
        responses={200: shown.PredictionItem, **refused(400, 404)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Return the prediction for a filing of yours and the document in the body."""
        filing = self.filing(pk)
        document = document_in(request)
        return Response(shown.PredictionItem(matching.predict(filing, document)).data)
