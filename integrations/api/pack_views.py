"""The API of packs of evidence."""

from typing import Any, Final
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from filings.api.base import KEY, Endpoint, idempotent
from filings.api.resources import Problem, at
from integrations import evidence_packs, outages
from integrations.models import EvidencePack, Outage
from integrations.web.pack_pages import attachment

NOT_FOUND: Final = {(404, "application/problem+json"): Problem}
REFUSED: Final = {(409, "application/problem+json"): Problem}
MOST: Final = 100  # packs in one answer
Links = dict[str, str]


class PackItem(serializers.ModelSerializer[EvidencePack]):
    """A pack of evidence."""

    since = at()
    until = at()
    requested_at = at()
    made_at = at()
    outage = serializers.UUIDField(source="outage_id", read_only=True, allow_null=True)
    links = serializers.SerializerMethodField()

    class Meta:
        model = EvidencePack
        fields = (
            "id", "state", "reason", "since", "until", "outage", "requested_at", "made_at", "messages", "size", "sha256", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_links(self, pack: EvidencePack) -> Links:
        """Return the address of the pack, and of its file once it is made."""
        names = {"self": "evidence-pack"}
        if pack.state == EvidencePack.State.READY:
            names["content"] = "evidence-content"
        request = self.context["request"]
        return {rel: reverse(f"integrations-api:{name}", args=[pack.pk], request=request) for rel, name in names.items()}


class NewPack(serializers.Serializer[dict[str, Any]]):
    """What a pack is to be about: a period, or an outage."""

    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    outage = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values.

        :raises ValidationError: unless there is either an outage or both ends of a period.
        """
        if ("outage" in attrs) == bool({"since", "until"} & set(attrs)) or ("since" in attrs) != ("until" in attrs):
            raise serializers.ValidationError("Give an outage, or since and until.")
        return attrs


class Packs(Endpoint):
    """Packs of evidence of the operator."""

    @extend_schema(operation_id="evidence_packs", summary="List packs of evidence", responses={200: PackItem(many=True)})
    def get(self, request: Request) -> Response:
        """Return them, the latest first."""
        return Response(PackItem(evidence_packs.packs()[:MOST], many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="evidence_packs_request",
        summary="Ask for a pack of evidence",
        parameters=[KEY],
        request=NewPack,
        responses={201: PackItem, **NOT_FOUND, **REFUSED},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Queue it; it is made in the background."""
        asked = NewPack(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        if "outage" in values:
            try:
                outage = outages.register().get(pk=values["outage"])
            except Outage.DoesNotExist:
                raise NotFound("There is no outage of this id.") from None
            pack = evidence_packs.for_outage(outage=outage, by=self.actor, at=now())
        else:
            pack = evidence_packs.request(**values, by=self.actor, at=now())
        shown = PackItem(pack, context={"request": request}).data
        return Response(shown, status=201, headers={"Location": shown["links"]["self"]})


class OnePack(Endpoint):
    """A pack of evidence."""

    @extend_schema(operation_id="evidence_pack", summary="Follow a pack of evidence", responses={200: PackItem, **NOT_FOUND})
    def get(self, request: Request, pk: UUID) -> Response:
        """Return how far it is."""
        return Response(PackItem(_pack(pk), context={"request": request}).data)


class Content(Endpoint):
    """The file of a pack of evidence."""

    @extend_schema(
        operation_id="evidence_pack_content",
        summary="Download a pack of evidence",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **NOT_FOUND, **REFUSED},
    )
    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Return the ZIP."""
        return attachment(_pack(pk))


def _pack(pk: UUID) -> EvidencePack:
    """Return a pack of the operator.

    :raises NotFound: if it has none of that id.
    """
    try:
        return evidence_packs.pack_of(pk)
    except EvidencePack.DoesNotExist:
        raise NotFound("You have no pack of this id.") from None
