"""Why a forecast is what it is, as a report: step by step, and what each is made of. It explains nothing."""

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from api.cli.errors import CommandError
from api.cli.table import Column, Report, Row, Table
from forecasting.explaining.explanation import BucketChoice, SeriesExplanation
from forecasting.history import History, sku_and_place
from fulfillment.nearest import did_you_mean

_DIGITS = 1


def series_named(history: History, name: str) -> History:
    """The series of that name alone; a sku names it where it sells at one place only.

    Raises
    ------
    CommandError
        There is no such series, or a sku has several.
    """
    rows = [row for row, one in enumerate(history.ids) if name in (one, sku_and_place(one)[0])]
    if len(rows) == 1:
        return history.take(np.array(rows, dtype=np.int64))
    if rows:
        raise CommandError(
            f'SERIES: "{name}" sells at {len(rows)} places',
            fix=f'Name one of them, as "{history.ids[rows[0]]}"',
        )
    raise CommandError(
        f'SERIES: no series is named "{name}"{did_you_mean(name, history.ids)}',
        fix='Write it as "SKU|PLACE", in quotes',
    )


def explained(one: SeriesExplanation, *, training: str) -> Report:
    """The steps on a terminal and in a pipe; with `--json` all of it."""
    steps = Table(_columns(one), _rows(one))
    return Report(
        tables=[steps],
        sentence=one.summary(),
        notes=[*(_choice(choice, one.grain.value) for choice in one.choices), *_notes(one)],
        following="nodewise forecast backtest",
        body=json.dumps({"training": training, **_document(one)}, indent=2, default=str),
    )


def _columns(one: SeriesExplanation) -> list[Column]:
    return [
        Column(one.grain.value, one.grain.value),
        *(Column(said.model, said.model.replace("_", "\n"), right=True, show=_units) for said in one.models),
        Column("alive", "still\nsells", right=True, show=lambda share: f"{share:.0%}"),
        Column("season", "season", right=True, show=lambda factor: f"{factor:.2f}"),
        Column("mean", "forecast", right=True, show=_units, style="bold"),
        Column("dispersion", "spread", right=True, show=lambda spread: f"{spread:.2f}"),
    ]


def _rows(one: SeriesExplanation) -> list[Row]:
    return [
        {
            one.grain.value: first,
            **{said.model: said.units[step] for said in one.models},
            "alive": one.alive[step],
            "season": one.season[step],
            "mean": one.mean[step],
            "dispersion": one.spread.by_step[step],
        }
        for step, first in enumerate(one.periods)
    ]


def _choice(choice: BucketChoice, grain: str) -> str:
    """What some steps are made of, and why."""
    steps = (
        f"{grain.capitalize()} {choice.first_step}"
        if choice.first_step == choice.last_step
        else f"{grain.capitalize()}s {choice.first_step} to {choice.last_step}"
    )
    made = " + ".join(f"{share:.2f} {name}" for name, share in choice.weights) or "no model answered"
    return f"{steps}: {made}; {choice.sentence}."


def _notes(one: SeriesExplanation) -> list[str]:
    said = [
        f"{effect.driver}: {sum(effect.units):+,.{_DIGITS}f} units of the forecast are its doing."
        for effect in one.drivers
    ]
    if one.launch is not None and one.launch.sources:
        said.append(f"Launched lately; nearest to it: {', '.join(one.launch.sources)}.")
    if one.launch is not None and one.launch.elsewhere is not None:
        said.append(f"New at its place: expected is {one.launch.clause(one.grain.value)}.")
    return [*said, *(f"Left out: {gone.model}, {gone.reason}." for gone in one.left_out)]


def _document(one: SeriesExplanation) -> dict[str, Any]:
    document = asdict(one)
    if not math.isfinite(one.adi):
        document["adi"] = None  # of a series that never sold; JSON has no infinity
    if not math.isfinite(one.cv2):
        document["cv2"] = None
    return document


def _units(units: float) -> str:
    return f"{units:,.{_DIGITS}f}"
