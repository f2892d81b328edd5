"""Messages of the gateway as the API shows them to the ITSP's staff; content is only in files, whose reading is audited."""

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from filings.api.resources import at as moment
from filings.models import OutboxMessage
from filings.outbox import PRIORITIES
from integrations import refusals, search
from integrations.models import Attempt, InboundMessage, Refusal
from integrations.reading import Reading
from integrations.search import Place, Wanted

Links = dict[str, str]
STATES = sorted({*OutboxMessage.State.values, *InboundMessage.State.values})


class OperatorOf(serializers.Serializer[Any]):
    """Whose message it is."""

    id = serializers.UUIDField(source="pk")
    name = serializers.CharField()
    eori = serializers.CharField()


class FilingOf(serializers.Serializer[Any]):
    """The filing it is about."""

    id = serializers.UUIDField(source="pk")
    lrn = serializers.CharField()
    mrn = serializers.CharField()


class Common(serializers.Serializer[Any]):
    """What messages of both directions have."""

    id = serializers.UUIDField(source="pk")
    message_id = serializers.CharField()
    message_type = serializers.CharField()
    state = serializers.CharField()
    state_words = serializers.CharField(source="get_state_display")
    reason = serializers.CharField()
    operator = OperatorOf(allow_null=True)
    filing = FilingOf(allow_null=True)


class SentItem(Common):
    """A message of ours in the queue or sent."""

    priority = serializers.CharField()
    attempts = serializers.IntegerField()
    created_at = moment()
    due_at = moment()
    done_at = moment()
    answered_at = moment()
    follows = serializers.UUIDField(source="follows_id", allow_null=True, help_text="the message of its filing it waits for")


class ReceivedItem(Common):
    """A message of customs."""

    ref_to_message_id = serializers.CharField()
    note = serializers.CharField(help_text="what a person wrote who dealt with it")
    received_at = moment()
    routed_at = moment()
    receipt_sent_at = moment()


class RowItem(serializers.Serializer[Any]):
    """A row of the list of messages."""

    direction = serializers.ChoiceField(choices=[search.SENT, search.RECEIVED])
    at = moment()
    connection = serializers.CharField(help_text="its name; empty before the first attempt")
    message = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    def get_message(self, row: search.Row) -> dict[str, Any]:
        """Return the message."""
        kind = SentItem if row.direction == search.SENT else ReceivedItem
        return dict(kind(row.message).data)

    def get_links(self, row: search.Row) -> Links:
        """Return its address."""
        return {"self": reverse(f"integrations-api:gateway-{row.direction}", args=[row.pk], request=self.context["request"])}


class PageOfRows(serializers.Serializer[Any]):
    """A page of messages."""

    next = serializers.URLField(allow_null=True)
    results = RowItem(many=True)


class TriedItem(serializers.ModelSerializer[Attempt]):
    """One POST of a message of ours."""

    started_at = moment()
    ended_at = moment()

    class Meta:
        model = Attempt
        fields = ("id", "number", "started_at", "ended_at", "outcome", "status", "code", "reason")
        read_only_fields = fields


class ReadingItem(serializers.Serializer[Reading]):
    """The header of a message: its fields in order, and who signed."""

    fields_of_header = serializers.SerializerMethodField()
    signed_by = serializers.SerializerMethodField()

    def get_fields_of_header(self, reading: Reading) -> list[dict[str, Any]]:
        """Return depth, name and value of each field."""
        return [{"depth": each.depth, "name": each.name, "value": each.value} for each in reading.fields]

    def get_signed_by(self, reading: Reading) -> list[dict[str, Any]]:
        """Return subject, issuer and digest of each certificate, the signer's first."""
        return [
            {"subject": each.subject, "issuer": each.issuer, "serial": each.serial, "sha256": each.fingerprint}
            for each in reading.certificates
        ]


