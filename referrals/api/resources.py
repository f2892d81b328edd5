"""What the API shows and takes of referrals. Times are UTC with a Z."""

import base64
import binascii
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from filings.api import resources as of_filings
from referrals import selectors
from referrals.models import CarrierCopy, Case, CaseEvent, Goods, Notice, Request
from referrals.reference import kinds
from referrals.services.answering import Given, Screening
from referrals.services.attaching import File

KINDS = tuple(kinds())


class ReferralRequestItem(serializers.ModelSerializer[Request]):
    """One thing customs asks."""

    answered_at = of_filings.at()
    asks = serializers.JSONField(help_text="documents, information and methods, as customs sent them")
    answer = serializers.UUIDField(source="answer_id", allow_null=True, help_text="id of the filing row that answers it")

    class Meta:
        model = Request
        fields = ("reference", "kind", "state", "house", "master", "pointer", "asks", "answer", "answered_at")
        read_only_fields = fields


class ReferralGoodsItem(serializers.ModelSerializer[Goods]):
    """A document, container or receptacle the case is about."""

    class Meta:
        model = Goods
        fields = ("kind", "number", "forbidden")
        read_only_fields = fields


class ReferralEventItem(serializers.ModelSerializer[CaseEvent]):
    """A line of the history; of a comment the text, too."""

    at = of_filings.at()

    class Meta:
        model = CaseEvent
        fields = ("at", "kind", "sentence", "text", "actor")
        read_only_fields = fields


class ReferralNoticeItem(serializers.ModelSerializer[Notice]):
    """A mail, or a note of a call."""

    created_at = of_filings.at()
    sent_at = of_filings.at()

    class Meta:
        model = Notice
        fields = ("purpose", "way", "to", "spoke_with", "subject", "text", "mail_id", "state", "reason", "created_at", "sent_at")
        read_only_fields = fields


class ReferralItem(serializers.ModelSerializer[Case]):
    """A case, as lists show it."""

    kinds = serializers.SerializerMethodField()
    filing = serializers.UUIDField(source="filing_id", allow_null=True)
    owner = serializers.EmailField(source="owner.email", default=None, allow_null=True)
    asked_at = of_filings.at()
    received_at = of_filings.at()
    due_at = of_filings.at()
    escalated_at = of_filings.at()
    acknowledged_at = of_filings.at()
    requests = ReferralRequestItem(many=True)
    links = serializers.SerializerMethodField()

    class Meta:
        model = Case
        fields: tuple[str, ...] = (
            "id", "kinds", "state", "of_copy", "mrn", "filing", "member_state", "asked_at", "received_at", "due_at", "due_reason",
            "due_source", "owner", "escalated_at", "acknowledged_at", "acknowledged_by", "requests", "links",
        )  # fmt: skip
        read_only_fields = fields

    def get_kinds(self, case: Case) -> list[str]:
        """Return the kinds as a list."""
        return case.kinds.split()

    def get_links(self, case: Case) -> dict[str, str]:
        """Return the address of the case."""
        return {"self": reverse("referrals-api:referral", args=[case.pk], request=self.context["request"])}


class ReferralDetail(ReferralItem):
    """A case with everything that belongs to it."""

    goods = ReferralGoodsItem(many=True)
    events = serializers.SerializerMethodField()
    notices = ReferralNoticeItem(many=True)
    document = serializers.JSONField(help_text="what customs' message says")

    class Meta(ReferralItem.Meta):
        fields: tuple[str, ...] = (*ReferralItem.Meta.fields, "goods", "events", "notices", "document")
        read_only_fields = fields

    @extend_schema_field(ReferralEventItem(many=True))
    def get_events(self, case: Case) -> Any:
        """Return the history, newest first."""
        return ReferralEventItem(selectors.history(case)[:500], many=True).data


class CarrierCopyItem(serializers.ModelSerializer[CarrierCopy]):
    """What came as the carrier's copy."""

    filing = serializers.UUIDField(source="filing_id", allow_null=True)
    received_at = of_filings.at()

    class Meta:
        model = CarrierCopy
        fields = ("id", "message_type", "title", "sentence", "mrn", "transport_document", "filing", "received_at")
        read_only_fields = fields


class CaseQuery(serializers.Serializer[dict[str, Any]]):
    """Which cases to list."""

    which = serializers.ChoiceField(choices=[each for each in selectors.WHICH if each != "mine"], default="open")
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    text = serializers.CharField(required=False, max_length=70, help_text="how an MRN, a reference or a document number begins")
    filing = serializers.UUIDField(required=False, help_text="id of the filing it is about")


# --- What is taken ---------------------------------------------------------------------------------------------------------


