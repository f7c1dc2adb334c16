"""Addresses of orders."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.edge.body import StrictRoute
from api.edge.budget import Budgeted
from api.edge.idempotency import KeyedCall, MaybeKeyedCall, require_key
from api.edge.pages import Asked, Page, asked
from api.edge.resources import CurrentSettings, OpenDatabase
from api.edge.scopes import Scope, allowed
from api.orders import lifecycle, reading, sourcing
from api.orders.answers import Decision, OrderOut, OrderSummary, StoredDecision
from api.orders.schemas import NodeSelectionIn, OrderIn, RejectionIn, ReturnIn, RevisionIn, SelectionIn
from api.orders.terms import CurrentTerms
from api.orders.threads import Threads

MAX_ORDERS = 200  # each is read with its claims

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=StrictRoute)
OrderName = Annotated[str, Path(max_length=64, examples=["10482"])]


@router.post(
    "",
    response_model=Decision,
    responses={201: {"model": Decision}},
    dependencies=[allowed(Scope.READ)],  # of a quote; the others ask for more below
)
async def source_order(
    database: OpenDatabase,
    settings: CurrentSettings,
    call: MaybeKeyedCall,
    budget: Budgeted,
    terms: CurrentTerms,
    threads: Threads,
    body: OrderIn,
) -> Response:
    """Decide where an order ships from. `quote` writes nothing (200); `reserve` and `commit` hold the
    units (201); `shadow` holds none, and keeps what the OMS's own choice (`baseline`) costs beside
    Nodewise's (200). All but `quote` need an Idempotency-Key and the scope `allocate`. An order that can be
    served in part is, with the unfilled lines named, unless `accept_partial` is false."""
    if body.mode == "quote":
        work = partial(sourcing.quote, database, settings, body, terms)
    else:
        call.caller.require(Scope.ALLOCATE)
        write = sourcing.shadow if body.mode == "shadow" else sourcing.reserve
        work = partial(write, database, settings, require_key(call), body, terms)
    given = await threads.run(work)
    response = given.response()
    response.headers.update(budget.headers)
    return response


@router.get("", dependencies=[allowed(Scope.READ)])
def list_orders(
    database: OpenDatabase, page: Annotated[Asked, asked(most=MAX_ORDERS, usual=50)]
) -> Page[OrderSummary]:
    """Orders by id, with their state."""
    return reading.list_orders(database, page)


@router.get("/{order}", dependencies=[allowed(Scope.READ)])
def get_order(database: OpenDatabase, order: OrderName) -> OrderOut:
    """An order with its lines and claims as they stand."""
    return reading.get_order(database, order)


@router.get("/{order}/decision", dependencies=[allowed(Scope.READ)])
def get_decision(database: OpenDatabase, order: OrderName) -> StoredDecision:
    """What was decided, with cost lines, bound, and the figures it was decided on."""
    return reading.get_decision(database, order)


@router.post("/{order}/confirm", response_model=OrderOut, dependencies=[allowed(Scope.ALLOCATE)])
def confirm_order(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: RevisionIn | None = None
) -> Response:
    """Make a reservation firm, before it expires."""
    return lifecycle.confirm(database, call, order, body).response()


@router.post("/{order}/cancel", response_model=OrderOut, dependencies=[allowed(Scope.ALLOCATE)])
def cancel_order(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: SelectionIn | None = None
) -> Response:
    """Cancel the order, its claims at one node, or some units of some lines."""
    return lifecycle.cancel(database, call, order, body).response()


@router.post("/{order}/send-to-node", response_model=OrderOut, dependencies=[allowed(Scope.ALLOCATE)])
def send_to_node(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: NodeSelectionIn | None = None
) -> Response:
    """Tell the nodes, or one of them, to pick. From here on nothing is moved elsewhere."""
    return lifecycle.send_to_node(database, call, order, body).response()


@router.post("/{order}/ship", response_model=OrderOut, dependencies=[allowed(Scope.ALLOCATE)])
def ship_order(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: SelectionIn | None = None
) -> Response:
    """Say that units have left: all, those of one node, or some units of some lines."""
    return lifecycle.ship(database, call, order, body).response()


@router.post("/{order}/pick", response_model=OrderOut, dependencies=[allowed(Scope.ALLOCATE)])
def pick_order(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: SelectionIn | None = None
) -> Response:
    """Say that units were picked. They are the last to be missing if stock turns out short."""
    return lifecycle.pick(database, call, order, body).response()


@router.post("/{order}/make-ready", response_model=OrderOut, dependencies=[allowed(Scope.ALLOCATE)])
def make_order_ready(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: SelectionIn | None = None
) -> Response:
    """Say that units wait for the shopper at the node."""
    return lifecycle.make_ready(database, call, order, body).response()


@router.post("/{order}/collect", response_model=OrderOut, dependencies=[allowed(Scope.ALLOCATE)])
def collect_order(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: SelectionIn | None = None
) -> Response:
    """Say that the shopper has the units: they have left the stock."""
    return lifecycle.collect(database, call, order, body).response()


@router.post("/{order}/not-collected", response_model=OrderOut, dependencies=[allowed(Scope.ALLOCATE)])
def order_not_collected(
    database: OpenDatabase, call: KeyedCall, order: OrderName, body: SelectionIn | None = None
) -> Response:
    """Say that nobody came: the units are free again at the node that has them."""
    return lifecycle.not_collected(database, call, order, body).response()


@router.post("/{order}/reject", response_model=OrderOut, dependencies=[allowed(Scope.ALLOCATE)])
def reject_order(database: OpenDatabase, call: KeyedCall, order: OrderName, body: RejectionIn) -> Response:
    """Say that a node cannot find units: their claims end, and they wait in quarantine for a count."""
    return lifecycle.reject(database, call, order, body).response()


@router.post("/{order}/return", response_model=OrderOut, dependencies=[allowed(Scope.ALLOCATE)])
def return_order(database: OpenDatabase, call: KeyedCall, order: OrderName, body: ReturnIn) -> Response:
    """Take back what was shipped or collected, into stock of any node: sellable, damaged or quarantined."""
    return lifecycle.take_back(database, call, order, body).response()
