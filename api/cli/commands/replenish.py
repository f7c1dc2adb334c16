"""`nodewise replenish`: what to order for the demo's DCs at their weekly review, and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.errors import CommandError
from api.cli.table import Column, Figure, Report, Row, Table
from api.cli.words import count, percent
from fulfillment.nearest import did_you_mean

if TYPE_CHECKING:
    from optimizer.replenishment.instance import Instance
    from optimizer.replenishment.outcome import Outcome, Proposal
    from scenarios.world import World

_LISTED = "Correct it; nodewise replenish without SKU lists all"
app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def replenish(
    sku: Annotated[str | None, typer.Argument(help="Only this sku, with its reason in full.")] = None,
    top: Annotated[int, typer.Option(help="How many a terminal shows; a pipe gets all.", min=1)] = 15,
    seed: options.Seed = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """What to order for the demo's DCs, and why: base-stock from forecast quantiles, in whole cases."""
    output = options.output(json, no_color)
    with output.progress("laying a network under real orders") as progress:
        from api.demo.assemble import SEED
        from api.demo.replenishing import HORIZON_WEEKS, review, world_at_review
        from api.demo.sales_frame import sales_frame
        from forecasting.forecast import forecast
        from optimizer.replenishment.solve import solve

        world = world_at_review(seed=SEED if seed is None else seed)
        progress.update("reading sales")
        frame = sales_frame(end=world.window.start)
        progress.update(f"forecasting {count(frame['unique_id'].nunique(), 'series', 'series')}")
        instance = review(world, forecast(frame, horizon=HORIZON_WEEKS))
        progress.update("proposing")
        outcome = solve(instance)
    output.report(_report(world, instance, outcome, sku=sku, top=top))


def _report(world: "World", instance: "Instance", outcome: "Outcome", *, sku: str | None, top: int) -> Report:
    proposals = list(outcome.proposals)
    if sku is not None:
        proposals = [one for one in proposals if one.sku == sku]
        if not proposals:
            near = did_you_mean(sku, [one.sku for one in outcome.proposals])
            raise CommandError(f'SKU: none named "{sku}" is replenished{near}', fix=_LISTED)
    ordered = [one for one in proposals if one.cases]
    # What costs most to buy is looked at first.
    ordered.sort(key=lambda one: (-one.units * world.network.skus[one.sku].unit_cost, one.sku))
    worth = sum(one.units * world.network.skus[one.sku].unit_cost for one in ordered) / 1_000_000
    shown = proposals if sku is not None else ordered[:top]
    sentence = (
        f"On {instance.today}: order {count(len(ordered), 'sku')} of {len(proposals):,}, "
        f"{count(sum(one.units for one in ordered), 'unit')} for £{worth:,.0f}."
        if sku is None
        else f"{sku}: {proposals[0].reason.sentence}."
    )
    return Report(
        tables=[_table([_row(one) for one in shown])],
        sentence=sentence,
        notes=[] if sku else [_why(instance, outcome), _SCOPE],
        following=f"nodewise replenish {shown[0].sku}" if sku is None and shown else "",
        piped=_tidy(
            proposals if sku is not None else [*ordered, *(one for one in proposals if not one.cases)]
        ),
    )


_SCOPE = "The network counts as one, and an order goes to the DC that has most; what tills sell is left out."


def _why(instance: "Instance", outcome: "Outcome") -> str:
    """Where the total comes from, in units that add up, for a planner to judge it by."""
    mean = sum(one.demand.mean for one in instance.items)
    weekly = sum(7 * one.demand.mean / one.protection_days for one in instance.items)
    expected = round(mean)
    on_hand = sum(one.on_hand - one.backordered for one in instance.items)
    due = sum(one.position(instance.today) for one in instance.items) - on_hand
    safety = sum(one.reason.level for one in outcome.proposals) - expected
    covered = sum(one.reason.covered for one in outcome.proposals) / len(outcome.proposals)
    ordered = sum(one.units for one in outcome.proposals)
    rest = ordered - (expected + safety - on_hand - due)
    return (
        f"Why {ordered / weekly:.1f} weeks of sales: {expected:,} expected in {mean / weekly:.0f} weeks of "
        f"lead time and review + {safety:,} safety, to cover {percent(covered)} of such spans "
        f"− {on_hand:,} on hand − {due:,} on order + {rest:,} above the level, where a sku has too much "
        f"and in whole cases = {ordered:,} units."
    )


def _row(one: "Proposal") -> Row:
    reason = one.reason
    cover = "–" if reason.cover_days is None else f"{reason.cover_days:,.1f} days"
    return {
        "sku": one.sku,
        "node": one.node,
        "units": one.units,
        "cases": Figure(one.cases, f"{one.cases} × {reason.case_pack}"),
        "cover": Figure(reason.cover_days, cover),
        "level": reason.level,
        "covered": Figure(reason.covered, f"{min(99.9, int(1000 * reason.covered) / 10):g} %"),
    }


def _table(rows: list[Row]) -> Table:
    return Table(
        [
            Column("sku", "sku"),
            Column("node", "to", gives_way=True),
            Column("units", "units", right=True, style="bold"),
            Column("cases", "cases", right=True),
            Column("cover", "cover now", right=True),
            Column("level", "demand at most", right=True),
            Column("covered", "with", right=True),
        ],
        rows,
    )


def _tidy(proposals: "list[Proposal]") -> Table:
    keys = (
        "sku",
        "node",
        "units",
        "cases",
        "case_pack",
        "cover_days",
        "level",
        "covered",
        "last_day",
        "reason",
    )
    rows: list[Row] = [
        {
            "sku": one.sku,
            "node": one.node,
            "units": one.units,
            "cases": one.cases,
            "case_pack": one.reason.case_pack,
            "cover_days": one.reason.cover_days,
            "level": one.reason.level,
            "covered": one.reason.covered,
            "last_day": one.reason.last_day,
            "reason": one.reason.sentence,
        }
        for one in proposals
    ]
    return Table([Column(key, key) for key in keys], rows)
