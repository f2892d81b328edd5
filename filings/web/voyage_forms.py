"""Forms of voyages and flights; times are entered in the reader's zone."""

from typing import Any, Final

from django import forms

from filings.deadlines.crossing import MODES
from filings.messages import catalogue
from filings.services.arrivals.arrivals import BY_WORDS, By, Contact, Given
from filings.services.voyages.voyages import Given as Entered

MODE_CHOICES: Final = [(each.mode, f"{each.means.capitalize()} ({each.number_words})") for each in MODES.values()]
NUMBER_WORDS: Final = "IMO number of the vessel, ENI number of the barge, or flight number as the filings name it."
MINUTE: Final = "%Y-%m-%dT%H:%M"
CONTACTS: Final = "CL707"


def moment(label: str, hint: str = "", *, required: bool = True) -> forms.DateTimeField:
    """Return a field for a moment in the reader's zone."""
    # To the second, as the filings have it: an estimate that is rounded finds nothing.
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format=f"{MINUTE}:%S")
    return forms.DateTimeField(
        label=label, help_text=hint, required=required, widget=widget, input_formats=[MINUTE, f"{MINUTE}:%S"]
    )


class Described(forms.Form):
    """What a voyage or flight is called, and where it comes in."""

    place = forms.CharField(label="First place of entry", max_length=8, required=False, help_text="UN/LOCODE, such as NLRTM.")
    office = forms.CharField(
        label="Customs office of first entry", max_length=10, required=False, help_text="Eight signs, such as NL000511."
    )
    name = forms.CharField(label="Name of the vessel", max_length=70, required=False)
    reference = forms.CharField(label="Number of the voyage", max_length=35, required=False, help_text="As the carrier calls it.")
    date = forms.DateField(
        label="Date of the flight",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="As the timetable has it.",
    )


class VoyageForm(Described):
    """A voyage or flight to enter."""

    mode = forms.ChoiceField(label="What arrives", choices=MODE_CHOICES)
    number = forms.CharField(label="Number", max_length=35, help_text=NUMBER_WORDS)
    eta = moment("Estimated arrival", "At the first place of entry; filings are found by it.")
    field_order = ("mode", "number", "eta", "place", "office", "name", "reference", "date")

    @property
    def given(self) -> Entered:
        """Return what was entered."""
        return Entered(**self.cleaned_data)


class EtaForm(forms.Form):
    """Another estimate."""

    eta = moment("Estimated arrival")
    reason = forms.CharField(label="Reason", max_length=200, required=False, help_text="For the history; it stays here.")


class CallForm(forms.Form):
    """A later call."""

    place = forms.CharField(label="Place", max_length=8, help_text="UN/LOCODE, such as DEHAM.")
    eta = moment("Estimated arrival")
    office = forms.CharField(label="Customs office", max_length=10, required=False)


class ArrivalForm(forms.Form):
    """What is told to customs besides the list: when and where it arrived, and who says so."""

    arrived_at = moment("Arrived", "When it really arrived; not later than now.")
    office = forms.CharField(label="Customs office of first entry", max_length=10, help_text="Where it really arrived.")
    notifier = forms.CharField(label="EORI of the person notifying the arrival", max_length=17)
    kind = forms.ChoiceField(label="How customs reaches that person")
    address = forms.CharField(label="E-mail address or telephone number", max_length=512)
    by = forms.ChoiceField(
        label="How customs finds what came",
        choices=[(each.value, BY_WORDS[each][0]) for each in By],
        initial=By.MRN,
        help_text=" ".join(f"{BY_WORDS[each][0]}: {BY_WORDS[each][1]}" for each in By),
    )
    mrns = forms.CharField(
        label="Further MRNs",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Of filings of others that came with it; one after the other.",
    )
    documents = forms.CharField(
        label="Further transport documents",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One on each line: its number, then its type, such as NDML001012359 N704.",
    )
    notify_eori = forms.CharField(
        label="EORI of a party to be told, too", max_length=17, required=False, help_text="It gets customs' answers if connected."
    )
    notify_address = forms.CharField(label="E-mail address or telephone number of that party", max_length=512, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = [(code.code, code.name) for code in catalogue.code_list(CONTACTS).codes]
        self.fields["kind"] = forms.ChoiceField(label="How customs reaches that person", choices=kinds)

    def clean(self) -> dict[str, Any]:
        """Refuse a document without its type, and a party without its address."""
        said = super().clean() or {}
        for line in _lines(said.get("documents", "")):
            if len(line.split()) < 2:
                self.add_error("documents", f"“{line[:70]}” lacks its type; write it behind the number.")
        if bool(said.get("notify_eori")) != bool(said.get("notify_address")):
            self.add_error("notify_address", "Give both, its EORI and how customs reaches it, or neither.")
        return said

    def given(self, filings: Any) -> Given:
        """Return what was chosen, with the filings that were ticked."""
        said = self.cleaned_data
        documents = [(" ".join(words[:-1]), words[-1]) for words in map(str.split, _lines(said["documents"]))]
        notify = said["notify_eori"]
        return Given(
            arrived_at=said["arrived_at"],
            notifier=Contact(said["notifier"].strip(), said["kind"], said["address"].strip()),
            by=By(said["by"]),
            office=said["office"],
            filings=filings,
            mrns=said["mrns"].replace(",", " ").split(),
            documents=documents,
            notify=[Contact(notify.strip(), _kind(said["notify_address"]), said["notify_address"].strip())] if notify else [],
        )


def _kind(address: str) -> str:
    """Return the code (CL707) of an address: an e-mail address has an @."""
    return "EM" if "@" in address else "TE"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
