"""Calls about orders: where they ship from, and every step until they have left or come back."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack

from nodewise_client.caller import Caller, given, path
from nodewise_client.models import (
    BulkResults,
    CapacityIn,
    ChangeIn,
    Decision,
    DemoOrder,
    ExplanationOut,
    ForcedNodeIn,
    FreeSplitsIn,
    MoreStockIn,
    NodeOffIn,
    NodeOnIn,
    Order,
    OrderIn,
    OrderOut,
    OrderSummary,
    OtherPolicyIn,
    Reassigned,
    StockState,
    StoredDecision,
    WantedIn,
    WhatIfOut,
    WithoutRuleIn,
)
from nodewise_client.pages import Pages

Units = Mapping[str, int]
"""Units by line id."""

Change = (
    MoreStockIn
    | NodeOffIn
    | NodeOnIn
    | FreeSplitsIn
    | WithoutRuleIn
    | ForcedNodeIn
    | CapacityIn
    | OtherPolicyIn
)
"""What may be otherwise in a what-if."""


class Part(TypedDict, total=False):
    """What of an order a step is about, all of it if nothing is said; and the key it goes under.

    `node` is whose part, `units` how many of which line. With `revision` the step is refused if the order has
    changed since.
    """

    node: str | None
    units: Units | None
    revision: int | None
    key: str | None


class Orders(Caller):
    """Quote, reserve, commit, and what follows.

    Every step takes a `key` of yours; most can be told a `Part` of an order.
    """

    def quote(self, order: Order, *, within: float | None = None) -> Decision:
        """Decide and write nothing; `within` so many seconds, degraded rather than late."""
        return self._source(order, "quote", None, within, keyed=False)

    def shadow(self, order: Order, *, within: float | None = None, key: str | None = None) -> Decision:
        """Compare the order's `baseline`, your own choice, with Nodewise's, and keep what both cost."""
        return self._source(order, "shadow", key, within)

    def reserve(self, order: Order, *, within: float | None = None, key: str | None = None) -> Decision:
        """Decide, and hold the units until `expires_at`."""
        return self._source(order, "reserve", key, within)

    def commit(self, order: Order, *, within: float | None = None, key: str | None = None) -> Decision:
        """Decide, and hold the units for good."""
        return self._source(order, "commit", key, within)

    def order(self, order: str) -> OrderOut:
        """An order with its lines and claims as they stand."""
        return self._get(OrderOut, path("orders", order))

    def orders(self, *, page_size: int | None = None) -> Pages[OrderSummary]:
        """Orders by id."""
        return self._pages(OrderSummary, "/v1/orders", page_size=page_size)

    def decision(self, order: str) -> StoredDecision:
        """What was decided, with cost lines, bound and the figures it was decided on."""
        return self._get(StoredDecision, path("orders", order, "decision"))

    def explanation(self, order: str) -> ExplanationOut:
        """Why the latest decision is as it is: nine questions, alternatives, a reason for every node."""
        return self._get(ExplanationOut, path("orders", order, "explanation"))

    def explanation_markdown(self, order: str) -> str:
        """The same to be read."""
        query = {"format": "markdown"}
        return self._send("GET", path("orders", order, "explanation"), query=query).text

    def cost_ladder(self, order: str, *, theme: str = "auto") -> str:
        """The plan beside its alternatives, as SVG text; `theme` is light, dark or auto."""
        return self._send(
            "GET", f"{path('orders', order, 'explanation')}/ladder.svg", query={"theme": theme}
        ).text

    def node_map(self, order: str, *, theme: str = "auto") -> str:
        """The nodes that ship, could have shipped, or could not, as SVG text."""
        return self._send(
            "GET", f"{path('orders', order, 'explanation')}/map.svg", query={"theme": theme}
        ).text

    def what_if(self, order: str, *changes: Change) -> WhatIfOut:
        """What would have been decided with the changes. Writes nothing."""
        return self._ask(WhatIfOut, path("orders", order, "what-if"), {"changes": changes})

    def demo_order(self, number: int) -> DemoOrder:
        """A real order of the demo, ready to be quoted; demo mode only."""
        return self._get(DemoOrder, path("demo", "orders", str(number)))

    def confirm(self, order: str, *, revision: int | None = None, key: str | None = None) -> OrderOut:
        """Make a reservation firm, before it expires."""
        return self._step(order, "confirm", Part(revision=revision, key=key))

    def cancel(self, order: str, **part: Unpack[Part]) -> OrderOut:
        """End claims, and free their units."""
        return self._step(order, "cancel", part)

    def send_to_node(
        self, order: str, *, node: str | None = None, revision: int | None = None, key: str | None = None
    ) -> OrderOut:
        """Tell the nodes, or one, to pick."""
        return self._step(order, "send-to-node", Part(node=node, revision=revision, key=key))

    def pick(self, order: str, **part: Unpack[Part]) -> OrderOut:
        """Say that units were picked."""
        return self._step(order, "pick", part)

    def make_ready(self, order: str, **part: Unpack[Part]) -> OrderOut:
        """Say that units wait for the shopper."""
        return self._step(order, "make-ready", part)

    def ship(self, order: str, **part: Unpack[Part]) -> OrderOut:
        """Say that units have left."""
        return self._step(order, "ship", part)

    def collect(self, order: str, **part: Unpack[Part]) -> OrderOut:
        """Say that the shopper has the units."""
        return self._step(order, "collect", part)

    def not_collected(self, order: str, **part: Unpack[Part]) -> OrderOut:
        """Say that nobody came: the units are free again."""
        return self._step(order, "not-collected", part)

    def reject(self, order: str, *, reason: str, **part: Unpack[Part]) -> OrderOut:
        """Say that a node cannot find units: they wait in quarantine for a count."""
        return self._step(order, "reject", part, reason=reason)

    def give_back(self, order: str, *, to: str, state: StockState, **part: Unpack[Part]) -> OrderOut:
        """Take back what was shipped or collected, `to` any node; `node` is the one it came from."""
        return self._step(order, "return", part, to=to, state=state)

    def reassign(
        self,
        order: str,
        *,
        wanted: Sequence[WantedIn] | None = None,
        revision: int | None = None,
        key: str | None = None,
    ) -> Reassigned:
        """Source what can still move again: as wanted, or as is decided anew."""
        body = given(wanted=wanted, revision=revision)
        return self._write(Reassigned, path("orders", order, "reassign"), body, key=key)

    def reassign_together(
        self,
        *,
        orders: Sequence[str] | None = None,
        changes: Sequence[ChangeIn] | None = None,
        key: str | None = None,
    ) -> Reassigned:
        """Several in one step, decided again (`orders`) or as wanted (`changes`): all of it, or nothing."""
        body = given(orders=orders, changes=changes)
        return self._write(Reassigned, "/v1/reassignments", body, key=key)

    def bulk(self, orders: Sequence[OrderIn], *, key: str | None = None) -> BulkResults:
        """Up to 100 orders, each with its own mode and answer."""
        return self._write(BulkResults, "/v1/orders/bulk", {"orders": orders}, key=key)

    def bulk_moves(self, moves: Sequence[Mapping[str, Any]], *, key: str | None = None) -> BulkResults:
        """Up to 500 moves: `order`, `verb` (confirm, ship and the like), perhaps a `selection`."""
        return self._write(BulkResults, "/v1/orders/bulk-moves", {"moves": moves}, key=key)

    def _source(
        self,
        order: Order,
        mode: Literal["quote", "shadow", "reserve", "commit"],
        key: str | None,
        within: float | None,
        *,
        keyed: bool = True,
    ) -> Decision:
        body = {**order, "mode": mode}
        wait = {} if within is None else {"Prefer": f"wait={within:g}"}
        if keyed:
            return self._write(Decision, "/v1/orders", body, key=key, headers=wait)
        return self._ask(Decision, "/v1/orders", body, headers=wait)

    def _step(self, order: str, verb: str, part: Part, **more: object) -> OrderOut:
        said = {name: value for name, value in part.items() if name != "key"}
        return self._write(OrderOut, path("orders", order, verb), given(**more, **said), key=part.get("key"))
