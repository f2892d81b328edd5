"""The API of the gateway console: messages of all operators, found, looked at, held, released and sent again."""

from typing import Any, Final
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import ValidationError
from rest_framework.utils.urls import replace_query_param

from filings.api.resources import Problem
from filings.services import queueing
from filings.services.queueing import Choice
from integrations import evidence, looking, named, search
from integrations.api import console_resources as resources
from integrations.api.staff import StaffEndpoint, counted
from integrations.web.files import attachment
from tenants.scope import every_tenant

REASON: Final = "the ITSP's staff looks for messages"
NOT_FOUND: Final[dict[Any, Any]] = {(404, "application/problem+json"): Problem}


class Messages(StaffEndpoint):
    """Messages of all operators."""

    @extend_schema(
        operation_id="gateway_messages",
        summary="Find messages by any id and by filters (staff)",
        parameters=[resources.Question],
        responses={200: resources.PageOfRows},
    )
    def get(self, request: Request) -> Response:
        """Return a page, the newest first unless asked otherwise."""
        given = self.asked(resources.Question, request.query_params)
        if 0 < len(given["q"].strip()) < named.SHORTEST:
            raise ValidationError({"q": [f"Give at least {named.SHORTEST} characters of an id."]})
        try:
            with every_tenant(REASON):
                page = search.page(resources.wanted(given))
        except search.TooBroad as error:
            raise ValidationError({"q": [str(error.__doc__)]}) from None
        here = request.build_absolute_uri()
        following = replace_query_param(here, "after", str(page.following)) if page.following else None
        return Response(resources.PageOfRows({"next": following, "results": page.rows}, context={"request": request}).data)


class Sent(StaffEndpoint):
    """One message of ours."""

    @extend_schema(
        operation_id="gateway_sent", summary="Show a message of ours (staff)", responses={200: OpenApiTypes.OBJECT, **NOT_FOUND}
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return it with every attempt, its header, its receipt and the answers."""
        try:
            view = looking.sent(pk)
        except evidence.Missing:
            raise NotFound("There is no message of ours of this id.") from None
        files = {"xml": ("messages", pk, "xml")}
        if view.exchange:
            files["message"] = ("exchanges", view.exchange.pk, "message")
        if view.receipt:
            files["receipt"] = ("exchanges", view.exchange.pk, "receipt")
        return Response(
            {
                **resources.SentItem(view.message).data,
                "connection": view.connection.name if view.connection else "",
                "sha256": view.exchange.digest if view.exchange else "",
                "attempts": resources.TriedItem(view.attempts, many=True).data,
                "header": resources.ReadingItem(view.header).data if view.header else None,
                "receipt": resources.ReadingItem(view.receipt).data if view.receipt else None,
                "answers": [_address("gateway-received", each.pk, request=request) for each in view.answers],
                "links": _files(request, files),
            }
        )


class Received(StaffEndpoint):
    """One message of customs."""

    @extend_schema(
        operation_id="gateway_received",
        summary="Show a message of customs (staff)",
        responses={200: OpenApiTypes.OBJECT, **NOT_FOUND},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return it with its header, and what it answers."""
        return Response(told(looking_at(pk), request))


class File(StaffEndpoint):
    """One file of an exchange."""

    @extend_schema(
        operation_id="gateway_file",
        summary="Download one file of an exchange, octet for octet (staff)",
        responses={(200, "application/xml"): OpenApiTypes.BINARY, **NOT_FOUND},
    )
    def get(self, request: Request, kind: str, pk: UUID, part: str) -> HttpResponseBase:
        """Return the file as an attachment; that it was taken is audited."""
        try:
            return attachment(looking.download(kind, pk, part, by=self.person, at=now()))
        except evidence.Missing:
            raise NotFound("There is no such file.") from None


class Deed(StaffEndpoint):
    """What can be done to messages in the queue."""

    def chosen(self) -> tuple[Choice, str]:
        """Return which messages are meant, and the reason that was given."""
        given = self.asked(resources.Chosen)
        if not given["whole"]:
            return Choice(ids=tuple(given["ids"])), given["reason"]
        fits = Choice(
            operator_id=given["operator"],
            priority=given["priority"],
            message_type=given["type"].upper(),
            line=given["connection"],
        )
        return fits, given["reason"]


class Hold(Deed):
    """Holding back."""

    @counted("gateway_hold", "Hold back messages that wait", resources.Chosen)
    def post(self, request: Request) -> int:
        """Hold them back; say how many."""
        choice, reason = self.chosen()
        return queueing.hold(choice=choice, reason=reason, by=self.person, at=now())


class Release(Deed):
    """Letting go."""

    @counted("gateway_release", "Let held messages go", resources.Chosen)
    def post(self, request: Request) -> int:
        """Let them go; say how many."""
        return queueing.release(choice=self.chosen()[0], by=self.person, at=now())


class Resend(Deed):
    """Sending again."""

    @counted("gateway_resend", "Queue messages again that were given up", resources.Chosen)
    def post(self, request: Request) -> int:
        """Queue them; say how many."""
        return queueing.resend(choice=self.chosen()[0], by=self.person, at=now())


def looking_at(pk: UUID) -> looking.Received:
    """Return a message of customs.

    :raises NotFound: if there is none
    """
    try:
        return looking.received(pk)
    except evidence.Missing:
        raise NotFound("There is no message of customs of this id.") from None


def told(view: looking.Received, request: Request) -> dict[str, Any]:
    """Return what the API shows of a message of customs."""
    pk = view.message.pk
    return {
        **resources.ReceivedItem(view.message).data,
        "connection": view.connection.name,
        "sha256": view.message.digest,
        "header": resources.ReadingItem(view.header).data,
        "answers": _address("gateway-sent", view.answered.pk, request=request) if view.answered else None,
        "links": _files(request, {part: ("inbound", pk, part) for part in ("xml", "message", "receipt")}),
    }


def _files(request: Request, files: dict[str, tuple[str, UUID, str]]) -> resources.Links:
    return {name: _address("gateway-file", *where, request=request) for name, where in files.items()}


def _address(name: str, *where: object, request: Request) -> str:
    return str(reverse(f"integrations-api:{name}", args=where, request=request))