class ReferralCommentGiven(serializers.Serializer[dict[str, Any]]):
    """A comment; customs does not get it."""

    text = serializers.CharField(max_length=4000)


class ReferralPersonGiven(serializers.Serializer[dict[str, Any]]):
    """Whom to give it to."""

    to = serializers.EmailField(allow_null=True, help_text="mail address of somebody who files for the operator; null: nobody")


class EscalationGiven(serializers.Serializer[dict[str, Any]]):
    """Whom to tell, and why."""

    to = serializers.EmailField(required=False, help_text="without it, the second person of the rules")
    why = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)


class Base64(serializers.Field[bytes, str, str, Any]):
    """Bytes as base64."""

    def to_internal_value(self, data: Any) -> bytes:
        """Return the bytes.

        :raises serializers.ValidationError: if it is no base64.
        """
        try:
            return base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError, TypeError) as error:
            raise serializers.ValidationError("This is not base64.") from error

    def to_representation(self, value: bytes) -> str:
        """Return base64."""
        return base64.b64encode(value).decode()


class ReferralFileGiven(serializers.Serializer[dict[str, Any]]):
    """A file of an answer: PDF or JPEG, judged by its content."""

    filename = serializers.CharField(max_length=256)
    content = extend_schema_field({"type": "string", "format": "byte"})(Base64)()
    description = serializers.CharField(required=False, default="", allow_blank=True, max_length=256)


class ReferralAddressGiven(serializers.Serializer[dict[str, Any]]):
    """Where goods were screened."""

    street = serializers.CharField(required=False, max_length=70)
    number = serializers.CharField(required=False, max_length=35)
    postCode = serializers.CharField(required=False, max_length=17)  # noqa: N815 (as the message calls it)
    city = serializers.CharField(max_length=35)
    country = serializers.CharField(max_length=2)


class ScreenerGiven(serializers.Serializer[dict[str, Any]]):
    """Who is authorised."""

    name = serializers.CharField(max_length=70)
    identificationNumber = serializers.CharField(max_length=17)  # noqa: N815
    typeOfPerson = serializers.CharField(max_length=1, help_text="CL729")  # noqa: N815


class ScreeningGiven(serializers.Serializer[dict[str, Any]]):
    """How goods were screened."""

    result = serializers.CharField(max_length=3, help_text="CL726: 1 no alarm, 2 alarm")
    methods = serializers.ListField(
        child=serializers.CharField(max_length=3), help_text="CL724, two to nine; ZZZ if one was enough"
    )
    person = ScreenerGiven(required=False)
    address = ReferralAddressGiven(required=False)


class ResponseGiven(serializers.Serializer[dict[str, Any]]):
    """The answer to one request."""

    reference = serializers.CharField(max_length=17, help_text="of the request")
    text = serializers.CharField(required=False, default="", allow_blank=True, max_length=20_000)
    screening = ScreeningGiven(required=False, help_text="needed for RFS, possible for RFI")
    files = ReferralFileGiven(many=True, required=False, default=list)


class ReferralAnswerGiven(serializers.Serializer[dict[str, Any]]):
    """The answer to some requests of a case, which leaves as one message."""

    responses = ResponseGiven(many=True, allow_empty=False)
    send = serializers.BooleanField(default=True, help_text="false keeps it as a draft")

    @property
    def given(self) -> dict[str, Given]:
        """Return the answers as the verb takes them."""
        return {each["reference"]: _given(each) for each in self.validated_data["responses"]}


def _given(each: dict[str, Any]) -> Given:
    said = each.get("screening") or {}
    screening = Screening(
        said.get("result", ""), tuple(said.get("methods", ())), dict(said.get("person") or {}), dict(said.get("address") or {})
    )
    return Given(each["text"], screening, [File(one["filename"], one["content"], one["description"]) for one in each["files"]])


class ReferenceGiven(serializers.Serializer[dict[str, Any]]):
    """Which request."""

    reference = serializers.CharField(max_length=17)


class AsideGiven(ReferenceGiven):
    """Which request, and why no answer is needed."""

    why = serializers.CharField(max_length=300)


class ReferralNameGiven(serializers.Serializer[dict[str, Any]]):
    """Who acknowledges."""

    name = serializers.CharField(max_length=120, help_text="of the person who answers for it that the goods stay")


class RelayGiven(serializers.Serializer[dict[str, Any]]):
    """How the carrier is told."""

    way = serializers.ChoiceField(choices=["mail", "phone"])
    to = serializers.CharField(max_length=254, help_text="mail address, or number called")
    text = serializers.CharField(
        required=False, default="", allow_blank=True, help_text="mail: without it, the usual words; call: what was said"
    )
    spoke_with = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
