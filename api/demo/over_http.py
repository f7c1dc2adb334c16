"""Replays a world against the running service over HTTP, as a shop's order system would call it.

Per order: the clock is moved, what happened since the last order is posted as stock events, then
reserve, confirm and ship, each under a key of its own. Events come in the order of `scenarios.replay`,
so that both give the same figures. Before each order the same state is read from the database, to ask
what the rules would have done in it.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from api.demo.wire import WALK_IN, Fact, baseline_body, fact_bodies, order_body, plan_from
from fulfillment.errors import NodewiseError
from fulfillment.kits import stocked_skus
from fulfillment.money import Micros
from fulfillment.orders import Order
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from optimizer.sourcing import RULES, Engine, SolveStatus
from scenarios.record import InState, OrderRecord, ReplayRecord
from scenarios.replay import events_of
from scenarios.situation import situation
from scenarios.world import World
from storage.database import Database

OMS_RULE = "nearest_first"
"""What the demo's OMS would have done: the commonest way of today's platforms."""
MOST_EVENTS = 5_000  # in one request; the service takes up to 10,000


class UnexpectedAnswer(NodewiseError):
    """The service answered what a replay cannot go on from."""


@dataclass(frozen=True, slots=True)
class HttpReplay:
    """The record of a replay over HTTP, with what only HTTP has.

    `decisions` are the answers as JSON lines, seconds left out; `round_trips` are the seconds of each
    reserve as the caller sees it; `benefit` is the service's report on all of them, the choice of the OMS
    being that of the rule `OMS_RULE`.
    """

    record: ReplayRecord
    decisions: tuple[str, ...]
    round_trips: tuple[float, ...]
    benefit: Mapping[str, Any]


def replay_over_http(
    world: World,
    *,
    url: str,
    database: Database,
    policy: Policy,
    on_order: Callable[[int], None] = lambda _number: None,
) -> HttpReplay:
    """Replay every order of the world in order of time; `on_order` is called with how many are done.

    Raises
    ------
    UnexpectedAnswer
        A call failed that should not; names the call and what was answered.
    """
    records: list[OrderRecord] = []
    decisions: list[str] = []
    round_trips: list[float] = []
    with httpx.Client(base_url=url, timeout=600) as client:
        shop = _Shop(client)
        for order, since in _orders_with_facts(world):
            if order is not None:
                shop.move_clock(order.placed_at)
            shop.post_events(since)
            if order is None:
                break
            plans = _rules_in_state(order, world, database, policy)
            decision, seconds = shop.serve(order, plans[OMS_RULE])
            rules = tuple(InState(name, p.unfilled_units, p.objective) for name, p in plans.items())
            records.append(_record(order, decision, rules))
            decisions.append(_without_seconds(decision))
            round_trips.append(seconds)
            on_order(len(records))
        benefit = shop.benefit()
    record = _replay_record(world, database, policy, records)
    return HttpReplay(record, tuple(decisions), tuple(round_trips), benefit)


def _orders_with_facts(world: World) -> Iterator[tuple[Order | None, list[Fact]]]:
    """Each order with what happened since the one before; at the end None with what happened after all."""
    since: list[Fact] = []
    for event in events_of(world):
        if isinstance(event, Order):
            yield event, since
            since = []
        else:
            since.append(event)
    yield None, since


class _Shop:
    """The calls of an order system, each writing one under a key that names what it is for."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._batches = 0

    def move_clock(self, now: datetime) -> None:
        self._expect(self._send("PUT", "/v1/demo/clock", {"now": now.isoformat()}), 200)

    def post_events(self, events: list[Fact]) -> None:
        bodies = [body for event in events for body in fact_bodies(event)]
        for start in range(0, len(bodies), MOST_EVENTS):
            self._batches += 1
            batch = {"events": bodies[start : start + MOST_EVENTS]}
            self._post("/v1/stock-events", batch, key=f"events-{self._batches}", expected=200)

    def benefit(self) -> dict[str, Any]:
        """What Nodewise saved against the choices of the OMS."""
        report: dict[str, Any] = self._expect(self._send("GET", "/v1/benefit", None), 200).json()
        return report

    def serve(self, order: Order, chosen: Plan) -> tuple[dict[str, Any], float]:
        """Reserve, with what the OMS has chosen as the baseline, confirm and ship; the decision, and the
        seconds the reserve took."""
        body = order_body(order) | {"baseline": baseline_body(chosen)}
        began = time.perf_counter()
        answer = self._send("POST", "/v1/orders", body, key=f"reserve-{order.id}")
        seconds = time.perf_counter() - began
        if answer.status_code == 409 and answer.json()["type"] == "/problems/insufficient-stock":
            # Nothing of it can be served. In shadow the same instant says so line by line, and is compared.
            shadow = body | {"mode": "shadow"}
            quoted = self._expect(self._send("POST", "/v1/orders", shadow, key=f"shadow-{order.id}"), 200)
            decision: dict[str, Any] = quoted.json()
            return decision, seconds
        decision = self._expect(answer, 201).json()
        self._post(f"/v1/orders/{order.id}/confirm", None, key=f"confirm-{order.id}", expected=200)
        self._post(f"/v1/orders/{order.id}/ship", None, key=f"ship-{order.id}", expected=200)
        return decision, seconds

    def _post(self, path: str, body: object, *, key: str, expected: int) -> None:
        self._expect(self._send("POST", path, body, key=key), expected)

    def _send(self, method: str, path: str, body: object, *, key: str = "") -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        try:
            return self._client.request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            raise UnexpectedAnswer(
                f"{method} {path} was not answered: {error}", fix="See server.log beside the demo's database"
            ) from error

    def _expect(self, answer: httpx.Response, status: int) -> httpx.Response:
        if answer.status_code != status:
            request = answer.request
            raise UnexpectedAnswer(
                f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:500]}",
                fix="See server.log beside the demo's database",
            )
        return answer


