"""What the API shows of uploads, checks and filings kept in parts."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from filings.api.resources import ChangeItem, CheckItem, FindingItem, Links, address, at, links
from filings.models import Filing
from filings.models.large import CheckFinding, FilingPart, Upload
from filings.services.comparing import ChangedPart


class UploadItem(serializers.ModelSerializer[Upload]):
    """An upload, its check and the filing it became."""

    created_at = at()
    complete_at = at()
    check = serializers.SerializerMethodField()
    filing = serializers.UUIDField(source="filing_id", allow_null=True, read_only=True)
    links = serializers.SerializerMethodField()

    class Meta:
        model = Upload
        fields = ("id", "name", "size", "sha256", "submit", "created_at", "complete_at", "check", "filing", "links")
        read_only_fields = fields

    @extend_schema_field(CheckItem(allow_null=True))
    def get_check(self, upload: Upload) -> Any:
        """Return how far its check is."""
        latest = upload.latest
        return CheckItem(latest).data if latest else None

    def get_links(self, upload: Upload) -> Links:
        """Return the addresses of what belongs to the upload."""
        request = self.context["request"]
        found = {"self": address("upload", request, upload.pk), "findings": address("upload-findings", request, upload.pk)}
        if upload.filing_id:
            found["filing"] = address("filing", request, upload.filing_id)
        return found


class UploadPage(serializers.Serializer[Any]):
    """The last uploads."""

    results = UploadItem(many=True)


class CheckFindingItem(serializers.ModelSerializer[CheckFinding]):
    """One finding of a check by a worker."""

    class Meta:
        model = CheckFinding
        fields = ("number", "part", "path", "code", "rule", "severity", "sentence", "repair")
        read_only_fields = fields


class CheckFindings(serializers.Serializer[Any]):
    """Findings of a check: how many there are, how many of them are kept, and a page of those."""

    check = CheckItem()
    kept = serializers.IntegerField(help_text="how many can be listed; the first 10,000 are kept")
    next = serializers.IntegerField(allow_null=True, help_text="`after` of the next page")
    findings = CheckFindingItem(many=True)


class PartItem(serializers.ModelSerializer[FilingPart]):
    """One part of a filing kept in parts, in a list."""

    # Hides the framework's own attribute of this name, which is for reading requests; this one is only ever shown.
    errors = serializers.IntegerField(read_only=True)  # type: ignore[assignment]

    class Meta:
        model = FilingPart
        fields: tuple[str, ...] = ("number", "reference", "errors", "warnings")
        read_only_fields = fields


class PartPage(serializers.Serializer[Any]):
    """One page of parts."""

    path = serializers.CharField(help_text="where in the document they stand")
    count = serializers.IntegerField(help_text="of all parts of the filing")
    next = serializers.IntegerField(allow_null=True, help_text="`after` of the next page")
    results = PartItem(many=True)


class PartDetail(PartItem):
    """One part with what it says and what is wrong inside it."""

    document = serializers.DictField(read_only=True)
    findings = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    class Meta(PartItem.Meta):
        fields = (*PartItem.Meta.fields, "document", "findings", "links")
        read_only_fields = fields

    @extend_schema_field(FindingItem(many=True))
    def get_findings(self, _part: FilingPart) -> Any:
        """Return what is wrong inside it now."""
        return [finding.as_dict() for finding in self.context["findings"]]

    def get_links(self, part: FilingPart) -> Links:
        """Return the addresses of the part and of its filing."""
        request = self.context["request"]
        own = address("part", request, part.filing_id, part.number)
        return {"self": own, "filing": links(cast(Any, part.filing), request)["self"]}


class FrameDetail(serializers.Serializer[Filing]):
    """What a filing kept in parts says around its parts."""

    revision = serializers.IntegerField()
    document = serializers.DictField()


class ChangedPartItem(serializers.Serializer[ChangedPart]):
    """One part in which an amendment differs from what customs has."""

    number = serializers.IntegerField(source="differs.number", help_text="its place in the amendment, 0 if it is left out")
    before = serializers.IntegerField(source="differs.before", help_text="its place in what customs has, 0 if it was added")
    reference = serializers.CharField(source="differs.reference", allow_blank=True)
    deed = serializers.ChoiceField(choices=["changed", "added", "left_out"])
    changes = ChangeItem(many=True, help_text="the places that differ; none of a part that was added or left out")


class ChangedPartPage(serializers.Serializer[Any]):
    """How many parts differ, and a page of them."""

    of = serializers.IntegerField(help_text="how many parts customs has")
    changed = serializers.IntegerField()
    added = serializers.IntegerField()
    left_out = serializers.IntegerField()
    next = serializers.IntegerField(allow_null=True, help_text="`after` of the next page")
    results = ChangedPartItem(many=True)
