"""Drawn orders: their totals, their baskets, and what becomes of what the past cannot give."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forecasting.demand import QuantileForecast
from forecasting.orders.order_history import CellTotals, OrderHistory, totals_of
from forecasting.orders.order_stream import ResampledOrders, order_stream
from fulfillment.demand import DrawnOrder, order_of
from fulfillment.errors import InvalidInput
from fulfillment.ids import LineId, OrderId, SkuId, ZoneId

MONDAY = date(2011, 5, 30)
WEEKS = 30
PLACES = ("east", "north", "south")
GROUPS, PER_GROUP = 4, 10  # skus of one group are bought together, of two never
SKUS = tuple(f"{'abcd'[group]}{number}" for group in range(GROUPS) for number in range(PER_GROUP))


def shop(*, orders: int, seed: int) -> OrderHistory:
    """Orders of 1 to 8 skus of one group, the first ones the commonest; 1 to 6 units a line."""
    rng = np.random.default_rng(seed)
    popular = np.arange(PER_GROUP, 0, -1) / np.arange(1, PER_GROUP + 1).sum()
    order, sku = [], []
    for number in range(orders):
        group = int(rng.integers(GROUPS))
        size = min(int(rng.geometric(0.35)), 8)
        chosen = rng.choice(PER_GROUP, size=size, replace=False, p=popular)
        order += [number] * size
        sku += (group * PER_GROUP + chosen).tolist()
    minutes = rng.integers(0, WEEKS * 7 * 24 * 60, orders)
    return OrderHistory(
        skus=SKUS,
        places=PLACES,
        order=np.array(order),
        sku=np.array(sku),
        units=np.minimum(rng.geometric(0.4, len(order)), 6),
        place=rng.choice(len(PLACES), size=orders, p=[0.5, 0.3, 0.2]),
        placed_at=np.datetime64(MONDAY - timedelta(weeks=WEEKS), "s") + minutes * np.timedelta64(60, "s"),
    )


def rates(history: OrderHistory, *, periods: int = 1) -> CellTotals:
    """What the history has in a week, in every period."""
    units: Counter[tuple[SkuId, str]] = Counter()
    places = history.place[history.order].tolist()
    for sku, place, count in zip(history.sku.tolist(), places, history.units.tolist(), strict=True):
        units[SkuId(history.skus[sku]), history.places[place]] += count
    cells = tuple(sorted(units))
    week = np.array([[units[cell] / WEEKS] * periods for cell in cells])
    return CellTotals(cells, tuple(MONDAY + timedelta(weeks=week) for week in range(periods)), week)


def times(totals: CellTotals, factors: dict[tuple[str, str], float]) -> CellTotals:
    """The totals with some cells multiplied."""
    units = totals.units.copy()
    for (sku, place), factor in factors.items():
        units[totals.cells.index((SkuId(sku), place))] *= factor
    return replace(totals, units=units)


def unlike(totals: CellTotals, *, seed: int, spread: float = 0.5) -> CellTotals:
    """Every cell multiplied by a factor of its own."""
    return replace(
        totals, units=totals.units * np.random.default_rng(seed).lognormal(0, spread, totals.units.shape)
    )


def drawn_units(stream: ResampledOrders, *, seeds: int, period: int = 0) -> np.ndarray:
    """Shape (seeds, cells)."""
    cells = len(stream.totals.cells)
    draws = (stream.draw_lines(period, seed) for seed in range(seeds))
    return np.array([np.bincount(d.cell, d.units, cells) for d in draws])


def weight_of(stream: ResampledOrders, order: int, place: str) -> float:
    """Times a week that an order of the history comes to a place."""
    mix = next(s for s in stream.streams if s.place == place).mixes[0]
    return float(mix.weights[mix.templates == order].sum())


@pytest.fixture(scope="module")
def history() -> OrderHistory:
    return shop(orders=3_000, seed=5)


@pytest.fixture(scope="module")
def unchanged(history: OrderHistory) -> ResampledOrders:
    return order_stream(history, rates(history))


@pytest.fixture(scope="module")
def changed(history: OrderHistory) -> ResampledOrders:
    return order_stream(history, unlike(rates(history), seed=2))


@pytest.fixture(scope="module")
def strained() -> ResampledOrders:
    """Fewer orders than totals, all of which move: whole orders cannot give them."""
    few = shop(orders=150, seed=6)
    return order_stream(few, unlike(rates(few), seed=2, spread=1.2))


@pytest.fixture(params=["changed", "strained"])
def stream(request: pytest.FixtureRequest) -> ResampledOrders:
    wanted: ResampledOrders = request.getfixturevalue(request.param)
    return wanted


def test_the_expected_units_are_the_totals(stream: ResampledOrders) -> None:
    assert stream.expected_units(0) == pytest.approx(stream.totals.units[:, 0], rel=0.01)


def test_whole_orders_give_a_changed_mix_where_there_are_enough_of_them(changed: ResampledOrders) -> None:
    assert changed.patched(0) == ()


def test_what_whole_orders_leave_open_is_named_cell_by_cell(
    changed: ResampledOrders, strained: ResampledOrders
) -> None:
    named = {(cell.sku, cell.place) for cell in strained.patched(0)}
    assert len(named) > 10
    assert any(cell.added > 0 for cell in strained.patched(0))
    for place in strained.streams:
        mix, skus = place.mixes[0], place.skus
        given = strained.baskets.content[skus][:, mix.templates] @ mix.weights
        for row, units in zip(place.rows.tolist(), given.tolist(), strict=True):
            wanted = float(strained.totals.units[row, 0])
            assert (strained.totals.cells[row] in named) == (abs(units - wanted) > 0.01 * wanted)


def test_the_mean_of_many_draws_is_the_total_within_its_error(stream: ResampledOrders) -> None:
    units = drawn_units(stream, seeds=400)
    error = np.sqrt(stream.variance_units(0) / 400)
    distance = np.abs(units.mean(axis=0) - stream.totals.units[:, 0]) / error
    assert (distance > 3).mean() <= 0.02  # of 120 cells; by chance 0.3 %
    assert distance.max() < 4.5
    everything = units.sum(axis=1)
    assert abs(everything.mean() - stream.totals.units.sum()) < 3 * everything.std() / np.sqrt(400)


def test_the_variance_of_many_draws_is_the_one_said(stream: ResampledOrders) -> None:
    units, said = drawn_units(stream, seeds=1_500), stream.variance_units(0)
    common = stream.totals.units[:, 0] > 1
    ratio = units.var(axis=0)[common] / said[common]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.05)
    assert 0.75 < ratio.min() <= ratio.max() < 1.35


def test_an_unchanged_mix_leaves_every_order_at_its_own_rate(
    history: OrderHistory, unchanged: ResampledOrders
) -> None:
    for place, stream in enumerate(unchanged.streams):
        (mix,) = stream.mixes
        assert mix.templates.tolist() == np.flatnonzero(history.place == place).tolist()
        assert mix.weights == pytest.approx(1 / WEEKS, rel=1e-9)
        assert mix.added.sum() == 0
    assert unchanged.patched(0) == ()


def _sizes_and_pairs(orders: list[frozenset[str]]) -> tuple[Counter[int], Counter[tuple[str, str]]]:
    pairs: Counter[tuple[str, str]] = Counter()
    for skus in orders:
        pairs.update(combinations(sorted(skus), 2))
    return Counter(len(skus) for skus in orders), pairs


def test_sizes_and_pairs_of_an_unchanged_mix_are_within_the_bootstrap_of_the_past(
    history: OrderHistory, unchanged: ResampledOrders
) -> None:
    of_order: list[set[str]] = [set() for _ in range(len(history))]
    for order, sku in zip(history.order.tolist(), history.sku.tolist(), strict=True):
        of_order[order].add(SKUS[sku])
    past = [frozenset(skus) for skus in of_order]
    drawn = [frozenset(sku for sku, _ in o.lines) for seed in range(WEEKS) for o in unchanged.draw(0, seed)]
    assert len(drawn) == pytest.approx(len(past), abs=4 * np.sqrt(len(past)))
    sizes, pairs = _sizes_and_pairs(past)
    keys: list[object] = [*sizes, *(pair for pair, _ in pairs.most_common(200))]
    column = {key: number for number, key in enumerate(keys)}
    has = np.zeros((len(past), len(keys)))
    for order, skus in enumerate(past):
        for key in (len(skus), *combinations(sorted(skus), 2)):
            if key in column:
                has[order, column[key]] = 1
    picks = np.random.default_rng(1).multinomial(len(past), np.full(len(past), 1 / len(past)), size=1_000)
    low, high = np.percentile(picks @ has / len(past), (2.5, 97.5), axis=0)
    drawn_sizes, drawn_pairs = _sizes_and_pairs(drawn)
    found = np.array(
        [(drawn_sizes[k] if isinstance(k, int) else drawn_pairs[k]) / len(drawn) for k in keys]  # type: ignore[index]
    )
    inside = (low <= found) & (found <= high)
    assert inside.mean() >= 0.93  # of intervals that hold 95 %
    wide = high - low
    assert ((low - wide < found) & (found < high + wide)).all()


def test_twice_as_much_of_one_sku_moves_only_what_is_bought_with_it(
    history: OrderHistory, unchanged: ResampledOrders
) -> None:
    doubled = order_stream(history, times(unchanged.totals, {("a3", "east"): 2.0}))
    assert doubled.expected_units(0) == pytest.approx(doubled.totals.units[:, 0], rel=0.01)
    group_of = {int(o): int(s) // PER_GROUP for o, s in zip(history.order, history.sku, strict=True)}
    moved = {
        group
        for order, group in group_of.items()
        for place in PLACES
        if abs(weight_of(doubled, order, place) - weight_of(unchanged, order, place)) > 1e-4 / WEEKS
    }
    assert moved == {0}
    for before, after in zip(unchanged.streams[1:], doubled.streams[1:], strict=True):
        assert before.mixes[0].weights == pytest.approx(after.mixes[0].weights)


def test_twice_as_much_of_everything_is_twice_as_many_orders(
    history: OrderHistory, unchanged: ResampledOrders
) -> None:
    twice = order_stream(history, replace(unchanged.totals, units=2 * unchanged.totals.units))
    for before, after in zip(unchanged.streams, twice.streams, strict=True):
        assert after.mixes[0].weights == pytest.approx(2 * before.mixes[0].weights)


def test_a_sku_new_at_a_place_comes_in_baskets_of_other_places(history: OrderHistory) -> None:
    here = history.place[history.order] == PLACES.index("south")
    keep = ~(here & (history.sku == SKUS.index("b0")))
    order, sku, units = history.order[keep], history.sku[keep], history.units[keep]
    orders, order = np.unique(order, return_inverse=True)
    without = OrderHistory(SKUS, PLACES, order, sku, units, history.place[orders], history.placed_at[orders])
    wanted = rates(history)  # as if it had always been sold there
    stream = order_stream(without, wanted)
    assert stream.expected_units(0) == pytest.approx(wanted.units[:, 0], rel=0.01)
    drawn = [order for seed in range(20) for order in stream.draw(0, seed) if order.place == "south"]
    with_it = [order for order in drawn if "b0" in {sku for sku, _ in order.lines}]
    assert with_it
    assert np.mean([len(order.lines) for order in with_it]) > 2
    assert {sku[0] for order in with_it for sku, _ in order.lines} == {"b"}


def test_a_place_without_a_past_orders_as_the_others_do(history: OrderHistory) -> None:
    known = rates(history)
    cells = tuple((sku, "islands") for sku, place in known.cells if place == "east")
    units = known.units[[place == "east" for _, place in known.cells]]
    stream = order_stream(history, CellTotals(cells, known.periods, units))
    assert stream.expected_units(0) == pytest.approx(units[:, 0], rel=0.01)
    assert {order.place for order in stream.draw(0, 1)} == {"islands"}
    assert len({cell[1] for cell in stream.not_wanted}) == len(PLACES)


def test_a_sku_never_ordered_anywhere_is_added_line_by_line_and_named(
    history: OrderHistory, unchanged: ResampledOrders
) -> None:
    known = unchanged.totals
    wanted = replace(
        known, cells=(*known.cells, (SkuId("z9"), "east")), units=np.concatenate([known.units, [[6.0]]])
    )
    stream = order_stream(history, wanted)
    (named,) = (cell for cell in stream.patched(0) if cell.sku == "z9")
    assert (named.wanted, named.given, named.added) == (6.0, 0.0, 6.0)
    units = drawn_units(stream, seeds=300)[:, -1]
    assert abs(units.mean() - 6.0) < 3 * np.sqrt(6.0 / 300)
    sizes = [
        len(order.lines)
        for seed in range(50)
        for order in stream.draw(0, seed)
        if "z9" in {sku for sku, _ in order.lines}
    ]
    assert np.mean([size == 1 for size in sizes]) < 0.2


def test_a_sku_without_demand_loses_its_lines_and_its_orders_stay(
    history: OrderHistory, unchanged: ResampledOrders
) -> None:
    gone = order_stream(history, times(unchanged.totals, {("a0", "east"): 0.0}))
    assert (SkuId("a0"), "east") in gone.not_wanted
    drawn = [order for seed in range(20) for order in gone.draw(0, seed) if order.place == "east"]
    assert all("a0" not in {sku for sku, _ in order.lines} for order in drawn)
    for order in np.unique(history.order[history.sku == SKUS.index("a0")]).tolist():
        others = history.sku[history.order == order] != SKUS.index("a0")
        if history.place[order] == 0:
            assert weight_of(gone, order, "east") == pytest.approx(others.any() / WEEKS, rel=0.02)


def test_a_sku_may_rest_in_one_period_and_sell_in_the_next(history: OrderHistory) -> None:
    wanted = rates(history, periods=2)
    row = wanted.cells.index((SkuId("a0"), "east"))
    wanted.units[row, 0] = 0.0
    stream = order_stream(history, wanted)
    for period in (0, 1):
        assert stream.expected_units(period) == pytest.approx(wanted.units[:, period], rel=0.01)
    assert drawn_units(stream, seeds=20)[:, row].sum() == 0
    assert drawn_units(stream, seeds=20, period=1)[:, row].sum() > 0


def test_a_week_in_which_nothing_is_wanted_has_no_order(history: OrderHistory) -> None:
    wanted = rates(history, periods=2)
    wanted.units[:, 1] = 0.0
    stream = order_stream(history, wanted)
    assert stream.draw(1, 7) == ()
    assert stream.draw(0, 7) != ()


def test_totals_that_contradict_the_baskets_are_met_line_by_line() -> None:
    """Two skus always bought together, one of them wanted a hundred times as often."""
    history = OrderHistory(
        skus=("cup", "saucer"),
        places=("east",),
        order=np.repeat(np.arange(30), 2),
        sku=np.tile([0, 1], 30),
        units=np.ones(60, dtype=np.int64),
        place=np.zeros(30, dtype=np.int64),
        placed_at=np.full(30, np.datetime64("2011-05-02T10:30:00")),
    )
    cells = ((SkuId("cup"), "east"), (SkuId("saucer"), "east"))
    stream = order_stream(history, CellTotals(cells, (MONDAY,), np.array([[100.0], [1.0]])))
    assert stream.expected_units(0) == pytest.approx([100.0, 1.0])
    assert {cell.sku for cell in stream.patched(0)} == {"cup", "saucer"}
    units = drawn_units(stream, seeds=400)
    error = np.sqrt(stream.variance_units(0) / 400)
    assert (np.abs(units.mean(axis=0) - [100.0, 1.0]) < 4 * error).all()


def test_equal_seeds_give_equal_orders_and_others_do_not(
    history: OrderHistory, unchanged: ResampledOrders
) -> None:
    again = order_stream(history, rates(history))
    assert repr(again.draw(0, 3)).encode() == repr(unchanged.draw(0, 3)).encode()
    assert unchanged.draw(0, 3) != unchanged.draw(0, 4)
    orders = [order for seed in range(5) for order in unchanged.draw(0, seed)]
    assert len({order.id for order in orders}) == len(orders)


def test_orders_come_by_time_and_within_the_period(unchanged: ResampledOrders) -> None:
    offsets = [order.offset for order in unchanged.draw(0, 3)]
    assert offsets == sorted(offsets)
    assert timedelta(0) <= offsets[0] <= offsets[-1] < timedelta(days=7)


@pytest.mark.parametrize(
    ("days", "offset"), [(7, timedelta(days=2, hours=9, minutes=5)), (1, timedelta(hours=9, minutes=5))]
)
def test_a_week_keeps_weekday_and_time_and_a_day_the_time(days: int, offset: timedelta) -> None:
    one = np.zeros(1, dtype=np.int64)
    wednesday = np.array([np.datetime64("2011-03-02T09:05:00")])
    history = OrderHistory(("cup",), ("east",), one, one, one + 3, one, wednesday)
    totals = CellTotals(((SkuId("cup"), "east"),), (MONDAY,), np.array([[30.0]]), days=days)
    drawn = order_stream(history, totals).draw(0, 1)
    assert {order.offset for order in drawn} == {offset}
    assert {order.lines for order in drawn} == {((SkuId("cup"), 3),)}


def test_levels_give_the_drawn_units_the_variance_of_the_totals(history: OrderHistory) -> None:
    totals = rates(history)
    poisson = order_stream(history, totals).variance_units(0)
    row = int(np.argmax(totals.units[:, 0]))
    variance = np.zeros_like(totals.units)  # of all others less than orders have by themselves
    variance[row] = poisson[row] + 0.5 * totals.units[row] ** 2
    stream = order_stream(history, replace(totals, variance=variance), carry_variance=True, iterations=50)
    units = drawn_units(stream, seeds=300)
    assert units[:, row].var() == pytest.approx(variance[row, 0], rel=0.3)
    assert units[:, row].mean() == pytest.approx(totals.units[row, 0], rel=0.15)
    others = np.arange(len(poisson)) != row
    assert np.median(units.var(axis=0)[others] / poisson[others]) == pytest.approx(1.0, abs=0.15)


def test_levels_leave_the_number_of_orders_and_their_sizes_about_as_they_are(
    history: OrderHistory, unchanged: ResampledOrders
) -> None:
    loud = replace(unchanged.totals, variance=unchanged.variance_units(0)[:, None] * 2)
    leveled = order_stream(history, loud, carry_variance=True, iterations=50)

    def sizes(stream: ResampledOrders) -> np.ndarray:
        return np.concatenate([np.diff(stream.draw_lines(0, seed).starts) for seed in range(60)])

    assert len(sizes(leveled)) == pytest.approx(len(sizes(unchanged)), rel=0.1)
    assert sizes(leveled).mean() == pytest.approx(sizes(unchanged).mean(), rel=0.1)


def test_without_being_asked_for_no_level_is_drawn(history: OrderHistory, unchanged: ResampledOrders) -> None:
    loud = replace(unchanged.totals, variance=np.full_like(unchanged.totals.units, 1e6))
    assert order_stream(history, loud).draw(0, 1) == unchanged.draw(0, 1)


def test_a_forecast_becomes_totals_of_the_places_named() -> None:
    forecast = QuantileForecast(
        ids=("cup|east", "cup|store"),
        periods=(MONDAY,),
        levels=(0.5,),
        mean=np.array([[4.0], [9.0]]),
        dispersion=np.array([0.5, 0.0]),
        quantiles=np.array([[[3]], [[9]]]),
        left_out=(),
    )
    totals = totals_of(forecast, places={"east"})
    assert totals.cells == ((SkuId("cup"), "east"),)
    assert totals.units.tolist() == [[4.0]]
    assert totals.variance is not None
    assert totals.variance.tolist() == [[4.0 + 0.5 * 16.0]]
    assert len(totals_of(forecast).cells) == 2


def test_a_drawn_order_is_one_of_sourcing_and_keeps_its_hour_where_clocks_change() -> None:
    drawn = DrawnOrder(OrderId("east-1-0-1"), "east", timedelta(days=6, hours=10), ((SkuId("cup"), 2),) * 2)
    start = datetime(2011, 3, 21, tzinfo=ZoneInfo("Europe/London"))  # summer time begins on its Sunday
    order = order_of(drawn, start=start)
    assert order.placed_at == datetime(2011, 3, 27, 9, tzinfo=UTC)
    assert order.destination.zone == ZoneId("east")
    assert [(line.id, line.sku, line.quantity) for line in order.lines] == [
        (LineId("1"), "cup", 2),
        (LineId("2"), "cup", 2),
    ]
    with pytest.raises(InvalidInput, match="without a time zone"):
        order_of(drawn, start=start.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"sku": np.zeros(1, dtype=np.int64)}, "/sku"),
        ({"placed_at": np.array([], dtype="datetime64[s]")}, "/placed_at"),
        ({"skus": ("cup", "cup")}, "/skus"),
        ({"places": ("east", "east")}, "/places"),
        ({"sku": np.array([0, 7])}, "/sku"),
        ({"order": np.array([0, -1])}, "/order"),
        ({"order": np.array([0, 0])}, "/order"),
        ({"units": np.array([1, 0])}, "/units"),
        ({"placed_at": np.array(["NaT", "2011-05-02"], dtype="datetime64[s]")}, "/placed_at"),
    ],
)
def test_a_history_that_cannot_be_meant_is_refused(changes: dict[str, object], pointer: str) -> None:
    fields: dict[str, object] = {
        "skus": ("cup", "saucer"),
        "places": ("east",),
        "order": np.array([0, 1]),
        "sku": np.array([0, 1]),
        "units": np.array([1, 1]),
        "place": np.array([0, 0]),
        "placed_at": np.array(["2011-05-02", "2011-05-02"], dtype="datetime64[s]"),
    }
    assert len(OrderHistory(**fields)) == 2  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as refused:
        OrderHistory(**(fields | changes))  # type: ignore[arg-type]
    assert refused.value.pointer == pointer
    assert refused.value.fix


CELL = (SkuId("cup"), "east")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"cells": ()}, "/cells"),
        ({"cells": (CELL, CELL)}, "/cells"),
        ({"days": 30}, "/days"),
        ({"periods": (MONDAY, MONDAY + timedelta(days=8))}, "/periods"),
        ({"units": np.ones((1, 2))}, "/units"),
        ({"units": np.array([[-1.0]])}, "/units"),
        ({"units": np.array([[np.nan]])}, "/units"),
        ({"variance": np.array([[np.inf]])}, "/variance"),
    ],
)
def test_totals_that_cannot_be_meant_are_refused(fields: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        CellTotals(**({"cells": (CELL,), "periods": (MONDAY,), "units": np.ones((1, 1))} | fields))  # type: ignore[arg-type]
    assert refused.value.pointer == pointer
    assert refused.value.fix


@pytest.mark.parametrize(
    ("choice", "pointer"),
    [
        ({"borrowed": 1.0}, "/borrowed"),
        ({"iterations": 0}, "/iterations"),
        ({"ratio": 1.0}, "/ratio"),
        ({"carry_variance": True}, "/variance"),
    ],
)
def test_choices_out_of_range_are_refused(
    history: OrderHistory, unchanged: ResampledOrders, choice: dict[str, float], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        order_stream(history, unchanged.totals, **choice)  # type: ignore[arg-type]
    assert refused.value.pointer == pointer


def test_a_history_without_an_order_and_a_period_or_seed_that_is_none_are_refused(
    unchanged: ResampledOrders,
) -> None:
    nothing = np.zeros(0, dtype=np.int64)
    empty = OrderHistory((), (), nothing, nothing, nothing, nothing, nothing.astype("datetime64[s]"))
    with pytest.raises(InvalidInput, match="without an order"):
        order_stream(empty, unchanged.totals)
    with pytest.raises(InvalidInput, match="period 1 of 1"):
        unchanged.draw(1, 1)
    with pytest.raises(InvalidInput, match="seed -1"):
        unchanged.draw(0, -1)
