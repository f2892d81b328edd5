"""The API of referrals: each view reads the request, calls one verb or question and shows the result."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from filings.api import resources as of_filings
from filings.api.base import KEY, Endpoint, idempotent
from filings.api.parsers import Options
from filings.api.views import PROBLEM
from filings.models import Filing
from referrals import selectors
from referrals.api import resources
from referrals.models import Case, Request
from referrals.services import alarms, amending, answering, handling
from tenants.errors import DomainError
from tenants.models import User
from tenants.permissions import Permission

SOURCE: Final = "api"
PK: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the referral")
REASONS: Final = {
    400: "The request cannot be read.",
    404: "You have no such referral or request.",
    409: "Its state does not allow this.",
    422: "The content does not allow this.",
}


class NobodyOfThatAddress(DomainError):
    """Nobody of this mail address files for the operator."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


def refused(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Return the refusals of an endpoint for the API's description."""
    return {(status, PROBLEM): OpenApiResponse(of_filings.Problem, REASONS[status]) for status in statuses}


class ByUrgency(LimitOffsetPagination):
    """Pages of cases."""

    default_limit = 50
    max_limit = 200


class CaseEndpoint(Endpoint):
    """A view of one case."""

    parser_classes = [Options]

    def case(self, pk: UUID) -> Case:
        """Return the operator's case.

        :raises NotFound: if the operator has none of that id.
        """
        try:
            return selectors.case(pk)
        except ObjectDoesNotExist:
            raise NotFound("You have no referral of this id.") from None

    def asked(self, case: Case, reference: str) -> Request:
        """Return the request of a case with that reference.

        :raises NotFound: if the case has none.
        """
        found: Request | None = case.requests.filter(reference=reference).first()
        if found is None:
            raise NotFound("This referral has no request of this reference.")
        return found

    def person(self, email: str | None) -> User | None:
        """Return who files for the operator and has that address.

        :raises NobodyOfThatAddress: if nobody does.
        """
        if email is None:
            return None
        found = next((each for each in selectors.people() if each.email.casefold() == email.casefold()), None)
        if found is None:
            raise NobodyOfThatAddress
        return found

    def shown(self, pk: UUID) -> Response:
        """Return the answer that shows a case as it is now."""
        return Response(resources.ReferralDetail(self.case(pk), context={"request": self.request}).data)

    def filing_shown(self, filing: Filing) -> Response:
        """Return the answer that shows the filing row that was made."""
        body = of_filings.FilingDetail(filing, context={"request": self.request}).data
        return Response(body, status=HTTPStatus.CREATED, headers={"Location": body["links"]["self"]})


class Cases(Endpoint):
    """The referrals of the operator."""

    @extend_schema(
        operation_id="referrals_list",
        summary="List what customs asks, what is most urgent first",
        parameters=[resources.CaseQuery],
        responses={200: resources.ReferralItem(many=True), **refused(400)},
    )
    def get(self, request: HttpRequest) -> Response:
        """Return do-not-load orders first, then what is due first."""
        query = resources.CaseQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted: dict[str, Any] = dict(query.validated_data)
        filing = wanted.pop("filing", None)
        found = selectors.cases(**wanted).prefetch_related("requests")
        pages = ByUrgency()
        rows = pages.paginate_queryset(found.filter(filing=filing) if filing else found, request, view=self)
        return pages.get_paginated_response(resources.ReferralItem(rows, many=True, context={"request": request}).data)


class OneCase(CaseEndpoint):
    """One referral."""

    @extend_schema(
        operation_id="referrals_read", summary="Read a referral with its requests, goods and history", parameters=[PK],
        responses={200: resources.ReferralDetail, **refused(404)},
    )  # fmt: skip
    def get(self, request: HttpRequest, pk: UUID) -> Response:
        """Return the case."""
        return self.shown(pk)


class Comments(CaseEndpoint):
    """What people say about a referral."""

    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="referrals_comment", summary="Comment on a referral", parameters=[PK, KEY],
        request=resources.ReferralCommentGiven, responses={200: resources.ReferralDetail, **refused(400, 404, 422)},
    )  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, pk: UUID) -> Response:
        """Keep a comment; customs does not get it."""
        case, given = self.case(pk), resources.ReferralCommentGiven(data=request.data)
        given.is_valid(raise_exception=True)
        handling.comment(case=case, by=self.actor, at=timezone.now(), **given.validated_data)
        return self.shown(pk)


class Assign(CaseEndpoint):
    """Who looks after a referral."""

    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="referrals_assign", summary="Give a referral to a person", parameters=[PK, KEY],
        request=resources.ReferralPersonGiven, responses={200: resources.ReferralDetail, **refused(400, 404, 422)},
    )  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, pk: UUID) -> Response:
        """Give it to somebody, or to nobody."""
        case, given = self.case(pk), resources.ReferralPersonGiven(data=request.data)
        given.is_valid(raise_exception=True)
        handling.assign(case=case, to=self.person(given.validated_data["to"]), by=self.actor, at=timezone.now())
        return self.shown(pk)


class Escalate(CaseEndpoint):
    """Tells a second person."""

    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="referrals_escalate", summary="Tell a second person by mail that a referral needs somebody",
        parameters=[PK, KEY], request=resources.EscalationGiven,
        responses={200: resources.ReferralDetail, **refused(400, 404, 409, 422)},
    )  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, pk: UUID) -> Response:
        """Queue the mail."""
        case, given = self.case(pk), resources.EscalationGiven(data=request.data)
        given.is_valid(raise_exception=True)
        to, why = self.person(given.validated_data.get("to")), given.validated_data["why"]
        handling.escalate(case=case, to=to, why=why, by=self.actor, at=timezone.now())
        return self.shown(pk)


