"""The form of an answer: for each request a text, files and, where goods were screened, the results."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile

from referrals.models import AnswerTemplate, Request, Settings
from referrals.reference import SCREEN, kinds
from referrals.services import attaching
from referrals.services.answering import Given, Screening
from referrals.services.attaching import File
from referrals.web.showing import METHODS, PERSONS, RESULTS, choices
from tenants.models import User

PERSON: Final = {"person_name": "name", "person_id": "identificationNumber", "person_type": "typeOfPerson"}
ADDRESS: Final = {
    "facility_street": "street",
    "facility_number": "number",
    "facility_postcode": "postCode",
    "facility_city": "city",
    "facility_country": "country",
}
NONE: Final = [("", "Not screened, or not said")]


class Files(forms.ClearableFileInput):
    """Lets one choose several files."""

    allow_multiple_selected = True


class ManyFiles(forms.FileField):
    """Any number of files."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """Return the files given, none of which may be left out for its size: what is in them is judged later."""
        given = data if isinstance(data, Sequence) and not isinstance(data, (str, bytes)) else [data] if data else []
        return [each for each in given if isinstance(each, UploadedFile)]


class RequestForm(forms.Form):
    """The answer to one request."""

    text = forms.CharField(
        label="Text", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="As long as it must be: it is cut into pieces of 512 signs between words.",
    )  # fmt: skip
    template = forms.ChoiceField(required=False, label="Begin with a text of yours")
    attachments = ManyFiles(
        label="Add files", required=False, help_text=f"PDF or JPEG, at most {attaching.MOST_EACH} for each request.",
        widget=Files(attrs={"accept": "application/pdf,image/jpeg,.pdf,.jpg,.jpeg", "data-files": ""}),
    )  # fmt: skip
    result = forms.ChoiceField(label="Result of the screening", required=False)
    methods = forms.MultipleChoiceField(
        label="Methods used", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Two to nine. If one was enough, also choose “Only one HRCM screening method required”.",
    )  # fmt: skip
    person_name = forms.CharField(label="Authorised person", required=False, max_length=70)
    person_id = forms.CharField(label="Identification number of the person", required=False, max_length=17)
    person_type = forms.ChoiceField(label="Kind of person", required=False)
    facility_street = forms.CharField(label="Facility: street", required=False, max_length=70)
    facility_number = forms.CharField(label="Number", required=False, max_length=35)
    facility_postcode = forms.CharField(label="Postcode", required=False, max_length=17)
    facility_city = forms.CharField(label="City", required=False, max_length=35)
    facility_country = forms.CharField(label="Country (two letters)", required=False, max_length=2)

    def __init__(self, request: Request, *, texts: Iterable[AnswerTemplate] = (), **options: Any) -> None:
        super().__init__(prefix=request.pk.hex, **options)
        self.request = request
        fitting = [(str(each.pk), each.name) for each in texts if each.kind == request.kind]
        self._choices("template", [("", "None"), *fitting])
        self._choices("methods", choices(METHODS))
        self._choices("person_type", [("", ""), *choices(PERSONS)])
        self._choices("result", choices(RESULTS) if self.is_screening else [*NONE, *choices(RESULTS)])
        if self.is_screening:
            self.fields["result"].widget = forms.RadioSelect(choices=choices(RESULTS))
        if not fitting:
            del self.fields["template"]

    @property
    def is_screening(self) -> bool:
        """Say whether the results are what customs asks for."""
        return kinds()[self.request.kind].deed == SCREEN

    @property
    def screening_fields(self) -> list[forms.BoundField]:
        """Return the fields about a screening."""
        return [self[name] for name in ("result", "methods", *PERSON, *ADDRESS)]

    def given(self, removed: frozenset[UUID]) -> Given:
        """Return the answer as the verb takes it.

        :raises attaching.TooMuch: before files are read that cannot fit.
        """
        cleaned = self.cleaned_data
        uploads: list[UploadedFile[Any]] = cleaned.get("attachments") or []
        if sum(each.size or 0 for each in uploads) > attaching.ROOM:
            raise attaching.TooMuch(f"These files do not fit: a message has room for {attaching.megabytes(attaching.ROOM)}.")
        screening = Screening(
            result=cleaned.get("result", ""),
            methods=tuple(cleaned.get("methods") or ()),
            person={name: cleaned.get(field, "").strip() for field, name in PERSON.items() if cleaned.get(field, "").strip()},
            address={name: cleaned.get(field, "").strip() for field, name in ADDRESS.items() if cleaned.get(field, "").strip()},
        )
        files = [File(each.name or "", each.read()) for each in uploads]
        return Given(text=cleaned.get("text", ""), screening=screening, files=files, removed=removed)

    @staticmethod
    def initial_of(given: Given) -> dict[str, Any]:
        """Return what the form shows of an answer that was kept."""
        found: dict[str, Any] = {
            "text": given.text, "result": given.screening.result, "methods": list(given.screening.methods),
        }  # fmt: skip
        found |= {field: given.screening.person.get(name, "") for field, name in PERSON.items()}
        return found | {field: given.screening.address.get(name, "") for field, name in ADDRESS.items()}

    def _choices(self, name: str, pairs: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
        field.choices = pairs


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """The operator's own rules."""

    class Meta:
        model = Settings
        fields = ("four_eyes", "answer_within", "escalate_before", "second_person")
        help_texts = {
            "answer_within": "At the latest so long after customs asked. Empty: only the journey counts.",
            "escalate_before": "A mail then tells the second person.",
            "four_eyes": "An answer leaves only after another person than the one who wrote it has approved it.",
        }

    def __init__(self, *args: Any, people: list[User], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["second_person"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        field.queryset = User.objects.filter(pk__in=[person.pk for person in people])
        field.label, field.empty_label = "Second person", "Nobody"


class TextForm(forms.ModelForm):  # type: ignore[type-arg]
    """A text to begin answers with."""

    class Meta:
        model = AnswerTemplate
        fields = ("name", "kind", "text")
        labels = {"kind": "For"}
        widgets = {"text": forms.Textarea(attrs={"rows": 8})}
