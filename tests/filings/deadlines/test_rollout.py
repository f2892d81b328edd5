"""Who has joined ICS2 when, as the table says it, and what is said where it does not."""

from datetime import date

import pytest

from filings import samples
from filings.deadlines import rollout
from filings.deadlines.rollout import BadRollout, crossing, needed, read

TODAY = date(2026, 11, 23)
HEAD = ",".join(rollout.COLUMNS)


def answer(mode: str, country: str, on: date) -> str:
    return crossing(mode=mode, country=country, on=on).answer


@pytest.mark.parametrize(
    ("mode", "country", "on", "expected"),
    [
        ("3", "DE", date(2025, 8, 31), "not_yet"),
        ("3", "DE", date(2025, 9, 1), "needed"),
        ("3", "PL", date(2026, 5, 31), "not_yet"),
        ("2", "PL", date(2026, 6, 1), "needed"),
        ("3", "FR", date(2025, 12, 31), "from_operator"),
        ("3", "FR", date(2026, 1, 1), "needed"),
        ("3", "XI", date(2025, 12, 31), "not_yet"),
        ("3", "XI", date(2026, 1, 1), "needed"),
        ("3", "IT", TODAY, "unknown"),
        ("1", "IT", date(2024, 12, 3), "from_operator"),
        ("1", "IT", date(2024, 12, 4), "needed"),
        ("4", "IT", TODAY, "needed"),
        ("4", "IT", date(2023, 2, 28), "unknown"),
    ],
)
def test_the_day_a_crossing_joins(mode: str, country: str, on: date, expected: str) -> None:
    assert answer(mode, country, on) == expected


def test_what_the_table_does_not_know_is_never_called_free_or_sure() -> None:
    verdict = crossing(mode="3", country="IT", on=TODAY)

    assert not verdict.certain
    assert "ask its customs" in verdict.sentence


def test_goods_from_the_security_area_need_none() -> None:
    assert crossing(mode="3", country="SE", loaded_in="NO", on=TODAY).answer == "not_needed"


def test_transit_is_named_for_road_and_rail_only() -> None:
    assert "NCTS" in crossing(mode="3", country="DE", on=TODAY).hint
    assert not crossing(mode="1", country="DE", on=TODAY).hint


def test_a_filing_is_judged_by_its_office_of_first_entry_and_its_mode() -> None:
    document = samples.sample("IE3F50", seed=1)
    document.set("customsOfficeOfFirstEntry/referenceNumber", "PL301010")

    assert needed(document, on=date(2026, 5, 1)).answer == "not_yet"
    assert needed(document, on=TODAY).answer == "needed"


def test_a_row_without_the_commission_behind_it_is_not_called_certain() -> None:
    assert all(row.certain <= ("Commission, ICS2" in row.source or "NI Customs" in row.source) for row in rollout.shipped())


def test_another_edition_is_read_and_asked() -> None:
    rows = read(f"{HEAD}\n2 3,IT,2026-12-01,,needed,Italy joins.,ADM notice 1,yes\n".encode())

    assert crossing(mode="3", country="IT", on=date(2026, 12, 1), rows=rows).sentence == "Italy joins."
    assert crossing(mode="3", country="IT", on=TODAY, rows=rows).answer == "unknown"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("9 x,IT,2026-12-01,,needed,w,s,yes", "modes"),
        ("3,Italy,2026-12-01,,needed,w,s,yes", "countries"),
        ("3,IT,soon,,needed,w,s,yes", "2026-06-01"),
        ("3,IT,2026-12-01,2026-11-01,needed,w,s,yes", "until"),
        ("3,IT,,,needed,w,s,yes", "since"),
        ("3,IT,2026-12-01,,perhaps,w,s,yes", "answer"),
        ("3,IT,2026-12-01,,needed,w,s,maybe", "certain"),
        ("3,IT,2026-12-01,,needed,w,,yes", "source"),
        ("3", "countries"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_line(line: str, says: str) -> None:
    with pytest.raises(BadRollout, match=f"Line 2.*{says}"):
        read(f"{HEAD}\n{line}\n".encode())


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"modes,countries\n1,2\n", f"{HEAD}\n".encode()])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(BadRollout):
        read(data)
