"""The API of deadlines: when a filing is due and why, and the facts about its journey that one enters."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api.resources import at
from filings.api.views import PK, FilingEndpoint, refused
from filings.deadlines import Deadline, Reason
from filings.deadlines.voyage import MODE_WORDS
from filings.models import Filing
from filings.services import dates, freezing
from filings.services.dates import KnownDate
from filings.services.freezing import Freeze
from filings.services.voyages import journeys
from tenants.permissions import Permission


class ReasonItem(serializers.Serializer[Reason]):
    """What a deadline rests on."""

    sentence = serializers.CharField()
    assumed = serializers.BooleanField(help_text="nobody said so; enter the fact to be sure")


class DeadlineItem(serializers.Serializer[Deadline]):
    """A moment by which, or from which on, something must be done."""

    name = serializers.CharField(help_text="case of the law, carrier or own")
    kind = serializers.ChoiceField(choices=["legal", "carrier", "own"])
    bound = serializers.ChoiceField(choices=["latest", "not_before", "expires"])
    at = serializers.DateTimeField(allow_null=True, help_text="UTC; null if what it counts from is not known, see missing")
    article = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    sentence = serializers.CharField()
    anchor = serializers.CharField(help_text="what it counts from")
    anchor_at = serializers.DateTimeField(allow_null=True)
    # Hides the framework's own attribute of this name, which is for reading requests; this one is only ever shown.
    source = serializers.CharField(allow_blank=True, help_text="element path, or fact: and the name of a fact")  # type: ignore[assignment]
    missing = serializers.ListField(child=serializers.CharField(), help_text="element paths or facts that would tell")
    lifted = serializers.CharField(allow_blank=True, help_text="why it does not apply")
    reasons = ReasonItem(many=True)


class Facts(serializers.Serializer[dict[str, Any]]):
    """What one knows about a journey and the filing does not say; null takes a fact away, what is left out stays."""

    loading_at = serializers.DateTimeField(allow_null=True, required=False)
    departure_at = serializers.DateTimeField(allow_null=True, required=False)
    arrival_at = serializers.DateTimeField(allow_null=True, required=False)
    carrier_cut_off = serializers.DateTimeField(allow_null=True, required=False)
    duration_minutes = serializers.IntegerField(allow_null=True, required=False, min_value=0, max_value=journeys.LONGEST)
    active_mode = serializers.ChoiceField(
        choices=["", *MODE_WORDS], required=False, help_text="CL018, as of the ferry under a lorry"
    )
    containers = serializers.BooleanField(allow_null=True, required=False)
    short_sea = serializers.BooleanField(allow_null=True, required=False)
    force_majeure = serializers.BooleanField(required=False)


class DateItem(serializers.Serializer[KnownDate]):
    """A date that follows from what customs did."""

    name = serializers.CharField(help_text="expires, consult, reuse or cut_over")
    title = serializers.CharField()
    sentence = serializers.CharField()
    at = at()
    warn = serializers.BooleanField(help_text="it comes soon")
    passed = serializers.BooleanField()


class FreezeItem(serializers.Serializer[Freeze]):
    """A time in which the clock of the filing stands or stood still."""

    since = at()
    until = at()
    why = serializers.CharField()
    reference = serializers.CharField(allow_blank=True, help_text="customs' own number or name for it")


class Standing(serializers.Serializer[dict[str, Any]]):
    """When a filing is due."""

    due_at = at()
    deadlines = DeadlineItem(many=True)
    dates = DateItem(many=True)
    freezes = FreezeItem(many=True, help_text="outages it met; without an end while one lasts")
    facts = Facts()


class Deadlines(FilingEndpoint):
    """The deadlines of a filing."""

    parser_classes = [JSONParser]
    needs = {"PATCH": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_deadlines",
        summary="Show when a filing is due, by which article, and what is assumed",
        parameters=[PK],
        responses={200: Standing, **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return the deadlines and the facts they are reckoned with."""
        return Response(_standing(self.filing(pk)))

    @extend_schema(
        operation_id="filings_deadlines_facts",
        summary="Enter facts about the journey of a filing",
        parameters=[PK],
        request=Facts,
        responses={200: Standing, **refused(400, 404, 422)},
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        """Keep facts, in any state of the filing, and reckon anew."""
        filing, given = self.filing(pk), Facts(data=request.data)
        given.is_valid(raise_exception=True)
        journeys.enter(filing=filing, facts=given.validated_data, by=self.actor, at=timezone.now())
        return Response(_standing(filing))


def _standing(filing: Filing) -> dict[str, Any]:
    facts = journeys.facts_of(filing)
    shown = {
        "due_at": filing.due_at,
        "deadlines": journeys.deadlines_of(filing),
        "dates": dates.of_filing(filing, at=timezone.now()),
        "freezes": freezing.of_filing(filing),
        "facts": facts,
    }
    body: dict[str, Any] = Standing(shown).data
    return body