class RefusalItem(serializers.ModelSerializer[Refusal]):
    """Something that came in as a message and was refused."""

    connection = serializers.CharField(source="connection.name", default=None)
    advice = serializers.SerializerMethodField(help_text="what a person does about it")
    at = moment()
    last_at = moment()
    settled_at = moment()
    links = serializers.SerializerMethodField()

    class Meta:
        model = Refusal
        fields = (
            "id", "door", "is_customs", "address", "connection", "message_id", "action", "code", "reason", "advice",
            "content_type", "size", "sha256", "at", "last_at", "times", "settled_at", "note", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_advice(self, row: Refusal) -> str:
        """Return what to do."""
        return refusals.advice(row.code)

    def get_links(self, row: Refusal) -> Links:
        """Return its address and that of its octets."""
        names = {"self": "gateway-refused-one", **({"octets": "gateway-refused-octets"} if row.sha256 else {})}
        request = self.context["request"]
        return {name: reverse(f"integrations-api:{view}", args=[row.pk], request=request) for name, view in names.items()}


# --- What is asked ---------------------------------------------------------------------------------------------------------


class Question(serializers.Serializer[dict[str, Any]]):
    """What to look for; nothing is needed."""

    q = serializers.CharField(required=False, default="", max_length=255, help_text="any id from its beginning; EORI as a whole")
    direction = serializers.ChoiceField(required=False, default="", choices=["", search.SENT, search.RECEIVED])
    operator = serializers.UUIDField(required=False, default=None, help_text="id")
    connection = serializers.IntegerField(required=False, default=None, help_text="number")
    state = serializers.CharField(required=False, default="", max_length=10, help_text=f"one of {', '.join(STATES)}")
    priority = serializers.ChoiceField(required=False, default="", choices=["", *PRIORITIES])
    type = serializers.CharField(required=False, default="", max_length=8)
    since = serializers.DateTimeField(required=False, default=None)
    until = serializers.DateTimeField(required=False, default=None)
    order = serializers.ChoiceField(required=False, default=search.NEWEST, choices=[search.NEWEST, search.OLDEST])
    after = serializers.CharField(required=False, default="", max_length=80, help_text="from next")

    def validate_state(self, state: str) -> str:
        """Refuse what is no state."""
        if state and state not in STATES:
            raise serializers.ValidationError(f"It is one of {', '.join(STATES)}.")
        return state


def wanted(given: dict[str, Any]) -> Wanted:
    """Return a question in the words of the search."""
    return Wanted(
        text=given["q"],
        direction=given["direction"],
        operator_id=given["operator"],
        connection_id=given["connection"],
        state=given["state"],
        priority=given["priority"],
        message_type=given["type"].upper(),
        since=given["since"],
        until=given["until"],
        order=given["order"],
        after=Place.read(given["after"]),
    )


class Ids(serializers.Serializer[dict[str, Any]]):
    """Which ones."""

    ids = serializers.ListField(child=serializers.UUIDField(), max_length=500, allow_empty=False)


class IdsWithNote(Ids):
    """Which ones, and why."""

    text = serializers.CharField(max_length=300, help_text="for whoever asks later")


class Chosen(serializers.Serializer[dict[str, Any]]):
    """Which messages: by id, or with `whole` all in the queue that fit the rest."""

    ids = serializers.ListField(child=serializers.UUIDField(), max_length=500, required=False, default=list)
    whole = serializers.BooleanField(required=False, default=False)
    operator = serializers.UUIDField(required=False, default=None)
    priority = serializers.ChoiceField(required=False, default="", choices=["", *PRIORITIES])
    type = serializers.CharField(required=False, default="", max_length=8)
    connection = serializers.IntegerField(required=False, default=None)
    reason = serializers.CharField(required=False, default="", max_length=300, help_text="of holding back")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for ids unless all are meant.

        :raises ValidationError: if nothing is chosen
        """
        if not attrs["ids"] and not attrs["whole"]:
            raise serializers.ValidationError({"ids": ["Name at least one message, or say whole for all that fit."]})
        return attrs


class Given(serializers.Serializer[dict[str, Any]]):
    """To whom a message of the tray is given."""

    operator = serializers.UUIDField(help_text="id")
    reference = serializers.CharField(required=False, default="", max_length=64, help_text="LRN or MRN of the filing")
    text = serializers.CharField(max_length=300, help_text="why, for whoever asks later")


class Count(serializers.Serializer[Any]):
    """How many a deed was done to."""

    count = serializers.IntegerField()
