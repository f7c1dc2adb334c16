"""How much of what stock-outs hid comes back, on real orders: `python tests/benchmarks/censored_demand.py`.

The 400 products best selling in the first 53 weeks, home and abroad together, one series each. Two ways to
run out: supply fails in weeks drawn independently of demand, or a product never has more than a constant
number of units a week. Either hides 10, 20 or 30 % of its weeks; a plain forecaster (mean of exponential
smoothing and the mean of 13 weeks) then looks 8 weeks ahead. Bias is sum(forecast - sold) / sum(sold) against
what really sold. `strayed` is how far the forecasts by product are from those of the whole histories, summed
without signs: with imputed demand, relative to sales as they are.

The prior is learned from the 800 products next in rank, whose sales nothing hides, until the first origin;
`own` learns it from the very histories that hide. Settings were chosen on the development origins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy.signal import lfilter

from api.demo.sources import load_sales
from forecasting.history import AT_LEAST, MASKED, OBSERVED, FloatArray, IntArray, StateArray
from forecasting.preparing.censoring import CensoringPrior, impute, learn_prior

MONDAY = date(2009, 11, 30)
END = date(2011, 5, 30)  # 78 whole weeks
RANKED_WEEKS = 53
PRODUCTS = 400
OTHERS = 800
HORIZON = 8
SHARES = (0.1, 0.2, 0.3)
DEVELOPMENT = (37, 39, 41, 43, 45)
REPORTED = (61, 63, 65, 67, 69)
SMOOTHINGS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6)
TRAILING = 13
DRAWS = 4  # of the weeks in which supply fails


@dataclass(frozen=True, slots=True)
class Sold:
    """Series end to end, from the first week with sales to the origin; `profile` is `Shop.open` of each."""

    units: FloatArray
    starts: IntArray
    state: StateArray
    profile: FloatArray


@dataclass(frozen=True, slots=True)
class Shop:
    """Units per product and week, shape (products, weeks), and days open of each week relative to the mean.

    A week without a day open (Christmas) counts as a hundredth of an average one.
    """

    units: FloatArray
    open: FloatArray

    def products(self, first: int, last: int) -> "Shop":
        return replace(self, units=self.units[first:last])


@dataclass(slots=True)
class Biases:
    """Sums over origins of what came and of what each history led to."""

    came: float = 0.0
    known: float = 0.0
    as_is: float = 0.0
    left_out: float = 0.0
    imputed: float = 0.0
    own: float = 0.0
    as_is_off: float = 0.0
    imputed_off: float = 0.0

    def bias(self, name: str) -> float:
        """Of the forecasts from one kind of history, in percent of what came."""
        total: float = getattr(self, name)
        return 100.0 * (total / self.came - 1.0)

    @property
    def strayed(self) -> float:
        return self.imputed_off / self.as_is_off


def real_shop() -> Shop:
    """The 78 whole weeks of real orders, products best selling in the first 53 weeks first."""
    sales = load_sales(until=END)
    day = (sales.placed_at.astype("datetime64[D]") - np.datetime64(MONDAY)).astype(np.int64)
    units = np.zeros((len(sales.stock_codes), int(day.max()) // 7 + 1))
    np.add.at(units, (sales.stock_code, day // 7), sales.quantity)
    days_open = np.bincount(np.unique(day) // 7).astype(np.float64)
    best_first = np.argsort(-units[:, :RANKED_WEEKS].sum(axis=1), kind="stable")
    return Shop(units[best_first], np.maximum(days_open / days_open.mean(), 0.01))


def until(shop: Shop, origin: int) -> tuple[Sold, FloatArray]:
    """Products that sold before `origin`, and what they sold in the weeks from it."""
    known = shop.units[shop.units[:, :origin].any(axis=1)]
    first = np.argmax(known > 0, axis=1)
    is_in = np.arange(origin) >= first[:, None]
    starts = np.concatenate([[0], np.cumsum(origin - first)])
    profile = np.broadcast_to(shop.open[:origin], is_in.shape)[is_in]
    units = known[:, :origin][is_in]
    sold = Sold(units, starts, np.zeros(len(units), dtype=np.uint8), profile)
    return sold, known[:, origin : origin + HORIZON]


def supply_fails(sold: Sold, share: float, rng: np.random.Generator) -> Sold:
    """Weeks drawn independently of demand sell nothing; the first of a series is spared."""
    hidden = rng.random(len(sold.units)) < share
    hidden[sold.starts[:-1]] = False
    return replace(
        sold,
        units=np.where(hidden, 0.0, sold.units),
        state=np.where(hidden, MASKED, OBSERVED).astype(np.uint8),
    )


def capped(sold: Sold, share: float) -> Sold:
    """Each product has the same few units every week: what it reached in `share` of them, at least one."""
    caps = [
        max(1.0, float(np.floor(np.quantile(part, 1.0 - share))))
        for part in np.split(sold.units, sold.starts[1:-1])
    ]
    cap = np.repeat(caps, np.diff(sold.starts))
    return replace(
        sold,
        units=np.minimum(sold.units, cap),
        state=np.where(sold.units >= cap, AT_LEAST, OBSERVED).astype(np.uint8),
    )


def forecast_units(series: Sequence[FloatArray]) -> FloatArray:
    """Units of each series over the horizon; 0 where nothing is known."""
    return np.array([HORIZON * _next(units) if len(units) else 0.0 for units in series])


def _next(units: FloatArray) -> float:
    levels = [lfilter([a], [1.0, a - 1.0], units, zi=[(1.0 - a) * units[0]])[0] for a in SMOOTHINGS]
    errors = [((units[1:] - level[:-1]) ** 2).sum() for level in levels]
    return float(levels[int(np.argmin(errors))][-1] + units[-TRAILING:].mean()) / 2.0


def parts(units: FloatArray, sold: Sold, *, seen: bool = False) -> list[FloatArray]:
    """One array per series; with `seen`, without its hidden weeks."""
    whole = np.split(units, sold.starts[1:-1])
    if not seen:
        return whole
    states = np.split(sold.state, sold.starts[1:-1])
    return [part[state == OBSERVED] for part, state in zip(whole, states, strict=True)]


def prior_of_others(shop: Shop, origin: int) -> CensoringPrior:
    """What the products next in rank have in common before `origin`; nothing hides their sales."""
    sold, _ = until(shop.products(PRODUCTS, PRODUCTS + OTHERS), origin)
    return learn_prior(sold.units, starts=sold.starts, state=sold.state)


def biases(
    shop: Shop,
    *,
    origins: Sequence[int],
    share: float,
    prior: CensoringPrior,
    demand_driven: bool,
    with_own: bool = False,
) -> Biases:
    """Both experiments: forecast from whole and from hidden histories at every origin, and add up."""
    sums = Biases()
    for origin in origins:
        whole, came = until(shop.products(0, PRODUCTS), origin)
        known = forecast_units(parts(whole.units, whole))
        for draw in range(1 if demand_driven else DRAWS):
            rng = np.random.default_rng((draw, origin))
            sold = capped(whole, share) if demand_driven else supply_fails(whole, share, rng)
            as_is = forecast_units(parts(sold.units, sold))
            imputed = forecast_units(parts(_imputed(sold, prior), sold))
            sums.came += float(came.sum())
            sums.known += float(known.sum())
            sums.as_is += float(as_is.sum())
            sums.left_out += float(forecast_units(parts(sold.units, sold, seen=True)).sum())
            sums.imputed += float(imputed.sum())
            sums.as_is_off += float(np.abs(as_is - known).sum())
            sums.imputed_off += float(np.abs(imputed - known).sum())
            if with_own:
                own = learn_prior(sold.units, starts=sold.starts, state=sold.state)
                sums.own += float(forecast_units(parts(_imputed(sold, own), sold)).sum())
    return sums


def _imputed(sold: Sold, prior: CensoringPrior) -> FloatArray:
    return impute(sold.units, starts=sold.starts, state=sold.state, prior=prior, profile=sold.profile).units


def main() -> None:
    shop = real_shop()
    names = ("known", "as_is", "left_out", "imputed", "own")
    titles = ("whole", "as is", "left out", "imputed", "own")
    print(f"{'bias in %':<34}{''.join(f'{title:>10}' for title in titles)}{'strayed':>10}")
    for window, origins in (("development", DEVELOPMENT), ("reported", REPORTED)):
        prior = prior_of_others(shop, origins[0])
        for cause in ("supply", "demand"):
            for share in SHARES:
                sums = biases(
                    shop,
                    origins=origins,
                    share=share,
                    prior=prior,
                    demand_driven=cause == "demand",
                    with_own=True,
                )
                figures = "".join(f"{sums.bias(name):>+10.1f}" for name in names)
                print(f"{f'{window}, {cause}, {share:.0%} of weeks':<34}{figures}{sums.strayed:>10.2f}")


if __name__ == "__main__":
    main()
