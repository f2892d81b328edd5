"""The API of the tray: messages of customs that found nobody, and what was refused at the door."""

from typing import Any, Final
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from filings.api.resources import Problem
from integrations import evidence, looking, refusals, tray
from integrations.api import console_resources as resources
from integrations.api.console_views import NOT_FOUND, looking_at, told
from integrations.api.staff import StaffEndpoint, counted
from integrations.models import InboundMessage
from integrations.web.files import attachment
from tenants.models import Operator
from tenants.scope import every_tenant

REASON: Final = "the ITSP looks after what could not be routed"
STATE: Final = OpenApiParameter("state", str, enum=["parked", "aside"], description="default parked")
OPEN: Final = OpenApiParameter("state", str, enum=["open", "settled", "all"], description="default open")
ORIGIN: Final = OpenApiParameter("origin", str, enum=["customs", "anybody"], description="who sent it, as far as it is proven")
ID: Final = OpenApiParameter("q", str, description="message id from its beginning")
REFUSED: Final[dict[Any, Any]] = {(409, "application/problem+json"): Problem, (422, "application/problem+json"): Problem}


class Tray(StaffEndpoint):
    """What waits for a person."""

    @extend_schema(
        operation_id="gateway_tray",
        summary="List messages that found nobody (staff)",
        parameters=[STATE],
        responses={200: resources.ReceivedItem(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Return them, the oldest first."""
        state = request.query_params.get("state", InboundMessage.State.PARKED)
        if state not in {InboundMessage.State.PARKED, InboundMessage.State.ASIDE}:
            raise ValidationError({"state": ["It is parked or aside."]})
        with every_tenant(REASON):
            return Response(resources.ReceivedItem(tray.waiting(state), many=True).data)


class OneParked(StaffEndpoint):
    """One message of the tray."""

    @extend_schema(
        operation_id="gateway_parked",
        summary="Show a message that found nobody, with its first lines (staff)",
        responses={200: OpenApiTypes.OBJECT, **NOT_FOUND},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return it; that somebody looked is audited."""
        found = told(looking_at(pk), request)
        return Response({**found, "beginning": looking.beginning(pk, by=self.person, at=now())})


class Again(StaffEndpoint):
    """Processing again."""

    @counted("gateway_tray_again", "Process messages of the tray again", resources.Ids)
    def post(self, request: Request) -> int:
        """Let them be routed once more; say how many."""
        return tray.again(self.asked(resources.Ids)["ids"], by=self.person, at=now())


class Aside(StaffEndpoint):
    """Setting aside."""

    @counted("gateway_tray_aside", "Set messages of the tray aside with a note", resources.IdsWithNote)
    def post(self, request: Request) -> int:
        """Set them aside; say how many."""
        given = self.asked(resources.IdsWithNote)
        return tray.set_aside(given["ids"], text=given["text"], by=self.person, at=now())


class Give(StaffEndpoint):
    """Giving by hand."""

    @extend_schema(
        operation_id="gateway_tray_give",
        summary="Give a message of the tray to an operator, and to its filing (staff)",
        request=resources.Given,
        responses={200: OpenApiTypes.OBJECT, **NOT_FOUND, **REFUSED},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Give it; return why no verb took it, or nothing."""
        given = self.asked(resources.Given)
        operator = Operator.objects.filter(pk=given.pop("operator")).first()
        if operator is None:
            raise ValidationError({"operator": ["There is no operator of this id."]})
        looking_at(pk)
        return Response({"reason": tray.give(pk, operator=operator, **given, by=self.person, at=now())})


# --- Refused ---------------------------------------------------------------------------------------------------------------


class Refused(StaffEndpoint):
    """What was refused at the door."""

    @extend_schema(
        operation_id="gateway_refused",
        summary="List what came in as a message and was refused (staff)",
        parameters=[OPEN, ORIGIN, ID],
        responses={200: resources.RefusalItem(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Return it, the latest first."""
        asked = request.query_params
        with every_tenant(REASON):
            rows = refusals.listed(
                state=asked.get("state", refusals.OPEN), origin=asked.get("origin", ""), text=asked.get("q", "").replace("\0", "")
            )
            return Response(resources.RefusalItem(rows, many=True, context={"request": request}).data)


class OneRefused(StaffEndpoint):
    """One refusal."""

    @extend_schema(
        operation_id="gateway_refused_one",
        summary="Show what was refused, with its first lines (staff)",
        responses={200: OpenApiTypes.OBJECT, **NOT_FOUND},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return it; that somebody looked is audited."""
        try:
            row, lines, header = refusals.look(pk, by=self.person, at=now())
        except evidence.Missing:
            raise NotFound("There is no refusal of this id.") from None
        item = resources.RefusalItem(row, context={"request": request}).data
        return Response({**item, "beginning": lines, "header": resources.ReadingItem(header).data})


class Octets(StaffEndpoint):
    """What is kept of it."""

    @extend_schema(
        operation_id="gateway_refused_octets",
        summary="Download the first octets of what was refused (staff)",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **NOT_FOUND},
    )
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Return them as an attachment; that they were taken is audited."""
        try:
            return attachment(refusals.octets(pk, by=self.person, at=now()))
        except evidence.Missing:
            raise NotFound("Nothing of it was kept.") from None


class Settle(StaffEndpoint):
    """Marking as dealt with."""

    @counted("gateway_refused_settle", "Mark refusals as dealt with, with a note", resources.IdsWithNote)
    def post(self, request: Request) -> int:
        """Mark them; say how many."""
        given = self.asked(resources.IdsWithNote)
        return refusals.settle(given["ids"], text=given["text"], by=self.person, at=now())


class Reopen(StaffEndpoint):
    """Taking the mark back."""

    @counted("gateway_refused_reopen", "Open refusals again", resources.Ids)
    def post(self, request: Request) -> int:
        """Open them; say how many."""
        return refusals.reopen(self.asked(resources.Ids)["ids"], by=self.person, at=now())
