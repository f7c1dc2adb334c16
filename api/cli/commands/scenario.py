"""`nodewise scenario`: what-if files on the demo world, each beside the world as it is."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.errors import CommandError
from api.cli.groups import Verbs
from api.cli.table import Column, Figure, Report, Row, Table

if TYPE_CHECKING:
    from scenarios.comparison import Cell, Comparison
    from scenarios.measures import Measure

app = typer.Typer(
    cls=Verbs,
    rich_markup_mode=None,
    add_completion=False,
    help="What-if files on the demo's orders: run one, or compare several. Needs no service.",
)
BOOTSTRAP_SEED = 1
_STYLES = {"better": "green", "worse": "red", "same": "dim", "not sure": "dim"}

Start = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="First day of the window; that of the demo by default."),
]
Weeks = Annotated[int, typer.Option(help="Weeks to replay.", min=1, max=8)]
Orders = Annotated[int | None, typer.Option(help="Only the first so many orders.", min=1)]


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="A what-if as TOML.")],
    start: Start = None,
    weeks: Weeks = 2,
    orders: Orders = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """One what-if beside the world as it is: each measure, its difference, and whether that is sure."""
    _compare([file], start, weeks, orders, json=json, no_color=no_color)


@app.command()
def compare(
    files: Annotated[list[Path], typer.Argument(help="What-ifs as TOML.")],
    start: Start = None,
    weeks: Weeks = 2,
    orders: Orders = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Several what-ifs, each beside the world as it is."""
    _compare(files, start, weeks, orders, json=json, no_color=no_color)


def _compare(
    files: list[Path],
    start: datetime | None,
    weeks: int,
    orders: int | None,
    *,
    json: bool,
    no_color: bool,
) -> None:
    output = options.output(json, no_color)
    with output.progress("reading the what-ifs") as progress:
        from api.cli.comparison import CURRENCY
        from api.cli.replaying import replay_with_progress
        from api.demo.windows import window_world
        from api.scenario_files import read_whatif
        from fulfillment.errors import UnknownReference
        from fulfillment.policy import DEFAULT_POLICY
        from scenarios import comparison
        from scenarios.deciding import nodewise
        from scenarios.whatif import WhatIf, apply

        whatifs = [WhatIf(comparison.AS_IT_IS), *(read_whatif(file) for file in files)]
        progress.update("laying a network under real orders")
        world = window_world(start.date() if start else None, weeks=weeks, orders=orders)
        # All are applied before the first is replayed: a wrong name is told at once.
        asked = []
        for name, whatif in zip(("", *files), whatifs, strict=True):
            try:
                asked.append((whatif.title, *apply(whatif, world, DEFAULT_POLICY)))
            except UnknownReference as error:
                where = f"{name}: {error.pointer}: {error.detail}"
                raise CommandError(where, fix="Correct the name") from error
        records = [
            replay_with_progress(changed, nodewise(), policy, progress, title=title)
            for title, changed, policy in asked
        ]
        progress.update("comparing")
        titles = [title for title, _, _ in asked]
        compared = comparison.compare(records, seed=BOOTSTRAP_SEED, titles=titles)
    output.report(
        Report(
            tables=[_beside(compared, column) for column in range(1, len(titles))],
            sentence="\n".join(
                f"{comparison.sentence(compared, column, currency=CURRENCY)}."
                for column in range(1, len(titles))
            ),
            notes=[
                "95 % intervals over the same orders. “not sure”: the interval includes zero, or there is "
                "none, as where all orders differ by as much."
            ],
            following="--json for all figures" if not json else "",
            piped=_tidy(compared),
        )
    )


def _beside(compared: "Comparison", column: int) -> Table:
    """One alternative beside the reference: value, difference, word."""
    rows: list[Row] = [
        {
            "measure": row.measure.name,
            "reference": _say(row.measure, row.cells[0].value),
            "value": _say(row.measure, row.cells[column].value),
            "difference": _say(row.measure, row.cells[column].difference, signed=True),
            "verdict": _figures(row.cells[column])["verdict"] or "",
        }
        for row in compared.rows
    ]
    return Table(
        [
            Column("measure", "measure"),
            Column("reference", compared.columns[0], right=True),
            Column("value", _short(compared.columns[column]), right=True, style="bold"),
            Column("difference", "difference", right=True),
            Column("verdict", "", style=lambda word: _STYLES.get(word, "")),
        ],
        rows,
    )


def _tidy(compared: "Comparison") -> Table:
    """A row per measure and scenario, at full precision."""
    from api.cli.comparison import machine_name

    keys = ("measure", "scenario", "value", "difference", "low", "high", "verdict", "no_interval")
    rows: list[Row] = [
        {"measure": machine_name(row.measure), "scenario": title, **_figures(cell)}
        for row in compared.rows
        for title, cell in zip(compared.columns, row.cells, strict=True)
    ]
    return Table([Column(key, key) for key in keys], rows)


def _figures(cell: "Cell") -> Row:
    verdict = cell.verdict.value if cell.verdict else None
    return {
        "value": cell.value,
        "difference": cell.difference,
        "low": cell.low,
        "high": cell.high,
        "verdict": verdict,
        "no_interval": cell.no_interval.value if cell.no_interval else None,
    }


def _say(measure: "Measure", value: float | None, *, signed: bool = False) -> Figure:
    from api.cli.comparison import CURRENCY
    from scenarios.wording import say

    return Figure(value, say(measure, value, currency=CURRENCY, signed=signed))


def _short(title: str) -> str:
    """A title that leaves room for the figures, on two lines if need be."""
    from api.cli.comparison import two_lines

    return two_lines(title if len(title) <= 36 else title[:35] + "…")
