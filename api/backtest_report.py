"""`python -m api.backtest_report`: forecasts of real weekly sales against five known methods, in one run.

Writes docs/measured/forecast_backtest.json and the tables of forecast_backtest.md; equal inputs and
versions, equal files. It measures and shows: no setting of a forecast may be chosen from what it says.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from api.backtest_tables import markdown
from api.demo.sales_frame import every_sale_frame
from forecasting.history import History
from forecasting.judging.contenders import Contender, Nodewise
from forecasting.judging.contest import (
    ALL,
    LATE,
    Entry,
    Gate,
    Verdict,
    field_of,
    gates_of,
    judge,
    parts_of,
)
from forecasting.judging.intervals import Interval, Record, spread_of
from forecasting.judging.origins import best_sellers
from forecasting.judging.peers import LIGHTGBM, PeerMeans, lightgbm, local_methods, run_peer
from forecasting.quantiles.levels import LEVELS
from forecasting.reading.frame import read_frame

END = date(2011, 5, 30)
"""The Monday after 78 whole weeks from 30 November 2009; the one day sold after it is no week."""

FOLDER = Path("docs/measured")
LIBRARIES = ("statsforecast", "mlforecast", "lightgbm")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is forecast from where. `earlier` are origins that only peers' intervals learn from.

    Attributes that name weeks count from 1, the week of Monday 30 November 2009.
    """

    sizes: tuple[int, ...] = (400, 2_000)
    ranked_until: int = 53
    origins: tuple[int, ...] = tuple(range(53, 70, 2))
    earlier: tuple[int, ...] = tuple(range(21, 53, 2))
    horizon: int = 8
    late_from: int = 61
    christmas: tuple[int, int] = (54, 58)
    levels: tuple[float, ...] = LEVELS
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Compared:
    """Everyone on the best sellers of one size."""

    size: int
    verdicts: tuple[Verdict, ...]
    gates: tuple[Gate, ...]
    fell_back: dict[str, int]
    series_and_origins: int


def compare(
    history: History,
    protocol: Protocol,
    *,
    contenders: Sequence[Contender],
    with_lightgbm: bool = True,
    progress: Progress,
) -> tuple[Compared, ...]:
    """Judge contenders and peers on the best sellers of every size, smallest first.

    Peers that look at each series alone answer once, for the largest size.
    """
    widest = best_sellers(history, max(protocol.sizes), until=protocol.ranked_until)
    whole = history.take(widest)
    every = (*protocol.earlier, *protocol.origins)
    local = []
    for name, method in local_methods().items():
        progress(f"{name} on {len(whole)} series from {len(every)} origins")
        local.append(run_peer(name, method, whole, every, horizon=protocol.horizon))
    found = []
    for size in sorted(protocol.sizes):
        rows = best_sellers(whole, size, until=protocol.ranked_until)
        some = whole.take(rows)
        peers = [one.of(rows) for one in local]
        if with_lightgbm:
            progress(f"{LIGHTGBM} on {size} series from {len(every)} origins")
            peers.append(run_peer(LIGHTGBM, lightgbm, some, every, horizon=protocol.horizon))
        found.append(_compare(some, size, peers, protocol, contenders, progress))
    return tuple(found)


def _compare(
    some: History,
    size: int,
    peers: Sequence[PeerMeans],
    protocol: Protocol,
    contenders: Sequence[Contender],
    progress: Progress,
) -> Compared:
    field = field_of(some, protocol.origins, horizon=protocol.horizon, levels=protocol.levels)
    entries = []
    for one in contenders:
        progress(f"{one.name} on {size} series")
        said = one.run(some, protocol.origins, protocol.horizon, protocol.levels)
        entries.append(Entry(one.name, "own", *said))
    progress(f"intervals of the peers on {size} series")
    entries += _peer_entries(some, peers, protocol)
    progress(f"judging {size} series")
    parts = parts_of(field, late_from=protocol.late_from, christmas=protocol.christmas)
    judged = {part.name: judge(field, entries, part, seed=protocol.seed) for part in parts}
    return Compared(
        size=size,
        verdicts=tuple(one for verdicts in judged.values() for one in verdicts),
        gates=tuple(gate for name in (ALL, LATE) for gate in gates_of(judged[name])),
        fell_back={one.name: int(one.fell_back[len(protocol.earlier) :].sum()) for one in peers},
        series_and_origins=size * len(protocol.origins),
    )


def _peer_entries(some: History, peers: Sequence[PeerMeans], protocol: Protocol) -> Iterator[Entry]:
    """Every peer with every interval, learned at each origin from what was known there."""
    every = (*protocol.earlier, *protocol.origins)
    field = field_of(some, every, horizon=protocol.horizon, levels=protocol.levels)
    came = np.where(field.judged, field.came, np.nan)
    first = len(protocol.earlier)
    for one in peers:
        record = Record(field.origins, one.mean, came, field.classes, one.sigma)
        for interval in Interval:
            spread = [spread_of(interval, record, at, protocol.levels) for at in range(first, len(every))]
            yield Entry(one.name, interval, one.mean[first:], np.stack(spread), is_peer=True)


def document(compared: Sequence[Compared], protocol: Protocol) -> dict[str, Any]:
    """The report as JSON may hold it: numbers to five places, no NaN."""
    report: dict[str, Any] = _plain(
        {
            "command": "make backtest",
            "weeks_from": "2009-11-30",
            "protocol": asdict(protocol),
            "versions": {name: version(name) for name in LIBRARIES},
            "sets": [
                {
                    "size": one.size,
                    "series_and_origins": one.series_and_origins,
                    "fell_back_to_naive": one.fell_back,
                    "gates": [{**asdict(gate), "is_kept": gate.is_kept} for gate in one.gates],
                    "verdicts": [asdict(verdict) for verdict in one.verdicts],
                }
                for one in compared
            ],
        }
    )
    return report


def write(report: dict[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write the figures and their tables; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    data, page = folder / "forecast_backtest.json", folder / "forecast_backtest.md"
    data.write_text(_text_of(report), encoding="utf-8")
    page.write_text(markdown(report), encoding="utf-8")
    return data, page


def _text_of(report: dict[str, Any]) -> str:
    """The document as JSON with a line per verdict, so that a difference shows what changed."""
    bare = {**report, "sets": [{**one, "verdicts": []} for one in report["sets"]]}
    text = json.dumps(bare, indent=1, allow_nan=False) + "\n"
    for one in report["sets"]:
        rows = ",\n".join(f"    {json.dumps(verdict, allow_nan=False)}" for verdict in one["verdicts"])
        text = text.replace('"verdicts": []', f'"verdicts": [\n{rows}\n   ]', 1)
    return text


def real_weeks() -> History:
    """All weekly sales of the shipped file, every sku from its first sale."""
    return read_frame(every_sale_frame(end=END))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m api.backtest_report", description=__doc__)
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder to write to")
    folder: Path = parser.parse_args(arguments).to
    protocol = Protocol()
    compared = compare(real_weeks(), protocol, contenders=(Nodewise(),), progress=_tell)
    for path in write(document(compared, protocol), folder):
        sys.stdout.write(f"{path}\n")
    return 0


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def _plain(value: Any) -> Any:
    """Tuples as lists, numbers to five places, NaN as None."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value


if __name__ == "__main__":
    sys.exit(main())
