"""Forms about oneself and one's operator."""

import zoneinfo

from django import forms

from tenants.models import User


def _zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the time zones by continent."""
    groups: dict[str, list[tuple[str, str]]] = {"UTC": [("UTC", "UTC")]}
    for name in sorted(zoneinfo.available_timezones()):
        continent, _, place = name.partition("/")
        if place and continent not in {"Etc", "SystemV"}:
            groups.setdefault(continent, []).append((name, place.replace("_", " ")))
    return list(groups.items())


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """Name and time zone of the reader."""

    time_zone = forms.ChoiceField(
        choices=_zones, help_text="Times are shown in this zone, with UTC beside them where it matters."
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "time_zone"]


class KeyForm(forms.Form):
    """The name of a new API key."""

    name = forms.CharField(
        max_length=80,
        label="Name of the key",
        help_text="Which system will use it, for example “Transport management, production”.",
    )
