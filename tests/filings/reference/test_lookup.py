"""What the release ships, and what is on the shelf, asked code by code and day by day."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from filings import reference
from filings.messages import catalogue
from filings.reference import lookup, shelf, shipped
from filings.reference.entries import Packed
from filings.reference.sections import Sections, write
from filings.reference.shelf import Label


class Shelf:
    """A shelf in memory: editions by (first day, entries); it counts how often it is asked."""

    def __init__(self, code_list: str, *editions: tuple[date, Mapping[str, Packed]], complete: bool = True) -> None:
        self.editions = list(editions)
        self.code_list, self.complete = code_list, complete
        self.asked = self.read = 0

    def labels(self) -> Sequence[Label]:
        self.asked += 1
        return [
            Label(number, self.code_list, day, day, self.complete, "test", "") for number, (day, _) in enumerate(self.editions)
        ]

    def entries(self, label: Label) -> Mapping[str, Packed]:
        self.read += 1
        return self.editions[label.id][1]


def test_codes_everybody_uses_are_known() -> None:
    assert reference.country("DE") == reference.Entry("DE", "Germany")
    assert reference.currency("EUR") == reference.Entry("EUR", "Euro")
    assert reference.package_type("CT") == reference.Entry("CT", "Carton")
    assert reference.unlocode("NLRTM") == reference.Entry("NLRTM", "Rotterdam", "12345")
    assert "hazelnuts" in (found.name if (found := reference.hs6("080222")) else "")


def test_codes_that_do_not_exist_are_not_known() -> None:
    assert reference.country("YY") is None
    assert reference.currency("EUX") is None
    assert reference.package_type("??") is None
    assert reference.hs6("000000") is None


def test_ics2_has_northern_ireland_kosovo_and_serbia() -> None:
    assert all(reference.country(code) for code in ("XI", "XK", "XS"))


@pytest.mark.parametrize("code_list", ["CL717", "CL733"])
def test_countries_the_specification_names_are_countries(code_list: str) -> None:
    assert [code.code for code in catalogue.code_list(code_list).codes if reference.country(code.code) is None] == []


def test_goods_are_those_of_hs_2022() -> None:
    assert reference.hs6("854143")  # photovoltaic cells: new in 2022
    assert reference.hs6("854140") is None  # their code before


def test_every_list_published_elsewhere_has_a_row_in_sources() -> None:
    elsewhere = {code_list.id for code_list in catalogue.code_lists() if not code_list.values}

    assert elsewhere - {"CL703"} == set(shipped.sources())  # the specification does not even publish the name of CL703


@pytest.mark.parametrize("source", shipped.sources().values(), ids=lambda source: source.code_list)
def test_sources_count_what_is_there_and_say_where_it_is_from(source: shipped.Source) -> None:
    edition = shipped.shipped(source.code_list)

    if source.coverage == "none":
        assert edition is None
        assert source.note
        return
    assert edition is not None
    assert len(edition) == source.count
    assert source.licence
    assert source.source
    assert all(entry.code and entry.name for entry in edition)


def test_codes_fit_the_format_of_the_elements_they_stand_on() -> None:
    specs = [spec for message in catalogue.messages() for spec in message.root.walk() if spec.format]
    for code_list in ("CL718", "CL352", "CL017", "CL244"):
        spec = next(spec for spec in specs if spec.code_list == code_list)
        edition = reference.edition(code_list)
        assert edition
        assert [entry.code for entry in edition if not spec.quick(entry.code)] == []


def test_tables_are_sorted_and_have_each_code_once() -> None:
    for table in shipped.TABLES.glob("CL*.csv"):
        with table.open(encoding="utf-8", newline="") as file:
            codes = [row["code"] for row in csv.DictReader(file)]
        assert codes == sorted(set(codes)), table.name


def test_a_partial_list_does_not_know_what_a_place_is_not_good_for() -> None:
    shelf.stand(Shelf("CL244", (date(2026, 7, 1), {"NLRTM": ("Rotterdam", "1")}), complete=False))

    assert reference.fits_mode("NLRTM", "1") is True
    assert reference.fits_mode("NLRTM", "4") is None
    assert reference.fits_mode("NLXXX", "1") is None


def test_the_places_of_the_release_say_what_they_serve() -> None:
    places = reference.edition("CL244")

    assert places
    assert places.complete
    assert len(places) == sum(1 for _ in places) == len(set(places.packed)) > 115_000
    assert reference.fits_mode("CNSHA", "1") is False  # an airport, though people write it for the port, CNSGH
    assert reference.fits_mode("CNSHA", "4") is True
    assert reference.fits_mode("GBDVR", "3") is True  # lorries drive onto ferries
    assert reference.fits_mode("NLRTM", "1") is True
    assert reference.unlocode("NL") is reference.unlocode("ZZZZZ") is reference.unlocode("") is None


def test_a_list_in_sections_is_the_same_list() -> None:
    entries = {"DEHAM": ("Hamburg", "12345"), "DEMUC": ("München", "345"), "NLRTM": ("Rotterdam", "1"), "XXXXX": ("Nowhere", "")}

    read = Sections(write(entries))

    assert dict(read) == entries
    assert list(read) == sorted(entries)
    assert len(read) == len(entries)
    assert "DEHAM" in read
    assert "DEXXX" not in read
    assert len(Sections("")) == 0


def test_one_place_does_not_take_the_whole_list_apart() -> None:
    read = Sections("=DE\nHAM\t1\tHamburg\n=NL\nbroken\n")

    assert read["DEHAM"] == ("Hamburg", "1")
    with pytest.raises(ValueError, match="unpack"):
        read["NLRTM"]


def test_a_complete_list_knows_what_a_place_is_not_good_for() -> None:
    places = {"LULUX": ("Luxembourg", "2345"), "CHBSL": ("Basel", "238"), "DEDUI": ("Duisburg", "6"), "XXXXX": ("Nowhere", "")}
    shelf.stand(Shelf("CL244", (date(2026, 7, 1), places)))

    assert reference.fits_mode("LULUX", "1") is False
    assert [reference.fits_mode("LULUX", mode) for mode in "234"] == [True, True, True]
    assert reference.fits_mode("CHBSL", "8") is True
    assert [reference.fits_mode("DEDUI", mode) for mode in "23"] == [True, True]
    assert reference.fits_mode("XXXXX", "1") is None  # a place whose functions nobody said
    assert reference.fits_mode("LULUX", "5") is None  # post goes everywhere


def test_an_edition_is_used_from_its_first_day_until_the_next_begins() -> None:
    shelf.stand(
        Shelf("CL352", (date(2026, 1, 1), {"AAA": ("Old", "")}), (date(2027, 1, 1), {"BBB": ("New", "")})),
    )

    assert reference.currency("EUR", on=date(2025, 12, 31))
    assert reference.currency("AAA", on=date(2026, 12, 31))
    assert reference.currency("AAA", on=date(2027, 1, 1)) is None
    assert reference.currency("BBB", on=date(2027, 1, 1))
    assert reference.country("DE", on=date(2027, 1, 1))  # other lists stay


def test_the_shelf_is_asked_once_for_many_codes_and_each_edition_read_once() -> None:
    shown = Shelf("CL352", (date(2026, 1, 1), {"AAA": ("Only", "")}))
    shelf.stand(shown)

    for _ in range(100):
        reference.currency("AAA")

    assert (shown.asked, shown.read) == (1, 1)


def test_what_is_put_on_the_shelf_is_found_without_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shelf("CL352")
    shelf.stand(shown)
    assert reference.currency("NEW") is None
    shown.editions.append((date(2026, 1, 1), {"NEW": ("New", "")}))

    assert reference.currency("NEW") is None  # asked a moment ago
    monkeypatch.setattr(shelf, "FRESH", 0.0)

    assert reference.currency("NEW")


def test_every_function_has_a_list() -> None:
    lists = {getattr(lookup, name) for name in dir(lookup) if name.isupper() and isinstance(getattr(lookup, name), str)}

    assert lists <= set(shipped.sources())
