"""What the API shows of shipments: who is expected, what is filed, what links, and what keeps filings apart."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from filings.api.resources import address, at
from filings.linking import Compared, Difference, Prediction
from filings.models import Filing, Shipment, ShipmentNotice
from filings.services.shipments.board import STATUS, Awaited, Expected
from filings.services.shipments.matching import Mismatch
from filings.services.shipments.others import Elsewhere
from filings.services.shipments.tree import Leaf


class ComparedItem(serializers.Serializer[Compared]):
    """One part of a key as two filings have it."""

    name = serializers.CharField()
    words = serializers.CharField()
    how = serializers.ChoiceField(choices=["equal", "spelled", "differs", "missing"])
    upper_path = serializers.CharField(help_text="element path in the filing above, with the number of the house")
    upper = serializers.CharField(allow_blank=True)
    lower_path = serializers.CharField()
    lower = serializers.CharField(allow_blank=True)
    repair = serializers.CharField(help_text="what to do when it does not fit")


class DifferenceItem(serializers.Serializer[Difference]):
    """A figure that differs between two filings that link."""

    what = serializers.CharField(help_text="weight, pieces or containers")
    upper = serializers.CharField()
    lower = serializers.CharField()
    wrong = serializers.BooleanField(help_text="false: other filings may bring the rest")
    sentence = serializers.CharField()


class PredictionItem(serializers.Serializer[Prediction]):
    """Whether customs will link two filings."""

    links = serializers.BooleanField()
    sentence = serializers.CharField()
    combination = serializers.CharField(help_text="empty if their kinds never belong together")
    first_is_upper = serializers.BooleanField(help_text="whether the filing of the address expects the other one")
    parts = ComparedItem(many=True, help_text="every part of the key that fits best")
    warnings = DifferenceItem(many=True)


class ShipmentItem(serializers.ModelSerializer[Shipment]):
    """A shipment, as in the list."""

    due_at = at()
    created_at = at()
    changed_at = at()
    is_behind = serializers.BooleanField(help_text="something changed a moment ago that the counts and due_at follow in seconds")
    links = serializers.SerializerMethodField()

    class Meta:
        model = Shipment
        fields = (
            "id", "kind", "number", "mode", "carrier", "filings_count", "filed_count", "missing_count", "unlinked_count",
            "awaited_count", "due_at", "created_at", "changed_at", "is_behind", "links",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.URLField()))
    def get_links(self, shipment: Shipment) -> dict[str, str]:
        """Return where it is."""
        return {"self": address("shipment", self.context["request"], shipment.pk)}


class ShipmentPage(serializers.Serializer[Any]):
    """One page of shipments."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ShipmentItem(many=True)


class MemberItem(serializers.Serializer[Leaf]):
    """A filing of a shipment, in the order of the tree."""

    id = serializers.UUIDField(source="filing.pk")
    message_type = serializers.CharField(source="filing.message_type")
    lrn = serializers.CharField(source="filing.lrn")
    mrn = serializers.CharField(source="filing.mrn")
    state = serializers.CharField(source="filing.state")
    transport_document = serializers.CharField(source="filing.transport_document")
    declarant = serializers.CharField(source="filing.declarant")
    depth = serializers.IntegerField(help_text="how far below the filing that stands on top")
    link = serializers.CharField(help_text="what is known of its link to the filing above, in words")


class ElsewhereItem(serializers.Serializer[Elsewhere]):
    """A filing of another operator that agreed by a filing request: where it stands, nothing of what it says."""

    filing_request = serializers.UUIDField(source="request", help_text="the filing request in which both agreed")
    name = serializers.CharField(help_text="of the company whose filing it is")
    eori = serializers.CharField()
    message_type = serializers.CharField()
    state = serializers.CharField()
    words = serializers.CharField(source="state_words", help_text="the state in words")
    has_mrn = serializers.BooleanField(help_text="whether customs gave it an MRN; which one is not shown")
    mrn_since = at()
    will_link = serializers.BooleanField(source="links")
    link_words = serializers.CharField(help_text="whether it will link, and which field differs")
    differs = serializers.ListField(child=serializers.CharField(), help_text="parts of the linking key")
    figures = serializers.ListField(
        child=serializers.CharField(), help_text="differences of gross mass and packages, if both sides let them be compared"
    )


class ExpectedItem(serializers.Serializer[Expected]):
    """What one filing of the shipment waits for."""

    party = serializers.CharField(help_text="EORI of who has to file; empty where nobody is named")
    thing = serializers.CharField()
    status = serializers.ChoiceField(choices=list(STATUS))
    words = serializers.CharField()
    late = serializers.BooleanField()
    due_at = at()
    named_by = serializers.UUIDField(source="named_by.pk", help_text="the filing that waits")
    filings = serializers.SerializerMethodField(help_text="ids of yours that fit")
    elsewhere = ElsewhereItem(many=True, help_text="filings of operators that agreed to show where theirs stand")
    blocks = serializers.CharField(help_text="what does not go on without it")

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_filings(self, row: Expected) -> list[str]:
        """Return the filings that fit."""
        return [str(each.pk) for each in row.filings]


class AwaitedItem(serializers.Serializer[Awaited]):
    """A party of whom customs said that its filing is missing, and that no filing of yours names."""

    party = serializers.CharField(source="notice.party")
    is_own = serializers.BooleanField(help_text="it is your own EORI")
    said_at = serializers.DateTimeField(source="notice.dated")


class MismatchItem(serializers.Serializer[Mismatch]):
    """Two filings of the shipment that will not link."""

    filing = serializers.UUIDField(source="filing.pk", help_text="the one below")
    other = serializers.UUIDField(source="other.pk", help_text="the one above")
    prediction = PredictionItem()


class NoticeItem(serializers.ModelSerializer[ShipmentNotice]):
    """What customs said of a shipment, about a party or a part of it."""

    dated = at()

    class Meta:
        model = ShipmentNotice
        fields = ("fact", "party", "subject", "value", "dated", "message_type")
        read_only_fields = fields


class ShipmentDetail(ShipmentItem):
    """A shipment with the first of who is expected, its filings, and what keeps them apart."""

    expected = ExpectedItem(many=True, source="board.rows")
    expected_count = serializers.IntegerField(source="board.total")
    above = ElsewhereItem(
        many=True, source="board.above", help_text="filings above yours, of operators that agreed to show where theirs stand"
    )
    awaited = AwaitedItem(many=True, source="board.awaited")
    filings = MemberItem(many=True, source="tree.leaves")
    mismatches = MismatchItem(many=True, source="tree.mismatches")
    notices = NoticeItem(many=True, source="told")

    class Meta(ShipmentItem.Meta):
        fields = (  # type: ignore[assignment]
            *ShipmentItem.Meta.fields, "expected", "expected_count", "above", "awaited", "filings", "mismatches", "notices",
        )  # fmt: skip
        read_only_fields = fields  # type: ignore[assignment]


class LinkedItem(serializers.ModelSerializer[Filing]):
    """A filing of yours that links to another."""

    class Meta:
        model = Filing
        fields = ("id", "message_type", "lrn", "mrn", "state", "transport_document")
        read_only_fields = fields
