"""The name that was probably meant."""

import pytest

from fulfillment.nearest import did_you_mean, nearest

KNOWN = ("london", "UK-SE", "K-17", "units_per_day")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("lodnon", "london"), ("LONDON", "london"), ("uk-se", "UK-SE"), ("K17", "K-17"), ("atlantis", None)],
)
def test_the_nearest_name_is_found_whatever_its_capitals(typed: str, meant: str | None) -> None:
    assert nearest(typed, KNOWN) == meant


def test_the_hint_is_there_only_if_a_name_is_near() -> None:
    assert did_you_mean("Londn", KNOWN) == "; did you mean london?"
    assert did_you_mean("atlantis", KNOWN) == ""
    assert did_you_mean("london", ()) == ""
