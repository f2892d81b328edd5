"""The API of the conformance kit: for an operator's own test runs."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from filings.api.base import KEY, Endpoint, honouring, idempotent, once_for
from filings.api.resources import Problem, at
from integrations.conformance import casting, practising, running, scripts
from integrations.conformance.models import Run, RunStep
from integrations.conformance.running import Line
from integrations.conformance.shapes import ScenarioList
from tenants.models import Operator
from tenants.permissions import Permission
from tenants.scope import tenant_scope

NOT_FOUND: Final = {(404, "application/problem+json"): Problem}
REFUSED: Final = {(409, "application/problem+json"): Problem}
MOST: Final = 100


class NewRun(serializers.Serializer[dict[str, Any]]):
    """Which scenario is to run."""

    list = serializers.CharField(max_length=40, default="landfall")
    scenario = serializers.CharField(max_length=60)
    by_hand = serializers.BooleanField(default=False)  # the steps are prepared as drafts, and you submit them


class StepItem(serializers.ModelSerializer[RunStep]):
    """One step of a run."""

    sent_at = at()
    ended_at = at()

    class Meta:
        model = RunStep
        fields = (
            "number", "name", "title", "state", "message_type", "message_id", "reference", "filing", "expected", "reason",
            "player", "todo", "deed", "page", "meaning", "shows", "sent_at", "ended_at",
        )  # fmt: skip
        read_only_fields = fields


class RunItem(serializers.ModelSerializer[Run]):
    """A run of a scenario."""

    requested_at = at()
    ended_at = at()
    steps = StepItem(many=True, read_only=True)
    links = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = (
            "id", "list_name", "scenario", "role", "title", "by_hand", "state", "requested_at", "ended_at", "sha256",
            "steps", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_links(self, run: Run) -> dict[str, str]:
        """Return the address of the run, and of its report once it has ended."""
        names = {"self": "conformance-run"} | ({"report": "conformance-report"} if run.sha256 else {})
        request = self.context["request"]
        return {rel: reverse(f"integrations-api:{name}", args=[run.pk], request=request) for rel, name in names.items()}


class Scenarios(Endpoint):
    """The scenarios there are."""

    @extend_schema(operation_id="conformance_scenarios", summary="List conformance scenarios", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return each list with its scenarios."""
        return Response({"lists": [_shown(each) for each in scripts.lists()]})


def _shown(found: ScenarioList) -> dict[str, Any]:
    scenarios = [
        {"name": each.name, "role": each.role, "title": each.title, "purpose": each.purpose, "steps": len(each.steps)}
        for each in found.scenarios
    ]
    return {"name": found.name, "kind": found.kind, "title": found.title, "version": found.version, "scenarios": scenarios}


class Runs(Endpoint):
    """Runs of scenarios. Opens its own scopes: connections are the ITSP's."""

    opens_own_scope = True
    needs = {"POST": Permission.FILING_SUBMIT}

    @extend_schema(operation_id="conformance_runs", summary="List conformance runs", responses={200: RunItem(many=True)})
    def get(self, request: Request) -> Response:
        """Return the latest."""
        with tenant_scope(_operator(self).pk):
            return Response(RunItem(running.runs()[:MOST], many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="conformance_run_begin",
        summary="Let a conformance scenario run against the sandbox",
        parameters=[KEY],
        request=NewRun,
        responses={201: RunItem, **NOT_FOUND, **REFUSED},
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Queue it; a worker runs it."""
        operator = _operator(self)
        self.over: Line = running.line(operator)
        self.others: list[Operator] = practising.partners(operator)
        with tenant_scope(operator.pk):
            return _begin(self, request)

    honouring(post)


@idempotent
def _begin(view: Runs, request: Request) -> Response:
    asked = NewRun(data=request.data)
    asked.is_valid(raise_exception=True)
    try:
        found = scripts.one(asked.validated_data["list"])
    except KeyError:
        raise NotFound("There is no list of this name.") from None
    made = running.request(
        found=found,
        name=asked.validated_data["scenario"],
        over=view.over,
        by=view.actor,
        at=now(),
        by_hand=asked.validated_data["by_hand"],
        cast=casting.for_one_of(found, asked.validated_data["scenario"], lead=_operator(view), others=view.others),
    )
    shown = RunItem(made, context={"request": request}).data
    return Response(shown, status=201, headers={"Location": shown["links"]["self"]})


class OneRun(Endpoint):
    """One run."""

    @extend_schema(operation_id="conformance_run", summary="Follow a conformance run", responses={200: RunItem, **NOT_FOUND})
    def get(self, request: Request, pk: UUID) -> Response:
        """Return it with its steps."""
        return Response(RunItem(_run(pk), context={"request": request}).data)


class LetAct(Endpoint):
    """The other company's step of a story. Opens its own scopes: two companies take part."""

    opens_own_scope = True
    needs = {"POST": Permission.FILING_SUBMIT}

    @extend_schema(
        operation_id="conformance_run_let_act",
        summary="Let the other company do its step of a story, if it agreed",
        parameters=[KEY],
        request=None,
        responses={204: None, **NOT_FOUND, **REFUSED},
    )
    @honouring
    def post(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Ask for it; a worker does it."""
        operator = _operator(self)
        with tenant_scope(operator.pk):
            found = _run(pk)

        def let_act() -> Response:
            practising.let_act(found, operator=operator, user=None, by=self.actor, at=now())
            return Response(status=204)

        return once_for(operator, request, let_act)


class Report(Endpoint):
    """The report of a run."""

    @extend_schema(
        operation_id="conformance_report",
        summary="Download the sealed report of a run",
        responses={(200, "application/xml"): OpenApiTypes.BINARY, **NOT_FOUND, **REFUSED},
    )
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Return the XML."""
        return HttpResponse(running.report_of(_run(pk)), content_type="application/xml")


def _run(pk: UUID) -> Run:
    """Return a run of the operator.

    :raises NotFound: if it has none of that id
    """
    try:
        return running.run(pk)
    except Run.DoesNotExist:
        raise NotFound("You have no run of this id.") from None


def _operator(view: Endpoint) -> Operator:
    found: Operator = Operator.objects.get(pk=view.actor.operator_id or "")
    return found
