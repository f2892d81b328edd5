"""The API of voyages and flights: entered, their arrival changed once for all filings, and notified."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from filings.api import resources
from filings.api import voyage_resources as shown
from filings.api.base import KEY, Endpoint, deed, idempotent, location
from filings.api.parsers import Options
from filings.api.views import PROBLEM, refused
from filings.models import Call, Voyage
from filings.services.arrivals import proposed
from filings.services.voyages import eta as voyages_eta
from filings.services.voyages import found as voyages_found
from filings.services.voyages import voyages
from tenants.permissions import Permission

PK: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the voyage or flight")
WHICH: Final = OpenApiParameter("which", str, enum=["upcoming", "arrived"], description="all without it")
WRONG: Final = {(422, PROBLEM): resources.Problem}
KEPT: Final[dict[Any, Any]] = {200: shown.VoyageItem, **refused(400, 404), **WRONG}


class Pages(LimitOffsetPagination):
    """Pages of voyages, the next to arrive first."""

    default_limit = 50
    max_limit = 200


class VoyageEndpoint(Endpoint):
    """A view of one voyage."""

    parser_classes = [Options]

    def voyage(self, pk: UUID) -> Voyage:
        """Return the operator's voyage.

        :raises NotFound: if it has none of that id.
        """
        try:
            return voyages_found.voyage(pk)
        except Voyage.DoesNotExist:
            raise NotFound("You have no voyage of this id.") from None

    def call(self, voyage: Voyage, pk: UUID | None) -> Call:
        """Return a call of a voyage, its first entry without an id.

        :raises NotFound: if it has none of that id.
        """
        found: Call | None = voyage.calls.filter(pk=pk).first() if pk else voyage.entry
        if found is None:
            raise NotFound("The voyage has no call of this id.")
        return found

    def given(self, form: type[Serializer[Any]], **options: Any) -> dict[str, Any]:
        """Return what the request gives.

        :raises ValidationError: if something is missing or no such value.
        """
        read = form(data=self.request.data, **options)
        read.is_valid(raise_exception=True)
        found: dict[str, Any] = read.validated_data
        return found

    def shown(self, voyage: Voyage, status: int = HTTPStatus.OK) -> Response:
        """Return the answer that shows a voyage."""
        body = shown.VoyageItem(voyage, context={"request": self.request}).data
        return Response(body, status=status, headers=location(status, body))


class Voyages(VoyageEndpoint):
    """All voyages and flights of the operator."""

    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="voyages_list",
        summary="List voyages and flights, the next to arrive first",
        parameters=[
            WHICH,
            OpenApiParameter("q", str, description="of number, name, reference, place or office"),
            OpenApiParameter("limit", int, description="at most 200"),
            OpenApiParameter("offset", int),
        ],
        responses={200: shown.VoyagePage},
    )
    def get(self, request: Request) -> Response:
        """Return one page of them."""
        which = request.query_params.get("which", "")
        known = which if which in {voyages_found.UPCOMING, voyages_found.ARRIVED} else ""
        found = voyages_found.calls(which=known, text=request.query_params.get("q", "")[:70]).order_by("eta", "pk")
        pages = Pages()
        page = pages.paginate_queryset(found, request, view=self) or []
        items = shown.VoyageItem([call.voyage for call in page], many=True, context={"request": request})
        return pages.get_paginated_response(items.data)

    @extend_schema(
        operation_id="voyages_create",
        summary="Enter a voyage or flight; filings that name it with this arrival come with it",
        parameters=[KEY],
        request=shown.VoyageGiven,
        responses={201: shown.VoyageItem, **refused(400, 409), **WRONG},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep it."""
        given = voyages.Given(**self.given(shown.VoyageGiven))
        return self.shown(voyages.create(given=given, by=self.actor, at=timezone.now()), HTTPStatus.CREATED)


