"""The API to try customs' answers in the sandbox: for the developers of an operator's own systems."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, cast
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api.base import KEY, Endpoint, honouring, idempotent
from filings.api.resources import Problem
from integrations import trying
from integrations.trying import Door
from tenants.models import Operator
from tenants.permissions import Permission
from tenants.scope import tenant_scope

ANSWERS: Final[dict[Any, Any]] = {
    (404, "application/problem+json"): Problem,
    (409, "application/problem+json"): Problem,
    (503, "application/problem+json"): Problem,
}
OBJECT: Final[dict[Any, Any]] = {200: OpenApiTypes.OBJECT, **ANSWERS}
MADE: Final[dict[Any, Any]] = {201: OpenApiTypes.OBJECT, **ANSWERS}
SCRIPT: Final = 'a verdict of your own, such as {"steps": [{"do": "request_information", "after": 5}]}'


class Provoke(serializers.Serializer[dict[str, Any]]):
    """What customs is to do."""

    name = serializers.CharField(required=False, max_length=60, help_text="a deed of `possible`, or the name of a verdict")
    script = serializers.JSONField(required=False, help_text=SCRIPT)


class NewScenario(serializers.Serializer[dict[str, Any]]):
    """What becomes of the next messages."""

    verdict = serializers.CharField(required=False, default="", max_length=40)
    script = serializers.JSONField(required=False, help_text=SCRIPT)
    lrn = serializers.CharField(required=False, default="", max_length=22, help_text="only under this LRN")
    message_type = serializers.CharField(required=False, default="", max_length=8, help_text="only of this type")
    times = serializers.IntegerField(required=False, default=1, min_value=1, max_value=1000)


class NewFault(serializers.Serializer[dict[str, Any]]):
    """What goes wrong on the wire; once, unless times or minutes say otherwise."""

    kind = serializers.CharField(max_length=40)
    message_type = serializers.CharField(required=False, default="", max_length=8)
    times = serializers.IntegerField(required=False, min_value=1, max_value=1000)
    minutes = serializers.IntegerField(required=False, min_value=1, max_value=1440)
    seconds = serializers.IntegerField(required=False, min_value=0, max_value=3600)


def in_scope(post: Callable[..., Response]) -> Callable[..., HttpResponseBase]:
    """Let a POST honour its key inside the operator's scope, which this view opens itself."""
    once = idempotent(post)

    @wraps(post)
    def inside(view: "SandboxEndpoint", request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with tenant_scope(view.way.operator.pk):
            return once(view, request, *args, **kwargs)

    return honouring(inside)


class SandboxEndpoint(Endpoint):
    """What is common: the way into the sandbox is found outside every scope, since connections are the ITSP's."""

    opens_own_scope = True
    needs = {"POST": Permission.FILING_SUBMIT, "DELETE": Permission.FILING_SUBMIT}
    way: Door

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find the way into the sandbox.

        :raises NoSandbox: if the operator's messages go elsewhere
        """
        super().initial(request, *args, **kwargs)
        operator: Operator = Operator.objects.get(pk=cast(UUID, self.actor.operator_id))
        self.way = trying.door(operator)

    def given(self, kind: type[serializers.Serializer[dict[str, Any]]]) -> dict[str, Any]:
        """Return what the body asks for.

        :raises ValidationError: if it is not understood
        """
        asked = kind(data=self.request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)


class Offers(SandboxEndpoint):
    """What can be asked of the sandbox."""

    @extend_schema(operation_id="sandbox_offers", summary="List verdicts, deeds and faults", responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return verdicts with their words for an LRN, deeds, faults on the wire, and the speed of customs' clock."""
        return Response(self.way.get("offers"))


class Registrations(SandboxEndpoint):
    """What the sandbox registered for the operator."""

    @extend_schema(
        operation_id="sandbox_registrations",
        summary="List what the sandbox registered",
        parameters=[OpenApiParameter("q", str, description="LRN, MRN or type begins with this")],
        responses=OBJECT,
    )
    def get(self, request: Request) -> Response:
        """Return the latest 100."""
        return Response(self.way.get("registrations", q=request.query_params.get("q", "")))


class OneRegistration(SandboxEndpoint):
    """One registration."""

    @extend_schema(operation_id="sandbox_registration", summary="Show a registration and what is possible", responses=OBJECT)
    def get(self, request: Request, pk: UUID) -> Response:
        """Return it with customs' messages and plans."""
        return Response(self.way.get(f"registrations/{pk}"))


class Provocation(SandboxEndpoint):
    """Customs does something about a registration."""

    @extend_schema(
        operation_id="sandbox_provoke", summary="Provoke an answer now", parameters=[KEY], request=Provoke, responses=MADE
    )
    @in_scope
    def post(self, request: Request, pk: UUID) -> Response:
        """Let customs do it at once."""
        wanted = self.given(Provoke)
        said = trying.provoke(self.way, pk, name=wanted.get("name", ""), script=wanted.get("script"), by=self.actor, at=now())
        return Response({"outcome": said, "links": {"self": request.build_absolute_uri("..")}}, status=201)


class Scenarios(SandboxEndpoint):
    """Verdicts and scripts for the operator's next messages."""

    @extend_schema(operation_id="sandbox_scenarios", summary="List scenarios that wait", responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return them."""
        return Response(self.way.get("scenarios"))

    @extend_schema(
        operation_id="sandbox_attach", summary="Attach a scenario", parameters=[KEY], request=NewScenario, responses=MADE
    )
    @in_scope
    def post(self, request: Request) -> Response:
        """Attach one to the next messages that fit."""
        made = trying.attach(self.way, self.given(NewScenario), by=self.actor, at=now())
        return Response({**made, "links": {"self": request.build_absolute_uri(f"{made['id']}/")}}, status=201)


class OneScenario(SandboxEndpoint):
    """One scenario."""

    @extend_schema(operation_id="sandbox_detach", summary="Take a scenario back", responses={204: None, **ANSWERS})
    def delete(self, request: Request, number: int) -> HttpResponseBase:
        """Take it back."""
        trying.take_back(self.way, "scenarios", number, by=self.actor, at=now())
        return HttpResponse(status=204)


class Faults(SandboxEndpoint):
    """Faults on the wire."""

    @extend_schema(operation_id="sandbox_faults", summary="List faults that still happen", responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return them."""
        return Response(self.way.get("faults"))

    @extend_schema(
        operation_id="sandbox_put_fault", summary="Let something go wrong", parameters=[KEY], request=NewFault, responses=MADE
    )
    @in_scope
    def post(self, request: Request) -> Response:
        """Let it go wrong for the operator's own messages."""
        made = trying.put_fault(self.way, self.given(NewFault), by=self.actor, at=now())
        return Response({**made, "links": {"self": request.build_absolute_uri(f"{made['id']}/")}}, status=201)


class OneFault(SandboxEndpoint):
    """One fault."""

    @extend_schema(operation_id="sandbox_end_fault", summary="End a fault", responses={204: None, **ANSWERS})
    def delete(self, request: Request, number: int) -> HttpResponseBase:
        """End it."""
        trying.take_back(self.way, "faults", number, by=self.actor, at=now())
        return HttpResponse(status=204)
