"""What the API shows: a filing, its timeline, findings, messages. Times are UTC with a Z."""

from datetime import UTC
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from filings.api.word_resources import CustomsError, MeaningItem
from filings.lifecycle import Fact
from filings.messages.catalogue import Message
from filings.messages.finding import Finding
from filings.models import Check, Filing, FilingEvent
from filings.selectors import can_be_filed, findings_of
from filings.services import words
from filings.services.large.parts import latest_check

Links = dict[str, str]


def at() -> serializers.DateTimeField:
    """Return a field for a moment: read-only, UTC, to the second and below, with a Z."""
    return serializers.DateTimeField(read_only=True, default_timezone=UTC)


class FactItem(serializers.Serializer[Fact]):
    """Something customs said besides the state."""

    facet = serializers.CharField(help_text="what it is about; of each facet one value holds")
    value = serializers.CharField()
    name = serializers.CharField()
    sentence = serializers.CharField(help_text="what it means, for people")


class EntityItem(serializers.Serializer[dict[str, str]]):
    """A state a consultation found."""

    type = serializers.CharField(help_text="CL721")
    identification = serializers.CharField()
    state = serializers.CharField(help_text="CL744")


class FilingItem(serializers.ModelSerializer[Filing]):
    """A filing as lists show it."""

    state_words = serializers.CharField(read_only=True)
    created_at = at()
    changed_at = at()
    submitted_at = at()
    sent_at = at()
    answered_at = at()
    registered_at = at()
    due_at = at()
    # Hides the framework's own attribute of this name, which is for reading requests; this one is only ever shown.
    errors = CustomsError(many=True, read_only=True)  # type: ignore[assignment]
    facts = FactItem(many=True, read_only=True)
    expires_at = at()
    about = serializers.UUIDField(source="about_id", read_only=True, help_text="the filing that a request is about")
    replaces = serializers.UUIDField(source="replaces_id", read_only=True, help_text="the filing it was filed anew for")
    result = EntityItem(many=True, read_only=True, help_text="what a consultation found")
    links = serializers.SerializerMethodField()

    class Meta:
        model = Filing
        fields: tuple[str, ...] = (
            "id", "message_type", "message_set", "version", "state", "state_words", "when_registered", "lrn", "mrn", "declarant",
            "transport_document", "source", "via", "revision", "created_at", "changed_at", "submitted_at", "sent_at",
            "answered_at", "registered_at", "due_at",
            "expires_at", "errors", "facts", "about", "replaces", "reason", "result", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_links(self, filing: Filing) -> Links:
        """Return the addresses of what belongs to the filing."""
        return links(filing, self.context["request"])


class CheckItem(serializers.ModelSerializer[Check]):
    """A check by a worker: how far it is, and what it found."""

    words = serializers.CharField(read_only=True, help_text="what is being done, for people")
    percent = serializers.IntegerField(read_only=True, help_text="of the phase; 100 when all is done")
    # Hides the framework's own attribute of this name, which is for reading requests; this one is only ever shown.
    errors = serializers.IntegerField(read_only=True, help_text="how many stop it from being submitted")  # type: ignore[assignment]
    created_at = at()
    started_at = at()
    done_at = at()

    class Meta:
        model = Check
        fields = (
            "id", "deed", "state", "phase", "words", "percent", "done_parts", "all_parts", "errors", "warnings", "refusal",
            "message_type", "created_at", "started_at", "done_at",
        )  # fmt: skip
        read_only_fields = fields


class FilingDetail(FilingItem):
    """A filing, a draft with the number of its findings."""

    findings_count = serializers.SerializerMethodField(help_text="only of a draft: nothing else can be corrected")
    check = serializers.SerializerMethodField(help_text="the last check by a worker, of a filing kept in parts")

    class Meta(FilingItem.Meta):
        fields = (*FilingItem.Meta.fields, "findings_count", "parts_count", "check")
        read_only_fields = fields

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_findings_count(self, filing: Filing) -> int | None:
        """Return how many findings a draft has."""
        if filing.in_parts:
            check = latest_check(filing)
            return check.errors + check.warnings if check and filing.is_draft else None
        return len(findings_of(filing)) if filing.is_draft else None

    @extend_schema_field(CheckItem(allow_null=True))
    def get_check(self, filing: Filing) -> Any:
        """Return how far the last check is."""
        check = latest_check(filing) if filing.in_parts else None
        return CheckItem(check).data if check else None


class FilingPage(serializers.Serializer[Any]):
    """One page of filings."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = FilingItem(many=True)


class EventItem(serializers.ModelSerializer[FilingEvent]):
    """One thing that happened to a filing."""

    at = at()
    detail = serializers.DictField(read_only=True)
    meaning = serializers.SerializerMethodField(help_text="of the message of customs that made it, if one did")

    @extend_schema_field(MeaningItem(allow_null=True))
    def get_meaning(self, event: FilingEvent) -> dict[str, Any] | None:
        """Return what the message of customs means."""
        found = words.meaning(event.detail.get("message", ""), event.detail.get("answers", ""))
        return MeaningItem(found).data if found else None

    class Meta:
        model = FilingEvent
        fields = ("at", "kind", "sentence", "actor", "message_id", "detail", "meaning")
        read_only_fields = fields


class FindingItem(serializers.Serializer[Finding]):
    """One fault of a document."""

    path = serializers.CharField(help_text="XPath; an index only where the element may repeat")
    code = serializers.CharField(help_text="functional error code, CL723")
    rule = serializers.CharField(help_text="rule or condition, empty for structure", allow_blank=True)
    severity = serializers.ChoiceField(choices=["error", "warning"])
    sentence = serializers.CharField()
    repair = serializers.CharField(help_text="the value that would put it right, if there is one", allow_blank=True)


class CheckResult(serializers.Serializer[dict[str, Any]]):
    """What a check found."""

    message = serializers.CharField()
    errors = serializers.IntegerField(help_text="how many stop it from being submitted")  # type: ignore[assignment]
    warnings = serializers.IntegerField()
    findings = FindingItem(many=True)


class MessageItem(serializers.Serializer[Message]):
    """A message of the message set."""

    id = serializers.CharField()
    message_set = serializers.CharField()
    version = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    family = serializers.CharField()
    direction = serializers.ChoiceField(choices=["to_customs", "from_customs"])
    mode = serializers.CharField()
    level = serializers.CharField()
    can_be_filed = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    def get_can_be_filed(self, message: Message) -> bool:
        """Say whether one may draft it."""
        return can_be_filed(message)

    def get_links(self, message: Message) -> Links:
        """Return the addresses of its schemas."""
        return {name: address(name, self.context["request"], message.id) for name in ("schema", "xsd")}


class SubmitOptions(serializers.Serializer[dict[str, Any]]):
    """How to submit."""

    despite_findings = serializers.BooleanField(
        default=False, help_text="send it with its errors, to see what customs' test system answers; refused in production"
    )
    via = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="PartyId of the connection to take, see /connections/"
    )


class WayItem(serializers.Serializer[Any]):
    """A connection to customs that filings may take."""

    party_id = serializers.CharField(source="name", help_text="what to give as `via`")
    title = serializers.CharField()
    environment = serializers.CharField(help_text="where it leads: sandbox, conformance test or production")
    is_usual = serializers.BooleanField(help_text="taken by filings that name none")


class AmendOptions(serializers.Serializer[dict[str, Any]]):
    """How to amend."""

    referral = serializers.CharField(
        max_length=17, default="", allow_blank=True, help_text="reference of the request of customs that it answers"
    )


class WhyOptions(serializers.Serializer[dict[str, Any]]):
    """Why a filing is invalidated."""

    reason = serializers.CharField(max_length=400, help_text="kept with the request; customs does not get it")


class ConsultOptions(serializers.Serializer[dict[str, Any]]):
    """How to consult."""

    again = serializers.BooleanField(default=False, help_text="also have the notifications of the last 30 days sent again")


class ChangeItem(serializers.Serializer[Any]):
    """One place that an amendment changes."""

    path = serializers.CharField(help_text="below the root, positions from 1 where the element may repeat")
    title = serializers.CharField()
    before = serializers.CharField(allow_blank=True, help_text="as customs has it, or as it was submitted; empty if it is new")
    after = serializers.CharField(allow_blank=True, help_text="empty if it is left out")


class RepairOptions(serializers.Serializer[dict[str, Any]]):
    """What to repair."""

    paths = serializers.ListField(
        child=serializers.CharField(max_length=1000),
        allow_empty=False,
        required=False,
        help_text="paths of findings that have a repair; without it, all of them",
    )


class RepairedFiling(FilingDetail):
    """A draft after its repair."""

    repaired = serializers.SerializerMethodField(help_text="how many values were put in")

    class Meta(FilingDetail.Meta):
        fields = (*FilingDetail.Meta.fields, "repaired")
        read_only_fields = fields

    def get_repaired(self, filing: Filing) -> int:
        """Return what the verb counted."""
        count: int = self.context["repaired"]
        return count


class Problem(serializers.Serializer[dict[str, Any]]):
    """A refusal (application/problem+json); some have more, such as findings or revision."""

    type = serializers.CharField(help_text="urn:landfall:problem: and a code for programs")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="a sentence for people")


class FindingsProblem(Problem):
    """A refusal that lists what is wrong."""

    findings = FindingItem(many=True)


class PathsProblem(Problem):
    """A refusal because of some places."""

    paths = serializers.ListField(child=serializers.CharField())


class RevisionProblem(Problem):
    """A refusal because the filing changed meanwhile."""

    revision = serializers.IntegerField()


def address(name: str, request: Request, *args: object) -> str:
    """Return the full address of a view of this API."""
    return reverse(f"filings-api:{name}", args=args, request=request)


def links(filing: Filing, request: Request) -> Links:
    """Return the addresses of what belongs to a filing."""
    names = {"self": "filing", "document": "document", "findings": "findings", "events": "events", "deadlines": "deadlines"}
    names |= {"changes": "changes"} if filing.about_id else {"requests": "requests"}
    if filing.in_parts:
        names |= {"parts": "parts", "check": "check-again"}
    return {rel: address(name, request, filing.pk) for rel, name in names.items()}


def checked(document_id: str, findings: list[Finding]) -> dict[str, Any]:
    """Return the result of a check."""
    errors = sum(finding.severity == "error" for finding in findings)
    listed = [finding.as_dict() for finding in findings]
    return {"message": document_id, "errors": errors, "warnings": len(findings) - errors, "findings": listed}
