"""Made-up series of demand, and runs over them, for tests of storage and of forecast runs."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from forecasting.history import AT_LEAST, MASKED, Grain
from fulfillment.ids import SkuId
from storage.audit import Actor
from storage.database import Database
from storage.demand import Selection
from storage.demand_documents import DemandSeries
from storage.forecasts import NewRun, RunOptions

MONDAY = date(2024, 1, 1)
LEVELS = (0.25, 0.5, 0.9)
PLANNER = Actor("3f9a0c51d2e84b76", "planner")


def sold(number: int, *, weeks: int = 60, seed: int = 0, places: int = 5) -> list[DemandSeries]:
    """So many series that end alike, of many levels; some young, some with stock-outs."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(number):
        steps = weeks - int(rng.integers(0, weeks // 3)) if i % 7 == 3 else weeks
        units = rng.poisson(rng.gamma(0.7, 6.0), steps)
        states = np.zeros(steps, dtype=np.uint8)
        if i % 5 == 1:
            states[rng.integers(0, steps, 3)] = MASKED
        if i % 5 == 2:
            states[rng.integers(0, steps, 3)] = AT_LEAST
        sku, place = SkuId(f"S{i // places:04d}"), f"P{i % places}"
        found.append(DemandSeries(sku, place, MONDAY + timedelta(weeks=weeks - steps), units, states))
    return found


def put(database: Database, series: Sequence[DemandSeries], grain: Grain = Grain.WEEK) -> int:
    with database.writing() as stores:
        return stores.demand.put(grain, series)


def new_run(
    database: Database,
    *,
    chunk_series: int = 10,
    horizon: int = 4,
    training: str | None = None,
    drivers: tuple[str, ...] = (),
    skus: tuple[str, ...] = (),
    places: tuple[str, ...] = (),
) -> int:
    """Ask for a run over series by week, all by default, as the service does; its number. It has no job."""
    with database.writing() as stores:
        extent = stores.demand.extent(Selection(Grain.WEEK, stores.demand.revision, skus, places))
        assert extent.latest_end is not None
        return stores.forecasts.add(
            NewRun(
                options=RunOptions(
                    horizon, LEVELS, seed=0, training=training, skus=skus, places=places, drivers=drivers
                ),
                grain=Grain.WEEK,
                revision=stores.demand.revision,
                cutoff=extent.latest_end,
                series=extent.series,
                passed_over=0,
                chunk_series=chunk_series,
                asked_by=PLANNER,
                made_with="0",
            )
        )
