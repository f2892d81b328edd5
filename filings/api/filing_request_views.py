"""The API of filing requests: the verbs of the pages, for other systems."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api import resources
from filings.api.base import KEY, idempotent, location
from filings.api.parsers import Options
from filings.api.views import PROBLEM, FilingEndpoint, Newest, refused
from filings.models import FilingRequest
from filings.models.filing_request import FilingRequestAnswer, FilingRequestEvent
from filings.services import filing_requests
from filings.services.filing_requests import Side
from tenants.permissions import Permission

PK: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the filing request")
OVER: Final = {(409, PROBLEM): OpenApiResponse(resources.Problem, "It is over, or only the other side can do this.")}
TOLD: Final = ("accepted", "lodged", "left", "declined")  # in these one knows who was asked


class AnswerItem(serializers.ModelSerializer[FilingRequestAnswer]):
    """A filing for a request: its state and whether it links; its id only at the operator whose filing it is."""

    filing = serializers.SerializerMethodField()
    created_at = resources.at()

    class Meta:
        model = FilingRequestAnswer
        fields = ("state", "links", "filing", "created_at")

    def get_filing(self, answer: FilingRequestAnswer) -> str | None:
        """Return the id of one's own filing."""
        return str(answer.filing_id) if answer.operator_id == self.context["request"].user.operator_id else None


class RequestEventItem(serializers.ModelSerializer[FilingRequestEvent]):
    """What happened to a filing request."""

    at = resources.at()

    class Meta:
        model = FilingRequestEvent
        fields = ("at", "side", "sentence")


class MatchItem(serializers.Serializer[dict[str, Any]]):
    """Whether the filings link."""

    links = serializers.BooleanField(required=False)
    differs = serializers.ListField(child=serializers.CharField(), required=False, help_text="parts of the linking key")
    words = serializers.ListField(child=serializers.CharField(), required=False)
    figures = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="those of the words about gross mass and packages"
    )


