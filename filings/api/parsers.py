"""From the bytes of a request to a document, or to a small object of options."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any, Final

from django.conf import settings
from django.utils.timezone import now
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from filings.messages import reading
from filings.messages.document import Document, Unreadable
from filings.services.editions import Choices
from tenants.actors import Actor
from tenants.errors import DomainError


class UnreadableDocument(DomainError):
    """The body is no message."""

    status = HTTPStatus.BAD_REQUEST


def _choices(context: Mapping[str, Any] | None) -> Choices:
    """Return which message sets are in force for the operator whose key the request has."""
    caller = context["request"].user if context else None
    return Choices(at=now(), operator_id=caller.operator_id if isinstance(caller, Actor) else None)


class JsonDocument(BaseParser):
    """Reads {"IE3F26": {…}}."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return the document.

        :raises UnreadableDocument: if it is none.
        """
        try:
            return reading.read_json(stream.read(), limit=settings.UPLOAD_LIMIT, choose=_choices(parser_context).edition)
        except Unreadable as error:
            raise UnreadableDocument(str(error)) from error


class XmlDocument(BaseParser):
    """Reads the XML of a message."""

    media_type = "application/xml"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return the document.

        :raises UnreadableDocument: if it is none.
        """
        try:
            return reading.read_xml(stream.read(), limit=settings.UPLOAD_LIMIT, choose=_choices(parser_context).edition)
        except Unreadable as error:
            raise UnreadableDocument(str(error)) from error


class TextXmlDocument(XmlDocument):
    """The same under its other name."""

    media_type = "text/xml"


class Options(BaseParser):
    """Reads a small JSON object such as {"despite_findings": true}."""

    media_type = "application/json"
    limit = 4096

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return the decoded value.

        :raises ParseError: if it is no JSON or longer than options are.
        """
        data = stream.read(self.limit + 1)
        if len(data) > self.limit:
            raise ParseError("The body is too long for a few options.")
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not JSON.") from error


class Places(Options):
    """The same for a list of places in a document, of which there may be thousands."""

    limit = 1_000_000


def document_in(request: Request) -> Document:
    """Return the document in the body of a request.

    :raises UnreadableDocument: if there is none.
    """
    data: object = request.data
    if not isinstance(data, Document):  # the framework gives an empty object for an empty body
        raise UnreadableDocument("There is nothing to read: send the message in the body.")
    return data


DOCUMENT_PARSERS: Final = [JsonDocument, XmlDocument, TextXmlDocument]
