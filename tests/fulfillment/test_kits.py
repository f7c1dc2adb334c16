"""A kit as carriers meet it: what its components are, it is, too."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.ids import SkuId
from fulfillment.kits import as_packed
from fulfillment.money import Micros
from fulfillment.skus import MAX_SIDE_MM, Component, Sku

GIFT = Sku(SkuId("gift"), "Gift", 500, Micros(0), Micros(0), Micros(0))
SIDES = st.one_of(st.just(()), st.tuples(*[st.integers(1, 2_000)] * 3))


def kit(*quantities: int, sides: tuple[int, ...] = ()) -> Sku:
    parts = tuple(Component(SkuId(str(number)), quantity) for number, quantity in enumerate(quantities))
    return replace(GIFT, components=parts, sides_mm=sides)


def parts(*sides: tuple[int, ...], **flags: bool) -> dict[SkuId, Sku]:
    """The components; the last of them has the flags."""
    made = {SkuId(str(n)): replace(GIFT, id=SkuId(str(n)), sides_mm=of) for n, of in enumerate(sides)}
    last = made[SkuId(str(len(sides) - 1))]
    return made | {last.id: replace(last, **flags)}  # type: ignore[arg-type]


@pytest.mark.parametrize("flag", ["is_hazmat", "ships_alone", "is_oversized"])
def test_what_one_component_is_the_kit_is(flag: str) -> None:
    assert getattr(as_packed(kit(1, 1), parts((), (), **{flag: True})), flag)
    assert not getattr(as_packed(kit(1, 1), parts((), ())), flag)
    own = replace(kit(1), **{flag: True})  # type: ignore[arg-type]
    assert getattr(as_packed(own, parts(())), flag)


def test_sides_that_are_stated_hold_but_a_kit_is_no_shorter_than_a_component() -> None:
    stated = (300, 200, 100)
    assert as_packed(kit(2, sides=stated), parts((290, 50, 50))).sides_mm == stated
    assert as_packed(kit(2, sides=stated), parts((50, 50, 1_800))).sides_mm == (1_800, 200, 100)
    assert as_packed(kit(2), parts(())).sides_mm == ()


def test_a_kit_without_sides_is_the_box_of_its_components() -> None:
    """Eight cubes of 10 cm are one of 20 cm; with a rail of 1.80 m, 5 cm square, they are as long as it."""
    assert as_packed(kit(8), parts((100, 100, 100))).sides_mm == (200, 200, 200)
    with_rail = as_packed(kit(8, 1), parts((100, 100, 100), (1_800, 50, 50)))
    assert with_rail.sides_mm == (1_800, 84, 84)  # 12,500 cm3 over 180 cm are 69.4 cm2, 8.34 cm square


@given(st.lists(st.tuples(st.integers(1, 40), SIDES), min_size=1, max_size=6))
def test_the_box_holds_the_volume_of_all_and_is_hardly_larger(
    units: list[tuple[int, tuple[int, ...]]],
) -> None:
    made = parts(*(sides for _, sides in units))
    box = as_packed(kit(*(quantity for quantity, _ in units)), made)
    volume = sum(quantity * made[SkuId(str(n))].volume_mm3 for n, (quantity, _) in enumerate(units))
    longest = max(part.longest_side_mm for part in made.values())
    assert box.longest_side_mm >= longest
    if max(box.sides_mm, default=0) < MAX_SIDE_MM:
        assert volume <= box.volume_mm3
    if volume:
        length, across, _ = box.sides_mm
        assert length >= across
        assert length == longest or (length - 1) ** 3 < volume
        assert length * (across - 1) ** 2 < volume
