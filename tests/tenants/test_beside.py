"""A sentence beside its field does not name the field again."""

import pytest

from tenants.templatetags.landfall import beside


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("“Country”: use only capital letters.", "Use only capital letters."),
        ("The place “Delivery”: is in the EU.", "The place “Delivery”: is in the EU."),
        ("", ""),
    ],
)
def test_the_name_of_the_field_is_left_out_at_the_start_only(sentence: str, shown: str) -> None:
    assert beside(sentence) == shown
