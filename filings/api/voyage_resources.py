"""What the API shows of voyages and flights, and what it takes."""

from typing import Any

from rest_framework import serializers

from filings.api import resources
from filings.deadlines.crossing import MODES
from filings.models import ArrivalNotice, Call, Voyage
from filings.services.arrivals import heard
from filings.services.arrivals.arrivals import By
from filings.services.arrivals.next_steps import Step
from filings.services.arrivals.proposed import Caution, Line
from filings.services.voyages.eta import Deed, Effect

MODE_HELP = "CL018: " + ", ".join(f"{each.mode} ({each.means}, {each.number_words})" for each in MODES.values())


class EtaChangeItem(serializers.Serializer[Any]):
    """One change of an estimate."""

    before = resources.at()
    after = resources.at()
    reason = serializers.CharField(allow_blank=True)
    at = resources.at()
    by = serializers.CharField()


class CallItem(serializers.ModelSerializer[Call]):
    """A place a voyage goes to."""

    eta = resources.at()
    arrived_at = resources.at()
    eta_changes = EtaChangeItem(many=True, read_only=True)

    class Meta:
        model = Call
        fields = ("id", "is_entry", "place", "office", "eta", "arrived_at", "eta_changes")
        read_only_fields = fields


class VoyageItem(serializers.ModelSerializer[Voyage]):
    """A voyage or flight."""

    calls = CallItem(many=True, read_only=True)
    created_at = resources.at()
    changed_at = resources.at()
    links = serializers.SerializerMethodField()

    class Meta:
        model = Voyage
        fields = ("id", "mode", "number", "name", "reference", "date", "calls", "created_at", "changed_at", "links")
        read_only_fields = fields

    def get_links(self, voyage: Voyage) -> resources.Links:
        """Return the addresses of what belongs to it."""
        names = {"self": "voyage", "filings": "voyage-filings", "arrival": "voyage-arrival", "goods": "voyage-goods"}
        names |= {"eta": "voyage-eta", "notices": "voyage-notices", "next_steps": "voyage-next-steps"}
        return {rel: resources.address(name, self.context["request"], voyage.pk) for rel, name in names.items()}


class VoyageGiven(serializers.Serializer[dict[str, Any]]):
    """A voyage or flight to enter, with its first place of entry."""

    mode = serializers.ChoiceField(choices=list(MODES), help_text=MODE_HELP)
    number = serializers.CharField(max_length=35, help_text="as the filings name it")
    eta = serializers.DateTimeField(help_text="estimated arrival at the first place of entry")
    place = serializers.CharField(max_length=8, default="", allow_blank=True, help_text="UN/LOCODE")
    office = serializers.CharField(max_length=10, default="", allow_blank=True, help_text="customs office of first entry")
    name = serializers.CharField(max_length=70, default="", allow_blank=True)
    reference = serializers.CharField(max_length=35, default="", allow_blank=True, help_text="what the carrier calls it")
    date = serializers.DateField(default=None, allow_null=True, help_text="of the flight")


class VoyageDescribed(serializers.Serializer[dict[str, Any]]):
    """What may change of a voyage; what is left out stays."""

    place = serializers.CharField(max_length=8, required=False, allow_blank=True)
    office = serializers.CharField(max_length=10, required=False, allow_blank=True)
    name = serializers.CharField(max_length=70, required=False, allow_blank=True)
    reference = serializers.CharField(max_length=35, required=False, allow_blank=True)
    date = serializers.DateField(required=False, allow_null=True)


class CallGiven(serializers.Serializer[dict[str, Any]]):
    """A later call."""

    place = serializers.CharField(max_length=8)
    eta = serializers.DateTimeField()
    office = serializers.CharField(max_length=10, default="", allow_blank=True)


class ArrivedGiven(serializers.Serializer[dict[str, Any]]):
    """When it arrived."""

    arrived_at = serializers.DateTimeField(allow_null=True, help_text="null: it has not")


class EtaGiven(serializers.Serializer[dict[str, Any]]):
    """Another estimate, and what to do for the filings."""

    eta = serializers.DateTimeField()
    call = serializers.UUIDField(required=False, help_text="a later call; the first place of entry without it")
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)
    look = serializers.BooleanField(default=False, help_text="only say what it would mean")
    drafts = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="drafts to change; all that can be, without it"
    )
    amendments = serializers.ListField(
        child=serializers.UUIDField(), default=list, help_text="registered filings whose amendment to draft"
    )


class EffectItem(serializers.Serializer[Effect]):
    """What another estimate means for a filing."""

    filing = serializers.UUIDField(source="filing.pk")
    lrn = serializers.CharField(source="filing.lrn")
    deed = serializers.ChoiceField(choices=[deed.value for deed in Deed])
    sentence = serializers.CharField()


class EtaOutcome(serializers.Serializer[Any]):
    """What a change did, or would do."""

    changed = serializers.BooleanField()
    effects = EffectItem(many=True)
    drafts = serializers.ListField(child=serializers.UUIDField(), help_text="the drafts that were changed")
    amendments = serializers.ListField(child=serializers.UUIDField(), help_text="the drafts of amendments: check, submit")


