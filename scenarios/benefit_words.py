"""The benefit report in sentences: what it found, with its direction, and what it leaves out."""

from collections.abc import Iterator

from fulfillment.money import MICROS_PER_MINOR, to_minor
from fulfillment.shadow import Against
from scenarios.benefit import ENOUGH_DAYS, Benefit, Line, Section
from scenarios.comparison import CONFIDENCE, WHY_NO_INTERVAL, Verdict
from scenarios.wording import counted, money

NO_PRICE_BOOK = (
    "No order was decided with a price book: there is no column for Nodewise with prices of stock."
)
NO_SPREAD = (
    "A term by which all orders, or all days, differ by as much has no interval: it would have no width, and "
    "that is no certainty."
)
NOTHING = "No order was compared in these days: send orders with a baseline, in the mode shadow."

_SAID = {
    Verdict.BETTER: "Nodewise is better",
    Verdict.WORSE: "Nodewise is worse",
    Verdict.SAME: "it is the same",
    Verdict.NOT_SURE: "not sure, for that may be chance",
}
_AGAINST = {
    Against.STOCK: "stock that is not seen",
    Against.CAPACITY: "room that the day does not have",
    Against.OFF: "a node that is off",
    Against.RULE: "a hard rule",
    Against.ORDER: "the order's own demands",
    Against.SERVICE: "what a carrier service may carry",
    Against.OTHER: "what only a later release knows",
}


def summary(found: Benefit | None, *, currency: str) -> str:
    """What Nodewise would have saved, with direction and interval, at equal or fewer unfilled units."""
    if found is None:
        return NOTHING
    section = found.counted
    if section.both.per_order is None:
        return (
            f"Nodewise leaves more units unfilled than the OMS's choices in every one of "
            f"{counted(found.everything.orders, 'order')}: nothing can be counted as saved."
        )
    one = section.both.per_order
    costs = (
        "as much per order as"
        if one.verdict is Verdict.SAME
        else f"{_less(one.mean, currency)} per order than"
    )
    said = (
        f"Over {counted(section.orders, 'order')} on {counted(section.days, 'day')}, leaving no more units "
        f"unfilled, Nodewise's choices cost {costs} the OMS's, cash and lost margin together"
    )
    if one.verdict is not Verdict.SAME and one.low is not None and one.high is not None:
        said += (
            f" ({CONFIDENCE * 100:.0f} %: {_range(one.low, one.high, currency)}), "
            f"{_in_all(section.both, currency)} in all"
        )
    if one.verdict is not Verdict.SAME and one.no_interval is not None:
        why = WHY_NO_INTERVAL[one.no_interval]
        return f"{said}: not sure, for {why}, so nothing is known of what chance does."
    return f"{said}: {_SAID[one.verdict]}."


def notes(found: Benefit | None) -> Iterator[str]:
    """What the figures leave out, and how far they can be trusted; a sentence each."""
    if found is None:
        return
    every = found.everything
    if found.left_out:
        yield (
            f"Not counted: {counted(found.left_out, 'order')} of {every.orders:,} of which Nodewise leaves "
            f"{counted(found.left_out_units, 'more unit')} unfilled than the OMS's choice."
        )
    if found.violating:
        kinds = ", ".join(f"{_AGAINST[Against(kind)]} {n:,}" for kind, n in found.goes_against.items())
        yield (
            f"The OMS's choice goes against what Nodewise sees or may do in "
            f"{counted(found.violating, 'order')} ({kinds}); the section within leaves them out."
        )
    if found.other_costs:
        yield (
            f"Left out of the sums: costs of kinds that only a later release knows, of "
            f"{counted(found.other_costs, 'order')}."
        )
    section = found.counted if found.counted.orders else every
    yield _how_sure(section)
    if any(line.per_order and line.per_order.no_interval for line in (*section.terms, section.both)):
        yield NO_SPREAD
    yield (
        "Each order is compared on the stock as it stood: what a choice leaves for later orders is not part "
        "of it. Steering is not counted."
    )


def notes_on_prices(found: Benefit | None, priced: Benefit | None) -> Iterator[str]:
    """Of which orders the column with prices of stock tells."""
    if priced is None:
        yield NO_PRICE_BOOK
        return
    told = priced.everything.orders
    if found is not None and told < found.everything.orders:
        yield (
            f"Nodewise with a price book: {counted(told, 'order')} of {found.everything.orders:,}, those "
            "decided while one was in force; without prices of stock all of them."
        )
    yield (
        "A price book spends a little on one order to keep stock for later ones. Each order is compared "
        "alone, so this report sees what is spent, and not what that is worth: ask a replay."
    )


def _less(micros: float, currency: str) -> str:
    """A signed amount in words: "£0.42 less", "£0.03 more"."""
    return f"{money(abs(micros), currency)} {'less' if micros < 0 else 'more'}"


def _in_all(line: Line, currency: str) -> str:
    """As it stands in a table of both sums: what is rounded is each of them, and not their difference."""
    return money(abs(to_minor(line.nodewise) - to_minor(line.baseline)) * MICROS_PER_MINOR, currency)


def _range(low: float, high: float, currency: str) -> str:
    if high < 0:  # the smaller saving first
        return f"{money(-high, currency)} to {money(-low, currency)} less"
    if low > 0:
        return f"{money(low, currency)} to {money(high, currency)} more"
    return f"{money(-low, currency)} less to {money(high, currency)} more"


def _how_sure(section: Section) -> str:
    if section.by_day:
        return f"Intervals take orders of one day together: {counted(section.days, 'day')}."
    return (
        f"Intervals take orders one by one, as there are fewer than {ENOUGH_DAYS} days: orders of one day "
        "have more in common than that says."
    )
