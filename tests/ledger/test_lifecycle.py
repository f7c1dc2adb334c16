"""Random lifecycles of a few orders against a model of a dozen lines, on all three ledgers at once.

The model knows only units: on the shelf, and held by each order in each state. The ledgers must
agree with it and with each other after every step, down to the last entry.
"""

import shutil
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from fulfillment.errors import Refused
from fulfillment.ids import LineId, OrderId
from fulfillment.ledger.claims import HOLDING, ClaimState
from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Ledger, Reassignment, Selection
from fulfillment.supply import StockState, SupplyRow
from tests.ledger.scene import MINUTE, NOON, everything, ledger_in, on_hand, want
from tests.postgres import Server

KEYS = (on_hand("cup", "leeds"), on_hand("cup", "york"))
ORDERS = (OrderId("A"), OrderId("B"), OrderId("C"))
LINE = LineId("1")
key_indexes = st.integers(0, 1)
orders = st.sampled_from(ORDERS)
small = st.integers(1, 4)


class Lifecycle(RuleBasedStateMachine):
    empty_file: Path
    postgres: Server
    schema: str

    @initialize(first=st.integers(0, 6), second=st.integers(0, 6))
    def open_books(self, first: int, second: int) -> None:
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
        self.shelf = [first, second]
        self.held: Counter[tuple[OrderId, int, ClaimState]] = Counter()
        self.soft_until: list[tuple[OrderId, int, int, object]] = []
        rows = [SupplyRow(key, count) for key, count in zip(KEYS, self.shelf, strict=True)]
        for ledger in self.ledgers:
            ledger.set_supply(rows, now=self.now)

    def free(self, index: int) -> int:
        held = sum(n for (_, at, state), n in self.held.items() if at == index and state in HOLDING)
        return self.shelf[index] - held

    def units(self, order: OrderId, *states: ClaimState) -> Counter[int]:
        found: Counter[int] = Counter()
        for (of, index, state), count in self.held.items():
            if of == order and state in states:
                found[index] += count
        return +found

    def shift(self, order: OrderId, index: int, before: ClaimState, after: ClaimState, count: int) -> None:
        self.held[order, index, before] -= count
        self.held[order, index, after] += count

    def all_of(self, operation: object, *, allowed: bool) -> bool:
        outcomes = []
        for ledger in self.ledgers:
            try:
                outcomes.append(operation(ledger))  # type: ignore[operator]
            except Refused as refused:
                outcomes.append((type(refused), refused.detail))
        assert outcomes[0] == outcomes[1] == outcomes[2]
        refused = isinstance(outcomes[0], tuple)
        assert refused is not allowed
        return allowed

    @rule(order=orders, index=key_indexes, count=small, soft=st.booleans())
    def reserve(self, order: OrderId, index: int, count: int, soft: bool) -> None:
        expires = self.now + 10 * MINUTE if soft else None
        done = self.all_of(
            lambda ledger: ledger.reserve(
                order, [want(LINE, KEYS[index], count)], expires_at=expires, now=self.now
            ),
            allowed=self.free(index) >= count,
        )
        if done:
            state = ClaimState.RESERVED if soft else ClaimState.ALLOCATED
            self.held[order, index, state] += count
            if soft:
                self.soft_until.append((order, index, count, expires))

    @rule(order=orders)
    def confirm(self, order: OrderId) -> None:
        soft = self.units(order, ClaimState.RESERVED)
        if self.all_of(lambda ledger: ledger.confirm(Selection(order), now=self.now), allowed=bool(soft)):
            for index, count in soft.items():
                self.shift(order, index, ClaimState.RESERVED, ClaimState.ALLOCATED, count)
            self.soft_until = [s for s in self.soft_until if s[0] != order]

    @rule(order=orders)
    def cancel(self, order: OrderId) -> None:
        live = [(i, s, n) for (o, i, s), n in self.held.items() if o == order and s in HOLDING and n]
        if self.all_of(lambda ledger: ledger.cancel(Selection(order), now=self.now), allowed=bool(live)):
            for index, state, count in live:
                self.shift(order, index, state, ClaimState.CANCELED, count)
            self.soft_until = [s for s in self.soft_until if s[0] != order]

    @rule(order=orders, index=key_indexes)
    def ship_from_a_node(self, order: OrderId, index: int) -> None:
        soft = self.units(order, ClaimState.RESERVED)[index]
        firm = self.units(order, ClaimState.ALLOCATED)[index]
        allowed = firm > 0 and not soft and self.shelf[index] >= firm
        selection = Selection(order, node=KEYS[index].node)
        if self.all_of(lambda ledger: ledger.ship(selection, now=self.now), allowed=allowed):
            self.shift(order, index, ClaimState.ALLOCATED, ClaimState.SHIPPED, firm)
            self.shelf[index] -= firm

    @rule(order=orders, index=key_indexes)
    def take_back(self, order: OrderId, index: int) -> None:
        out = self.units(order, ClaimState.SHIPPED)
        done = self.all_of(
            lambda ledger: ledger.take_back(
                Selection(order), to=KEYS[index].node, state=StockState.SELLABLE, now=self.now
            ),
            allowed=bool(out),
        )
        if done:
            for source, count in out.items():
                self.shift(order, source, ClaimState.SHIPPED, ClaimState.RETURNED, count)
                self.shelf[index] += count

    @rule(order=orders, to=key_indexes)
    def move_all_firm_units(self, order: OrderId, to: int) -> None:
        firm = self.units(order, ClaimState.ALLOCATED)
        if not firm or self.units(order, ClaimState.RESERVED):
            return
        revision = self.ledgers[0].revision(order)
        change = Reassignment(order, revision, (want(LINE, KEYS[to], firm.total()),))
        done = self.all_of(
            lambda ledger: ledger.reassign([change], now=self.now),
            allowed=(asked := firm.total() - firm[to]) == 0 or self.free(to) >= asked,
        )
        if done:
            for index, count in firm.items():
                self.held[order, index, ClaimState.ALLOCATED] -= count
            self.held[order, to, ClaimState.ALLOCATED] += firm.total()

    @rule(index=key_indexes, count=st.integers(0, 6))
    def count(self, index: int, count: int) -> None:
        fact = Adjustment(KEYS[index], AdjustKind.COUNT, count)
        self.all_of(lambda ledger: ledger.adjust([fact], now=self.now), allowed=True)
        self.shelf[index] = count

    @rule(passed=st.integers(1, 12))
    def let_time_pass(self, passed: int) -> None:
        self.now += passed * MINUTE
        for order, index, count, expires in self.soft_until:
            if expires <= self.now:  # type: ignore[operator]
                self.shift(order, index, ClaimState.RESERVED, ClaimState.EXPIRED, count)
        self.soft_until = [s for s in self.soft_until if s[3] > self.now]  # type: ignore[operator]

    @invariant()
    def all_ledgers_say_what_the_model_says(self) -> None:
        for ledger in self.ledgers:
            rows = {row.key: row for row in ledger.supply([KEYS[0].sku], now=self.now)}
            assert [rows[key].quantity for key in KEYS] == self.shelf
            assert [rows[key].available for key in KEYS] == [max(0, self.free(i)) for i in (0, 1)]
            assert list(ledger.reconcile()) == []
            missing = sum(short.quantity for short in ledger.shortfalls(now=self.now))
            assert missing == sum(max(0, -self.free(i)) for i in (0, 1))

    def teardown(self) -> None:
        try:
            in_memory, on_sqlite, on_postgresql = map(everything, self.ledgers)
            assert in_memory == on_sqlite == on_postgresql
        finally:
            self.open.close()


def test_random_lifecycles_agree_with_the_model_on_all_ledgers(
    empty_file: Path, postgres: Server, schema: str
) -> None:
    Lifecycle.empty_file, Lifecycle.postgres, Lifecycle.schema = empty_file, postgres, schema
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
