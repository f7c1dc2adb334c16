"""What the commands of `nodewise forecast` tell of the sales they read: a line of words for each thing.

Notes go to stderr, so that what is piped stays clean. Nothing is read or forecast here.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from api.cli.errors import CommandError
from api.cli.words import count, joined
from fulfillment.nearest import did_you_mean

if TYPE_CHECKING:
    from datetime import date

    from forecasting.history import Grain
    from forecasting.reading.sales import SalesReport
    from forecasting.reading.sales_lines import SalesLines

Say = Callable[[str], None]

FAR: Final = 8
"""So many steps without a sale before the end are not a slow month, but an end that was mistyped."""


def of_sales(lines: "SalesLines", report: "SalesReport", *, end: "date", grain: "Grain") -> Iterator[str]:
    """What of the lines does not stand in the frame as it stands in the file, and an end that is far off."""
    if report.late_lines:
        is_or_are = "is" if report.late_lines == 1 else "are"
        yield (
            f"{report.late_lines:,} of {count(report.lines, 'line')} {is_or_are} of {end} or later, "
            "and left out"
        )
    if report.returns:
        were = "was" if report.returns == 1 else "were"
        cut = f"; {_units(report.units_cut)} beyond what sold in their {grain} were cut"
        yield (
            f"{count(report.returns, 'return')} of {_units(report.units_returned)} {were} taken off, "
            f"{report.returns_of_an_order:,} where the sale was{cut if report.units_cut else ''}"
        )
    import numpy as np  # sales were read, so it is there; the help of a command does without

    days = lines.when.astype("datetime64[D]")
    sold = days[(lines.units > 0) & (days < np.datetime64(end, "D"))]
    if len(sold) == 0:
        return
    last: date = sold.max().astype(object)
    empty = ((end - last).days - 1) // grain.days
    if empty > FAR:
        yield f"--end {end}: the last sale is of {last}; {empty:,} {grain}s without sales follow"


def of_names(
    option: str, given: Sequence[str], known: Collection[str], *, what: str, say: Say = lambda _: None
) -> None:
    """Tell which of the names that an option gives match nothing.

    Raises
    ------
    CommandError
        None of them matches: the option would do nothing.
    """
    strange = sorted(set(given) - set(known))
    if not strange:
        return
    said = f"{option}: no sales are known of {what}{joined(strange)}{did_you_mean(strange[0], known)}"
    if len(strange) == len(set(given)):
        raise CommandError(said, fix=f"Correct the names, or leave out {option.split()[0]}")
    say(f"{said}; left alone")


def _units(units: float) -> str:
    return f"{units:,.10g} {'unit' if units == 1 else 'units'}"
