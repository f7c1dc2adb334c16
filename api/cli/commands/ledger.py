"""`nodewise ledger`: whether the books balance."""

import typer

from api.cli import options, state
from api.cli.errors import ExitCode
from api.cli.groups import Verbs
from api.cli.table import Column, Report, Row, Table
from api.cli.words import count

app = typer.Typer(
    cls=Verbs,
    rich_markup_mode=None,
    add_completion=False,
)


@app.callback()
def ledger() -> None:
    """The ledger of stock and reservations."""


@app.command()
def reconcile(
    database: state.File = None, json: options.Json = False, no_color: options.NoColor = False
) -> None:
    """Prove that every figure follows from its entries and claims. Repairs nothing.

    Ends with 1 if a figure does not. May run beside the service: it reads one snapshot."""
    with state.opened(database) as opened, opened.reading() as stores:
        complaints = list(stores.ledger.reconcile())
    rows: list[Row] = [{"complaint": complaint} for complaint in complaints]
    options.output(json, no_color).report(
        Report(
            tables=[Table([Column("complaint", "complaint")], rows)],
            sentence=(
                f"The ledger does not reconcile: {count(len(complaints), 'complaint')}."
                if complaints
                else "The ledger reconciles: every figure follows from its entries and claims."
            ),
            following="",
        )
    )
    if complaints:
        raise typer.Exit(ExitCode.NO)
