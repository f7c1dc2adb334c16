"""Nodewise beside the rules on the same orders: one table and one sentence, as the figures fall. Pure.

The measures and the words of their values are those of `scenarios`; here they are laid out.
"""

from collections.abc import Iterator, Sequence

from api.cli.table import Column, Figure, Row, Table
from api.cli.words import count, joined, milliseconds, percent
from optimizer.sourcing import RULES, SolveStatus
from scenarios.measures import CASH, LOST_MARGIN, MEASURES, UNFILLED, Measure, Unit
from scenarios.record import OrderRecord, ReplayRecord
from scenarios.wording import money, say

CURRENCY = "£"  # of the demo's sales
SHOWN = (
    "cash_per_order",
    "lost_margin_per_order",
    "packages_per_order",
    "split_rate",
    "unfilled_no_stock",
    "unfilled_given_up",
    "proven_share",
)


def comparison(records: Sequence[ReplayRecord], timings: Sequence[Row] = ()) -> Table:
    """A row per measure, a column per record, the first one being Nodewise; `timings` are added below."""
    columns = [Column("measure", "measure", show=str)]
    columns += [
        Column(record.decider, two_lines(record.title), show=str, right=True, style="" if number else "bold")
        for number, record in enumerate(records)
    ]
    rows: list[Row] = [
        {
            "measure": Figure(machine_name(measure), measure.name),
            **{one.decider: figure(measure, measure.of(one)) for one in records},
        }
        for measure in MEASURES
        if measure.id in SHOWN
    ]
    gaps: Row = {
        "measure": Figure("largest_gap_micros", "Largest gap"),
        **{one.decider: _largest_gap(one) for one in records},
    }
    return Table(columns, [*rows, gaps, *timings])


def timing(key: str, title: str, records: Sequence[ReplayRecord], seconds: Sequence[float | None]) -> Row:
    """A row of seconds; None where nothing was measured."""
    cells = zip(records, seconds, strict=True)
    return {
        "measure": Figure(key, title),
        **{one.decider: Figure(s, "–" if s is None else milliseconds(s)) for one, s in cells},
    }


def verdict(nodewise: ReplayRecord, rules: Sequence[ReplayRecord]) -> str:
    """What came out, whatever it is."""
    ours = CASH.of(nodewise) or 0.0
    said = [f"{_against(ours, CASH.of(rule) or 0.0)} than {_name(rule)}" for rule in rules]
    missing = _unfilled(nodewise)
    by_rules = sorted({_unfilled(rule) for rule in rules})
    same = by_rules == [missing]
    rest = "as every rule does" if same else joined([f"{_name(rule)} {_unfilled(rule):,}" for rule in rules])
    return (
        f"Nodewise spends {say(CASH, ours, currency=CURRENCY)} cash per order: {joined(said)}. "
        f"It leaves {count(missing, 'unit')} unfilled, {rest}."
    )


def proof_line(dearer: Sequence[str], orders: int) -> str:
    """Whether any rule would have been better for any order in the same state."""
    if not dearer:
        return f"No dearer than any rule on the same stock, in all {count(orders, 'order')}: yes."
    return f"No dearer than any rule on the same stock: NO, {len(dearer)} times; first: {dearer[0]}."


def limit_line(nodewise: ReplayRecord) -> str:
    """How many orders the work limit stopped before the proof, and what that can have cost at most."""
    stopped = [one for one in _bounded(nodewise) if one.status is not SolveStatus.OPTIMAL]
    failed = sum(one.is_degraded for one in nodewise.orders)
    without = (
        f" {count(failed, 'order')} went by a rule, without a bound: the solver failed." if failed else ""
    )
    if not stopped:
        return f"Orders cut by the work limit: none.{without}"
    total = len(nodewise.orders)
    largest = max(one.gap for one in stopped)
    return (
        f"Orders cut by the work limit: {len(stopped):,} of {total:,}; the largest gap is "
        f"{money(largest, CURRENCY)}.{without}"
    )


def where_a_rule_wins(nodewise: ReplayRecord, rules: Sequence[ReplayRecord]) -> list[str]:
    """For each rule the totals on which it did better, with why: a line for each reason, none if none."""
    lines = []
    for rule in rules:
        wins_by_why: dict[str, list[str]] = {}
        for win, why in _wins(nodewise, rule):
            wins_by_why.setdefault(why, []).append(win)
        lines += [f"{rule.title} {joined(wins)}: {why}." for why, wins in wins_by_why.items()]
    return lines


def percentile(values: Sequence[float], percents: int) -> float:
    """The smallest value that at least this many percent of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-percents * len(ranked) // 100) - 1)]


def figure(measure: Measure, value: float | None) -> Figure:
    return Figure(value, say(measure, value, currency=CURRENCY))


def machine_name(measure: Measure) -> str:
    """The measure's id, with the unit where a bare number would not tell."""
    return measure.id.replace("_per_order", "_micros_per_order") if measure.unit is Unit.MONEY else measure.id


_LATER = "order by order Nodewise was no dearer, but what it took for one was missing for a later one"


def _wins(nodewise: ReplayRecord, rule: ReplayRecord) -> Iterator[tuple[str, str]]:
    """Each total on which the rule did better, and why."""
    more_unfilled = _unfilled(rule) - _unfilled(nodewise)
    for measure in (CASH, LOST_MARGIN):
        ours, theirs = measure.of(nodewise) or 0.0, measure.of(rule) or 0.0
        if theirs < ours:
            sends_less = measure is CASH and more_unfilled > 0
            why = (
                f"it leaves {more_unfilled:,} more units unfilled, and what is not sent costs nothing"
                if sends_less
                else _LATER
            )
            figures = [say(measure, value, currency=CURRENCY) for value in (theirs, ours)]
            yield f"wins on {_lower(measure.name)} ({' against '.join(figures)})", why
    if more_unfilled < 0:
        yield f"leaves {count(-more_unfilled, 'fewer unit')} unfilled", _LATER


def _bounded(record: ReplayRecord) -> list[OrderRecord]:
    """Orders whose plan has a bound: none of a rule's, and not those where the solver failed."""
    return [] if record.decider in RULES else [one for one in record.orders if not one.is_degraded]


def _largest_gap(record: ReplayRecord) -> Figure:
    gaps = [one.gap for one in _bounded(record)]
    return Figure(max(gaps), money(max(gaps), CURRENCY)) if gaps else Figure(None, "–")


def _unfilled(record: ReplayRecord) -> int:
    return int(UNFILLED.of(record) or 0)


def _against(ours: float, theirs: float) -> str:
    change = 1 - ours / theirs if theirs else 0.0
    return f"{percent(abs(change))} {'less' if change >= 0 else 'more'}"


def _name(record: ReplayRecord) -> str:
    return _lower(record.title)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def two_lines(title: str) -> str:
    """Broken at the space nearest to the middle, so that four columns fit beside each other."""
    spaces = [i for i, letter in enumerate(title) if letter == " "]
    if not spaces:
        return title
    middle = min(spaces, key=lambda i: abs(2 * i - len(title)))
    return f"{title[:middle]}\n{title[middle + 1 :]}"
