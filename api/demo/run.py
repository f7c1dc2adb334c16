"""The demo from nothing to its result: world, database, real server, replay over HTTP, rules beside it.

Says nothing itself: whoever runs it is told each step, and shows the result.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from api.demo.assemble import SEED, demo_world
from api.demo.opening import fresh_file, fresh_on_server, make_key, write_database
from api.demo.over_http import HttpReplay, replay_over_http
from api.demo.process import DemoServer
from api.demo.wire import order_body
from api.edge.rows import CSV_TYPE
from fulfillment.errors import InvalidInput
from fulfillment.policy import Policy
from optimizer.sourcing import RULES
from scenarios.deciding import rule
from scenarios.record import ReplayRecord, dearer_than_a_rule
from scenarios.replay import first_orders, replay
from scenarios.world import World
from storage.database import open_database

DECISIONS_FILE = "decisions.jsonl"
QUOTE_FILE = "order.json"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`orders` cuts the two weeks short; None replays them whole.

    With a `server` (the address of a PostgreSQL, or "embedded") the state is there, and the files beside
    where `database` would be. `price_book` is a CSV file that is loaded before the first order.
    """

    database: Path
    host: str
    port: int
    seed: int = SEED
    orders: int | None = None
    server: str | None = None
    price_book: Path | None = None

    @property
    def folder(self) -> Path:
        return self.database.parent


@dataclass(frozen=True, slots=True)
class DemoResult:
    """`dearer` names every order where some rule would have been better in the same state: none may.

    `key` is an API key; the demo itself needs none, as it is on loopback only.
    """

    world: World
    server: DemoServer
    http: HttpReplay
    rules: tuple[ReplayRecord, ...]
    dearer: tuple[str, ...]
    quote_file: Path
    key: str

    @property
    def is_sound(self) -> bool:
        """No rule was better in the same state, the books balance, and nothing was oversold."""
        return not (self.dearer or self.nodewise.complaints or self.nodewise.oversold_units)

    @property
    def nodewise(self) -> ReplayRecord:
        return self.http.record

    @property
    def records(self) -> tuple[ReplayRecord, ...]:
        return (self.nodewise, *self.rules)


@contextmanager
def demonstrate(options: DemoOptions, *, tell: Tell) -> Iterator[DemoResult]:
    """Run the demo; the server runs until the context is left.

    Raises
    ------
    InvalidInput
        Fewer than one order to replay, or a price book that the service does not take.
    ServerFailed, UnexpectedAnswer
        What was built did not do what it should; names what.
    StorageUnavailable
        The PostgreSQL server cannot be used.
    """
    tell("laying a network under real orders")
    world = demo_world(seed=options.seed)
    if options.orders is not None:
        world = first_orders(world, options.orders)
    with ExitStack() as open_things:
        url = fresh_file(options.database)
        if options.server is not None:
            tell("making a database on PostgreSQL")
            url = open_things.enter_context(fresh_on_server(options.server))
        tell("writing the demo's database")
        policy, key = write_database(world, url), make_key(url)
        tell("starting the server")
        server = DemoServer(database_url=url, folder=options.folder, host=options.host, port=options.port)
        # Who interrupts a demo does not wait for an order, which may take as long as the engines' compiling.
        open_things.push(lambda failed, _error, _where: server.stop(at_once=failed is not None))
        _make_ready(server, world, tell)
        if options.price_book is not None:
            tell("loading the price book")
            _load(server, world, options.price_book)
        http = _replay(world, server, url, policy, tell)
        rules = []
        for name in RULES:
            tell(f"the same orders by the rule {name.replace('_', ' ')}")
            rules.append(replay(world, decide=rule(name), policy=policy, timer=time.perf_counter))
        quote_file = _write_files(options, world, http)
        dearer = tuple(dearer_than_a_rule(http.record))
        yield DemoResult(world, server, http, tuple(rules), dearer, quote_file, key)


def _replay(world: World, server: DemoServer, url: str, policy: Policy, tell: Tell) -> HttpReplay:
    database = open_database(url, durable=False)
    try:
        return replay_over_http(
            world,
            url=server.url,
            database=database,
            policy=policy,
            on_order=lambda done: tell(f"order {done} of {len(world.orders)} over HTTP"),
        )
    finally:
        database.close()


def _make_ready(server: DemoServer, world: World, tell: Tell) -> None:
    """Wait for the server, and let the engines be compiled by quotes, so that no order waits for that."""

    def say(seconds: float) -> None:
        if seconds > 4:
            tell("compiling the engines, once")

    server.wait_until_ready(say)
    tell("compiling the engines, once")
    most_lines = sorted(world.orders, key=lambda order: (-len(order.lines), order.id))
    with httpx.Client(base_url=server.url, timeout=600) as client:
        for order in (*world.orders[:2], *most_lines[:1]):
            client.post("/v1/orders", json=order_body(order) | {"mode": "quote"}).raise_for_status()


def _load(server: DemoServer, world: World, file: Path) -> None:
    """Load a price book, in force until the last order is shipped."""
    asked = {"version": file.stem, "valid_until": f"{world.window.end.isoformat()}T00:00:00Z"}
    with httpx.Client(base_url=server.url, timeout=600) as client:
        answer = client.post(
            "/v1/price-books/import",
            params=asked,
            content=file.read_bytes(),
            headers={"Content-Type": CSV_TYPE},
        )
    if answer.status_code != 200:
        raise InvalidInput(
            f"{file} is no price book of the demo: {answer.json()['detail']}",
            fix="Write it with python -m api.demo.price_book",
        )


def _write_files(options: DemoOptions, world: World, http: HttpReplay) -> Path:
    """The decisions, for who wants to compare two runs; and a small order to try a quote with: its file."""
    decisions = "\n".join(http.decisions) + "\n"
    (options.folder / DECISIONS_FILE).write_text(decisions, encoding="utf-8", newline="\n")
    quote_file = options.folder / QUOTE_FILE
    quote_file.write_text(json.dumps(_order_to_try(world, http)), encoding="utf-8")
    return quote_file


def _order_to_try(world: World, http: HttpReplay) -> dict[str, Any]:
    """The first lines of the last order that was filled whole, as a quote."""
    filled = [
        order
        for order, record in zip(world.orders, http.record.orders, strict=True)
        if not record.plan.unfilled
    ]
    order = filled[-1] if filled else world.orders[-1]
    body = order_body(order)
    return body | {"mode": "quote", "id": "try-1", "lines": body["lines"][:3]}
