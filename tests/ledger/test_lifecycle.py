"""Random lifecycles of a few orders against a model of a dozen lines, on all three ledgers at once.

The model knows only units: cups and lamps on the shelf, and units of two lines held by each order in each
state; of one line a unit is a cup, of the other a gift of two cups and a lamp. The ledgers must agree with
it and with each other after every step, down to the last entry.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from fulfillment.errors import Refused
from fulfillment.ids import LineId, OrderId, SkuId
from fulfillment.ledger.claims import HOLDING, ClaimState
from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Ledger, Reassignment, Selection, Wanted
from fulfillment.ledger.whole_kits import units_in
from fulfillment.supply import StockState, SupplyKey, SupplyRow
from tests.ledger.scene import MINUTE, NOON, STANDARD, everything, ledger_in, on_hand
from tests.postgres import Server

if TYPE_CHECKING:
    from datetime import datetime

NODES = ("leeds", "york")
CUPS = tuple(on_hand("cup", node) for node in NODES)
LAMPS = tuple(on_hand("lamp", node) for node in NODES)
ORDERS = (OrderId("A"), OrderId("B"), OrderId("C"))
LINES = {LineId("cup"): (1, 0), LineId("gift"): (2, 1)}  # cups and lamps in one unit: a sku, and a kit
node_indexes = st.integers(0, 1)
orders = st.sampled_from(ORDERS)
lines = st.sampled_from(tuple(LINES))
small = st.integers(1, 4)


def wanted(line: LineId, at: int, count: int) -> tuple[Wanted, ...]:
    """Units of a line at a node, component by component."""
    pegs = ((key, per_unit) for key, per_unit in zip((CUPS[at], LAMPS[at]), LINES[line], strict=True))
    return tuple(
        Wanted(line, key, count * per_unit, STANDARD, per_unit=per_unit) for key, per_unit in pegs if per_unit
    )


class Lifecycle(RuleBasedStateMachine):
    empty_file: Path
    postgres: Server
    schema: str

    @initialize(cups=st.tuples(*[st.integers(0, 6)] * 2), lamps=st.tuples(*[st.integers(0, 3)] * 2))
    def open_books(self, cups: tuple[int, int], lamps: tuple[int, int]) -> None:
        self.open = ExitStack()
        folder = self.open.enter_context(tempfile.TemporaryDirectory())
        path = shutil.copy(self.empty_file, Path(folder) / "ledger.db")
        self.ledgers: list[Ledger] = [
            InMemoryLedger(),
            self.open.enter_context(ledger_in(f"sqlite:///{path}")),
            self.open.enter_context(
                ledger_in(self.open.enter_context(self.postgres.database(like=self.schema)))
            ),
        ]
        self.now = NOON
        self.shelf = dict(zip((*CUPS, *LAMPS), (*cups, *lamps), strict=True))
        self.held: Counter[tuple[OrderId, LineId, int, ClaimState]] = Counter()
        self.soft_until: list[tuple[OrderId, LineId, int, int, datetime]] = []
        rows = [SupplyRow(key, count) for key, count in self.shelf.items()]
        for ledger in self.ledgers:
            ledger.set_supply(rows, now=self.now)

    def free(self, key: SupplyKey) -> int:
        held = 0
        for (_, line, at, state), count in self.held.items():
            if state in HOLDING:
                held += sum(want.quantity for want in wanted(line, at, count) if want.peg == key)
        return self.shelf[key] - held

    def units(self, order: OrderId, *states: ClaimState) -> Counter[tuple[LineId, int]]:
        found: Counter[tuple[LineId, int]] = Counter()
        for (of, line, at, state), count in self.held.items():
            if of == order and state in states:
                found[line, at] += count
        return +found

    def shift(
        self, order: OrderId, place: tuple[LineId, int], before: ClaimState, after: ClaimState, count: int
    ) -> None:
        self.held[order, *place, before] -= count
        self.held[order, *place, after] += count

    def all_of(self, operation: Callable[[Ledger], object], *, allowed: bool) -> bool:
        outcomes = []
        for ledger in self.ledgers:
            try:
                outcomes.append(operation(ledger))
            except Refused as refused:
                outcomes.append((type(refused), refused.detail))
        assert outcomes[0] == outcomes[1] == outcomes[2]
        refused = isinstance(outcomes[0], tuple)
        assert refused is not allowed
        return allowed

    @rule(order=orders, line=lines, at=node_indexes, count=small, soft=st.booleans())
    def reserve(self, order: OrderId, line: LineId, at: int, count: int, soft: bool) -> None:
        expires = self.now + 10 * MINUTE
        parts = wanted(line, at, count)
        done = self.all_of(
            lambda ledger: ledger.reserve(order, parts, expires_at=expires if soft else None, now=self.now),
            allowed=all(self.free(want.peg) >= want.quantity for want in parts),
        )
        if done:
            state = ClaimState.RESERVED if soft else ClaimState.ALLOCATED
            self.held[order, line, at, state] += count
            if soft:
                self.soft_until.append((order, line, at, count, expires))

    @rule(order=orders, at=node_indexes, cups=small, kits=small)
    def reserve_two_lines_that_share_cups(self, order: OrderId, at: int, cups: int, kits: int) -> None:
        parts = (*wanted(LineId("cup"), at, cups), *wanted(LineId("gift"), at, kits))
        done = self.all_of(
            lambda ledger: ledger.reserve(order, parts, expires_at=None, now=self.now),
            allowed=self.free(CUPS[at]) >= cups + 2 * kits and self.free(LAMPS[at]) >= kits,
        )
        if done:
            self.held[order, LineId("cup"), at, ClaimState.ALLOCATED] += cups
            self.held[order, LineId("gift"), at, ClaimState.ALLOCATED] += kits

    @rule(order=orders)
    def confirm(self, order: OrderId) -> None:
        soft = self.units(order, ClaimState.RESERVED)
        if self.all_of(lambda ledger: ledger.confirm(Selection(order), now=self.now), allowed=bool(soft)):
            for place, count in soft.items():
                self.shift(order, place, ClaimState.RESERVED, ClaimState.ALLOCATED, count)
            self.soft_until = [s for s in self.soft_until if s[0] != order]

    @rule(order=orders)
    def cancel(self, order: OrderId) -> None:
        live = [
            ((ln, i), s, n) for (o, ln, i, s), n in self.held.items() if o == order and s in HOLDING and n
        ]
        if self.all_of(lambda ledger: ledger.cancel(Selection(order), now=self.now), allowed=bool(live)):
            for place, state, count in live:
                self.shift(order, place, state, ClaimState.CANCELED, count)
            self.soft_until = [s for s in self.soft_until if s[0] != order]

    @rule(order=orders, line=lines, at=node_indexes, count=small)
    def ship_some_units_of_a_line(self, order: OrderId, line: LineId, at: int, count: int) -> None:
        firm = self.units(order, ClaimState.ALLOCATED)[line, at]
        some = Selection(order, node=CUPS[at].node, units={line: count})
        if self.all_of(lambda ledger: ledger.ship(some, now=self.now), allowed=firm >= count):
            self.leave(order, (line, at), count)

    @rule(order=orders, at=node_indexes)
    def ship_from_a_node(self, order: OrderId, at: int) -> None:
        soft = [place for place in self.units(order, ClaimState.RESERVED) if place[1] == at]
        firm = {p: n for p, n in self.units(order, ClaimState.ALLOCATED).items() if p[1] == at}
        selection = Selection(order, node=CUPS[at].node)
        allowed = bool(firm) and not soft
        if self.all_of(lambda ledger: ledger.ship(selection, now=self.now), allowed=allowed):
            for place, count in firm.items():
                self.leave(order, place, count)

    def leave(self, order: OrderId, place: tuple[LineId, int], count: int) -> None:
        """Of more than the books hold, what they hold."""
        self.shift(order, place, ClaimState.ALLOCATED, ClaimState.SHIPPED, count)
        for want in wanted(*place, count):
            self.shelf[want.peg] = max(0, self.shelf[want.peg] - want.quantity)

    @rule(order=orders, at=node_indexes)
    def take_back(self, order: OrderId, at: int) -> None:
        out = self.units(order, ClaimState.SHIPPED)
        done = self.all_of(
            lambda ledger: ledger.take_back(
                Selection(order), to=CUPS[at].node, state=StockState.SELLABLE, now=self.now
            ),
            allowed=bool(out),
        )
        if done:
            for (line, source), count in out.items():
                self.shift(order, (line, source), ClaimState.SHIPPED, ClaimState.RETURNED, count)
                for want in wanted(line, at, count):
                    self.shelf[want.peg] += want.quantity

    @rule(order=orders, line=lines, to=node_indexes)
    def move_all_firm_units_of_a_line(self, order: OrderId, line: LineId, to: int) -> None:
        firm = {p: n for p, n in self.units(order, ClaimState.ALLOCATED).items() if p[0] == line}
        if not firm or any(place[0] == line for place in self.units(order, ClaimState.RESERVED)):
            return
        total, asked = sum(firm.values()), sum(count for (_, at), count in firm.items() if at != to)
        change = Reassignment(order, self.ledgers[0].revision(order), wanted(line, to, total))
        done = self.all_of(
            lambda ledger: ledger.reassign([change], now=self.now),
            allowed=asked == 0 or all(self.free(w.peg) >= w.quantity for w in wanted(line, to, asked)),
        )
        if done:
            for place, count in firm.items():
                self.held[order, *place, ClaimState.ALLOCATED] -= count
            self.held[order, line, to, ClaimState.ALLOCATED] += total

    @rule(key=st.sampled_from((*CUPS, *LAMPS)), count=st.integers(0, 6))
    def count(self, key: SupplyKey, count: int) -> None:
        fact = Adjustment(key, AdjustKind.COUNT, count)
        self.all_of(lambda ledger: ledger.adjust([fact], now=self.now), allowed=True)
        self.shelf[key] = count

    @rule(passed=st.integers(1, 12))
    def let_time_pass(self, passed: int) -> None:
        self.now += passed * MINUTE
        for order, line, at, count, expires in self.soft_until:
            if expires <= self.now:
                self.shift(order, (line, at), ClaimState.RESERVED, ClaimState.EXPIRED, count)
        self.soft_until = [s for s in self.soft_until if s[-1] > self.now]

    @invariant()
    def all_ledgers_say_what_the_model_says(self) -> None:
        for ledger in self.ledgers:
            rows = {row.key: row for row in ledger.supply([SkuId("cup"), SkuId("lamp")], now=self.now)}
            assert {key: rows[key].quantity for key in self.shelf} == self.shelf
            assert all(rows[key].available == max(0, self.free(key)) for key in self.shelf)
            assert list(ledger.reconcile()) == []
            missing = sum(short.quantity for short in ledger.shortfalls(now=self.now))
            assert missing == sum(max(0, -self.free(key)) for key in self.shelf)

    @invariant()
    def every_line_holds_whole_units(self) -> None:
        for order in ORDERS:
            claims = [c for c in self.ledgers[0].claims(order) if c.state in HOLDING]
            for line in LINES:
                live = [c for c in claims if c.line == line and not c.is_expired(self.now)]
                held = sum(
                    n for (o, of, _, s), n in self.held.items() if (o, of) == (order, line) and s in HOLDING
                )
                assert units_in(live) == held
                assert sum(c.quantity for c in live) == held * sum(LINES[line])

    def teardown(self) -> None:
        try:
            in_memory, on_sqlite, on_postgresql = map(everything, self.ledgers)
            assert in_memory == on_sqlite == on_postgresql
        finally:
            self.open.close()


@pytest.fixture
def books(empty_file: Path, postgres: Server, schema: str) -> None:
    """What the ledgers of a lifecycle are copied from."""
    Lifecycle.empty_file, Lifecycle.postgres, Lifecycle.schema = empty_file, postgres, schema


def live(examples: int) -> None:
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.usefixtures("books")
def test_random_lifecycles_agree_with_the_model_on_all_ledgers() -> None:
    live(12)


@pytest.mark.soak
@pytest.mark.usefixtures("books")
def test_many_random_lifecycles_agree_with_the_model_on_all_ledgers() -> None:
    live(250)
