"""`nodewise purge`: forgets orders that have ended, by age or one by name."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options, state
from api.cli.errors import CommandError
from api.cli.groups import Verbs
from api.cli.table import Column, Report, Table
from api.cli.words import count

if TYPE_CHECKING:
    from storage.database import Database
    from storage.purging import Limits, Outcome
    from storage.retention import Purged

app = typer.Typer(
    cls=Verbs,
    rich_markup_mode=None,
    add_completion=False,
    invoke_without_command=True,
    help="Forget orders that have ended: by age, or one by name. The ledger's figures stay.",
)

_UNTOUCHED = {"before": None, "dry_run": False, "database": None, "json": False, "no_color": False}


@app.callback()
def purge(
    context: typer.Context,
    before: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Day of the last change, in UTC; by default as in the settings."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and purge nothing.")] = False,
    database: state.File = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Purge orders that ended before a day, with their lines, decisions, comparisons, claims, kept answers.

    Orders that still hold stock are named and left alone. May run beside the service."""
    if context.invoked_subcommand is not None:
        if context.params != _UNTOUCHED:
            raise CommandError(
                f"options stand before {context.invoked_subcommand}, where nothing reads them",
                fix=f"Put them behind: nodewise purge {context.invoked_subcommand} --help",
            )
        return
    from storage.purging import purge as run

    output = options.output(json, no_color)
    with state.opened(database) as opened, output.progress("purging") as progress:
        limits = _limits(opened, before)
        outcome = run(
            opened,
            limits,
            dry_run=dry_run,
            tell=lambda seen: progress.update(f"purging, {count(seen, 'order')}"),
        )
    output.report(_report(outcome, limits, dry_run=dry_run))


@app.command()
def order(
    name: Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")],
    database: state.File = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Erase one order, however young: on a person's request. Refused while it holds stock."""
    from fulfillment.ids import OrderId
    from storage.purging import purge_order

    with state.opened(database) as opened:
        done = purge_order(opened, OrderId(name))
    options.output(json, no_color).report(
        Report(
            tables=[_table(done)], sentence=f"Order {name} is purged.", following="nodewise ledger reconcile"
        )
    )


def _limits(database: "Database", before: datetime | None) -> "Limits":
    from api.settings import load_settings
    from storage.purging import Limits

    with database.reading() as stores:
        now = stores.now
    if before is not None:
        limit = before.replace(tzinfo=UTC)
        if limit > now:
            raise CommandError(
                f'--before: "{limit.date()}" is still to come', fix=f"Give {now.date()} or an earlier day"
            )
        return Limits(limit, limit)
    settings = load_settings(None)
    return Limits.by_age(
        now, orders_days=settings.keep_orders_days, decisions_days=settings.keep_decisions_days
    )


def _report(outcome: "Outcome", limits: "Limits", *, dry_run: bool) -> Report:
    purged = outcome.purged
    verb = "would be purged" if dry_run else "purged"
    notes = []
    if outcome.holding:
        shown = ", ".join(outcome.named[:5]) + (", ..." if outcome.holding > 5 else "")
        notes.append(f"Kept, for stock is still held: {count(outcome.holding, 'order')} ({shown})")
    if limits.orders is None:
        notes.append("keep_orders_days is 0: no order is purged")
    return Report(
        tables=[_table(purged)],
        sentence=f"{count(purged.orders, 'order')} and {count(purged.decisions, 'decision')} {verb}.",
        notes=notes,
        following="nodewise purge" if dry_run else "nodewise ledger reconcile",
    )


def _table(purged: "Purged") -> Table:
    rows = [{"of": name, "rows": rows} for name, rows in asdict(purged).items()]
    return Table([Column("of", "of"), Column("rows", "rows", right=True)], rows)
