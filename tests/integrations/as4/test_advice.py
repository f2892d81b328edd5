"""What people are told about errors: each code its own sentence, and one of three things to do."""

import pytest

from integrations.as4 import ERRORS, Need, Outcome, Result, advice
from integrations.as4.advice import SENTENCES

TABLE = [  # profile section 7, "EO reaction"
    ("EBMS:0001", None, Need.SET_UP),
    ("EBMS:0002", None, Need.LATER),
    ("EBMS:0003", None, Need.SET_UP),
    ("EBMS:0004", None, Need.LATER),
    ("EBMS:0004", "A001", Need.SET_UP),
    ("EBMS:0004", "A002", Need.LATER),
    ("EBMS:0004", "A003", Need.LATER),
    ("EBMS:0005", None, Need.LATER),
    ("EBMS:0006", None, Need.NOTHING),
    ("EBMS:0007", None, Need.SET_UP),
    ("EBMS:0008", None, Need.SET_UP),
    ("EBMS:0009", None, Need.SET_UP),
    ("EBMS:0010", None, Need.SET_UP),
    ("EBMS:0011", None, Need.SET_UP),
    ("EBMS:0101", None, Need.SET_UP),
    ("EBMS:0102", None, Need.SET_UP),
    ("EBMS:0103", None, Need.SET_UP),
    ("EBMS:0201", None, Need.LATER),
    ("EBMS:0202", None, Need.LATER),
    ("EBMS:0301", None, Need.LATER),
    ("EBMS:0302", None, Need.LATER),
    ("EBMS:0303", None, Need.SET_UP),
    ("EBMS:4001", None, Need.PROOF),
]


@pytest.mark.parametrize(("code", "sub_code", "need"), TABLE)
def test_an_error_asks_for_one_of_three_things(code: str, sub_code: str | None, need: Need) -> None:
    found = advice(code=code, sub_code=sub_code)

    assert found.need is need
    assert found.sentence == SENTENCES[sub_code or code]
    assert found.sentence.endswith(".")


def test_every_error_has_its_row_here_and_its_sentence() -> None:
    assert {code for code, _, _ in TABLE} == ERRORS.keys()
    assert {sub_code or code for code, sub_code, _ in TABLE} == SENTENCES.keys()


def test_the_three_sub_codes_are_told_apart() -> None:
    assert len({advice(code="EBMS:0004", sub_code=sub_code).sentence for sub_code in ("A001", "A002", "A003", None)}) == 4


@pytest.mark.parametrize(("severity", "need"), [("failure", Need.SET_UP), ("Failure", Need.SET_UP), ("warning", Need.LATER)])
def test_a_code_nobody_knows_counts_by_its_severity(severity: str, need: Need) -> None:
    assert advice(code="EBMS:9999", severity=severity).need is need


def test_what_was_tried_again_for_it_proves_nothing_asks_nobody_to_change_anything() -> None:
    unverified = Outcome(Result.TRANSIENT, "unverified", code="EBMS:0101")

    assert unverified.advice is not None
    assert unverified.advice.need is Need.LATER


def test_success_needs_no_advice() -> None:
    assert Outcome(Result.RECEIPTED, "receipted").advice is None
