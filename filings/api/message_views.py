"""The API of messages: check one without keeping it, and the schemas of all."""

from typing import Any

from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from filings import selectors
from filings.api import resources
from filings.api.base import KEY, Endpoint, idempotent
from filings.api.parsers import DOCUMENT_PARSERS, document_in
from filings.api.renderers import XmlRenderer
from filings.api.views import DOCUMENT, refused
from filings.messages import catalogue
from filings.messages.catalogue import Message, UnknownMessage
from filings.messages.jsonschema import json_schema
from filings.messages.xsd import xsd
from filings.services.editions import Choices

SET = OpenApiParameter("set", str, description="a message set such as HTI:2.02; else the one in force for you")
ID = OpenApiParameter("message_id", str, OpenApiParameter.PATH, description="such as IE3F26")


class Check(Endpoint):
    """Checks a message without keeping it."""

    parser_classes = DOCUMENT_PARSERS

    @extend_schema(
        operation_id="check",
        summary="Check a message without keeping it",
        parameters=[KEY],
        request=DOCUMENT,
        responses={200: resources.CheckResult, **refused(400)},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Return everything that is wrong or doubtful in the message."""
        document = document_in(request)
        return Response(resources.checked(document.message.id, selectors.findings_in(document)))


class Messages(Endpoint):
    """All messages of the message set."""

    @extend_schema(operation_id="messages_list", summary="List all messages", responses={200: resources.MessageItem(many=True)})
    def get(self, request: Request) -> Response:
        """Return what each message is for."""
        messages: Any = _choices(self).messages()  # the stubs know one object or a queryset only
        return Response(resources.MessageItem(messages, many=True, context={"request": request}).data)


class Schema(Endpoint):
    """The JSON Schema of a message."""

    @extend_schema(
        operation_id="messages_schema",
        summary="Show the JSON Schema of a message",
        parameters=[ID, SET],
        responses={200: OpenApiTypes.OBJECT, **refused(404)},
    )
    def get(self, request: Request, message_id: str) -> Response:
        """Return the schema of {"IE3F26": {…}}."""
        return Response(json_schema(_message(self, message_id)), content_type="application/schema+json")


class Xsd(Endpoint):
    """The XML Schema of a message."""

    renderer_classes = [XmlRenderer, JSONRenderer]

    @extend_schema(
        operation_id="messages_xsd",
        summary="Show the XML Schema of a message",
        parameters=[ID, SET],
        responses={(200, "application/xml"): OpenApiTypes.BYTE, **refused(404)},
    )
    def get(self, request: Request, message_id: str) -> Response:
        """Return the schema of the message's XML."""
        data = xsd(_message(self, message_id))
        request.accepted_renderer, request.accepted_media_type = XmlRenderer(), XmlRenderer.media_type
        return Response(data)


def _choices(view: Endpoint) -> Choices:
    return Choices(at=now(), operator_id=view.actor.operator_id)


def _message(view: Endpoint, message_id: str) -> Message:
    """Return a message of the set the address names, else of the one in force for the caller.

    :raises NotFound: if that set has no such message.
    """
    message_set, _, version = view.request.query_params.get("set", "").partition(":")
    try:
        return catalogue.message(message_id, message_set, version) if message_set else _choices(view).message(message_id)
    except UnknownMessage as error:
        raise NotFound(str(error)) from error
