"""A network of a hundred nodes or fewer as CSV files, stock of every sku at most, orders of three lines."""

import random
from collections.abc import Iterator
from typing import Any

NODES, SKUS, ZONES, LINES = 100, 300, 5, 3


def files(seed: int, *, count: int = NODES) -> dict[str, str]:
    """What is imported, by address; at a hundred nodes no sku runs out within some ten thousand orders.

    With a count of fewer nodes there is less to import, for what is sent only to see that it is answered.
    """
    rng = random.Random(seed)
    nodes = [
        f"N{n:03},Node {n},store,{50 + 5 * rng.random():.3f},{-3 + 4 * rng.random():.3f},Europe/London,"
        f"0.60,0.20,0.03,1000000,{n + 1}"
        for n in range(count)
    ]
    zones = [f"Z{z},Zone {z},{50 + z},-1" for z in range(ZONES)]
    skus = [f"S{s:03},Sku {s},{rng.randint(50, 2_000)},10.00,4.00,1" for s in range(SKUS)]
    rates = [
        f"ground,N{n:03},Z{z},{2.5 + rng.randint(0, 200) / 100:.2f},0.42,20000"
        for n in range(count)
        for z in range(ZONES)
    ]
    supply = [
        f"S{s:03},N{n:03},{rng.choice((0, 50, 500, 5_000))},0" for s in range(SKUS) for n in range(count)
    ]
    columns = {
        "nodes": "id,name,kind,latitude,longitude,time_zone,labor_per_order,labor_per_line,labor_per_unit,"
        "units_per_day,priority",
        "zones": "id,name,latitude,longitude",
        "skus": "id,name,weight_grams,price,unit_cost,case_pack",
        "rates": "service,origin,zone,per_package,per_kg,package_limit_grams",
        "supply": "sku,node,quantity,safety_stock",
    }
    rows = {"nodes": nodes, "zones": zones, "skus": skus, "rates": rates, "supply": supply}
    return {name: "\n".join([columns[name], *lines]) + "\n" for name, lines in rows.items()}


def orders(seed: int) -> Iterator[dict[str, Any]]:
    """Orders to reserve, of three lines of one to three units, without end."""
    rng = random.Random(seed)
    number = 0
    while True:
        lines = [
            {"id": str(line), "sku": f"S{rng.randrange(SKUS):03}", "quantity": rng.randint(1, 3)}
            for line in range(LINES)
        ]
        destination = {"zone": f"Z{rng.randrange(ZONES)}"}
        yield {"mode": "reserve", "id": f"o{seed}-{number}", "lines": lines, "destination": destination}
        number += 1
