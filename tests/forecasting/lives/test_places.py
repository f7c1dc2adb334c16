"""New stores: a sku sells there as elsewhere, times how much such a store sells."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecasting.history import OBSERVED, Attributes, History
from forecasting.lives.analogues import cold_start
from forecasting.lives.launches import learn_launches
from forecasting.lives.places import Places, attributes_of_places, learn_places

SIZES = {f"store{i:02}": 200.0 * 1.25**i for i in range(12)}
WEEKS = 60
YOUNG = "store05"  # open for six weeks only
SKUS = 40


def _level(sku: int, place: str) -> float:
    """A sku sells 2 to 40 units a week in a store of size 1,000, and in proportion to the size."""
    return 2.0 * 20.0 ** (sku / SKUS) * SIZES[place] / 1000.0


def _history(pairs: list[tuple[int, str]], lengths: list[int], *, seed: int) -> History:
    rng = np.random.default_rng(seed)
    names = [f"sku{sku:02}|{place}" for sku, place in pairs]
    order = sorted(range(len(names)), key=names.__getitem__)
    units = [rng.negative_binomial(4, 4 / (4 + _level(*pairs[i])), lengths[i]) for i in order]
    return History(
        ids=tuple(names[i] for i in order),
        starts=np.concatenate([[0], np.cumsum([len(one) for one in units])]).astype(np.int64),
        units=np.concatenate([*units, np.zeros(0)]).astype(np.float64),
        state=np.full(sum(len(one) for one in units), OBSERVED, dtype=np.uint8),
        last=date(2024, 1, 1),
        attributes=Attributes(numbers={"size": np.array([SIZES[pairs[i][1]] for i in order])}),
    )


@pytest.fixture(scope="module")
def stores() -> History:
    """Eleven stores, each with about two thirds of the skus; the last one is not open yet."""
    rng = np.random.default_rng(1)
    pairs = [(sku, place) for place in list(SIZES)[:-1] for sku in range(SKUS) if rng.random() < 0.65]
    return _history(pairs, [6 if place == YOUNG else WEEKS for _, place in pairs], seed=2)


@pytest.fixture(scope="module")
def places(stores: History) -> Places:
    return learn_places(stores, place_attributes=("size",))


def test_factors_are_in_proportion_to_what_stores_sell_whatever_their_assortment(places):
    settled = [place for place in list(SIZES)[:-1] if place != YOUNG]
    ratio = np.array([places.factors[place] / SIZES[place] for place in settled])
    assert ratio / ratio.mean() == pytest.approx(np.ones(10), abs=0.2)


def test_a_young_store_has_a_factor_between_its_own_and_that_of_its_like(places):
    expected = places.factors["store04"] * SIZES[YOUNG] / SIZES["store04"]
    assert places.factors[YOUNG] == pytest.approx(expected, rel=0.25)


def test_a_new_store_sells_what_its_size_and_the_skus_elsewhere_tell(stores, places):
    opened = _history([(sku, "store11") for sku in range(SKUS)], [0] * SKUS, seed=3)
    said = cold_start(opened, learn_launches(stores), horizon=4, places=places)
    true = np.array([_level(sku, "store11") for sku in range(SKUS)])
    known_skus = np.array([f"sku{sku:02}" in places.sku_levels for sku in range(SKUS)])
    assert known_skus.all()
    assert np.corrcoef(np.log(said.mean[:, 0]), np.log(true))[0, 1] > 0.98
    without_size = learn_places(stores)
    flat = cold_start(opened, learn_launches(stores), horizon=4, places=without_size)
    assert abs(np.log(said.mean[:, 0].sum() / true.sum())) < 0.6 * abs(
        np.log(flat.mean[:, 0].sum() / true.sum())
    )


def test_a_sku_newly_listed_at_a_known_store_is_forecast_closely_and_without_a_launch_curve(stores, places):
    listed = [
        (sku, place)
        for place in ("store02", "store09")
        for sku in range(SKUS)
        if f"sku{sku:02}|{place}" not in stores.ids
    ]
    history = _history(listed, [0] * len(listed), seed=4)
    said = cold_start(history, learn_launches(stores), horizon=4, places=places)
    true = np.array([_level(int(name[3:5]), name[6:]) for name in history.ids])
    assert np.abs(said.mean[:, 0] - true).sum() / true.sum() < 0.2
    assert (said.mean == said.mean[:, :1]).all()
    assert places.spread < 0.1


def test_own_sales_take_over_at_a_new_place_too(stores, places):
    opened = _history([(sku, "store11") for sku in range(SKUS)], [12] * SKUS, seed=5)
    said = cold_start(opened, learn_launches(stores), horizon=1, places=places)
    assert (said.own_weight > 0.2).all()
    true = np.array([_level(sku, "store11") for sku in range(SKUS)])
    assert np.abs(said.mean - said.prior_mean).sum() > 0
    assert np.abs(said.mean[:, 0] - true).sum() < np.abs(said.prior_mean[:, 0] - true).sum()


def test_an_unknown_sku_is_left_to_the_analogues(stores, places):
    history = History(
        ids=("skuNew|store03",),
        starts=np.array([0, 0]),
        units=np.zeros(0),
        state=np.zeros(0, dtype=np.uint8),
        last=date(2024, 1, 1),
        attributes=Attributes(numbers={"size": np.array([SIZES["store03"]])}),
    )
    assert places.prior(history, 0) is None
    said = cold_start(history, learn_launches(stores), horizon=1, places=places)
    assert said.priors[0].count >= 10


def test_a_kind_of_store_tells_too_and_an_unknown_kind_nothing(stores):
    kinds = tuple("mall" if SIZES[name[6:]] > 600 else "corner" for name in stores.ids)
    of_kind = replace(stores, attributes=Attributes({"kind": kinds}))
    places = learn_places(of_kind, place_attributes=("kind",))
    sku = stores.ids[0][:5]
    opened = History(
        ids=tuple(f"{sku}|{place}" for place in ("newA", "newB", "newC")),
        starts=np.zeros(4, dtype=np.int64),
        units=np.zeros(0),
        state=np.zeros(0, dtype=np.uint8),
        last=date(2024, 1, 1),
        attributes=Attributes({"kind": ("corner", "mall", "kiosk")}),
    )
    corner, mall, kiosk = (places.prior(opened, row).level for row in range(3))
    assert corner < kiosk < mall
    assert mall > 2 * corner
    without = learn_places(of_kind).prior(opened, 1).level
    assert without == pytest.approx(places.sku_levels[sku])  # a factor of 1


def test_what_describes_places_is_told_from_what_describes_skus_or_series(stores):
    rng = np.random.default_rng(7)
    skus = tuple(name[:5] for name in stores.ids)
    told = Attributes(
        texts={"country": ("en",) * len(skus), "color": skus},
        numbers={
            "size": stores.attributes.numbers["size"],
            "opened": np.where(stores.attributes.numbers["size"] > 600, np.nan, 2020.0),
            "shelf": rng.random(len(skus)),
            "price": np.array([float(sku[3:]) for sku in skus]),
        },
    )
    assert attributes_of_places(replace(stores, attributes=told)) == ("opened", "size")


def test_less_is_known_of_a_place_the_less_it_has_sold_and_the_less_it_is_described(stores, places):
    assert places.doubts["store04"] < places.doubts[YOUNG] < places.unseen_doubt
    assert places.unseen_doubt < learn_places(stores).unseen_doubt


def test_places_are_text_and_back_and_learned_alike_twice(stores, places):
    assert Places.from_json(places.to_json()) == places
    assert learn_places(stores, place_attributes=("size",)) == places


@pytest.mark.parametrize("lengths", [[3, 3], [30, 30], [0, 30]])
def test_one_place_or_a_short_history_is_no_obstacle(lengths):
    places = learn_places(_history([(1, "store01"), (2, "store01")], lengths, seed=6))
    assert places.factors == {"store01": pytest.approx(1.0)}
    assert places.spread > 0
