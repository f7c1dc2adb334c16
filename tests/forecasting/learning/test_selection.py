"""Selection: the better blend where it is clearly better, the cheapest where it is not, and why, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.history import FloatArray, Grain
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.learning.rehearsal import NOT_THERE, Records
from forecasting.learning.selection import Cell, select
from forecasting.models.blends import Blend, equally, halfway
from forecasting.quantiles.levels import LEVELS

SMOOTH, INTERMITTENT, ERRATIC, LUMPY = range(4)
CHEAP, DEAR = equally("cheap"), equally("dear")
CANDIDATES = (CHEAP, halfway(CHEAP, "dear"), DEAR)


def records(*, origins: int = 12, series: int = 40, seed: int = 1, **factors: float | FloatArray) -> Records:
    """Poisson sales of known levels, and models that say the level times a factor; all series smooth."""
    rng = np.random.default_rng(seed)
    level = np.broadcast_to(rng.uniform(5, 20, (series, 1)), (origins, series, 8))
    return Records(
        backs=tuple(range(2 * origins, 0, -2)),
        classes=np.full((origins, series), SMOOTH),
        dispersion=np.full((origins, series), 0.05),
        means={name: level * factor for name, factor in factors.items()},
        sold=rng.poisson(level).astype(np.float64),
    )


def taken(told: Records, candidates: tuple[Blend, ...] = CANDIDATES) -> list[list[int]]:
    return [[cell.taken for cell in row] for row in select(told, candidates, grain=Grain.WEEK)]


def test_a_clearly_better_candidate_is_taken_in_every_bucket():
    told = select(records(cheap=1.6, dear=1.0), CANDIDATES, grain=Grain.WEEK)
    for cell in told[SMOOTH]:
        assert cell.taken == 2
        assert cell.losses[2] < cell.losses[1] < cell.losses[0]


def test_a_blend_is_taken_where_models_err_in_opposite_ways():
    assert taken(records(cheap=1.4, dear=0.6))[SMOOTH] == [1, 1, 1]


def test_a_dearer_candidate_that_is_worse_is_never_taken():
    assert taken(records(cheap=1.0, dear=1.3)) == [[0, 0, 0]] * 4


def test_candidates_that_say_the_same_leave_the_cheapest():
    assert taken(records(cheap=1.2, dear=1.2)) == [[0, 0, 0]] * 4


def test_a_gain_below_one_in_a_hundred_is_not_worth_a_dearer_candidate():
    told = records(cheap=1.02, dear=1.0)
    cell = select(told, (CHEAP, DEAR), grain=Grain.WEEK)[SMOOTH][1]
    assert 0 < 1 - cell.losses[1] / cell.losses[0] < 0.01
    assert cell.taken == 0


@pytest.mark.parametrize("origins", [2, 3, 12])
def test_noise_seldom_looks_better(origins):
    """Two models that err alike, at random at every origin: the dearer is no better in truth."""
    switched = 0
    for seed in range(40):
        rng = np.random.default_rng(1000 + seed)
        cheap, dear = (rng.lognormal(0, 0.2, (origins, 1, 1)) for _ in range(2))
        told = records(origins=origins, seed=seed, cheap=cheap, dear=dear)
        switched += taken(told, (CHEAP, DEAR))[SMOOTH][1]
    assert switched <= 10


def test_one_origin_is_no_evidence_whatever_it_says():
    for cell in select(records(origins=1, cheap=1.6, dear=1.0), (CHEAP, DEAR), grain=Grain.WEEK)[SMOOTH]:
        assert cell.losses[1] < cell.losses[0]
        assert cell.taken == 0


def test_a_candidate_good_at_one_origin_only_is_not_taken():
    dear = np.full((12, 1, 1), 1.25)
    dear[7] = 1.0
    cheap = np.full((12, 1, 1), 1.25)
    cheap[7] = 3.0
    cell = select(records(cheap=cheap, dear=dear), (CHEAP, DEAR), grain=Grain.WEEK)[SMOOTH][1]
    assert cell.losses[1] < 0.95 * cell.losses[0]
    assert cell.taken == 0


def test_classes_with_evidence_decide_for_themselves():
    told = records(series=120, cheap=1.0, dear=1.0)
    classes = np.tile(np.repeat([SMOOTH, ERRATIC], 60), (12, 1))
    factor = np.where(classes == SMOOTH, 1.6, 1.0)[:, :, None]
    means = {"cheap": told.means["cheap"] * factor, "dear": told.means["dear"] * (2.6 - factor)}
    rows = taken(replace(told, classes=classes, means=means), (CHEAP, DEAR))
    assert rows[SMOOTH] == [1, 1, 1]
    assert rows[ERRATIC] == [0, 0, 0]


def test_a_class_without_evidence_follows_all_classes():
    rows = select(records(cheap=1.6, dear=1.0), CANDIDATES, grain=Grain.WEEK)
    for code in (INTERMITTENT, ERRATIC, LUMPY):
        for own, shared in zip(rows[code], rows[SMOOTH], strict=True):
            assert own.steps == 0
            assert own.taken == shared.taken == 2
            np.testing.assert_allclose(own.losses, shared.losses)


def test_a_class_with_little_evidence_is_drawn_to_all_classes():
    told = records(series=41, cheap=1.0, dear=1.0)
    told.classes[:, 40] = LUMPY
    means = {"cheap": told.means["cheap"] * 1.6, "dear": told.means["dear"].copy()}
    means["cheap"][:, 40], means["dear"][:, 40] = told.means["cheap"][:, 40], told.means["dear"][:, 40] * 1.6
    rows = select(replace(told, means=means), (CHEAP, DEAR), grain=Grain.WEEK)
    assert rows[LUMPY][0].steps == 12
    assert rows[LUMPY][0].taken == rows[SMOOTH][0].taken == 1


def test_buckets_of_steps_decide_for_themselves():
    late = np.where(np.arange(8) >= 4, 1.6, 1.0)
    assert taken(records(cheap=late, dear=2.6 - late), (CHEAP, DEAR))[SMOOTH] == [0, 0, 1]


def test_without_a_single_record_the_first_is_taken_and_no_loss_is_told():
    told = records(cheap=1.0, dear=1.0)
    for empty in (
        replace(told, sold=np.full_like(told.sold, np.nan)),
        records(origins=0, cheap=1.0, dear=1.0),
    ):
        for row in select(empty, CANDIDATES, grain=Grain.WEEK):
            for cell in row:
                assert (cell.taken, cell.steps) == (0, 0)
                assert np.isnan(cell.losses).all()


def test_where_nothing_sold_the_first_is_taken():
    told = records(cheap=1.0, dear=0.0)
    assert taken(replace(told, sold=np.zeros_like(told.sold))) == [[0, 0, 0]] * 4


def test_a_model_left_out_of_some_series_is_judged_with_the_others_on_the_rest():
    whole, partly = records(cheap=1.6, dear=1.0), records(cheap=1.6, dear=1.0)
    partly.means["dear"][:, :25] = np.nan
    partly.dispersion[:3, 30], partly.classes[:3, 30] = np.nan, NOT_THERE
    for mean in partly.means.values():
        mean[:3, 30] = np.nan
    rest = replace(
        whole,
        classes=whole.classes[:, 25:],
        dispersion=whole.dispersion[:, 25:],
        means={name: mean[:, 25:] for name, mean in whole.means.items()},
        sold=whole.sold[:, 25:].copy(),
    )
    rest.sold[:3, 5] = np.nan
    ours = select(partly, (CHEAP, DEAR), grain=Grain.WEEK)
    assert [cell.taken for cell in ours[SMOOTH]] == [1, 1, 1]
    for own, other in zip(ours[SMOOTH], select(rest, (CHEAP, DEAR), grain=Grain.WEEK)[SMOOTH], strict=True):
        assert own == Cell(other.taken, pytest.approx(other.losses), other.steps)


def test_losses_are_those_worked_out_by_hand():
    """Two series at one origin, horizon 1: every pinball loss written out."""
    sold, means, dispersion = np.array([3.0, 10.0]), np.array([4.0, 8.0]), np.array([0.5, 0.1])
    told = Records(
        backs=(1,),
        classes=np.array([[SMOOTH, LUMPY]]),
        dispersion=dispersion[None],
        means={"cheap": means[None, :, None]},
        sold=sold[None, :, None],
    )
    quantiles = negative_binomial_quantiles(means[:, None], dispersion[:, None], np.array(LEVELS))[:, 0]
    losses = [
        sum(
            2 * (level * max(y - q, 0) + (1 - level) * max(q - y, 0))
            for level, q in zip(LEVELS, row, strict=True)
        )
        / 9
        for y, row in zip(sold.tolist(), quantiles.tolist(), strict=True)
    ]
    of_all = sum(losses) / 13
    belief = 1 / 201
    cells = select(told, (CHEAP,), grain=Grain.WEEK)
    assert cells[SMOOTH][0].losses[0] == pytest.approx(belief * losses[0] / 3 + (1 - belief) * of_all)
    assert cells[LUMPY][0].losses[0] == pytest.approx(belief * losses[1] / 10 + (1 - belief) * of_all)
    assert cells[INTERMITTENT][0] == Cell(0, (pytest.approx(of_all),), 0)
    assert cells[SMOOTH][1].steps == 0
