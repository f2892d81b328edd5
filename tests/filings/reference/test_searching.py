"""Finding codes while one types."""

import random
import time
from datetime import date

import pytest

from filings import reference
from filings.reference.comparing import compare
from filings.reference.entries import ALWAYS, Edition, Packed
from filings.reference.searching import mistakes, plain, search


def first(code_list: str, query: str, used: dict[str, int] | None = None) -> str:
    edition = reference.edition(code_list)
    assert edition
    return next((entry.code for entry in search(edition, query, used=used or {})), "")


def made(packed: dict[str, Packed]) -> Edition:
    return Edition("CL244", "Places", date(2026, 7, 1), ALWAYS, True, "test", "", packed)


@pytest.mark.parametrize(
    ("code_list", "query", "code"),
    [
        ("CL244", "rotterdam", "NLRTM"),
        ("CL244", "Roterdam", "NLRTM"),
        ("CL244", "hambrug", "DEHAM"),
        ("CL244", "antwrep", "BEANR"),
        ("CL244", "nlrtm", "NLRTM"),
        ("CL244", "NL RTM", "NLRTM"),
        ("CL718", "germny", "DE"),
        ("CL718", "côte", "CI"),
        ("CL352", "eur", "EUR"),
        ("CL706", "080222", "080222"),
        ("CL706", "hazelnuts shelled", "080222"),
        ("CL017", "cartn", "CT"),
    ],
)
def test_code_or_name_is_found_with_typing_errors(code_list: str, query: str, code: str) -> None:
    assert first(code_list, query) == code


def test_the_code_itself_stands_before_codes_and_names_that_begin_so() -> None:
    edition = made({"AB": ("Zebra", ""), "ABC": ("Abacus", ""), "XY": ("Ab", "")})

    assert [entry.code for entry in search(edition, "ab", used={"ABC": 9})] == ["AB", "ABC", "XY"]


def test_what_the_operator_uses_comes_first_among_what_fits() -> None:
    assert first("CL244", "rotter") == "NLRTM"
    assert first("CL244", "rotter", {"USRAJ": 1}) == "USRAJ"
    assert first("CL706", "080", {"080222": 3}) == "080222"
    assert first("CL244", "rotterdam", {"DEHAM": 1000}) == "NLRTM"  # use does not make a name fit


def test_places_are_found_by_their_letters_after_the_country() -> None:
    edition = reference.edition("CL244")
    assert edition

    assert next(entry.code for entry in search(edition, "rtm", used={})) == "NLRTM"
    assert {"DEHAM", "FRHAM", "NOHAM"} <= {entry.code for entry in search(edition, "HAM", used={}, limit=8)}


def test_of_places_alike_the_one_good_for_more_comes_first() -> None:
    edition = made({"DEBRA": ("Bremen", "3"), "DEBRE": ("Bremen", "12345"), "DEBRX": ("Bremen", "")})

    assert [entry.code for entry in search(edition, "bremen", used={})] == ["DEBRE", "DEBRA", "DEBRX"]


def test_without_anything_typed_the_usual_codes_come_first() -> None:
    edition = reference.edition("CL352")
    assert edition

    found = [entry.code for entry in search(edition, " ", used={"USD": 2, "EUR": 7, "QQQ": 9}, limit=4)]

    assert found == ["EUR", "USD", "AED", "AFN"]


def test_nonsense_finds_nothing_and_long_queries_are_cut() -> None:
    assert first("CL244", "qqxxzz") == ""
    assert first("CL244", "%_*") == first("CL244", "")
    assert first("CL244", "rotterdam " * 1000) == "NLRTM"


def test_at_most_as_many_as_wanted_are_given() -> None:
    edition = reference.edition("CL244")
    assert edition

    assert len(search(edition, "port", used={}, limit=7)) == 7
    assert len(search(edition, "port", used={}, limit=100_000)) == 50


def test_accents_signs_and_capitals_do_not_count() -> None:
    assert plain("  Saint-Étienne (Loire) ") == "saint etienne loire"


@pytest.mark.parametrize(
    ("wanted", "name", "count"),
    [("hambrug", "hamburg", 1), ("roterdam", "rotterdam", 1), ("rot", "rotterdam", 0), ("xyz", "abc", 3), ("a", "", 1)],
)
def test_letters_swapped_missing_or_wrong_are_counted(wanted: str, name: str, count: int) -> None:
    assert mistakes(wanted, name) == count


def test_a_hundred_thousand_places_are_searched_while_one_types() -> None:
    rng = random.Random(1)
    names = [entry.name for entry in reference.edition("CL244") or ()]
    places = made({f"A{number:06d}": (f"{rng.choice(names)} {rng.choice(names)}", "1") for number in range(100_000)})
    search(places, "x", used={})  # builds the index, once

    begin = time.perf_counter()
    for query in ("roterdam", "port", "s", "san", "puerto de la cruz"):
        search(places, query, used={})

    assert (time.perf_counter() - begin) / 5 < 0.25  # about 0.02 s on an idle machine


def test_a_newer_edition_says_what_came_went_and_changed() -> None:
    old: dict[str, Packed] = {"A": ("Same", "12"), "B": ("Before", ""), "C": ("Gone", "1"), "E": ("Place", "1")}
    new: dict[str, Packed] = {"A": ("Same", "21"), "B": ("After", ""), "D": ("New", ""), "E": ("Place", "14")}

    found = compare(old, new)

    assert found.added == {"D": "New"}
    assert found.gone == {"C": "Gone"}
    assert found.changed == {"B": ("Before", "After"), "E": ("Place [1]", "Place [14]")}
    assert not compare(old, old)
