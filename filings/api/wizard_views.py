"""The API of “who files what”: the situations, and the drafts of one of them."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from filings import selectors
from filings.api import resources
from filings.api.base import KEY, Endpoint, idempotent
from filings.api.filing_request_resources import FilingRequestItem
from filings.api.parsers import Options
from filings.api.views import FilingEndpoint, refused
from filings.services import wizard
from filings.services.wizard import Ask
from tenants.permissions import Permission


class LineItem(serializers.Serializer[wizard.Line]):
    """One filing of a situation."""

    sci = serializers.CharField()
    message_type = serializers.CharField(source="message.id")
    who = serializers.CharField(help_text="me, or the part another company plays")
    why = serializers.CharField()
    asks = serializers.CharField(help_text="combination by which it can be asked for, if it can")


class QuestionItem(serializers.Serializer[wizard.Question]):
    """What the drafts need to know."""

    name = serializers.CharField()
    # Hides the framework's own attribute of this name; this one is only ever shown.
    label = serializers.CharField()  # type: ignore[assignment]
    hint = serializers.CharField()
    kind = serializers.ChoiceField(choices=["number", "numbers", "eori"])
    needed = serializers.BooleanField()


class ScenarioItem(serializers.Serializer[wizard.Scenario]):
    """A situation: who files what."""

    id = serializers.CharField()
    group = serializers.CharField()
    title = serializers.CharField()
    explain = serializers.CharField()
    # Hides the framework's own attribute of this name, as above.
    source = serializers.CharField()  # type: ignore[assignment]
    filings = LineItem(many=True, source="lines")
    questions = serializers.SerializerMethodField()

    @extend_schema_field(QuestionItem(many=True))
    def get_questions(self, scenario: wizard.Scenario) -> Any:
        """Return what has to be answered."""
        return QuestionItem(cast(Any, wizard.questions(scenario)), many=True).data


class AskItem(serializers.Serializer[dict[str, Any]]):
    """Whom to ask."""

    mail = serializers.EmailField()
    due_at = serializers.DateTimeField()
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class BeginOptions(serializers.Serializer[dict[str, Any]]):
    """Answers, by the names of the questions; several numbers with a line end between."""

    answers = serializers.DictField(child=serializers.CharField(allow_blank=True, trim_whitespace=False))
    ask = serializers.DictField(child=AskItem(), default=dict, help_text="by part, such as forwarder")


class BegunItem(serializers.Serializer[Any]):
    """What was begun."""

    filings = resources.FilingItem(many=True)
    filing_requests = FilingRequestItem(many=True)


class Scenarios(Endpoint):
    """The situations."""

    @extend_schema(operation_id="scenarios_list", summary="Say who files what", responses={200: ScenarioItem(many=True)})
    def get(self, request: Request) -> Response:
        """Return every situation with its filings, in words, and what its drafts need to know."""
        return Response(ScenarioItem(cast(Any, wizard.scenarios()), many=True).data)


class BeginScenario(FilingEndpoint):
    """Begins the drafts of a situation."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="scenarios_begin",
        summary="Begin the drafts of a situation",
        parameters=[OpenApiParameter("name", str, OpenApiParameter.PATH, description="id of the situation"), KEY],
        request=BeginOptions,
        responses={200: BegunItem, **refused(400, 404, 422)},
    )
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        """Make the drafts with the right linking keys and send the requests that are wanted: all of it or nothing."""
        scenario = wizard.scenario(name)
        if scenario is None:
            raise NotFound("There is no such situation.")
        options = BeginOptions(data=request.data)
        options.is_valid(raise_exception=True)
        given = options.validated_data
        ask = {part: Ask(**each) for part, each in given["ask"].items()}
        made = wizard.begin(scenario=scenario, answers=given["answers"], by=self.actor, at=timezone.now(), ask=ask)
        context = {"request": request}
        filings = [selectors.filing(each.pk) for each in made.drafts]
        return Response(
            {
                "filings": resources.FilingItem(filings, many=True, context=context).data,
                "filing_requests": FilingRequestItem(made.requests, many=True, context=context).data,
            }
        )