class Answer(CaseEndpoint):
    """Answers requests for information or screening."""

    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="referrals_answer", summary="Answer requests for information (RFI) or screening (RFS)",
        parameters=[PK, KEY], request=resources.ReferralAnswerGiven,
        responses={201: of_filings.FilingDetail, **refused(400, 404, 409, 422)},
    )  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, pk: UUID) -> Response:
        """Return the filing row that is the answer; where a second person must approve it, it stays a draft until then."""
        case, given = self.case(pk), resources.ReferralAnswerGiven(data=request.data)
        given.is_valid(raise_exception=True)
        send = given.validated_data["send"]
        if send:
            self.require(Permission.FILING_SUBMIT)
        answer = answering.answer(case=case, given=given.given, by=self.actor, at=timezone.now(), source=SOURCE, send_it=send)
        return self.filing_shown(answer)


class Amend(CaseEndpoint):
    """Answers a request to amend."""

    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="referrals_amend", summary="Draft the amendment that answers a request (AMD)", parameters=[PK, KEY],
        request=resources.ReferenceGiven, responses={201: of_filings.FilingDetail, **refused(400, 404, 409, 422)},
    )  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, pk: UUID) -> Response:
        """Return the draft with what customs has and the reference of the request; change its document, then submit it."""
        case, given = self.case(pk), resources.ReferenceGiven(data=request.data)
        given.is_valid(raise_exception=True)
        one = self.asked(case, given.validated_data["reference"])
        return self.filing_shown(amending.start(case=case, request=one, by=self.actor, at=timezone.now(), source=SOURCE))


class SetAside(CaseEndpoint):
    """Closes a request without an answer."""

    needs = {"POST": Permission.FILING_SUBMIT}

    @extend_schema(
        operation_id="referrals_set_aside", summary="Close a request without an answer", parameters=[PK, KEY],
        request=resources.AsideGiven, responses={200: resources.ReferralDetail, **refused(400, 404, 409, 422)},
    )  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, pk: UUID) -> Response:
        """Keep the reason in the history."""
        case, given = self.case(pk), resources.AsideGiven(data=request.data)
        given.is_valid(raise_exception=True)
        one = self.asked(case, given.validated_data["reference"])
        handling.set_aside(request=one, why=given.validated_data["why"], by=self.actor, at=timezone.now())
        return self.shown(pk)


class TakeUp(CaseEndpoint):
    """Opens a request again."""

    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="referrals_take_up", summary="Open a request again that was answered or set aside", parameters=[PK, KEY],
        request=resources.ReferenceGiven, responses={200: resources.ReferralDetail, **refused(400, 404, 409)},
    )  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, pk: UUID) -> Response:
        """Let it be answered once more."""
        case, given = self.case(pk), resources.ReferenceGiven(data=request.data)
        given.is_valid(raise_exception=True)
        handling.take_up(request=self.asked(case, given.validated_data["reference"]), by=self.actor, at=timezone.now())
        return self.shown(pk)


class Acknowledge(CaseEndpoint):
    """Acknowledges a do-not-load order."""

    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="referrals_acknowledge", summary="Acknowledge by name that goods must not be loaded (DNL)",
        parameters=[PK, KEY], request=resources.ReferralNameGiven,
        responses={200: resources.ReferralDetail, **refused(400, 404, 422)},
    )  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, pk: UUID) -> Response:
        """Note who answers for it; a second time changes nothing."""
        case, given = self.case(pk), resources.ReferralNameGiven(data=request.data)
        given.is_valid(raise_exception=True)
        alarms.acknowledge(case=case, by=self.actor, at=timezone.now(), **given.validated_data)
        return self.shown(pk)


class Relay(CaseEndpoint):
    """Tells the carrier of a do-not-load order."""

    needs = {"POST": Permission.FILING_SUBMIT}

    @extend_schema(
        operation_id="referrals_relay", summary="Tell the carrier not to load, or note that it was told", parameters=[PK, KEY],
        request=resources.RelayGiven, responses={200: resources.ReferralDetail, **refused(400, 404, 422)},
    )  # fmt: skip
    @idempotent
    def post(self, request: HttpRequest, pk: UUID) -> Response:
        """Queue the mail, or keep the note of a call; both are proof."""
        case, given = self.case(pk), resources.RelayGiven(data=request.data)
        given.is_valid(raise_exception=True)
        said, at = given.validated_data, timezone.now()
        if said["way"] == "mail":
            alarms.relay_by_mail(case=case, to=said["to"], text=said["text"], by=self.actor, at=at)
        else:
            told = {"number": said["to"], "spoke_with": said["spoke_with"], "note": said["text"]}
            alarms.relay_by_phone(case=case, by=self.actor, at=at, **told)
        return self.shown(pk)


class Copies(Endpoint):
    """What came as the carrier's copy."""

    @extend_schema(
        operation_id="carrier_copies_list", summary="List what customs told or asked others about goods you carry",
        responses={200: resources.CarrierCopyItem(many=True)},
    )  # fmt: skip
    def get(self, request: HttpRequest) -> Response:
        """Return the copies, newest first; nobody answers them."""
        pages = ByUrgency()
        rows = pages.paginate_queryset(selectors.copies(), request, view=self)
        return pages.get_paginated_response(resources.CarrierCopyItem(rows, many=True).data)
