"""The API of arrivals: notified, what customs then says, what comes next, and the goods for national declarations."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api import resources
from filings.api import voyage_resources as shown
from filings.api.base import KEY, idempotent, location
from filings.api.views import refused
from filings.api.voyage_views import PK, VoyageEndpoint
from filings.models import Call
from filings.services.arrivals import arrivals, export, next_steps, proposed
from filings.services.arrivals.arrivals import By, Contact, Given
from filings.services.voyages import found
from tenants.permissions import Permission

SOURCE: Final = "api"


class Arrival(VoyageEndpoint):
    """The notification of an arrival."""

    needs = {"POST": Permission.FILING_SUBMIT}

    @extend_schema(
        operation_id="voyages_arrival",
        summary="Show what a notification of the arrival would list, and the notifications there are",
        parameters=[PK],
        responses={200: shown.ArrivalStanding, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the proposal with its warnings."""
        voyage = self.voyage(pk)
        proposal = proposed.propose(voyage.entry, at=timezone.now())
        body = {
            "warnings": proposal.warnings,
            "lines": proposal.lines,
            "notifications": found.notifications_of(voyage),
        }
        return Response(shown.ArrivalStanding(body, context={"request": request}).data)

    @extend_schema(
        operation_id="voyages_notify",
        summary="Notify customs of the arrival, or draft the notification",
        parameters=[PK, KEY],
        request=shown.ArrivalGiven,
        responses={201: resources.FilingDetail, **refused(400, 404, 409, 422)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Return the notification; it is read, changed and followed like a filing."""
        call, at, said = self.voyage(pk).entry, timezone.now(), self.given(shown.ArrivalGiven)
        submit, despite = said.pop("submit"), said.pop("despite_findings")
        given = _given(call, said)
        if submit:
            made = arrivals.notify(call=call, given=given, by=self.actor, at=at, source=SOURCE, despite_findings=despite)
        else:
            made = arrivals.draft(call=call, given=given, by=self.actor, at=at, source=SOURCE)
        body = resources.FilingDetail(made, context={"request": request}).data
        return Response(body, status=HTTPStatus.CREATED, headers=location(HTTPStatus.CREATED, body))


class Notices(VoyageEndpoint):
    """What customs said about the arrival."""

    @extend_schema(
        operation_id="voyages_notices",
        summary="List what could not arrive and what customs will control",
        parameters=[PK],
        responses={200: shown.ArrivalNoticeItem(many=True), **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return it, oldest first."""
        return Response(shown.ArrivalNoticeItem(found.notices_of(self.voyage(pk)), many=True).data)


class NextSteps(VoyageEndpoint):
    """What comes after the arrival."""

    @extend_schema(
        operation_id="voyages_next_steps",
        summary="Say what comes next in the country of first entry, as far as it is known",
        parameters=[PK],
        responses={200: shown.NextStepItem(many=True), **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the steps, those of the country first."""
        voyage = self.voyage(pk)
        entry = voyage.entry
        country = (entry.office or entry.place)[:2]
        steps: Any = next_steps.steps(country, mode=voyage.mode, on=(entry.arrived_at or entry.eta).date())
        return Response(shown.NextStepItem(steps, many=True).data)


class Goods(VoyageEndpoint):
    """The goods of a voyage."""

    @extend_schema(
        operation_id="voyages_goods",
        summary="Export what national declarations need: a row for each goods item",
        parameters=[PK, OpenApiParameter("as", str, enum=["json", "csv"])],
        responses={(200, "application/json"): shown.GoodsList, (200, "text/csv"): OpenApiTypes.STR, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Return MRN, transport documents, goods items, packages, masses and goods codes."""
        rows = export.goods(list(found.filings_of(self.voyage(pk))))
        if request.query_params.get("as") != "csv":
            return Response({"goods": list(rows)})
        lines = [line.encode() for line in export.as_csv(rows)]  # read inside the scope of the request
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")


def _given(call: Call, said: dict[str, Any]) -> Given:
    """Return what customs is to be told; without a list of filings those that are proposed."""
    filings = said.pop("filings", None)
    if filings is None:
        filings = [line.filing.pk for line in proposed.lines(call) if line.is_proposed]
    return Given(
        arrived_at=said["arrived_at"],
        notifier=Contact(**said["notifier"]),
        by=By(said["by"]),
        office=said["office"],
        filings=filings,
        mrns=said["mrns"],
        documents=[(each["number"], each["type"]) for each in said["documents"]],
        notify=[Contact(**each) for each in said["notify"]],
    )