class TakeGiven(serializers.Serializer[dict[str, Any]]):
    """Filings to take in or out."""

    filings = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=1000)


class TakenItem(serializers.Serializer[Any]):
    """How many were taken in."""

    taken_in = serializers.IntegerField()


class CautionItem(serializers.Serializer[Caution]):
    """What to know of a filing before it is listed."""

    weight = serializers.ChoiceField(choices=["stop", "warn"])
    sentence = serializers.CharField()


class ArrivalLine(serializers.Serializer[Line]):
    """A filing that comes with a voyage."""

    filing = serializers.UUIDField(source="filing.pk")
    lrn = serializers.CharField(source="filing.lrn")
    state = serializers.CharField(source="filing.state")
    mrn = serializers.CharField(allow_blank=True)
    transport_document = serializers.CharField(source="filing.transport_document", allow_blank=True)
    transport_document_type = serializers.CharField(source="kind", allow_blank=True)
    is_proposed = serializers.BooleanField()
    warnings = CautionItem(many=True)


class ArrivalStanding(serializers.Serializer[Any]):
    """What a notification would list, and the notifications there are."""

    warnings = serializers.ListField(child=serializers.CharField())
    lines = ArrivalLine(many=True)
    notifications = resources.FilingItem(many=True)


class ContactGiven(serializers.Serializer[dict[str, Any]]):
    """A party and how customs reaches it."""

    eori = serializers.CharField(max_length=17)
    kind = serializers.ChoiceField(choices=["EM", "TE"], help_text="CL707")
    address = serializers.CharField(max_length=512)


class DocumentGiven(serializers.Serializer[dict[str, Any]]):
    """A transport document of a filing of somebody else."""

    number = serializers.CharField(max_length=70)
    type = serializers.CharField(max_length=4, help_text="CL754")


class ArrivalGiven(serializers.Serializer[dict[str, Any]]):
    """What customs is told of an arrival."""

    arrived_at = serializers.DateTimeField()
    notifier = ContactGiven()
    by = serializers.ChoiceField(choices=[each.value for each in By], default=By.MRN.value)
    office = serializers.CharField(max_length=10, default="", allow_blank=True, help_text="that of the call without it")
    filings = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="own filings to list; all that are proposed, without it"
    )
    mrns = serializers.ListField(child=serializers.CharField(max_length=40), default=list, help_text="of others")
    documents = DocumentGiven(many=True, default=list)
    notify = ContactGiven(many=True, default=list, help_text="parties that shall be told, too")
    submit = serializers.BooleanField(default=True, help_text="false keeps it as a draft")
    despite_findings = serializers.BooleanField(default=False)


class ArrivalNoticeItem(serializers.ModelSerializer[ArrivalNotice]):
    """What customs said about goods that arrive."""

    dated_at = resources.at()
    heard_at = resources.at()
    filing = serializers.UUIDField(source="filing_id", allow_null=True)
    notification = serializers.UUIDField(source="notification_id", allow_null=True)
    cause = serializers.SerializerMethodField(help_text="why it could not arrive, as far as we can tell")
    deed = serializers.SerializerMethodField(help_text="what to do")
    detail = serializers.DictField(help_text="errors and houses; or office, scheduled and controls with place and goods")

    class Meta:
        model = ArrivalNotice
        fields = (
            "id", "event", "message_type", "mrn", "transport_document", "filing", "notification", "dated_at", "heard_at",
            "detail", "cause", "deed",
        )  # fmt: skip
        read_only_fields = fields

    def get_cause(self, notice: ArrivalNotice) -> str:
        """Return the likely cause."""
        return heard.advice(notice).cause if "errors" in notice.detail else ""

    def get_deed(self, notice: ArrivalNotice) -> str:
        """Return what to do."""
        return heard.advice(notice).deed if "errors" in notice.detail else "Unload and present the goods named."


class NextStepItem(serializers.Serializer[Step]):
    """What comes next in a country."""

    country = serializers.CharField(help_text="* holds everywhere")
    step = serializers.CharField()
    words = serializers.CharField()
    needs = serializers.ListField(child=serializers.CharField(), help_text="the data it asks for")
    # Hides the framework's own attribute of this name, which is for reading requests; this one is only ever shown.
    source = serializers.CharField()  # type: ignore[assignment]
    certain = serializers.BooleanField(help_text="false: check it with customs")


class GoodsList(serializers.Serializer[Any]):
    """The goods of a voyage's filings."""

    goods = serializers.ListField(child=serializers.DictField(child=serializers.CharField(allow_blank=True)))


class ProposedItem(serializers.Serializer[Any]):
    """A journey that filings name and nobody entered: post it as it stands."""

    mode = serializers.CharField(source="said.mode")
    number = serializers.CharField(source="said.number")
    eta = serializers.DateTimeField(source="said.eta")
    place = serializers.CharField(source="said.place", allow_blank=True)
    office = serializers.CharField(source="said.office", allow_blank=True)
    filings = serializers.IntegerField(source="count")


class VoyagePage(serializers.Serializer[Any]):
    """One page of voyages."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = VoyageItem(many=True)
