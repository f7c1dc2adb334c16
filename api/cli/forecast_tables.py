"""What `nodewise forecast` says of forecasts and of how good they were, as tables. It forecasts nothing."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.table import Column, Report, Row, Table
from api.cli.words import count, percent
from forecasting.demand import QuantileForecast
from forecasting.history import Grain, History, series_id
from forecasting.judging.backtest import Backtest

if TYPE_CHECKING:
    from api.cli.forecast_exports import Exported
    from api.cli.forecast_files import Made, Wanted
    from fulfillment.ids import SkuId

_SHOWN_LEVELS = (0.05, 0.5, 0.95)
_SHOWN_LEFT_OUT = 20
_RECENT_STEPS = 4  # that what sold lately is the mean of


def look(made: QuantileForecast, history: History, *, sku: str | None, top: int) -> Report:
    """A forecast beside what sold lately: what sells most on a terminal, all of it in a pipe."""
    series = [pair for pair in made.series() if sku in (None, pair[0])]
    until = made.periods[0] - timedelta(days=1)
    by_units = sorted(series, key=lambda pair: (-sum(made.mean_units(*pair)), pair))
    return Report(
        tables=[_by_series(made, by_units[:top], history)],
        sentence=(
            f"{count(len(series), 'series', 'series')} from sales until {until}. "
            f"In 90 % of {history.grain}s sales are meant to lie between 5 % and 95 %."
        ),
        following="nodewise forecast backtest",
        piped=_long(made, by_units, history.grain),
    )


def run_made(made: "Made", wanted: "Wanted", history: History) -> Report:
    """What a run has written, and what it left out."""
    row: Row = {
        "series": made.series,
        "rows": made.series * wanted.horizon,
        "left_out": len(made.left_out),
        "until": history.periods(1)[0] - timedelta(days=1),
        "training": made.training,
        "file": str(wanted.out),
    }
    columns = [
        Column("series", "series", right=True),
        Column("rows", "rows", right=True),
        Column("left_out", "left out", right=True),
        Column("until", "sales until"),
        Column("training", "training", show=lambda digest: str(digest)[:12]),
        Column("file", "file", gives_way=True),
    ]
    shown = [f"left out: {one.series}, {one.reason}" for one in made.left_out[:_SHOWN_LEFT_OUT]]
    more = len(made.left_out) - len(shown)
    return Report(
        tables=[Table(columns, [row])],
        sentence=(
            f"{count(made.series, 'series', 'series')} are forecast "
            f"{count(wanted.horizon, history.grain.value)} ahead in {wanted.out}, "
            f"{'as newly learned' if made.was_learned else 'with what was learned before'}."
        ),
        notes=[*shown, *([f"and {more:,} more"] if more else [])],
        following=f'nodewise forecast explain "{history.ids[0]}"',
    )


def exported(done: "Exported", out: Path) -> Report:
    """Which run was saved, and where."""
    run, size = done
    columns = [
        Column("run", "run", show=str, right=True),
        Column("bytes", "bytes", right=True),
        Column("file", "file"),
    ]
    return Report(
        tables=[Table(columns, [{"run": run, "bytes": size, "file": str(out)}])],
        sentence=f"Run {run} is in {out}.",
    )


def _by_series(made: QuantileForecast, pairs: Sequence[tuple["SkuId", str]], history: History) -> Table:
    row_of = {name: row for row, name in enumerate(history.ids)}
    grain = history.grain
    shown = [(f"q{level:g}", made.levels.index(level)) for level in _SHOWN_LEVELS]
    names = {"q0.05": "5 %", "q0.5": "median", "q0.95": "95 %"}
    columns = [
        Column("sku", "sku"),
        Column("place", "place", gives_way=True),
        Column("sold", f"sold a {grain}", right=True, show=_units),
        Column("mean", f"next {grain}", right=True, show=_units),
        *(Column(key, names[key], right=True, show=lambda units: f"{units:,.0f}") for key, _ in shown),
        Column("total", f"in {len(made.periods)} {grain}s", right=True, show=_units),
    ]
    rows: list[Row] = []
    for sku, place in pairs:
        means = made.mean_units(sku, place)
        quantiles = made.quantile_units(sku, place)[0]
        rows.append(
            {
                "sku": sku,
                "place": place,
                "sold": _sold_lately(history, row_of[series_id(sku, place)]),
                "mean": means[0],
                "total": sum(means),
                **{key: quantiles[index] for key, index in shown},
            }
        )
    return Table(columns, rows)


def _sold_lately(history: History, row: int) -> float:
    """Units a step, mean of the last four."""
    end = int(history.starts[row + 1])
    first = max(int(history.starts[row]), end - _RECENT_STEPS)
    return float(history.units[first:end].mean())


def _units(units: float) -> str:
    return f"{units:,.1f}"


def _long(made: QuantileForecast, pairs: Sequence[tuple["SkuId", str]], grain: Grain) -> Table:
    """A row per series and step, every level in a column."""
    levels = [f"q{level:g}" for level in made.levels]
    rows: list[Row] = [
        {
            "sku": sku,
            "place": place,
            grain.value: first,
            "mean": mean,
            **dict(zip(levels, units, strict=True)),
        }
        for sku, place in pairs
        for first, mean, units in zip(
            made.periods,
            made.mean_units(sku, place),
            made.quantile_units(sku, place),
            strict=True,
        )
    ]
    return Table([Column(key, key) for key in ("sku", "place", grain.value, "mean", *levels)], rows)


def judgement(judged: Backtest, grain: Grain) -> Report:
    """By model and demand class, the forecast beside its reference."""
    table = judged.table()
    score = judged.of()
    skill = score.skill or 0.0
    word = "less" if skill > 0 else "more"
    columns = [
        Column("model", "model", show=lambda name: name.replace("_", " ")),
        Column("demand_class", "demand"),
        Column("weeks", f"{grain}s", right=True),
        *(Column(key, key.replace("_", " "), right=True, show=_ratio) for key in ("quantile_loss", "wape")),
        Column("bias", "bias", right=True, show=_signed),
        Column("skill", "skill", right=True, show=_signed, style=_skill_style),
    ]
    calibration = [Column(key, key) for key in table[0] if key.startswith(("below_", "at_or_below_"))]
    return Report(
        tables=[Table(columns, table)],
        sentence=(
            f"The forecast loses {percent(abs(skill))} {word} than seasonal naive "
            f"({judged.windows} windows of {count(judged.horizon, grain.value)}). Skill: 1 is perfect, 0 is "
            "seasonal naive."
        ),
        following="nodewise forecast",
        piped=Table([*columns, *calibration], table),
    )


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}".replace("-", "−")


def _skill_style(value: float | None) -> str:
    return "" if not value else "green" if value > 0 else "red"
