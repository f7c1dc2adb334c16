"""The answer to a what-if in words and tables. Pure."""

from collections.abc import Mapping
from typing import Any

from api.cli.decisions import shipments
from api.cli.table import Column, Figure, Report, Row, Table
from api.cli.words import money_of_minor
from fulfillment.cost_words import kind_in_words


def answered(found: Mapping[str, Any], names: Mapping[str, str], *, body: str) -> Report:
    """What would have been, and how it differs; piped, a row per kind of cost that does."""
    return Report(
        tables=[_differences(found), shipments(found, names)],
        sentence=found["sentence"],
        notes=_notes(found),
        body=body,
    )


def _differences(found: Mapping[str, Any]) -> Table:
    """By kind of cost, ending with the total they add up to."""
    currency = found["currency"]
    rows: list[Row] = [
        _row(one["kind"], kind_in_words(one["kind"]), one, currency) for one in found["by_kind"]
    ]
    rows.append(_row("total", "Together", found["more_cost"], currency))
    return Table(
        [
            Column("kind", "more than decided", show=_shown),
            Column("amount_micros", "amount", show=_shown, right=True),
        ],
        rows,
    )


def _row(kind: str, title: str, amount: Mapping[str, int], currency: str) -> Row:
    sign = "+" if amount["minor"] > 0 else ""
    shown = sign + money_of_minor(amount["minor"], currency)
    return {"kind": Figure(kind, title), "amount_micros": Figure(amount["micros"], shown)}


def _notes(found: Mapping[str, Any]) -> list[str]:
    total = money_of_minor(found["total"]["minor"], found["currency"])
    bound = money_of_minor(found["bound"]["minor"], found["currency"])
    proven = (
        "proven" if found["status"] == "optimal" else f"no plan that fills as much costs less than {bound}"
    )
    return [f"Total {total}, {proven}. Nothing was written."]


def _shown(value: Figure) -> str:
    return value.shown