class Proposals(VoyageEndpoint):
    """Journeys that filings name."""

    @extend_schema(
        operation_id="voyages_proposals",
        summary="List the vessels and flights that filings name and nobody entered",
        responses={200: shown.ProposedItem(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Return them, the next to arrive first."""
        return Response(shown.ProposedItem(voyages_found.proposals(at=timezone.now()), many=True).data)


class OneVoyage(VoyageEndpoint):
    """One voyage or flight."""

    needs = {"PATCH": Permission.FILING_DRAFT, "DELETE": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="voyages_read",
        summary="Show a voyage or flight",
        parameters=[PK],
        responses={200: shown.VoyageItem, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return it with its calls and the history of their estimates."""
        return self.shown(self.voyage(pk))

    @extend_schema(
        operation_id="voyages_change",
        summary="Describe a voyage or flight otherwise",
        parameters=[PK],
        request=shown.VoyageDescribed,
        responses={200: shown.VoyageItem, **refused(400, 404), **WRONG},
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        """Change what is given."""
        voyage = self.voyage(pk)
        voyages.change(voyage=voyage, fields=self.given(shown.VoyageDescribed), by=self.actor, at=timezone.now())
        return self.shown(self.voyage(pk))

    @extend_schema(
        operation_id="voyages_delete",
        summary="Delete a voyage or flight; its filings stay",
        parameters=[PK],
        responses={204: None, **refused(404, 409)},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        """Remove it, unless its arrival was notified."""
        voyages.delete(voyage=self.voyage(pk), by=self.actor, at=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class Calls(VoyageEndpoint):
    """The later calls of a voyage."""

    needs = {"POST": Permission.FILING_DRAFT}

    @deed("voyages_calls_add", "Add a later call", of=PK, asks=shown.CallGiven, responses=KEPT)
    def post(self, request: Request, pk: UUID) -> Response:
        """Add it and show the voyage."""
        voyages.add_call(voyage=self.voyage(pk), by=self.actor, at=timezone.now(), **self.given(shown.CallGiven))
        return self.shown(self.voyage(pk))


class OneCall(VoyageEndpoint):
    """A later call."""

    needs = {"DELETE": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="voyages_calls_remove",
        summary="Take away a later call",
        parameters=[PK],
        responses={204: None, **refused(404, 409)},
    )
    def delete(self, request: Request, pk: UUID, call_pk: UUID) -> Response:
        """Remove it."""
        voyages.remove_call(call=self.call(self.voyage(pk), call_pk), by=self.actor, at=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class Eta(VoyageEndpoint):
    """The estimate of a voyage."""

    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="voyages_eta",
        summary="Change the estimated arrival for all filings at once, or see what that would mean",
        parameters=[PK, KEY],
        request=shown.EtaGiven,
        responses={200: shown.EtaOutcome, **refused(400, 404, 409), **WRONG},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Change it; drafts follow, registered filings get drafts of amendments if named, deadlines are reckoned anew."""
        voyage, given, at = self.voyage(pk), self.given(shown.EtaGiven), timezone.now()
        call, look = self.call(voyage, given.pop("call", None)), given.pop("look")
        effects = voyages_eta.effects(call=call, eta=given["eta"], at=at)
        outcome = voyages_eta.Outcome(changed=False) if look else voyages_eta.change(call=call, by=self.actor, at=at, **given)
        body = {
            "changed": outcome.changed,
            "effects": effects,
            "drafts": [each.pk for each in outcome.drafts],
            "amendments": [each.pk for each in outcome.amendments],
        }
        return Response(shown.EtaOutcome(body).data)


class Arrived(VoyageEndpoint):
    """Whether it has arrived."""

    needs = {"POST": Permission.FILING_DRAFT}

    @deed(
        "voyages_arrived",
        "Keep when it really arrived; customs is told by the arrival notification only",
        of=PK,
        asks=shown.ArrivedGiven,
        responses=KEPT,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Keep it."""
        voyages.arrived(call=self.voyage(pk).entry, by=self.actor, at=timezone.now(), **self.given(shown.ArrivedGiven))
        return self.shown(self.voyage(pk))


class VoyageFilings(VoyageEndpoint):
    """The filings that come with a voyage."""

    needs = {"POST": Permission.FILING_DRAFT, "DELETE": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="voyages_filings",
        summary="List the filings that come with a voyage, with what to know before its arrival is notified",
        parameters=[PK],
        responses={200: shown.ArrivalLine(many=True), **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return them by transport document."""
        lines: Any = proposed.lines(self.voyage(pk).entry)
        return Response(shown.ArrivalLine(lines, many=True).data)

    @extend_schema(
        operation_id="voyages_take_in",
        summary="Take filings in",
        parameters=[PK, KEY],
        request=shown.TakeGiven,
        responses={200: shown.TakenItem, **refused(400, 404), **WRONG},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Let filings come with it, whatever they say; those you do not have are left out."""
        voyage, found = self.voyage(pk), voyages_found.members(self.given(shown.TakeGiven)["filings"])
        return Response({"taken_in": voyages.take_in(voyage=voyage, filings=found, by=self.actor, at=timezone.now())})

    @extend_schema(
        operation_id="voyages_take_out",
        summary="Take filings out",
        parameters=[PK],
        request=shown.TakeGiven,
        responses={204: None, **refused(400, 404, 409)},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        """Let filings come with it no more."""
        voyage = self.voyage(pk)
        for filing in voyages_found.members(self.given(shown.TakeGiven)["filings"]):
            voyages.take_out(voyage=voyage, filing=filing, by=self.actor, at=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)
