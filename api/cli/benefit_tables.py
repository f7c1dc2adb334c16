"""The benefit report of the service as a table and as a document in Markdown. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.cli.table import Column, Figure, Report, Row, Table
from api.cli.words import count, money_of_minor
from fulfillment.cost_words import kind_in_words

Benefit = Mapping[str, Any]

_SUMS = {"cash": "Cash", "lost_margin": "Lost margin", "both": "Cash and lost margin"}
_SECTIONS = {
    "counted": "Counted: Nodewise leaves no more units unfilled",
    "within": "Of these, where the OMS's choice goes against nothing",
    "everything": "All orders compared",
}
_ALTERNATIVES = {"nodewise": "Nodewise without prices of stock", "priced": "Nodewise with a price book"}
_COLUMNS = (
    Column("term", "term", show=str, gives_way=True),
    Column("baseline_micros", "OMS's choice", show=str, right=True),
    Column("nodewise_micros", "Nodewise", show=str, right=True),
    Column("difference_micros", "difference", show=str, right=True),
    Column("mean_micros", "per order", show=str, right=True),
    Column("low_micros", "95 % from", show=str, right=True),
    Column("high_micros", "to", show=str, right=True),
    Column("verdict", "Nodewise is", show=str),
)
_SHOWN = (
    Column("term", "term", show=str, gives_way=True),
    Column("baseline_micros", "OMS's choice", show=str, right=True),
    Column("nodewise_micros", "Nodewise", show=str, right=True),
    Column("mean_micros", "per order", show=str, right=True),
    Column("interval", "95 %", show=str, right=True),
)
"""What fits into 80 columns; the total difference stands in the sentence."""


def reported(benefit: Benefit, *, body: str) -> Report:
    """The orders that count, term by term; piped, a row per term and sum."""
    rows = {
        name: _rows(benefit[name]["counted"], benefit["currency"])
        for name in _ALTERNATIVES
        if benefit[name] is not None
    }
    return Report(
        tables=[Table(_SHOWN, rows[name], title=_ALTERNATIVES[name]) for name in rows] or [Table(_SHOWN, [])],
        piped=Table(_COLUMNS, rows.get("nodewise", [])),
        sentence=benefit["sentence"],
        notes=benefit["notes"],
        body=body,
    )


def document(benefit: Benefit, *, level: int = 1) -> str:
    """All of the report in Markdown, to be handed on; `level` is that of its heading."""
    return "\n".join(_lines(benefit, "#" * level)) + "\n"


def _lines(benefit: Benefit, heading: str) -> Iterator[str]:
    yield f"{heading} Benefit report"
    yield ""
    since, until = benefit["first"] or "the first order", benefit["last"] or benefit["as_of"][:10]
    of = f" Channel {benefit['channel']}." if benefit["channel"] else ""
    yield f"From {since} to {until}, days in UTC.{of} Amounts in {benefit['currency']}."
    yield ""
    yield benefit["sentence"]
    for name, title in _ALTERNATIVES.items():
        if benefit[name] is not None:
            yield from _alternative(title, benefit[name], benefit["currency"], f"{heading}#")
    yield ""
    yield f"{heading}# How far to trust it"
    yield ""
    for note in benefit["notes"]:
        yield f"- {note}"


def _alternative(title: str, found: Mapping[str, Any], currency: str, heading: str) -> Iterator[str]:
    yield ""
    yield f"{heading} {title}"
    for name, words in _SECTIONS.items():
        section = found[name]
        unfilled, packages = section["unfilled_units"], section["packages"]
        yield ""
        yield f"{heading}# {words}"
        yield ""
        yield (
            f"{count(section['orders'], 'order')} on {count(section['days'], 'day')}, "
            f"{count(section['units'], 'unit')}. Unfilled: {unfilled['baseline']:,} by the OMS's choice, "
            f"{unfilled['nodewise']:,} by Nodewise's. Packages: {packages['baseline']:,} and "
            f"{packages['nodewise']:,}."
        )
        if name != "counted" and section == found["counted"]:
            yield "The same orders as in the first table."
        elif section["orders"]:
            yield ""
            yield from _markdown(_rows(section, currency))


def _markdown(rows: Sequence[Row]) -> Iterator[str]:
    yield "| " + " | ".join(column.title for column in _COLUMNS) + " |"
    yield "|" + "".join("---:|" if column.right else "---|" for column in _COLUMNS)
    for row in rows:
        yield "| " + " | ".join(str(row[column.key]) for column in _COLUMNS) + " |"


def _rows(section: Mapping[str, Any], currency: str) -> list[Row]:
    terms = [
        _row(Figure(term["kind"], kind_in_words(term["kind"])), term, currency)
        for term in section["terms"]
        if term["is_cash"] and (term["baseline"]["micros"] or term["nodewise"]["micros"])
    ]
    return [*terms, *(_row(Figure(name, title), section[name], currency) for name, title in _SUMS.items())]


def _row(term: Figure, amounts: Mapping[str, Any], currency: str) -> Row:
    per_order = amounts["per_order"] or {"mean": None, "low": None, "high": None, "verdict": "–"}

    def shown(amount: Mapping[str, int] | None) -> Figure:
        if amount is None:
            return Figure(None, "–")
        return Figure(amount["micros"], money_of_minor(amount["minor"], currency))

    low, high = shown(per_order["low"]), shown(per_order["high"])
    return {
        "term": term,
        "baseline_micros": shown(amounts["baseline"]),
        "nodewise_micros": shown(amounts["nodewise"]),
        "difference_micros": shown(amounts["difference"]),
        "mean_micros": shown(per_order["mean"]),
        "low_micros": low,
        "high_micros": high,
        "interval": "–" if low.value is None else f"{low} to {high}",
        "verdict": per_order["verdict"],
    }
