"""What the API shows of customs' words: an error with its likely cause, a message with what it means."""

from rest_framework import serializers

from filings.services import words
from filings.services.words import Meaning


class CustomsError(serializers.Serializer[dict[str, str]]):
    """An error customs found."""

    path = serializers.CharField(help_text="XPath of the element, as customs gave it")
    code = serializers.CharField(help_text="functional error code, CL723")
    sentence = serializers.CharField()
    technical = serializers.CharField(allow_blank=True)
    cause = serializers.SerializerMethodField(help_text="why customs gives this code, most likely")
    remedy = serializers.SerializerMethodField(help_text="what to do about it")

    def get_cause(self, error: dict[str, str]) -> str:
        """Return the likely cause."""
        found = words.cause(error.get("code", ""))
        return found.cause if found else ""

    def get_remedy(self, error: dict[str, str]) -> str:
        """Return the remedy."""
        found = words.cause(error.get("code", ""))
        return found.remedy if found else ""


class MeaningItem(serializers.Serializer[Meaning]):
    """What a message of customs means, in words."""

    headline = serializers.CharField()
    means = serializers.CharField()
    means_not = serializers.CharField(help_text="what it is often taken for, and is not")
    todo = serializers.CharField(help_text="what to do now")
