"""The API of evidence: what went over the wire about a filing, and the files themselves."""

from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from filings import selectors
from filings.api.base import Endpoint
from filings.api.resources import Problem
from filings.models import Filing
from integrations import evidence
from integrations.api import resources
from integrations.web.files import attachment

FILING = OpenApiParameter("filing", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the filing")
KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=["exchanges", "attempts", "inbound"])
PART = OpenApiParameter("part", str, OpenApiParameter.PATH, enum=["xml", "message", "receipt", "response"])
NOT_FOUND = {(404, "application/problem+json"): Problem}


class Evidence(Endpoint):
    """What went over the wire about a filing."""

    @extend_schema(
        operation_id="filings_exchanges",
        summary="List what was sent and received about a filing",
        parameters=[FILING],
        responses={200: resources.EvidenceOfFiling, **NOT_FOUND},
    )
    def get(self, request: Request, filing: UUID) -> Response:
        """Return messages, attempts and receipts, with the addresses of their files."""
        try:
            selectors.filing(filing)
        except Filing.DoesNotExist:
            raise NotFound("You have no filing of this id.") from None
        found = {"sent": evidence.exchanges_of(filing), "received": evidence.inbound_of(filing)}
        context = {"request": request, "filing_id": filing}
        return Response(resources.EvidenceOfFiling(found, context=context).data)


class Download(Endpoint):
    """One file of evidence."""

    @extend_schema(
        operation_id="filings_exchanges_download",
        summary="Download one file of evidence, octet for octet",
        parameters=[FILING, KIND, PART],
        responses={(200, "application/xml"): OpenApiTypes.BINARY, **NOT_FOUND},
    )
    def get(self, request: Request, filing: UUID, kind: str, pk: UUID, part: str) -> HttpResponseBase:
        """Return the file as an attachment."""
        try:
            return attachment(evidence.piece(kind, pk, part, filing_id=filing))
        except evidence.Missing:
            raise NotFound("There is no such file about this filing.") from None
