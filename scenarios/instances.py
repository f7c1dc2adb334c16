"""Small sourcing cases by name, and a seeded generator of random ones: one order, its network, its stock.

Shared by tests, benchmarks and notebooks. Not the demo world (`scenarios.world`): nothing here is real,
and every named case is built so that one question of sourcing decides it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId, ZoneId
from fulfillment.money import MICROS_PER_MAJOR, MICROS_PER_MINOR, Micros
from fulfillment.network import LaborCost, Network, Node, NodeKind, Place, Zone
from fulfillment.orders import Destination, Order, OrderLine
from fulfillment.rates import Rate
from fulfillment.skus import Sku

ZONE = ZoneId("home")
PLACED_AT = datetime(2011, 3, 7, 10, 0, tzinfo=UTC)
AMPLE = 1_000_000  # a day's capacity that never binds

Stock = Mapping[tuple[NodeId, SkuId], int]
Capacity = Mapping[NodeId, int]


@dataclass(frozen=True, slots=True)
class OrderCase:
    """One order to source: `stock` holds available units, `capacity` the units a node can still ship."""

    name: str
    network: Network
    order: Order
    stock: Stock
    capacity: Capacity

    @property
    def available(self) -> int:
        """Units of the order that stock could fill if nodes had endless capacity."""
        wanted: dict[SkuId, int] = {}
        for line in self.order.lines:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        held = {sku: sum(units for (_, s), units in self.stock.items() if s == sku) for sku in wanted}
        return sum(min(units, held[sku]) for sku, units in wanted.items())


def last_unit() -> OrderCase:
    """One unit is left in the whole network, at the dear node: it must be taken, whatever it costs."""
    return _case("last_unit", _NEAR_FAR, quantities={"mug": 1}, stock={("far", "mug"): 1})


def two_parcels_or_one() -> OrderCase:
    """The near node lacks the plate: two cheap parcels, or one from the far node that holds both.

    Near 3.00 + far 5.00 per parcel against 5.00 for one: the far node alone wins on cash.
    """
    stock = {("near", "mug"): 5, ("far", "mug"): 5, ("far", "plate"): 5}
    return _case("two_parcels_or_one", _NEAR_FAR, quantities={"mug": 1, "plate": 1}, stock=stock)


def split_or_consolidate() -> OrderCase:
    """Whole from one dear node (9.00), or in two parts from cheap ones (3.00 + 3.50).

    A split saves 2.50 of cash, so the penalty on an extra shipment decides.
    """
    nodes = {"east": 3.0, "west": 3.5, "hub": 9.0}
    stock = {("east", "mug"): 2, ("west", "plate"): 2, ("hub", "mug"): 2, ("hub", "plate"): 2}
    return _case("split_or_consolidate", nodes, quantities={"mug": 2, "plate": 2}, stock=stock)


def scarce() -> OrderCase:
    """A line of ten where two nodes hold six and three: nine are filled by a split, one has no stock.

    A line larger than any node's stock is where whole-line plans and their node filters go wrong.
    """
    return _case("scarce", _NEAR_FAR, quantities={"mug": 10}, stock={("near", "mug"): 6, ("far", "mug"): 3})


def repeated_sku() -> OrderCase:
    """Two lines name one sku; together they want more than either node holds."""
    case = _case("repeated_sku", _NEAR_FAR, {"mug": 4}, {("near", "mug"): 5, ("far", "mug"): 3})
    return replace(case, order=_order(case.name, (_line(1, "mug", 4), _line(2, "mug", 3))))


def package_limit() -> OrderCase:
    """Forty kilograms: two 30 kg parcels from the near node, or one and one from both.

    Weight, not the number of nodes, sets the number of packages.
    """
    nodes = {"near": 3.0, "far": 3.2}
    stock = {("near", "anvil"): 8, ("far", "anvil"): 4}
    return _case("package_limit", nodes, quantities={"anvil": 8}, stock=stock)


def full_node() -> OrderCase:
    """The near node holds everything but may ship only three units more today."""
    stock = {("near", "mug"): 9, ("far", "mug"): 9}
    return _case("full_node", _NEAR_FAR, {"mug": 5}, stock, capacity={"near": 3})


def nothing_left() -> OrderCase:
    """No node holds any unit of the order."""
    return _case("nothing_left", _NEAR_FAR, quantities={"mug": 2, "plate": 1}, stock={})


def twin_nodes() -> OrderCase:
    """Two nodes alike in every figure: only the tie rule (lower node id) tells them apart."""
    stock = {("a", "mug"): 3, ("b", "mug"): 3}
    return _case("twin_nodes", {"a": 4.0, "b": 4.0}, quantities={"mug": 2}, stock=stock)


def twenty_five_nodes() -> OrderCase:
    """An order of 15 lines on 25 nodes: the median order of the demo world."""
    return random_order_case(25, nodes=25, lines=15, name="twenty_five_nodes")


def hundred_nodes() -> OrderCase:
    """An order of 5 lines on 100 nodes: the case timed by `make bench`."""
    return random_order_case(100, nodes=100, lines=5, name="hundred_nodes")


NAMED_CASES: Mapping[str, Callable[[], OrderCase]] = {
    make.__name__: make
    for make in (
        last_unit,
        two_parcels_or_one,
        split_or_consolidate,
        scarce,
        repeated_sku,
        package_limit,
        full_node,
        nothing_left,
        twin_nodes,
        twenty_five_nodes,
        hundred_nodes,
    )
}


def random_order_case(
    seed: int,
    *,
    nodes: int,
    lines: int,
    repeat_share: float = 0.16,
    max_quantity: int = 12,
    held_share: float = 0.5,
    depth: float = 1.0,
    heavy_share: float = 0.1,
    full_share: float = 0.0,
    ties: bool = False,
    name: str = "",
) -> OrderCase:
    """One random order on a random network; the same arguments give the same case.

    Parameters
    ----------
    seed
        Of the numpy Generator that draws everything.
    nodes, lines
        How many of each. The first fifth of the nodes (at least one) are DCs, which hold twice as often.
    repeat_share
        Chance that a line names a sku of an earlier line.
    max_quantity
        Units per line are uniform from 1 to this.
    held_share
        Chance that a store holds a sku; 0 leaves the network empty.
    depth
        Mean stock where held, as a multiple of the mean line: well under 1, most lines are larger than
        any node's stock.
    heavy_share
        Chance that a sku weighs 2 to 12 kg rather than 5 g to 1.5 kg, so that package limits bind.
    full_share
        Chance that a node has room for only a part of the order.
    ties
        Costs come from three round figures and stock is all or nothing, so equal plans abound.

    Raises
    ------
    ValueError
        `nodes`, `lines` or `max_quantity` below 1.
    """
    if min(nodes, lines, max_quantity) < 1:
        raise ValueError("nodes, lines and max_quantity are at least 1")
    rng = np.random.default_rng(seed)
    picks = _random_picks(rng, lines, repeat_share)
    skus = _random_skus(rng, max(picks) + 1, heavy_share)
    lines_made = tuple(
        _line(i + 1, skus[pick].id, int(rng.integers(1, max_quantity + 1))) for i, pick in enumerate(picks)
    )
    order = _order(name or f"random-{seed}", lines_made)
    made = _random_nodes(rng, nodes, ties=ties)
    rates = {(node.id, ZONE): _random_rates(rng, node, ties=ties) for node in made}
    mean = depth * (1 + max_quantity) / 2
    stock = _random_stock(rng, made, skus, held_share=held_share, mean=mean, ties=ties)
    capacity = _random_capacity(rng, made, full_share=full_share, wanted=order.units)
    return OrderCase(str(order.id), _network(made, skus, rates), order, stock, capacity)


# --- named cases ---------------------------------------------------------------------------------------
_NEAR_FAR = {"near": 3.0, "far": 5.0}  # pounds per parcel
_CATALOG = {
    # id: (weight in grams, price, margin)
    "mug": (350, 4.25, 1.70),
    "plate": (500, 6.00, 2.40),
    "anvil": (5_000, 40.00, 16.00),
}


def _case(
    name: str,
    nodes: Mapping[str, float],
    quantities: Mapping[str, int],
    stock: Mapping[tuple[str, str], int],
    capacity: Mapping[str, int] | None = None,
) -> OrderCase:
    """`nodes` maps an id to the price of one parcel of up to 30 kg; labor is 0.10 a line everywhere."""
    labor = LaborCost(per_order=_pounds(0), per_line=_pounds(0.10), per_unit=_pounds(0))
    made = [
        Node(NodeId(n), n, NodeKind.STORE, Place(52.0 + i, -1.0), "Europe/London", labor, AMPLE, i + 1)
        for i, n in enumerate(nodes)
    ]
    skus = [
        Sku(SkuId(s), s, weight, _pounds(price), _pounds(price - margin), _pounds(margin))
        for s, (weight, price, margin) in _CATALOG.items()
        if s in quantities
    ]
    rates = {
        (node.id, ZONE): (
            Rate(ServiceId("parcel"), node.id, ZONE, _pounds(nodes[node.name]), _pounds(0.10), 30_000),
        )
        for node in made
    }
    lines = tuple(_line(i + 1, sku, units) for i, (sku, units) in enumerate(quantities.items()))
    limits = capacity or {}
    return OrderCase(
        name=name,
        network=_network(made, skus, rates),
        order=_order(name, lines),
        stock={(NodeId(n), SkuId(s)): units for (n, s), units in stock.items()},
        capacity={node.id: limits.get(node.name, AMPLE) for node in made},
    )


def _line(number: int, sku: str, quantity: int) -> OrderLine:
    return OrderLine(LineId(str(number)), SkuId(sku), quantity)


def _order(name: str, lines: tuple[OrderLine, ...]) -> Order:
    return Order(OrderId(name), lines, Destination(ZONE), PLACED_AT)


def _network(
    nodes: list[Node], skus: list[Sku], rates: Mapping[tuple[NodeId, ZoneId], tuple[Rate, ...]]
) -> Network:
    return Network(
        nodes={node.id: node for node in nodes},
        zones={ZONE: Zone(ZONE, "Home", Place(52.0, -1.0))},
        skus={sku.id: sku for sku in skus},
        rates=rates,
    )


def _pounds(amount: float) -> Micros:
    return Micros(round(amount * MICROS_PER_MAJOR))


# --- random cases --------------------------------------------------------------------------------------
_ROUND_FIGURES = (3.0, 4.0, 5.0)  # parcel prices under `ties`, in pounds


def _random_picks(rng: np.random.Generator, lines: int, repeat_share: float) -> list[int]:
    """The sku number of each line; numbers run from 0 without gaps."""
    picks = [0]
    for _ in range(lines - 1):
        repeats = rng.random() < repeat_share
        picks.append(int(rng.integers(0, max(picks) + 1)) if repeats else max(picks) + 1)
    return picks


def _random_skus(rng: np.random.Generator, count: int, heavy_share: float) -> list[Sku]:
    skus = []
    for i in range(count):
        heavy = rng.random() < heavy_share
        weight = int(rng.integers(2_000, 12_001) if heavy else rng.integers(5, 1_501))
        price = int(rng.integers(40, 2_000)) * MICROS_PER_MINOR
        margin = price * 2 // 5
        skus.append(
            Sku(SkuId(f"s{i:03d}"), f"Sku {i}", weight, Micros(price), Micros(price - margin), Micros(margin))
        )
    return skus


def _random_nodes(rng: np.random.Generator, count: int, *, ties: bool) -> list[Node]:
    dcs = max(1, count // 5)
    nodes = []
    for i in range(count):
        is_dc = i < dcs
        scale = 1.0 if is_dc else 2.5  # a store picks slower
        jitter = 1.0 if ties else float(rng.uniform(0.8, 1.2))
        labor = LaborCost(*(_pounds(scale * jitter * base) for base in (0.15, 0.06, 0.01)))
        place = Place(float(rng.uniform(50.5, 57.5)), float(rng.uniform(-4.5, 1.0)))
        kind = NodeKind.DC if is_dc else NodeKind.STORE
        node_id = NodeId(f"n{i:03d}")
        nodes.append(Node(node_id, f"Node {i}", kind, place, "Europe/London", labor, AMPLE, i + 1))
    return nodes


def _random_rates(rng: np.random.Generator, node: Node, *, ties: bool) -> tuple[Rate, ...]:
    """A parcel service everywhere; a small-parcel service of at most 2 kg from about half of the nodes."""
    base = float(rng.choice(_ROUND_FIGURES)) if ties else float(rng.uniform(3.0, 7.0))
    per_kg = 0.1 if ties else round(float(rng.uniform(0.05, 0.25)), 3)
    parcel = Rate(ServiceId("parcel"), node.id, ZONE, _pounds(base), _pounds(per_kg), 30_000)
    if rng.random() < 0.5:
        return (parcel,)
    small = Rate(ServiceId("small_parcel"), node.id, ZONE, _pounds(base * 0.6), _pounds(per_kg * 2), 2_000)
    return (parcel, small)


def _random_stock(
    rng: np.random.Generator,
    nodes: list[Node],
    skus: list[Sku],
    *,
    held_share: float,
    mean: float,
    ties: bool,
) -> dict[tuple[NodeId, SkuId], int]:
    """Units where held, zeros left out: geometric with the given mean, or just the mean under `ties`."""
    stock = {}
    for node in nodes:
        chance = held_share * (2 if node.kind is NodeKind.DC else 1)
        for sku in skus:
            if rng.random() >= chance:
                continue
            units = round(mean) if ties else int(rng.geometric(1 / (1 + mean))) - 1
            if units > 0:
                stock[node.id, sku.id] = units
    return stock


def _random_capacity(
    rng: np.random.Generator, nodes: list[Node], *, full_share: float, wanted: int
) -> dict[NodeId, int]:
    """A day without limit, or with room for a part of the units wanted."""
    return {
        node.id: int(rng.integers(0, wanted + 1)) if rng.random() < full_share else AMPLE for node in nodes
    }