class FilingRequestItem(serializers.ModelSerializer[FilingRequest]):
    """A filing request as its sides see it."""

    side = serializers.SerializerMethodField(help_text="asking or asked: which side you are")
    asking_name = serializers.CharField(source="operator.name", read_only=True)
    asking_eori = serializers.CharField(source="operator.eori", read_only=True)
    asked_name = serializers.SerializerMethodField(help_text="once the other side has answered")
    filing = serializers.SerializerMethodField(help_text="the filing it belongs to, for the side that asks")
    match = MatchItem(read_only=True, help_text="empty until there is a filing")
    due_at = resources.at()
    expires_at = resources.at()
    created_at = resources.at()
    changed_at = resources.at()
    answers = AnswerItem(many=True, read_only=True)
    links = serializers.SerializerMethodField()

    class Meta:
        model = FilingRequest
        fields: tuple[str, ...] = (
            "id", "side", "state", "message_type", "combination", "key", "totals", "compares", "match", "asking_name",
            "asking_eori", "asked_name", "asked_eori", "mail", "note", "reason", "due_at", "expires_at", "created_at",
            "changed_at", "filing", "answers", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_side(self, request: FilingRequest) -> str:
        """Return the side of who calls."""
        return filing_requests.side_of(request)

    def get_asked_name(self, request: FilingRequest) -> str:
        """Return who was asked, as soon as that may be known."""
        known = filing_requests.side_of(request) == Side.ASKED or request.state in TOLD
        return request.asked.name if request.asked and known else ""

    def get_filing(self, request: FilingRequest) -> str | None:
        """Return the filing above, for its own side."""
        own = filing_requests.side_of(request) == Side.ASKING
        return str(request.filing_id) if request.filing_id and own else None

    def get_links(self, request: FilingRequest) -> resources.Links:
        """Return the addresses of what belongs to it."""
        names = ("accept", "decline", "withdraw", "mail-again")
        own = {"self": resources.address("filing-request", self.context["request"], request.pk)}
        return own | {
            name.replace("-", "_"): resources.address(f"filing-request-{name}", self.context["request"], request.pk)
            for name in names
        }


class FilingRequestDetail(FilingRequestItem):
    """A filing request with its history."""

    events = RequestEventItem(many=True, read_only=True)

    class Meta(FilingRequestItem.Meta):
        fields = (*FilingRequestItem.Meta.fields, "events")
        read_only_fields = fields


class FilingRequestPage(serializers.Serializer[Any]):
    """One page of filing requests."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = FilingRequestItem(many=True)


class RequestQuery(serializers.Serializer[dict[str, Any]]):
    """Which filing requests to list."""

    side = serializers.ChoiceField(choices=["asking", "asked"], required=False, default="")
    live = serializers.BooleanField(default=False, help_text="only those that go on")


class SendOptions(serializers.Serializer[dict[str, Any]]):
    """Whom to ask for what."""

    asked_eori = serializers.CharField(max_length=17)
    mail = serializers.EmailField(help_text="of those who file there; used unless the company finds it in its inbox here")
    message_type = serializers.CharField(max_length=8, help_text="such as IE3F15")
    combination = serializers.CharField(max_length=40, help_text="such as sea-house")
    key = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=70)),
        default=dict,
        help_text="data of the linking key by part; what the filing says goes before it",
    )
    filing = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="your filing it belongs to")
    due_at = serializers.DateTimeField()
    note = serializers.CharField(max_length=400, default="", allow_blank=True)
    share_totals = serializers.BooleanField(default=False)


class AcceptOptions(serializers.Serializer[dict[str, Any]]):
    """How to answer."""

    filing = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="instead of a new draft")
    compares = serializers.BooleanField(default=False, help_text="also let gross mass and packages be compared")


class DeclineOptions(serializers.Serializer[dict[str, Any]]):
    """Why not."""

    reason = serializers.CharField(max_length=400)


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
        body = FilingRequestDetail(request, context={"request": self.request}).data
        return Response(body, status=status, headers=location(status, body))


class FilingRequests(RequestEndpoint):
    """All filing requests of either side."""

    @extend_schema(
        operation_id="filing_requests_list",
        summary="List filing requests, newest first",
        parameters=[RequestQuery, OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)],
        responses={200: FilingRequestPage, **refused(400)},
    )
    def get(self, request: Request) -> Response:
        """Return one page of what you asked and were asked."""
        query = RequestQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found: QuerySet[FilingRequest] = filing_requests.requests(query.validated_data["side"], live=query.validated_data["live"])
        pages = Newest()
        page = pages.paginate_queryset(found.prefetch_related("answers"), request, view=self)
        return pages.get_paginated_response(FilingRequestItem(page, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="filing_requests_send",
        summary="Ask another party to lodge a filing",
        parameters=[KEY],
        request=SendOptions,
        responses={201: FilingRequestDetail, **refused(400, 404, 422)},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Send the request; whoever is asked, the answer comes the same way."""
        options = SendOptions(data=request.data)
        options.is_valid(raise_exception=True)
        given = dict(options.validated_data)
        given["filing"] = self.filing(given["filing"]) if given["filing"] else None
        made = filing_requests.send(**given, by=self.actor, at=timezone.now())
        return self.told(made, HTTPStatus.CREATED)


class OneFilingRequest(RequestEndpoint):
    """One filing request."""

    @extend_schema(
        operation_id="filing_requests_read",
        summary="Show a filing request",
        parameters=[PK],
        responses={200: FilingRequestDetail, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return what your side may know of it."""
        return self.told(self.request_of(pk))


class AcceptRequest(RequestEndpoint):
    """Answers with a draft or a filing."""

    @extend_schema(
        operation_id="filing_requests_accept",
        summary="Accept a filing request",
        parameters=[PK, KEY],
        request=AcceptOptions,
        responses={200: FilingRequestDetail, **refused(400, 404, 422), **OVER},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Start a draft with the right references, or answer with a filing of yours."""
        asked, options = self.request_of(pk), AcceptOptions(data=request.data)
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

    @extend_schema(
        operation_id="filing_requests_decline",
        summary="Decline a filing request",
        parameters=[PK, KEY],
        request=DeclineOptions,
        responses={200: FilingRequestDetail, **refused(400, 404, 422), **OVER},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Refuse, with a reason that the other side reads."""
        asked, options = self.request_of(pk), DeclineOptions(data=request.data)
        options.is_valid(raise_exception=True)
        filing_requests.decline(request=asked, reason=options.validated_data["reason"], by=self.actor, at=timezone.now())
        return self.told(asked)


class WithdrawRequest(RequestEndpoint):
    """Takes consent back."""

    @extend_schema(
        operation_id="filing_requests_withdraw",
        summary="Withdraw a filing request, or take your consent back",
        parameters=[PK, KEY],
        request=None,
        responses={200: FilingRequestDetail, **refused(404), **OVER},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """End it, on either side: nothing is shared from then on."""
        asked = self.request_of(pk)
        filing_requests.withdraw(request=asked, by=self.actor, at=timezone.now())
        return self.told(asked)


class MailRequestAgain(RequestEndpoint):
    """Sends the mail once more."""

    @extend_schema(
        operation_id="filing_requests_mail_again",
        summary="Send the mail of a filing request again",
        parameters=[PK, KEY],
        request=None,
        responses={200: FilingRequestDetail, **refused(404), **OVER},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Send a new mail; a link in an earlier one opens nothing any more."""
        asked = self.request_of(pk)
        filing_requests.mail_again(request=asked, by=self.actor, at=timezone.now())
        return self.told(asked)
