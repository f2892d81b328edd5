"""The API of outages: operators read them, the ITSP's staff enter and end them."""

from typing import Any, Final
from uuid import UUID

from django.utils.timezone import now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api.base import Endpoint
from filings.api.resources import Problem, at
from integrations import outages
from integrations.api.staff import StaffEndpoint
from integrations.models import Connection, Outage
from tenants.scope import every_tenant

NOT_FOUND: Final = {(404, "application/problem+json"): Problem}
MOST: Final = 200  # outages in one answer
REASON: Final = "the ITSP's staff looks after outages"
WHEN: Final = OpenApiParameter("when", str, enum=["now", "coming", "all"], description="default all, the latest first")


class OutageItem(serializers.ModelSerializer[Outage]):
    """An outage: it lasts from starts_at to ends_at, or until somebody ends it."""

    starts_at = at()
    ends_at = at()
    holds = serializers.BooleanField(read_only=True, help_text="whether messages wait for its end")

    class Meta:
        model = Outage
        fields = (
            "id", "component", "source", "is_planned", "connection_name", "member_states", "message_types", "starts_at",
            "ends_at", "holds", "text", "reference",
        )  # fmt: skip
        read_only_fields = fields


class NewOutage(serializers.Serializer[dict[str, Any]]):
    """An outage to announce; without connection, Member States and messages it concerns everything."""

    component = serializers.ChoiceField(choices=Outage.Component.choices)
    text = serializers.CharField(max_length=1000, help_text="what operators read")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    is_planned = serializers.BooleanField(default=False)
    connection_id = serializers.IntegerField(required=False, allow_null=True, default=None)
    member_states = serializers.ListField(child=serializers.RegexField(r"^[A-Z]{2}$"), required=False, default=list)
    message_types = serializers.ListField(child=serializers.RegexField(r"^IE3[A-Z]\d{2}$"), required=False, default=list)
    reference = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class Outages(Endpoint):
    """The outages that concern an operator."""

    @extend_schema(operation_id="outages", summary="List outages", parameters=[WHEN], responses={200: OutageItem(many=True)})
    def get(self, request: Request) -> Response:
        """Return them, the latest first."""
        return Response(OutageItem(_chosen(request), many=True).data)


def _chosen(request: Request) -> list[Outage]:
    moment, when = now(), request.query_params.get("when", "all")
    found = {"now": outages.in_force, "coming": outages.coming}.get(when)
    return list((found(at=moment) if found else outages.register())[:MOST])


# --- Staff -----------------------------------------------------------------------------------------------------------------


class Register(StaffEndpoint):
    """The register of outages."""

    @extend_schema(
        operation_id="gateway_outages", summary="List outages (staff)", parameters=[WHEN], responses={200: OutageItem(many=True)}
    )
    def get(self, request: Request) -> Response:
        """Return them, the latest first."""
        with every_tenant(REASON):
            return Response(OutageItem(_chosen(request), many=True).data)

    @extend_schema(
        operation_id="gateway_outages_announce",
        summary="Announce an outage (staff)",
        request=NewOutage,
        responses={201: OutageItem},
    )
    def post(self, request: Request) -> Response:
        """Enter one."""
        asked = NewOutage(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            outage = outages.announce(**asked.validated_data, by=str(request.user), at=now())
        except Connection.DoesNotExist:
            raise serializers.ValidationError({"connection_id": ["There is no such connection."]}) from None
        return Response(OutageItem(outage).data, status=201)


class End(StaffEndpoint):
    """The end of an outage."""

    @extend_schema(
        operation_id="gateway_outages_end",
        summary="End an outage now (staff)",
        request=None,
        responses={200: OutageItem, **NOT_FOUND},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """End it, or call off one that has not begun."""
        try:
            outage = outages.end(pk=pk, by=str(request.user), at=now())
        except Outage.DoesNotExist:
            raise NotFound("There is no outage of this id.") from None
        return Response(OutageItem(outage).data)
