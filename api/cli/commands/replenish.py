"""`nodewise replenish`: what to order for the demo's DCs at their weekly review, and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.table import Column, Figure, Report, Row, Table
from api.cli.words import count

if TYPE_CHECKING:
    from optimizer.replenishment.instance import Instance
    from optimizer.replenishment.outcome import Outcome, Proposal
    from scenarios.world import World

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def replenish(
    sku: Annotated[str | None, typer.Argument(help="Only this sku, with its reason in full.")] = None,
    top: Annotated[int, typer.Option(help="How many a terminal shows; a pipe gets all.", min=1)] = 15,
    seed: Annotated[int | None, typer.Option(help="Seed of everything made in the demo world.")] = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """What to order for the demo's DCs, and why: base-stock from forecast quantiles, in whole cases."""
    output = options.output(json, no_color)
    with output.progress("laying a network under real orders") as progress:
        from api.demo.replenishing import HORIZON_WEEKS, review
        from api.demo.sales_frame import sales_frame
        from api.demo.windows import window_world
        from forecasting.forecast import forecast
        from optimizer.replenishment.solve import solve

        world = window_world(seed=seed)
        today = world.window.start
        progress.update("reading sales")
        frame = sales_frame(end=today)
        progress.update(f"forecasting {count(frame['unique_id'].nunique(), 'series', 'series')}")
        instance = review(world, forecast(frame, horizon=HORIZON_WEEKS), today=today)
        progress.update("proposing")
        outcome = solve(instance)
    output.report(_report(world, instance, outcome, sku=sku, top=top))


def _report(world: "World", instance: "Instance", outcome: "Outcome", *, sku: str | None, top: int) -> Report:
    proposals = list(outcome.proposals)
    if sku is not None:
        proposals = [one for one in proposals if one.sku == sku]
        if not proposals:
            from fulfillment.errors import UnknownReference

            raise UnknownReference("sku to replenish", sku, [one.sku for one in outcome.proposals])
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
        notes=[] if sku else [_scope(instance, ordered)],
        following=f"nodewise replenish {shown[0].sku}" if sku is None and shown else "",
        piped=_tidy(
            proposals if sku is not None else [*ordered, *(one for one in proposals if not one.cases)]
        ),
    )


def _scope(instance: "Instance", ordered: "list[Proposal]") -> str:
    """What the review leaves out, and how much the order is beside what is sold."""
    weekly = sum(7 * one.demand.mean / (one.lead_time_days + one.review_days) for one in instance.items)
    units = sum(one.units for one in ordered)
    weeks = f"; the order is {units / weekly:.1f} weeks of expected online sales" if weekly else ""
    return (
        "The DCs count as one, and an order goes to the one that has most; what stores hold and sell is "
        f"left out{weeks}."
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
