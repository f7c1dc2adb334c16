"""A what-if from a parsed TOML mapping; every error names the field, what is allowed, and the nearest name.

Reads no file. Names of nodes, services and zones are checked when the what-if is applied to a world.
"""

from collections.abc import Collection, Mapping
from math import isfinite

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, ServiceId, ZoneId
from fulfillment.money import MICROS_PER_MAJOR, Micros
from fulfillment.nearest import did_you_mean
from scenarios.whatif import DemandChange, NodeSwitch, PolicyChange, RateChange, WhatIf

LARGEST_FACTOR = 10.0
LARGEST_AMOUNT = 1_000_000.0
LARGEST_SEED = 2**63 - 1

Table = Mapping[str, object]


def parse_whatif(data: Table) -> WhatIf:
    """The what-if that a mapping describes.

    Fields: `title`; `[nodes]` with the lists `on` and `off`; `[demand]` with `factor` and `seed`; any
    number of `[[rates]]` with `factor`, `service`, `zone`; `[policy]` with `extra_shipment_penalty`,
    `split_line_penalty` (in the currency's major unit) and `may_give_up`. Only `title` is needed.

    Raises
    ------
    InvalidInput
        A field that is unknown, missing, of the wrong kind or out of range.
    """
    _known(data, ("title", "nodes", "demand", "rates", "policy"), "")
    title = _text(data.get("title"), "/title").strip()
    if not title:
        raise _wrong("/title", "is empty", "Say in a few words what is asked, such as “Close Livingston”")
    return WhatIf(
        title=title,
        nodes=_nodes(_table(data.get("nodes", {}), "/nodes")),
        demand=_demand(_table(data["demand"], "/demand")) if "demand" in data else None,
        rates=tuple(
            _rate(_table(one, f"/rates/{i}"), f"/rates/{i}")
            for i, one in enumerate(_list(data.get("rates", []), "/rates"))
        ),
        policy=_policy(_table(data.get("policy", {}), "/policy")),
    )


def _nodes(table: Table) -> tuple[NodeSwitch, ...]:
    _known(table, ("on", "off"), "/nodes")
    switches = [
        NodeSwitch(NodeId(_text(name, f"/nodes/{field}/{i}")), is_on=field == "on")
        for field in ("on", "off")
        for i, name in enumerate(_list(table.get(field, []), f"/nodes/{field}"))
    ]
    both = {one.node for one in switches if one.is_on} & {one.node for one in switches if not one.is_on}
    if both:
        raise _wrong("/nodes", f"has {min(both)} both on and off", "Name it in one of the lists")
    return tuple(switches)


def _demand(table: Table) -> DemandChange:
    _known(table, ("factor", "seed"), "/demand")
    seed = table.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= LARGEST_SEED:
        raise _wrong("/demand/seed", f"is {_shown(seed)}", "Give a whole number from 0")
    return DemandChange(_factor(table, "/demand"), seed)


def _rate(table: Table, pointer: str) -> RateChange:
    _known(table, ("factor", "service", "zone"), pointer)
    service = _text(table["service"], f"{pointer}/service") if "service" in table else None
    zone = _text(table["zone"], f"{pointer}/zone") if "zone" in table else None
    return RateChange(
        _factor(table, pointer),
        ServiceId(service) if service is not None else None,
        ZoneId(zone) if zone is not None else None,
    )


def _policy(table: Table) -> PolicyChange:
    _known(table, ("extra_shipment_penalty", "split_line_penalty", "may_give_up"), "/policy")
    may_give_up = table.get("may_give_up")
    if may_give_up is not None and not isinstance(may_give_up, bool):
        raise _wrong("/policy/may_give_up", f"is {_shown(may_give_up)}", "Write true or false")
    return PolicyChange(
        _amount(table, "extra_shipment_penalty"), _amount(table, "split_line_penalty"), may_give_up
    )


def _amount(table: Table, field: str) -> Micros | None:
    if field not in table:
        return None
    amount = _number(table[field], f"/policy/{field}", least=0.0, most=LARGEST_AMOUNT)
    return Micros(round(amount * MICROS_PER_MAJOR))


def _factor(table: Table, pointer: str) -> float:
    if "factor" not in table:
        raise _wrong(f"{pointer}/factor", "is missing", "Say it, such as 1.2 for a fifth more")
    return _number(table["factor"], f"{pointer}/factor", least=0.01, most=LARGEST_FACTOR)


# --- kinds ---------------------------------------------------------------------------------------------
def _number(value: object, pointer: str, *, least: float, most: float) -> float:
    allowed = f"Give a number from {least:g} to {most:,g}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(pointer, f"is {_shown(value)}", allowed)
    if not isfinite(value) or not least <= value <= most:
        raise _wrong(pointer, f"is {value}", allowed)
    return float(value)


def _text(value: object, pointer: str) -> str:
    if value is None:
        raise _wrong(pointer, "is missing", "Add it as text in quotes")
    if not isinstance(value, str):
        raise _wrong(pointer, f"is {_shown(value)}", "Write it as text in quotes")
    return value


def _list(value: object, pointer: str) -> list[object]:
    if not isinstance(value, list):
        raise _wrong(pointer, f"is {_shown(value)}", "Write a list")
    return value


def _table(value: object, pointer: str) -> Table:
    if not isinstance(value, Mapping):
        raise _wrong(pointer, f"is {_shown(value)}", f"Write a table, [{pointer.strip('/')}]")
    return value


def _known(table: Table, fields: Collection[str], pointer: str) -> None:
    for name in table:
        if name not in fields:
            what = f"is no field{did_you_mean(name, fields)}"
            raise _wrong(f"{pointer}/{name}", what, f"Allowed: {', '.join(fields)}")


def _shown(value: object) -> str:
    kinds = {str: "the text", bool: "the switch", list: "a list", dict: "a table"}
    kind = kinds.get(type(value), "")
    return kind if kind.startswith("a ") else f"{kind} {value!r}".strip()


def _wrong(pointer: str, what: str, fix: str) -> InvalidInput:
    return InvalidInput(f"{pointer} {what}", pointer=pointer, fix=fix)
