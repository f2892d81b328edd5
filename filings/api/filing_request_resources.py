"""What the API shows of filing requests, and what it takes."""

from typing import Any, Final

from rest_framework import serializers

from filings.api import resources
from filings.models import FilingRequest
from filings.models.filing_request import FilingRequestAnswer, FilingRequestEvent
from filings.services.filing_requests import filing_requests
from filings.services.filing_requests.filing_requests import Side

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
        names = ("accept", "sheet", "decline", "withdraw", "mail-again")
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
