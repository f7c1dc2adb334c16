"""Flags steps of kept demand in which, as the ledger's book has it, the shelf of a node was empty."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from api.demand.schemas import StockOutsAnswer
from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from forecasting.history import AT_LEAST, MASKED, OBSERVED, Grain, StateArray
from storage.database import Database
from storage.deadlines import long_work
from storage.demand_documents import DemandSeries
from storage.stores import Stores

if TYPE_CHECKING:
    from forecasting.reading.stock_outs import StockOuts

_SERIES_AT_ONCE = 5_000


def flag_from_ledger(database: Database, call: Call, grain: Grain) -> Answer:
    """Flag the steps of kept series at nodes, as `forecasting.reading.stock_outs.flag_stock_outs` does.

    Flags that are kept stay, so doing it again changes nothing. A series that would be stocked out in every
    step stays as it is: it would be announced, and the ledger has had it on the shelf.
    """
    with long_work():
        with database.reading() as stores:
            outs = _outs(stores)

        def write(stores: Stores) -> Answer:
            given = StockOutsAnswer(series=0, stocked_out=0, sold_out=0)
            for changed, stocked_out, sold_out in _changed(stores, grain, outs):
                stores.demand.put(grain, changed)
                given = StockOutsAnswer(
                    series=given.series + len(changed),
                    stocked_out=given.stocked_out + stocked_out,
                    sold_out=given.sold_out + sold_out,
                )
            return record(stores, call, answer(given), subject=grain.value)

        return write_once(database, call, write)


def _outs(stores: Stores) -> "StockOuts":
    from forecasting.reading.stock_outs import levels_of, stock_outs_of  # loads pandas

    zones = {str(node.id): node.time_zone for node in stores.catalog.network().nodes.values()}
    return stock_outs_of(levels_of(stores.entries.of_shelves()), zones=zones)


def _changed(
    stores: Stores, grain: Grain, outs: "StockOuts"
) -> Iterator[tuple[Sequence[DemandSeries], int, int]]:
    """Series that get flags, some at a time, and how many of either they get."""
    names = sorted(set(outs.ids))
    for first in range(0, len(names), _SERIES_AT_ONCE):
        kept = stores.demand.get(grain, names[first : first + _SERIES_AT_ONCE])
        changed, counts = list[DemandSeries](), {MASKED: 0, AT_LEAST: 0}
        for name, told in _told(kept, outs, grain).items():
            states = np.where(kept[name].states == OBSERVED, told, kept[name].states).astype(np.uint8)
            new = states != kept[name].states
            if new.any() and not (states == MASKED).all():
                changed.append(replace(kept[name], states=states))
                for state in counts:
                    counts[state] += int((new & (states == state)).sum())
        if changed:
            yield changed, counts[MASKED], counts[AT_LEAST]


def _told(kept: Mapping[str, DemandSeries], outs: "StockOuts", grain: Grain) -> Mapping[str, StateArray]:
    """What the ledger says of every step of these series."""
    if not kept:
        return {}
    import pandas as pd  # an edge: only requests that need it load it

    from forecasting.reading.frame import SOLD_OUT, STOCKED_OUT
    from forecasting.reading.stock_outs import flag_stock_outs

    lengths = [len(one.units) for one in kept.values()]
    firsts = np.array([one.first for one in kept.values()], dtype="datetime64[D]")
    ends = np.cumsum(lengths)
    step = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
    days = np.repeat(firsts, lengths) + step * np.timedelta64(grain.days, "D")
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.array(list(kept), dtype=object), lengths),
            "ds": days.astype("datetime64[ns]"),
        }
    )
    flagged = flag_stock_outs(frame, outs, grain=grain)
    states = np.full(len(frame), OBSERVED, dtype=np.uint8)
    states[flagged[STOCKED_OUT].to_numpy()] = MASKED
    states[flagged[SOLD_OUT].to_numpy()] = AT_LEAST
    return dict(zip(kept, np.split(states, ends[:-1]), strict=True))
