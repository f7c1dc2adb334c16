"""What stock-outs do to the product's own forecast: `python tests/benchmarks/censored_product.py`.

The experiments of `tests/benchmarks/censored_demand.py`, with season, models, blends and lives, all learned
anew from the very history that hides. Supply failures are judged by the bias against the same forecast on the
whole history, in points of that; caps by how much of the bias of sales as they are is left.

By default from origins that choose settings: one before Christmas, while the market rises and no season is
known yet, two after it, with a season of one year. With `--reported` from those that are reported. An origin
takes minutes, hence few of them and few draws. `--origins 45 --draws 4` asks for others.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from forecasting.chunk import forecast_chunk
from forecasting.history import History
from forecasting.learning.training import train
from tests.benchmarks.censored_demand import (
    HORIZON,
    MONDAY,
    PRODUCTS,
    REPORTED,
    SHARES,
    Sold,
    capped,
    real_shop,
    supply_fails,
    until,
)

DEVELOPMENT = (45, 56, 59)
DRAWS = 2


def forecast_total(sold: Sold, origin: int) -> float:
    """Units over the horizon, of all series, by the product's own forecast."""
    history = History(
        ids=tuple(f"product{number:04}|everywhere" for number in range(len(sold.starts) - 1)),
        starts=sold.starts.astype(np.int64),
        units=sold.units,
        state=sold.state,
        last=MONDAY + timedelta(weeks=origin - 1),
    )
    said = forecast_chunk(history, train(history, horizon=HORIZON, seed=0), horizon=HORIZON)
    return float(said.mean.sum())


def as_sold(sold: Sold) -> Sold:
    """The same sales, as if nobody had said that anything was hidden."""
    return replace(sold, state=np.zeros_like(sold.state))


def supply_biases(whole: Sold, known: float, *, origin: int, share: float, draws: int) -> list[float]:
    """Points that the forecast of each draw is off `known`, that of the whole history."""
    hidden = (supply_fails(whole, share, np.random.default_rng((draw, origin))) for draw in range(draws))
    return [100.0 * (forecast_total(sold, origin) / known - 1.0) for sold in hidden]


def cap_biases(whole: Sold, known: float, *, origin: int, share: float) -> tuple[float, float]:
    """Points off, of sales as they are and of demand imputed behind the caps."""
    sold = capped(whole, share)
    as_is, imputed = (100.0 * (forecast_total(each, origin) / known - 1.0) for each in (as_sold(sold), sold))
    return as_is, imputed


def report(origins: Sequence[int], draws: int, *, with_caps: bool) -> None:
    shop = real_shop()
    supply: dict[float, list[float]] = {share: [] for share in SHARES}
    caps: dict[float, list[tuple[float, float]]] = {share: [] for share in SHARES}
    for origin in origins:
        whole, _ = until(shop.products(0, PRODUCTS), origin)
        known = forecast_total(whole, origin)
        for share in SHARES:
            off = supply_biases(whole, known, origin=origin, share=share, draws=draws)
            supply[share] += off
            told = " ".join(f"{one:+.1f}" for one in off)
            print(f"origin {origin}, supply, {share:.0%} of weeks: {np.mean(off):+.1f} ({told})", flush=True)
            if with_caps:
                caps[share].append(cap_biases(whole, known, origin=origin, share=share))
                as_is, imputed = caps[share][-1]
                print(f"origin {origin}, demand, {share:.0%}: as is {as_is:+.1f}, imputed {imputed:+.1f}")
    for share in SHARES:
        line = f"all origins, {share:.0%} of weeks: supply {np.mean(supply[share]):+.1f}"
        if with_caps:
            as_is, imputed = np.mean(caps[share], axis=0)
            line += f"; demand as is {as_is:+.1f}, imputed {imputed:+.1f}"
        print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--origins", type=int, nargs="+")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--reported", action="store_true")
    parser.add_argument("--no-caps", action="store_true")
    asked = parser.parse_args()
    origins = asked.origins or (REPORTED if asked.reported else DEVELOPMENT)
    report(origins, asked.draws, with_caps=not asked.no_caps)


if __name__ == "__main__":
    main()
