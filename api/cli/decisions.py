"""A decision of the service in words and tables: for a quote, and for explaining one that was made. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.cli.table import Column, Figure, Report, Row, Table
from api.cli.words import UNNAMED, count, joined, kilograms, milliseconds, money_of_minor, percent
from fulfillment.cost_words import kind_in_words

Decision = Mapping[str, Any]
Names = Mapping[str, str]

_MOST_POINTS = 5  # of an answer on a terminal
_REASONS = {
    "no_stock": "no stock",
    "no_capacity": "no room left today",
    "ruled_out": "only at nodes that a rule or the order keeps out",
    "no_service": "no carrier service takes it, or not with the rest",
    "given_up": "given up for money",
}
_ENGINES = {
    "subsets": "line-subset enumeration",
    "facility": "branch and bound",
    "cp_sat": "CP-SAT",
    "rule": "a rule",
}


def quoted(decision: Decision, names: Names, *, body: str, following: str = "") -> Report:
    """Where an order would ship from; piped, a row per planned line. `following` is a command to go on."""
    return Report(
        tables=[_planned(decision), *_unfilled(decision)],
        sentence=f"{_ships(decision, names, 'would ship')} {_costs(decision)}",
        notes=[_proof(decision), *_price_book(decision), *_conflict(decision)],
        following=following,
        body=body,
    )


def explained(decision: Decision, names: Names, *, explanation: Mapping[str, Any], body: str) -> Report:
    """Why an order ships from where it does, question by question; piped, a row per cost line."""
    return Report(
        tables=[_cost_lines(decision), shipments(decision, names), *_unfilled(decision)],
        sentence=f"{_ships(decision, names, 'ships')} {_costs(decision)}",
        notes=[_proof(decision), *_price_book(decision), *_answers(explanation)],
        body=body,
    )


def _answers(explanation: Mapping[str, Any]) -> Iterator[str]:
    """The nine questions; of many points the first."""
    for one in explanation["answers"]:
        yield f"{one['question']} {one['answer']}"
        yield from (f"  {point}" for point in one["points"][:_MOST_POINTS])
        if (more := len(one["points"]) - _MOST_POINTS) > 0:
            yield f"  ... and {more} more with --markdown"
    yield from explanation.get("left_open", [])


def _ships(decision: Decision, names: Names, verb: str) -> str:
    nodes = [names.get(shipment["node"], shipment["node"]) for shipment in decision["shipments"]]
    order = "This order" if decision["id"] == UNNAMED else f"Order {decision['id']}"
    missing = decision["unfilled_units"]
    if not nodes and decision.get("infeasible"):
        return f"{order} cannot be met as asked."
    if not nodes:
        return f"{order} cannot be served: none of its {count(missing, 'unit')} is available."
    packages = count(sum(shipment["packages"] for shipment in decision["shipments"]), "package")
    rest = f"; {count(missing, 'unit')} unfilled" if missing else ""
    return f"{order} {verb} from {joined(nodes)} in {packages}{rest}."


def _costs(decision: Decision) -> str:
    currency = decision["currency"]
    cash = money_of_minor(decision["cash"]["minor"], currency)
    lost = decision["lost_margin"]["minor"]
    return f"Freight and labor cost {cash}" + (
        f", and {money_of_minor(lost, currency)} of margin is lost." if lost else "."
    )


def _proof(decision: Decision) -> str:
    currency, gap = decision["currency"], decision["gap"]
    total = money_of_minor(decision["total"]["minor"], currency)
    how = f"by {_ENGINES.get(decision['engine'], decision['engine'])} in {milliseconds(decision['seconds'])}"
    if decision["degraded"]:
        return f"Rule-based: the solver failed. Total {total}, without a bound."
    if decision["unfilled_units"] > decision["unfilled_bound"]:
        missing = count(decision["unfilled_units"], "unit")
        least = decision["unfilled_bound"]
        return f"Total {total}, found {how}. {missing} unfilled; no plan leaves fewer than {least}."
    if decision["status"] == "optimal":
        return f"Total {total}, proven: no plan that fills as much costs a penny less. Found {how}."
    bound = money_of_minor(decision["bound"]["minor"], currency)
    cut = ", cut by its deadline" if decision["cut_by_deadline"] else ""
    return (
        f"Total {total}; no plan that fills as much costs less than {bound}, so at most "
        f"{money_of_minor(gap['minor'], currency)} ({percent(gap['relative'])}) is lost. Found {how}{cut}."
    )


def _price_book(decision: Decision) -> list[str]:
    """That stock had no price; nothing of a decision kept before there were price books."""
    book = decision.get("price_book")
    if book is None or book["state"] == "used":
        return []
    if book["state"] == "none":
        return ["Decided without prices of stock: no price book is in force."]
    if book["state"] == "unknown":
        return ["Decided without prices of stock: the database was away, so no price book could be read."]
    return [
        f"Decided without prices of stock: price book {book['version']} was valid until "
        f"{book['valid_until']}. Load a new one with nodewise import price-book."
    ]


def _conflict(decision: Decision) -> list[str]:
    """Why it cannot be met, and what each demand costs."""
    found = decision.get("infeasible")
    if not found:
        return []
    said = "; ".join(one["detail"] for one in found["conflict"])
    prices = [f"{one['detail'][:1].upper()}{one['detail'][1:]}." for one in found["relaxations"]]
    return [f"Cannot be met together: {said}.", *prices, f"{found['fix']}."]


def _planned(decision: Decision) -> Table:
    rows: list[Row] = [
        {"node": s["node"], "service": s["service"], "arrives_p90": s.get("arrives_p90"), **part}
        for s in decision["shipments"]
        for part in s["lines"]
    ]
    return Table(
        [
            Column("node", "from", gives_way=True),
            Column("service", "service"),
            Column("line", "line", show=str, right=True),
            Column("sku", "sku", show=str),
            Column("quantity", "units", right=True),
            _arrival(rows),
        ],
        rows,
    )


def shipments(decision: Decision, names: Names) -> Table:
    """What leaves which node."""
    rows: list[Row] = [
        {
            "from": names.get(shipment["node"], shipment["node"]),
            "service": shipment["service"],
            "packages": shipment["packages"],
            "weight": Figure(shipment["weight_grams"], kilograms(shipment["weight_grams"])),
            "lines": len(shipment["lines"]),
            "units": sum(part["quantity"] for part in shipment["lines"]),
            "arrives_p90": shipment.get("arrives_p90"),
        }
        for shipment in decision["shipments"]
    ]
    return Table(
        [
            Column("from", "from", gives_way=True),
            Column("service", "service"),
            *(
                Column(key, key, right=True, show=_figure if key == "weight" else _count)
                for key in ("packages", "weight", "lines", "units")
            ),
            _arrival(rows),
        ],
        rows,
        title="Shipments",
    )


def _arrival(rows: Sequence[Row]) -> Column:
    """The day by which nine in ten arrive; untitled, for the pipe alone, where no service names its days."""
    is_known = any(row["arrives_p90"] for row in rows)
    return Column("arrives_p90", "arrives by" if is_known else "", show=_day)


def _day(instant: str | None) -> str:
    return (instant or "")[:10]


def _cost_lines(decision: Decision) -> Table:
    """Lines as they were answered; on a terminal they end with the total they add up to."""
    currency = decision["currency"]
    rows: list[Row] = [
        {
            "kind": Figure(line["kind"], kind_in_words(line["kind"])),
            "node": line["node"],
            "amount_micros": Figure(line["micros"], money_of_minor(line["minor"], currency)),
            "is_cash": line["is_cash"],
            "is_steering": line["is_steering"],
        }
        for line in decision["cost_lines"]
    ]
    total = decision["total"]
    rows.append(
        {
            "kind": Figure("total", "Total"),
            "amount_micros": Figure(total["micros"], money_of_minor(total["minor"], currency)),
        }
    )
    return Table(
        [
            Column("kind", "what it costs", show=_figure),
            Column("node", "at", gives_way=True),
            Column("amount_micros", "amount", show=_figure, right=True),
            Column("is_steering", "", show=lambda steers: "steers" if steers else "", style="dim"),
            Column("is_cash", "", show=lambda _: ""),  # for the pipe
        ],
        rows,
    )


def _unfilled(decision: Decision) -> list[Table]:
    if not decision["unfilled"]:
        return []
    rows = [{**one, "reason": Figure(one["reason"], _why(one))} for one in decision["unfilled"]]
    return [
        Table(
            [
                Column("line", "line", show=str, right=True),
                Column("sku", "sku", show=str),
                Column("quantity", "units", right=True),
                Column("reason", "why", show=_figure, style="yellow"),
            ],
            rows,
            title="Unfilled",
        )
    ]


def _why(unfilled: Row) -> str:
    said = _REASONS.get(unfilled["reason"], unfilled["reason"])
    return f"{said} ({unfilled['detail']})" if unfilled.get("detail") else str(said)


def _figure(value: Figure) -> str:
    return value.shown


def _count(value: int) -> str:
    return f"{value:,}"
