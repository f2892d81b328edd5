"""The API of filing requests: the verbs of the pages, for other systems."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api import filing_request_resources as shown
from filings.api import resources
from filings.api.base import KEY, deed, idempotent, location
from filings.api.parsers import Options
from filings.api.views import PROBLEM, FilingEndpoint, Newest, refused
from filings.models import FilingRequest
from filings.services.filing_requests import filing_requests, sending
from tenants.permissions import Permission

PK: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the filing request")
OVER: Final = {(409, PROBLEM): OpenApiResponse(resources.Problem, "It is over, or only the other side can do this.")}
ANSWERED: Final[dict[Any, Any]] = {200: shown.FilingRequestDetail, **refused(400, 404, 422), **OVER}
ENDED: Final[dict[Any, Any]] = {200: shown.FilingRequestDetail, **refused(404), **OVER}


class RequestEndpoint(FilingEndpoint):
    """A view of one filing request."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_DRAFT}

    def request_of(self, pk: UUID) -> FilingRequest:
        """Return the request, if the operator is on one of its sides.

        :raises NotFound: if it is on neither.
        """
        try:
            return filing_requests.one(pk)
        except FilingRequest.DoesNotExist:
            raise NotFound("You have no filing request of this id.") from None

    def told(self, request: FilingRequest, status: int = HTTPStatus.OK) -> Response:
        """Return the answer that shows a filing request."""
        body = shown.FilingRequestDetail(request, context={"request": self.request}).data
        return Response(body, status=status, headers=location(status, body))


class FilingRequests(RequestEndpoint):
    """All filing requests of either side."""

    @extend_schema(
        operation_id="filing_requests_list",
        summary="List filing requests, newest first",
        parameters=[shown.RequestQuery, OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)],
        responses={200: shown.FilingRequestPage, **refused(400)},
    )
    def get(self, request: Request) -> Response:
        """Return one page of what you asked and were asked."""
        query = shown.RequestQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found: QuerySet[FilingRequest] = filing_requests.requests(query.validated_data["side"], live=query.validated_data["live"])
        pages = Newest()
        page = pages.paginate_queryset(found.prefetch_related("answers"), request, view=self)
        return pages.get_paginated_response(shown.FilingRequestItem(page, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="filing_requests_send",
        summary="Ask another party to lodge a filing",
        parameters=[KEY],
        request=shown.SendOptions,
        responses={201: shown.FilingRequestDetail, **refused(400, 404, 422)},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Send the request; whoever is asked, the answer comes the same way."""
        options = shown.SendOptions(data=request.data)
        options.is_valid(raise_exception=True)
        given = dict(options.validated_data)
        given["filing"] = self.filing(given["filing"]) if given["filing"] else None
        made = sending.send(**given, by=self.actor, at=timezone.now())
        return self.told(made, HTTPStatus.CREATED)


class OneFilingRequest(RequestEndpoint):
    """One filing request."""

    @extend_schema(
        operation_id="filing_requests_read",
        summary="Show a filing request",
        parameters=[PK],
        responses={200: shown.FilingRequestDetail, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return what your side may know of it."""
        return self.told(self.request_of(pk))


class AcceptRequest(RequestEndpoint):
    """Answers with a draft or a filing."""

    @deed("filing_requests_accept", "Accept a filing request", of=PK, asks=shown.AcceptOptions, responses=ANSWERED)
    def post(self, request: Request, pk: UUID) -> Response:
        """Start a draft with the right references, or answer with a filing of yours."""
        asked, options = self.request_of(pk), shown.AcceptOptions(data=request.data)
        options.is_valid(raise_exception=True)
        given = options.validated_data
        how: dict[str, Any] = {"request": asked, "by": self.actor, "at": timezone.now(), "compares": given["compares"]}
        if given["filing"]:
            filing_requests.attach(filing=self.filing(given["filing"]), **how)
        else:
            filing_requests.accept(**how)
        return self.told(asked)


class DeclineRequest(RequestEndpoint):
    """Refuses."""

    @deed("filing_requests_decline", "Decline a filing request", of=PK, asks=shown.DeclineOptions, responses=ANSWERED)
    def post(self, request: Request, pk: UUID) -> Response:
        """Refuse, with a reason that the other side reads."""
        asked, options = self.request_of(pk), shown.DeclineOptions(data=request.data)
        options.is_valid(raise_exception=True)
        filing_requests.decline(request=asked, reason=options.validated_data["reason"], by=self.actor, at=timezone.now())
        return self.told(asked)


class WithdrawRequest(RequestEndpoint):
    """Takes consent back."""

    @deed("filing_requests_withdraw", "Withdraw a filing request, or take your consent back", of=PK, asks=None, responses=ENDED)
    def post(self, request: Request, pk: UUID) -> Response:
        """End it, on either side: nothing is shared from then on."""
        asked = self.request_of(pk)
        filing_requests.withdraw(request=asked, by=self.actor, at=timezone.now())
        return self.told(asked)


class MailRequestAgain(RequestEndpoint):
    """Sends the mail once more."""

    @deed("filing_requests_mail_again", "Send the mail of a filing request again", of=PK, asks=None, responses=ENDED)
    def post(self, request: Request, pk: UUID) -> Response:
        """Send a new mail; a link in an earlier one opens nothing any more."""
        asked = self.request_of(pk)
        sending.mail_again(request=asked, by=self.actor, at=timezone.now())
        return self.told(asked)
