"""Sales line by line: order lines, walk-in sales and sales of a day, checked and made into arrays.

Lines are what happened; `forecasting.reading.sales` makes the frame of steps that forecasts read of them,
`forecasting.orders.sold_orders` the orders that an order stream draws from. No file is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from forecasting.reading.faults import Faults
from forecasting.reading.line_cells import Cells
from forecasting.reading.local_time import LocalTimes
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from forecasting.history import FloatArray, IntArray
    from forecasting.reading.local_time import InstantArray

NO_ORDER: Final = -1


@dataclass(frozen=True, slots=True)
class LineKind:
    """The columns of one kind of line, by the name that each has in it.

    `place` is where demand counts: the destination zone of an order line, the store of a walk-in sale.
    With `takes_returns` units may be negative; a return that names the order of its sale is set off
    against that sale.
    """

    place: str
    at: str
    units: str
    order: str = ""
    needs_order: bool = False
    takes_returns: bool = True

    @property
    def required(self) -> tuple[str, ...]:
        order = (self.order,) if self.needs_order else ()
        return (*order, "sku", self.place, self.at, self.units)

    @property
    def optional(self) -> tuple[str, ...]:
        return () if self.needs_order or not self.order else (self.order,)


ORDER_LINES: Final = LineKind("zone", "placed_at", "quantity", order="order", needs_order=True)
WALK_IN_SALES: Final = LineKind("store", "sold_at", "quantity", order="receipt")
DATED_SALES: Final = LineKind("place", "day", "units", takes_returns=False)


@dataclass(frozen=True, slots=True)
class SalesLines:
    """Lines as arrays of one length; negative units are returns.

    Parameters
    ----------
    skus, places, orders
        The names behind the codes, each once.
    sku, place
        Codes of every line, shape (lines,).
    order
        Code of every line, `NO_ORDER` where none is known, shape (lines,).
    units
        Units of every line, finite, shape (lines,).
    when
        When, in the local time of the place, datetime64[us], shape (lines,).
    """

    skus: tuple[str, ...]
    places: tuple[str, ...]
    sku: IntArray
    place: IntArray
    units: FloatArray
    when: InstantArray
    orders: tuple[str, ...] = ()
    order: IntArray | None = None

    def __len__(self) -> int:
        return len(self.units)

    @property
    def order_codes(self) -> IntArray:
        """Code of the order of every line, shape (lines,)."""
        return np.full(len(self), NO_ORDER, dtype=np.int64) if self.order is None else self.order


class LineReader:
    """Reads lines of one kind, piece by piece, and refuses all bad values of all pieces together.

    Parameters
    ----------
    zones
        The IANA time zone of every place. Needed if the instants have an offset: each then becomes local
        time of its own place. Instants without an offset are local as they are. Lines of both sorts are
        refused.
    source
        What the lines are called where they are refused, a file mostly.
    """

    def __init__(
        self,
        kind: LineKind,
        *,
        zones: Mapping[str, str] | None = None,
        source: str = "",
        from_text: bool = False,
    ) -> None:
        self._kind = kind
        self._from_text = from_text
        self._faults = Faults(source, "line" if from_text else "row")
        self._times = LocalTimes(kind.place, zones)
        self._names = {name: _Names() for name in ("sku", "place", "order")}
        self._parts: list[tuple[IntArray, IntArray, IntArray, FloatArray, InstantArray]] = []
        self._rows = 0

    def add(self, frame: pd.DataFrame, lines: Sequence[int] | None = None) -> None:
        """The next rows, counted from 0 over all pieces, or named by the `lines` of a file they stand in."""
        self._check([str(name) for name in frame.columns])
        labels = range(self._rows, self._rows + len(frame)) if lines is None else lines
        cells = Cells(frame, labels, self._faults, self._from_text)
        kind = self._kind
        no_order = (np.full(len(frame), NO_ORDER, dtype=np.int64), list[str]())
        order = (
            cells.ids(kind.order, optional=not kind.needs_order) if kind.order in frame.columns else no_order
        )
        sku, place = cells.ids("sku"), cells.ids(kind.place)
        at = cells.instants(kind.at, place, self._times)
        units = cells.units(kind.units, returns=kind.takes_returns)
        coded = [
            self._names[name].recode(of) for name, of in (("sku", sku), ("place", place), ("order", order))
        ]
        self._parts.append((coded[0], coded[1], coded[2], units, at))
        self._rows += len(frame)

    def add_torn(self, lines: Sequence[int]) -> None:
        """Lines of a text file that have not as many values as its header."""
        torn = np.ones(len(lines), dtype=np.bool_)
        self._faults.add("", torn, lines, lambda _: "has not as many values as the header")

    def lines(self) -> SalesLines:
        """All that was added.

        Raises
        ------
        InvalidInput
            A bad value anywhere: the first twenty are named by row and column, the rest are counted. Or
            there were no rows.
        """
        self._faults.refuse_any()
        if self._rows == 0:
            what = self._faults.named("there are no rows")
            raise InvalidInput(what, pointer="/", fix="Give at least one week of sales")
        sku, place, order, units, at = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        skus, places, orders = (tuple(self._names[name]) for name in ("sku", "place", "order"))
        return SalesLines(skus, places, sku, place, units, at, orders, order)

    def _check(self, names: list[str]) -> None:
        kind = self._kind
        if set(kind.required) <= set(names) <= {*kind.required, *kind.optional} and len(set(names)) == len(
            names
        ):
            return
        optional = f" and, if known, {', '.join(kind.optional)}" if kind.optional else ""
        raise InvalidInput(
            self._faults.named(f"the columns are {', '.join(names) or 'missing'}"),
            pointer="/",
            fix=f"Give the columns {','.join(kind.required)}{optional}, and no other",
        )


def read_lines(frame: pd.DataFrame, kind: LineKind, *, zones: Mapping[str, str] | None = None) -> SalesLines:
    """The lines of one frame; see `LineReader`."""
    reader = LineReader(kind, zones=zones)
    reader.add(frame)
    return reader.lines()


def join_lines(parts: Sequence[SalesLines]) -> SalesLines:
    """Lines of several sources as one, in order.

    One order number of two sources (a receipt of two stores' tills) stays two orders.
    """
    skus, places, orders = _Names(), _Names(), 0
    of_sku, of_place, of_order = [], [], []
    for part in parts:
        of_sku.append(skus.recode((part.sku, part.skus)))
        of_place.append(places.recode((part.place, part.places)))
        codes = part.order_codes
        of_order.append(np.where(codes == NO_ORDER, NO_ORDER, codes + orders))
        orders += len(part.orders)
    return SalesLines(
        tuple(skus),
        tuple(places),
        np.concatenate(of_sku),
        np.concatenate(of_place),
        np.concatenate([part.units for part in parts]),
        np.concatenate([part.when for part in parts]),
        tuple(name for part in parts for name in part.orders),
        np.concatenate(of_order),
    )


class _Names(dict[str, int]):
    """Codes of names, in order of first appearance over all pieces."""

    def recode(self, coded: tuple[IntArray, Sequence[str]]) -> IntArray:
        """Codes of one piece as codes of all; -1 stays."""
        codes, names = coded
        to = np.full(len(names) + 1, -1, dtype=np.int64)
        for code in np.unique(codes[codes >= 0]).tolist():
            to[code] = self.setdefault(names[code], len(self))
        recoded: IntArray = to[codes]
        return recoded