def _rules_in_state(order: Order, world: World, database: Database, policy: Policy) -> Mapping[str, Plan]:
    """What each rule would do with the order on the figures that the service is about to see."""
    with database.reading() as stores:
        seen = situation(
            order,
            network=world.network,
            policy=policy,
            ledger=stores.ledger,
            now=order.placed_at,
            prices=stores.catalog.prices_of(stocked_skus(order, world.network)),
        )
    return {name: make(seen.instance) for name, make in RULES.items()}


def _record(order: Order, decision: dict[str, Any], rules: tuple[InState, ...]) -> OrderRecord:
    return OrderRecord(
        order=order.id,
        placed_at=order.placed_at,
        lines=len(order.lines),
        units=order.units,
        plan=plan_from(decision),
        status=SolveStatus(decision["status"]),
        engine=Engine(decision["engine"]),
        bound=Micros(decision["bound"]["micros"]),
        unfilled_bound=decision["unfilled_bound"],
        gap=Micros(decision["gap"]["micros"]),
        is_degraded=decision["degraded"],
        is_refused=decision["state"] == "quoted",
        in_state=rules,
        seconds=decision["seconds"],
    )


def _without_seconds(decision: dict[str, Any]) -> str:
    kept = {name: value for name, value in decision.items() if name != "seconds"}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _replay_record(
    world: World, database: Database, policy: Policy, records: list[OrderRecord]
) -> ReplayRecord:
    with database.reading() as stores:
        sold = -sum(e.quantity_change for e in stores.ledger.entries() if e.verb == WALK_IN)
        oversold = sum(short.quantity for short in stores.ledger.shortfalls(now=stores.now))
        complaints = tuple(stores.ledger.reconcile())
    return ReplayRecord(
        decider="nodewise",
        title="Nodewise",
        policy=policy.version,
        orders=tuple(records),
        walk_in_wanted=sum(units for sale in world.walk_ins for _, units in sale.units),
        walk_in_sold=sold,
        oversold_units=oversold,
        complaints=complaints,
    )
