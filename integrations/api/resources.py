"""Evidence as the API shows it."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from integrations.models import Attempt, Exchange, InboundMessage

Links = dict[str, str]


def _download(row: Any, filing_id: Any, kind: str, part: str, context: Mapping[str, Any]) -> str:
    return reverse("integrations-api:download", args=[filing_id, kind, row.pk, part], request=context["request"])


class AttemptItem(serializers.ModelSerializer[Attempt]):
    """One POST of a message of ours."""

    links = serializers.SerializerMethodField()

    class Meta:
        model = Attempt
        fields = ("number", "started_at", "ended_at", "outcome", "status", "code", "reason", "response_type", "links")
        read_only_fields = fields

    def get_links(self, attempt: Attempt) -> Links:
        """Return the address of the response, if there was one."""
        if attempt.status is None:
            return {}
        filing_id = self.context["filing_id"]
        return {"response": _download(attempt, filing_id, "attempts", "response", self.context)}


class ExchangeItem(serializers.ModelSerializer[Exchange]):
    """One message of ours, its attempts, and customs' receipt."""

    sha256 = serializers.CharField(source="digest", read_only=True, help_text="of the octets sent")
    size = serializers.IntegerField(read_only=True)
    attempts = AttemptItem(source="tries", many=True, read_only=True)
    links = serializers.SerializerMethodField()

    class Meta:
        model = Exchange
        fields = (
            "id", "message_id", "message_type", "state", "created_at", "receipted_at", "content_type", "sha256", "size",
            "attempts", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_links(self, exchange: Exchange) -> Links:
        """Return the addresses of its files."""
        parts = ["xml", "message", *(["receipt"] if exchange.receipted_at else [])]
        filing_id = self.context["filing_id"]
        return {part: _download(exchange, filing_id, "exchanges", part, self.context) for part in parts}


class InboundItem(serializers.ModelSerializer[InboundMessage]):
    """One message of customs, and our receipt."""

    sha256 = serializers.CharField(source="digest", read_only=True, help_text="of the octets received")
    size = serializers.IntegerField(read_only=True)
    links = serializers.SerializerMethodField()

    class Meta:
        model = InboundMessage
        fields = (
            "id", "message_id", "message_type", "ref_to_message_id", "state", "reason", "received_at", "receipt_sent_at",
            "content_type", "sha256", "size", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_links(self, message: InboundMessage) -> Links:
        """Return the addresses of its files."""
        filing_id = self.context["filing_id"]
        return {part: _download(message, filing_id, "inbound", part, self.context) for part in ("xml", "message", "receipt")}


class EvidenceOfFiling(serializers.Serializer[Any]):
    """Everything that went over the wire about a filing."""

    sent = ExchangeItem(many=True, read_only=True)
    received = InboundItem(many=True, read_only=True)
