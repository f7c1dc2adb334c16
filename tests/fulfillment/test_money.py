"""Money: rounded once, together, half away from zero."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.money import MICROS_PER_MAJOR, MICROS_PER_MINOR, Micros, round_together, to_minor

amounts = st.integers(-(10**12), 10**12).map(Micros)


@pytest.mark.parametrize(
    ("micros", "minor"),
    [(0, 0), (4_999, 0), (5_000, 1), (14_999, 1), (15_000, 2), (-4_999, 0), (-5_000, -1), (-15_000, -2)],
)
def test_one_amount_is_rounded_half_away_from_zero(micros: int, minor: int) -> None:
    assert to_minor(Micros(micros)) == minor


def test_a_hundred_minor_units_are_a_major_one() -> None:
    assert MICROS_PER_MAJOR == 100 * MICROS_PER_MINOR
    assert to_minor(Micros(MICROS_PER_MAJOR)) == 100


def test_three_thirds_of_a_penny_make_one_and_the_first_line_gets_it() -> None:
    third = Micros(3_334)
    assert round_together([third, third, third]) == [1, 0, 0]


def test_the_largest_remainder_gets_the_missing_penny() -> None:
    assert round_together([Micros(12_000), Micros(16_000), Micros(12_000)]) == [1, 2, 1]


def test_nothing_to_round_gives_nothing() -> None:
    assert round_together([]) == []


def test_negative_lines_are_rounded_with_the_others() -> None:
    assert round_together([Micros(-3_000), Micros(13_000)]) == [0, 1]
    assert sum(round_together([Micros(-7_000), Micros(-7_000)])) == -1


@settings(max_examples=300, derandomize=True)
@given(st.lists(amounts, max_size=20))
def test_rounded_lines_add_up_to_the_rounded_total_and_none_moves_a_whole_unit(lines: list[Micros]) -> None:
    rounded = round_together(lines)
    assert len(rounded) == len(lines)
    assert sum(rounded) == to_minor(Micros(sum(lines)))
    assert all(
        abs(minor * MICROS_PER_MINOR - micros) < MICROS_PER_MINOR
        for minor, micros in zip(rounded, lines, strict=True)
    )


@settings(max_examples=100, derandomize=True)
@given(st.lists(amounts.map(lambda a: Micros(a // MICROS_PER_MINOR * MICROS_PER_MINOR)), max_size=20))
def test_whole_minor_units_stay_as_they_are(lines: list[Micros]) -> None:
    assert round_together(lines) == [line // MICROS_PER_MINOR for line in lines]
