"""Nodewise beside the rules on the same orders: one table and one sentence, as the figures fall. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.cli.table import Column, Figure, Row, Table
from api.cli.words import count, joined, milliseconds, money_of_micros, percent
from fulfillment.plan import UnfilledReason
from scenarios.record import ReplayRecord

CURRENCY = "GBP"  # of the demo's sales


@dataclass(frozen=True, slots=True)
class Measured:
    """A row of the comparison: what is measured, and how it is shown."""

    key: str
    title: str
    of: Callable[[ReplayRecord], float]
    show: Callable[[float], str]


def cash_per_order(record: ReplayRecord) -> float:
    """Freight and labor, micros per order."""
    return sum(one.plan.cash for one in record.orders) / len(record.orders)


def lost_margin_per_order(record: ReplayRecord) -> float:
    """Margin of units not served, micros per order."""
    return sum(one.plan.lost_margin for one in record.orders) / len(record.orders)


def packages_per_order(record: ReplayRecord) -> float:
    return sum(one.plan.packages for one in record.orders) / len(record.orders)


def split_rate(record: ReplayRecord) -> float:
    """Share of orders that leave in more than one shipment."""
    return sum(one.plan.is_split for one in record.orders) / len(record.orders)


def unfilled(record: ReplayRecord, *reasons: UnfilledReason) -> int:
    """Units not served for one of the reasons."""
    return sum(one.quantity for of in record.orders for one in of.plan.unfilled if one.reason in reasons)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-int(share * 100) * len(ranked) // 100) - 1)]


def _money(micros: float) -> str:
    return money_of_micros(micros, CURRENCY)


MEASURED = (
    Measured("cash_micros_per_order", "Cash cost per order", cash_per_order, _money),
    Measured("lost_margin_micros_per_order", "Lost margin per order", lost_margin_per_order, _money),
    Measured("packages_per_order", "Packages per order", packages_per_order, lambda x: f"{x:.2f}"),
    Measured("split_rate", "Orders split", split_rate, percent),
    Measured(
        "unfilled_no_stock",
        "Unfilled units, no stock",
        lambda record: unfilled(record, UnfilledReason.NO_STOCK),
        lambda x: f"{int(x):,}",
    ),
    Measured(
        "unfilled_given_up",
        "Unfilled units, given up",
        lambda record: unfilled(record, UnfilledReason.GIVEN_UP),
        lambda x: f"{int(x):,}",
    ),
)


def comparison(records: Sequence[ReplayRecord], timings: Sequence[Row] = ()) -> Table:
    """A row per measure, a column per record, the first one being Nodewise; `timings` are added below."""
    columns = [Column("measure", "measure", show=_title)]
    columns += [
        Column(record.decider, _two_lines(record.title), show=str, right=True, style="" if number else "bold")
        for number, record in enumerate(records)
    ]
    rows: list[Row] = [
        {
            "measure": Figure(measured.key, measured.title),
            **{one.decider: _figure(measured, one) for one in records},
        }
        for measured in MEASURED
    ]
    return Table(columns, [*rows, *timings])


def timing(
    key: str, title: str, records: Sequence[ReplayRecord], seconds: Sequence[float | None]
) -> Row:
    """A row of seconds; None where nothing was measured."""
    cells = zip(records, seconds, strict=True)
    return {
        "measure": Figure(key, title),
        **{one.decider: Figure(s, "–" if s is None else milliseconds(s)) for one, s in cells},
    }


def verdict(nodewise: ReplayRecord, rules: Sequence[ReplayRecord]) -> str:
    """What came out, whatever it is."""
    ours = cash_per_order(nodewise)
    said = [f"{_against(ours, cash_per_order(rule))} than {_name(rule)}" for rule in rules]
    missing = _unfilled(nodewise)
    most = [f"{_name(rule)} {_unfilled(rule):,}" for rule in rules]
    return (
        f"Nodewise spends {_money(ours)} cash per order: {joined(said)}. "
        f"It leaves {count(missing, 'unit')} unfilled, {joined(most)}."
    )


def where_a_rule_wins(nodewise: ReplayRecord, rules: Sequence[ReplayRecord]) -> list[str]:
    """A line for each total on which a rule did better, with why; none if there is none."""
    lines = []
    for rule in rules:
        more_unfilled = _unfilled(rule) - _unfilled(nodewise)
        for measured in (MEASURED[0], MEASURED[1]):
            ours, theirs = measured.of(nodewise), measured.of(rule)
            if theirs < ours:
                why = (
                    f"it leaves {more_unfilled:,} more units unfilled, and what is not sent costs nothing"
                    if more_unfilled > 0 and measured is MEASURED[0]
                    else "each order was decided no dearer, but what it takes is missing for later ones"
                )
                lines.append(
                    f"{rule.title} wins on {measured.title.lower()}, {measured.show(theirs)} against "
                    f"{measured.show(ours)}: {why}."
                )
        if more_unfilled < 0:
            lines.append(
                f"{rule.title} leaves {count(-more_unfilled, 'unit')} fewer unfilled: each order was filled "
                "as far as stock allowed, but what it takes is missing for later ones."
            )
    return lines


def _figure(measured: Measured, record: ReplayRecord) -> Figure:
    value = measured.of(record)
    return Figure(value, measured.show(value))


def _unfilled(record: ReplayRecord) -> int:
    return unfilled(record, *UnfilledReason)


def _against(ours: float, theirs: float) -> str:
    if not theirs:
        return "not comparable"
    change = 1 - ours / theirs
    return f"{percent(abs(change))} {'less' if change >= 0 else 'more'}"


def _name(record: ReplayRecord) -> str:
    return record.title[:1].lower() + record.title[1:]


def _title(value: Figure) -> str:
    return value.shown


def _two_lines(title: str) -> str:
    """Broken at the space nearest to the middle, so that four columns fit beside each other."""
    spaces = [i for i, letter in enumerate(title) if letter == " "]
    if not spaces:
        return title
    middle = min(spaces, key=lambda i: abs(2 * i - len(title)))
    return f"{title[:middle]}\n{title[middle + 1 :]}"
