"""Lists of scenarios: what is understood, what is refused and where, and how one is loaded."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from integrations.conformance import scripts
from integrations.conformance.models import LoadedList

pytestmark = pytest.mark.django_db
HEAD = 'name = "mine"\ntitle = "Mine"\nversion = "1"\n[[scenarios]]\nname = "one"\nrole = "road"\ntitle = "O"\npurpose = "See."\n'
STEP = '[[scenarios.steps]]\nname = "file"\ntitle = "File"\n'
GOOD = HEAD + STEP + 'send = "IE3F50"\nexpect = [{ message = "IE3R01" }]\n'

BAD = [
    ("name = ", "not TOML"),
    ('name = "mine"\n', "there are no scenarios"),
    (HEAD, "there are no steps"),
    (HEAD + STEP, "neither sends nor expects"),
    (HEAD + STEP + 'send = "IE3X99"\n', "There is no message IE3X99"),
    (HEAD + STEP + 'send = "IE3R01"\n', "none that traders send"),
    (HEAD + STEP + 'send = "IE3F50"\nvalues = { nowhere = "x" }\n', "has no nowhere"),
    (HEAD + STEP + 'send = "IE3F50"\nabout = "later"\n', "does not come before"),
    (HEAD + STEP + 'send = "IE3F50"\nvalues = { LRN = "{later:LRN}" }\n', "does not come before"),
    (HEAD + STEP + 'send = "IE3F50"\nwithin = 99999\n', "within"),
    (HEAD + STEP + 'send = "IE3F50"\nexpect = [{ message = "IE3F50" }]\n', "customs has no IE3F50"),
    (HEAD + STEP + 'send = "IE3F50"\ncolour = "red"\n', "colour is not known"),
    (GOOD.replace('"mine"', '"My List"'), "small letters"),
    (HEAD + 'parts = { haulier = ["nobody"] }\n' + STEP + 'send = "IE3F50"\n', "no company 'nobody'"),
    (HEAD + STEP + 'send = "IE3F50"\npart = "haulier"\n', "no part haulier"),
    (HEAD + STEP + 'send = "IE3F50"\nvalues = { LRN = "{eori:haulier}" }\n', "no part haulier"),
    (HEAD + 'goes = "well"\n' + STEP + 'send = "IE3F50"\n', "right or wrong"),
    (HEAD + STEP + 'send = "IE3F50"\ntimes = 5\n', "times is a number"),
    (GOOD + STEP + 'send = "IE3F50"\n', "two steps are called file"),
]


@pytest.mark.parametrize(("text", "told"), BAD, ids=[told for _, told in BAD])
def test_what_is_not_understood_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(scripts.BadList, match=told):
        scripts.read(text)


def test_our_own_list_has_a_scenario_for_each_role() -> None:
    ours = scripts.one("landfall")

    roles = {each.role for each in ours.scenarios}
    assert roles == {"carrier", "forwarder", "express", "post", "road", "rail", "arrival notifier"}


def test_a_list_is_loaded_replaced_and_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "list.toml"
    file.write_text(GOOD)
    call_command("load_conformance_list", file, check=True)
    assert not LoadedList.objects.exists()

    call_command("load_conformance_list", file)
    file.write_text(GOOD.replace('version = "1"', 'version = "2"'))
    call_command("load_conformance_list", file)

    assert scripts.one("mine").version == "2"
    assert [each.name for each in scripts.of_kind(scripts.CONFORMANCE)] == ["mine", "landfall"]
    call_command("load_conformance_list", remove="mine")
    assert [each.name for each in scripts.of_kind(scripts.CONFORMANCE)] == ["landfall"]


def test_a_loaded_list_of_the_same_name_goes_before_ours(tmp_path: Path) -> None:
    file = tmp_path / "list.toml"
    file.write_text(GOOD.replace('"mine"', '"landfall"'))

    call_command("load_conformance_list", file)

    assert scripts.one("landfall").title == "Mine"


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(HEAD)

    with pytest.raises(CommandError, match="no steps"):
        call_command("load_conformance_list", tmp_path / "bad.toml")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_conformance_list", tmp_path / "none.toml")
    with pytest.raises(CommandError, match="Name the file"):
        call_command("load_conformance_list")
