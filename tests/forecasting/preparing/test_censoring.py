"""Demand behind stock-outs: what is known stays, what is estimated is close, hostile series stay sane."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.classes import DemandClass, classify
from forecasting.history import AT_LEAST, MASKED, OBSERVED, FloatArray, History, IntArray, StateArray
from forecasting.preparing.censored_sales import capped_sales, checked_sales
from forecasting.preparing.censoring import CensoringPrior, Imputed, impute, learn_prior
from fulfillment.errors import InvalidInput
from tests.benchmarks.censored_demand import DEVELOPMENT, Shop, biases, prior_of_others, real_shop

STEPS = 104


def drawn(*, series: int, level: float, dispersion: float, seed: int, steps: int = STEPS) -> FloatArray:
    """Negative-binomial units, levels scattered around `level`, shape (series, steps)."""
    rng = np.random.default_rng(seed)
    levels = level * np.exp(rng.normal(0.0, 0.4, size=(series, 1)))
    return rng.negative_binomial(1 / dispersion, 1 / (1 + dispersion * levels), size=(series, steps)).astype(
        np.float64
    )


def laid(units: FloatArray) -> tuple[FloatArray, IntArray, StateArray]:
    """Rows end to end, all observed."""
    starts = np.arange(0, units.size + 1, units.shape[1])
    return units.ravel(), starts, np.zeros(units.size, dtype=np.uint8)


def capped(units: FloatArray, share: float) -> tuple[FloatArray, IntArray, StateArray]:
    """Rows end to end, each capped where it reached in `share` of its steps."""
    whole, starts, state = laid(units)
    sales = capped_sales(checked_sales(whole, starts, state, None), share)
    return sales.units, starts, sales.state


def one(units: list[float], state: list[int], prior: CensoringPrior) -> Imputed:
    return impute(
        np.array(units),
        starts=np.array([0, len(units)]),
        state=np.array(state, dtype=np.uint8),
        prior=prior,
    )


@pytest.fixture(scope="module")
def prior() -> CensoringPrior:
    units, starts, state = laid(drawn(series=150, level=20.0, dispersion=0.5, seed=1))
    return learn_prior(units, starts=starts, state=state)


@pytest.fixture(scope="module")
def mixed_prior() -> CensoringPrior:
    """Of brisk and even, brisk and uneven, slow and rare series."""
    rows = [
        drawn(series=60, level=level, dispersion=dispersion, seed=seed)
        for seed, (level, dispersion) in enumerate([(30.0, 0.15), (30.0, 1.0), (1.0, 0.3), (2.0, 3.0)])
    ]
    units, starts, state = laid(np.concatenate(rows))
    return learn_prior(units, starts=starts, state=state)


def test_the_prior_of_negative_binomial_demand_is_that_of_its_draws(prior):
    assert np.exp(prior.pooled.log_level) == pytest.approx(20.0, rel=0.06)
    assert np.exp(prior.pooled.log_dispersion) == pytest.approx(0.5, rel=0.06)
    assert prior.pooled.log_level_sd == pytest.approx(0.4, rel=0.2)


def test_no_excess_is_found_where_demand_is_negative_binomial(prior):
    assert [factor for of in prior.classes for factor in of.excess] == pytest.approx(
        np.ones(4 * (len(prior.ratios) + 1)), abs=0.15
    )


def test_the_prior_is_found_under_caps_too():
    units, starts, state = capped(drawn(series=200, level=20.0, dispersion=0.5, seed=2), 0.3)
    learned = learn_prior(units, starts=starts, state=state)
    assert np.exp(learned.pooled.log_level) == pytest.approx(20.0, rel=0.06)
    assert np.exp(learned.pooled.log_dispersion) == pytest.approx(0.5, rel=0.1)


def test_series_that_show_no_sizes_do_not_carry_the_prior_away():
    brisk = drawn(series=60, level=20.0, dispersion=0.5, seed=2)
    rare = np.where(np.random.default_rng(3).random(brisk.shape) < 0.2, brisk, 0.0)
    units, starts, state = capped(np.concatenate([brisk, rare]), 0.3)
    with_rare = learn_prior(units, starts=starts, state=state)
    units, starts, state = capped(brisk, 0.3)
    assert with_rare.pooled == learn_prior(units, starts=starts, state=state).pooled


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_negative_binomial_demand_beyond_caps_is_recovered_within_two_percent(prior, share):
    whole = drawn(series=300, level=20.0, dispersion=0.5, seed=3)
    units, starts, state = capped(whole, share)
    imputed = impute(units, starts=starts, state=state, prior=prior)
    assert units.sum() < 0.95 * whole.sum()
    assert imputed.units.sum() == pytest.approx(whole.sum(), rel=0.02)


def test_bulk_orders_beyond_the_law_are_learned_from_series_that_show_them():
    def bulky(seed: int) -> FloatArray:
        units = drawn(series=150, level=20.0, dispersion=0.2, seed=seed)
        return np.where(np.random.default_rng(seed).random(units.shape) < 0.03, 8.0 * units, units)

    units, starts, state = laid(bulky(5))
    learned = learn_prior(units, starts=starts, state=state)
    plain = replace(
        learned, classes=tuple(replace(of, excess=(1.0,) * len(of.excess)) for of in learned.classes)
    )
    hidden, starts, state = capped(bulky(6), 0.1)

    def missed(of: CensoringPrior) -> float:
        return abs(1.0 - impute(hidden, starts=starts, state=state, prior=of).units.sum() / bulky(6).sum())

    assert missed(learned) < 0.5 * missed(plain)


def test_series_with_bounds_do_not_teach_how_far_demand_goes_beyond_them():
    units, starts, state = capped(drawn(series=30, level=20.0, dispersion=0.5, seed=2), 0.3)
    learned = learn_prior(units, starts=starts, state=state)
    assert {factor for of in learned.classes for factor in of.excess} == {1.0}


def test_a_constant_cap_does_not_make_uneven_demand_look_smooth(mixed_prior):
    whole = drawn(series=60, level=30.0, dispersion=1.0, seed=8)
    units, starts, state = capped(whole, 0.3)
    classes = impute(units, starts=starts, state=state, prior=mixed_prior).classes
    as_is = impute(units, starts=starts, state=np.zeros_like(state), prior=mixed_prior).classes
    assert as_is.count(DemandClass.SMOOTH) > 50
    assert classes.count(DemandClass.ERRATIC) > 50


def test_without_anything_hidden_units_stay_and_classes_are_those_of_the_demand_classes(mixed_prior):
    rows = [
        drawn(series=20, level=lv, dispersion=d, seed=11) for lv, d in [(30.0, 0.1), (0.6, 0.3), (2.0, 3.0)]
    ]
    units, starts, state = laid(np.concatenate(rows))
    imputed = impute(units, starts=starts, state=state, prior=mixed_prior)
    ids = tuple(f"{i:02}|x" for i in range(len(starts) - 1))
    history = History(ids, starts, units, state, date(2011, 5, 23))
    assert imputed.units.tolist() == units.tolist()
    assert imputed.hidden == ()
    assert imputed.classes == classify(history)


def test_a_chunk_of_series_is_imputed_as_the_whole(mixed_prior):
    rng = np.random.default_rng(4)
    rows = [
        drawn(series=10, level=lv, dispersion=d, seed=12) for lv, d in [(30.0, 0.1), (5.0, 1.0), (0.6, 0.3)]
    ]
    whole = np.concatenate(rows)
    lengths = rng.integers(5, STEPS, size=len(whole))
    units = np.concatenate([row[:n] for row, n in zip(whole, lengths, strict=True)])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    state = rng.choice([OBSERVED, MASKED, AT_LEAST], size=len(units), p=[0.7, 0.15, 0.15]).astype(np.uint8)
    profile = rng.uniform(0.3, 2.0, size=len(units))
    together = impute(units, starts=starts, state=state, prior=mixed_prior, profile=profile)
    for first, last in [(0, 1), (1, 7), (7, 30)]:
        part = slice(starts[first], starts[last])
        alone = impute(
            units[part],
            starts=starts[first : last + 1] - starts[first],
            state=state[part],
            prior=mixed_prior,
            profile=profile[part],
        )
        assert alone.units.tolist() == together.units[part].tolist()
        assert alone.classes == together.classes[first:last]
        assert [replace(row, series=row.series + first) for row in alone.hidden] == [
            row for row in together.hidden if first <= row.series < last
        ]


def test_a_series_of_masked_steps_only_gets_the_level_of_its_class(prior):
    imputed = one([0.0] * 6, [MASKED] * 6, prior)
    assert np.unique(imputed.units) == pytest.approx([np.exp(prior.classes[1].levels.log_level)])
    assert imputed.classes == (DemandClass.INTERMITTENT,)


def test_a_series_of_bounds_only_lies_above_them_and_not_beyond_all_measure(prior):
    low, high = one([2.0] * 60, [AT_LEAST] * 60, prior), one([30.0] * 60, [AT_LEAST] * 60, prior)
    assert 10.0 < low.units.mean() < 40.0
    assert 32.0 < high.units.mean() < 120.0


def test_a_masked_step_says_nothing(prior):
    rng = np.random.default_rng(9)
    units, state = rng.poisson(10, 40).astype(float), [OBSERVED] * 40
    state[20] = MASKED
    for said in (0.0, 1_000.0):
        units[20] = said
        imputed = one(units.tolist(), state, prior)
        assert imputed.units[20] == pytest.approx(10.0, rel=0.3)
        assert imputed.hidden[0].masked == 1


def test_a_masked_step_takes_the_level_near_it_and_not_that_of_the_whole_history(prior):
    imputed = one([10.0] * 50 + [60.0] * 30 + [0.0], [OBSERVED] * 80 + [MASKED], prior)
    assert imputed.units[-1] == pytest.approx(60.0, rel=0.01)


def test_a_season_that_is_told_is_taken_into_account(prior):
    season = np.tile([0.5, 1.5], 30)
    units = 20.0 * season
    state = np.zeros(60, dtype=np.uint8)
    state[[40, 41]] = MASKED
    told = impute(units, starts=np.array([0, 60]), state=state, prior=prior, profile=season)
    assert told.units[[40, 41]] == pytest.approx([10.0, 30.0], rel=0.02)


def test_what_was_hidden_is_told_by_series(prior):
    units, state = [10.0] * 20 + [5.0, 0.0], [OBSERVED] * 20 + [AT_LEAST, MASKED]
    imputed = impute(
        np.array([3.0, 4.0, *units]),
        starts=np.array([0, 2, 24]),
        state=np.array([OBSERVED, OBSERVED, *state], dtype=np.uint8),
        prior=prior,
    )
    (row,) = imputed.hidden
    assert (row.series, row.steps, row.bounds, row.masked, row.sold) == (1, 22, 1, 1, 205.0)
    assert row.expected == pytest.approx(imputed.units[2:].sum())
    assert row.expected > row.sold + 5.0


def test_a_prior_survives_being_written_as_json(mixed_prior):
    assert CensoringPrior.from_json(json.loads(json.dumps(mixed_prior.as_json()))) == mixed_prior


def test_learning_looks_at_nothing_from_the_end_on():
    units = drawn(series=20, level=20.0, dispersion=0.5, seed=1)
    later = units.copy()
    later[:, 60:] = 5_000.0
    flat, starts, state = laid(units)
    ends = starts[:-1] + 60
    learned = learn_prior(flat, starts=starts, state=state, ends=ends)
    assert learn_prior(later.ravel(), starts=starts, state=state, ends=ends) == learned
    short, starts, state = laid(units[:, :60])
    assert learn_prior(short, starts=starts, state=state) == learned


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.one_of(st.just(0.0), st.integers(0, 50).map(float), st.floats(0, 1e7)),
            st.sampled_from([OBSERVED, MASKED, AT_LEAST]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_a_series_looks_like_the_estimate_is_a_number_that_fits_what_is_known(prior, steps):
    units, state = [float(units) for units, _ in steps], [state for _, state in steps]
    imputed = one(units, state, prior)
    known = np.array(state) == OBSERVED
    bounded = np.array(state) == AT_LEAST
    assert np.isfinite(imputed.units).all()
    assert (imputed.units >= 0).all()
    assert imputed.units[known].tolist() == np.array(units)[known].tolist()
    assert (imputed.units[bounded] >= np.array(units)[bounded]).all()


@pytest.mark.parametrize(
    ("units", "state"),
    [
        ([0.0] * 30, [OBSERVED] * 29 + [MASKED]),
        ([0.0] * 30, [AT_LEAST] * 30),
        ([7.0], [AT_LEAST]),
        ([5.0] * 29 + [1e9], [AT_LEAST, OBSERVED] * 15),
        ([1e9] * 10, [AT_LEAST] * 10),
    ],
)
def test_zeros_single_points_and_huge_spikes_are_borne(prior, units, state):
    imputed = one(units, state, prior)
    bounded = np.array(state) == AT_LEAST
    assert np.isfinite(imputed.units).all()
    assert (imputed.units[bounded] >= np.array(units)[bounded]).all()


@pytest.mark.parametrize("what", ["starts", "units", "state", "profile", "ends", "masked"])
def test_what_does_not_fit_together_is_refused(prior, what):
    units, starts, state = np.array([1.0, 2.0, 3.0]), np.array([0, 1, 3]), np.zeros(3, dtype=np.uint8)
    profile, ends = np.ones(3), np.array([1, 3])
    if what == "starts":
        starts = np.array([0, 2])
    elif what == "units":
        units[1] = -1.0
    elif what == "state":
        state[1] = 7
    elif what == "profile":
        profile[1] = 0.0
    elif what == "ends":
        ends = np.array([2, 3])
    else:
        state[:] = MASKED
    pointer = {"units": "/units/1", "state": "/state/1", "profile": "/profile/1", "masked": "/state"}
    learns = what in ("ends", "masked")
    given_beside = {"ends": ends} if learns else {"prior": prior, "profile": profile}
    with pytest.raises(InvalidInput) as refused:
        (learn_prior if learns else impute)(units, starts=starts, state=state, **given_beside)
    assert refused.value.pointer == pointer.get(what, f"/{what}")
    assert refused.value.fix


@pytest.fixture(scope="module")
def real_orders() -> Shop:
    return real_shop()


def test_on_real_orders_weeks_without_supply_move_the_bias_by_at_most_two_points(real_orders):
    prior = prior_of_others(real_orders, DEVELOPMENT[0])
    sums = biases(real_orders, origins=DEVELOPMENT, share=0.3, prior=prior, demand_driven=False)
    assert sums.bias("as_is") < sums.bias("known") - 20.0
    assert abs(sums.bias("imputed") - sums.bias("known")) < 2.0
    assert sums.strayed < 0.7


def test_on_real_orders_most_of_the_bias_that_caps_bring_is_taken_away(real_orders):
    prior = prior_of_others(real_orders, DEVELOPMENT[0])
    for share in (0.1, 0.2, 0.3):
        sums = biases(real_orders, origins=(45,), share=share, prior=prior, demand_driven=True)
        brought = abs(sums.bias("as_is") - sums.bias("known"))
        assert brought > 10.0
        assert abs(sums.bias("left_out") - sums.bias("known")) > brought  # dropping capped weeks is worse
        assert abs(sums.bias("imputed") - sums.bias("known")) < 0.5 * brought
