"""The API of alarms: what is open, taking note of it, and the operator's rules."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api import resources
from filings.api.base import KEY, Endpoint, idempotent, location
from filings.api.views import PROBLEM, refused
from filings.models import Alarm, AlarmRule, Topic
from filings.services.alarms import alarms
from filings.services.alarms import rules as alarm_rules
from filings.services.alarms.rules import Given
from tenants.permissions import Permission

PK: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the alarm")
RULE: Final = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="id of the rule")
# In a header, since the answer to a request with an Idempotency-Key is kept, and a secret must not be.
TOLD_IN: Final = "Landfall-Webhook-Secret"
TOLD: Final = OpenApiParameter(TOLD_IN, str, OpenApiParameter.HEADER, response=True, description="of a new webhook, this once")
WRONG: Final = {(422, PROBLEM): OpenApiResponse(resources.Problem, "The rule cannot work; the detail says why.")}


class AlarmItem(serializers.ModelSerializer[Alarm]):
    """An alarm."""

    raised_at = resources.at()
    moment_at = resources.at()
    escalated_at = resources.at()
    acknowledged_at = resources.at()
    ended_at = resources.at()
    open = serializers.BooleanField(source="is_open", read_only=True)
    links = serializers.SerializerMethodField()

    class Meta:
        model = Alarm
        fields = (
            "id", "topic", "urgent", "title", "sentence", "filing", "moment_at", "raised_at", "escalated_at", "open",
            "acknowledged_at", "acknowledged_by", "note", "ended_at", "ended_because", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_links(self, alarm: Alarm) -> resources.Links:
        """Return the address at which one takes note, and that of the filing."""
        request = self.context["request"]
        filing = {"filing": resources.address("filing", request, alarm.filing_id)} if alarm.filing_id else {}
        return {"acknowledge": resources.address("acknowledge-alarm", request, alarm.pk), **filing}


class AlarmQuery(serializers.Serializer[dict[str, Any]]):
    """Which alarms to list."""

    open = serializers.BooleanField(required=False, default=False, help_text="only those nobody has taken note of")
    topic = serializers.ChoiceField(choices=Topic.choices, required=False, default="")


class Noted(serializers.Serializer[dict[str, Any]]):
    """Who takes note of an alarm."""

    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=80, help_text="the person, by name")
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=400, help_text="what they do about it")


class RuleItem(serializers.ModelSerializer[AlarmRule]):
    """A rule for alarms."""

    created_at = resources.at()
    changed_at = resources.at()
    links = serializers.SerializerMethodField()

    class Meta:
        model = AlarmRule
        fields = (
            "id", "name", "topic", "minutes_before", "message_types", "emails", "webhook_url", "escalate_after", "escalate_to",
            "active", "created_at", "changed_at", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_links(self, rule: AlarmRule) -> resources.Links:
        """Return the address of the rule."""
        return {"self": resources.address("alarm-rule", self.context["request"], rule.pk)}


class RuleGiven(serializers.Serializer[dict[str, Any]]):
    """A rule as it is given; what is left out of a change becomes as in a new one."""

    name = serializers.CharField(max_length=80)
    topic = serializers.ChoiceField(choices=Topic.choices)
    minutes_before = serializers.IntegerField(required=False, default=0, min_value=0, help_text="of what has a date")
    message_types = serializers.ListField(
        child=serializers.CharField(max_length=8), required=False, default=list, help_text="kinds of filing; empty for all"
    )
    emails = serializers.ListField(child=serializers.CharField(max_length=254), required=False, default=list)
    webhook_url = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)
    escalate_after = serializers.IntegerField(required=False, default=None, allow_null=True, min_value=1, help_text="minutes")
    escalate_to = serializers.ListField(child=serializers.CharField(max_length=254), required=False, default=list)
    active = serializers.BooleanField(required=False, default=True)


class NewestAlarms(CursorPagination):
    """Pages of alarms, the newest first."""

    ordering = ("-raised_at", "-id")
    page_size_query_param = "page_size"
    max_page_size = 200


class Alarms(Endpoint):
    """The operator's alarms."""

    @extend_schema(
        operation_id="alarms", summary="List alarms, the newest first", parameters=[AlarmQuery], responses=AlarmItem(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return a page of alarms."""
        query = AlarmQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = alarms.alarms(open_only=query.validated_data["open"], topic=query.validated_data["topic"])
        pages = NewestAlarms()
        page = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response(AlarmItem(page, many=True, context={"request": request}).data)


class Acknowledge(Endpoint):
    """Takes note of an alarm."""

    parser_classes = [JSONParser]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="alarms_acknowledge",
        summary="Take note of an alarm by name, so that nobody else is told",
        parameters=[PK, KEY],
        request=Noted,
        responses={200: AlarmItem, **refused(400, 404, 409)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Take note; once more is refused with the name of who did."""
        alarm = Alarm.objects.filter(pk=pk).first()
        if alarm is None:
            raise NotFound("You have no alarm of this id.")
        given = Noted(data=request.data)
        given.is_valid(raise_exception=True)
        name = " ".join(given.validated_data["name"].split())
        by = replace(self.actor, name=f"{name} ({self.actor.name})") if name else self.actor
        alarms.acknowledge(alarm=alarm, by=by, at=timezone.now(), note=given.validated_data["note"])
        return Response(AlarmItem(alarm, context={"request": request}).data)


class AlarmRules(Endpoint):
    """The operator's rules."""

    parser_classes = [JSONParser]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(operation_id="alarm_rules", summary="List the rules for alarms", responses=RuleItem(many=True))
    def get(self, request: Request) -> Response:
        """Return every rule, by name."""
        return Response(RuleItem(AlarmRule.objects.all(), many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="alarm_rules_add",
        summary="Add a rule for alarms",
        parameters=[KEY, TOLD],
        request=RuleGiven,
        responses={201: RuleItem, **refused(400), **WRONG},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Add a rule; the secret of its webhook is in a header of this answer alone, and not of its repetition."""
        rule, secret = alarm_rules.add(given=_given(request), by=self.actor, at=timezone.now())
        body = RuleItem(rule, context={"request": request}).data
        return Response(body, status=HTTPStatus.CREATED, headers={**location(HTTPStatus.CREATED, body), **_told(secret)})


class OneAlarmRule(Endpoint):
    """One rule."""

    parser_classes = [JSONParser]
    needs = {"PUT": Permission.FILING_DRAFT, "DELETE": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="alarm_rules_show", summary="Show a rule", parameters=[RULE], responses={200: RuleItem, **refused(404)}
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return a rule."""
        return Response(RuleItem(_rule(pk), context={"request": request}).data)

    @extend_schema(
        operation_id="alarm_rules_change",
        summary="Change a rule",
        parameters=[RULE, TOLD],
        request=RuleGiven,
        responses={200: RuleItem, **refused(400, 404), **WRONG},
    )
    def put(self, request: Request, pk: UUID) -> Response:
        """Replace what a rule says."""
        rule = _rule(pk)
        secret = alarm_rules.change(rule=rule, given=_given(request), by=self.actor, at=timezone.now())
        return Response(RuleItem(rule, context={"request": request}).data, headers=_told(secret))

    @extend_schema(
        operation_id="alarm_rules_remove", summary="Remove a rule", parameters=[RULE], responses={204: None, **refused(404)}
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        """Remove a rule; alarms it raised stay."""
        alarm_rules.remove(rule=_rule(pk), by=self.actor, at=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class RuleSecret(Endpoint):
    """Gives the webhook of a rule another secret."""

    parser_classes = [JSONParser]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="alarm_rules_secret",
        summary="Give the webhook of a rule another secret, told in a header",
        parameters=[RULE, KEY, TOLD],
        request=None,
        responses={200: RuleItem, **refused(404)},
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Make the secret; calls are signed with it at once."""
        rule = _rule(pk)
        secret = alarm_rules.new_secret(rule=rule, by=self.actor, at=timezone.now())
        return Response(RuleItem(rule, context={"request": request}).data, headers=_told(secret))


def _told(secret: str) -> dict[str, str]:
    return {TOLD_IN: secret, "Cache-Control": "no-store"} if secret else {}


def _given(request: Request) -> Given:
    given = RuleGiven(data=request.data)
    given.is_valid(raise_exception=True)
    return Given(**given.validated_data)


def _rule(pk: UUID) -> AlarmRule:
    found: AlarmRule | None = AlarmRule.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("You have no rule of this id.")
    return found
