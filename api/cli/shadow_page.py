"""`python -m api.cli.shadow_page`: the demo's benefit report, for docs/shadow.md.

Runs the demo twice, without a price book and with that of `api.demo.price_book`, and writes what came out
between the marks of the page; equal inputs, equal text.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.cli.benefit_tables import document
from api.cli.comparison import CURRENCY
from api.cli.ports import LOOPBACK, free_port
from api.cli.words import money_of_minor
from api.demo import demo_world
from api.demo.over_http import OMS_RULE
from api.demo.price_book import write
from api.demo.run import DemoOptions, DemoResult, demonstrate
from api.marked_pages import rewrite
from scenarios.measures import CASH
from scenarios.wording import say

PAGE = Path("docs/shadow.md")
REPORT, BESIDE, PRICES = "report", "beside the demo", "with a price book"
"""Names of the parts."""

_ALTERNATIVES = {"nodewise": "Nodewise without prices of stock", "priced": "Nodewise with the price book"}


def report(demo: DemoResult) -> str:
    """The report as a section of the page."""
    return document(demo.http.benefit, level=3)


def beside_the_demo(demo: DemoResult) -> str:
    """How the report's figures are those of the table that the demo prints."""
    counted, currency = demo.http.benefit["nodewise"]["counted"], demo.http.benefit["currency"]
    rule = next(one for one in demo.rules if one.decider == OMS_RULE)

    def each(sum_: str, side: str) -> str:
        return say(CASH, counted[sum_][side]["micros"] / counted["orders"], currency=CURRENCY)

    def in_all(sum_: str) -> str:
        return money_of_minor(counted[sum_]["nodewise"]["minor"], currency)

    return (
        f"The columns of Nodewise are those that the demo prints: {in_all('cash')} of cash and\n"
        f"{in_all('lost_margin')} of lost margin are {each('cash', 'nodewise')} and\n"
        f"{each('lost_margin', 'nodewise')} for each of {counted['orders']:,} orders.\n"
        f"{rule.title} costs {each('cash', 'baseline')} an order here, and\n"
        f"{say(CASH, CASH.of(rule), currency=CURRENCY)} in the demo's table.\n"
    )


def with_prices(benefit: Mapping[str, Any]) -> str:
    """The columns of a demo with a price book, and what the book costs in cash."""
    currency = benefit["currency"]

    def row(title: str, section: Mapping[str, Any], side: str, *more: str) -> str:
        units = [f"{section[name][side]:,}" for name in ("packages", "unfilled_units")]
        money = [money_of_minor(section[name][side]["minor"], currency) for name in ("cash", "lost_margin")]
        return f"| {' | '.join([title, *units, *money, *more])} |"

    plain, priced = (benefit[name]["counted"] for name in _ALTERNATIVES)
    rows = [row(f"the OMS's choice, {OMS_RULE.replace('_', ' ')}", plain, "baseline", "", "")]
    for title, section in zip(_ALTERNATIVES.values(), (plain, priced), strict=True):
        one = section["both"]["per_order"]
        mean, low, high = (
            "–" if one[name] is None else money_of_minor(one[name]["minor"], currency)
            for name in ("mean", "low", "high")
        )
        rows.append(row(title, section, "nodewise", mean, f"{low} to {high}"))
    more = priced["cash"]["nodewise"]["minor"] - plain["cash"]["nodewise"]["minor"]
    costs = f"The book {'costs' if more >= 0 else 'saves'} {money_of_minor(abs(more), currency)} of cash."
    return "\n".join([*_HEAD, *rows, "", costs]) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m api.cli.shadow_page", description=__doc__)
    parser.add_argument("--to", type=Path, default=PAGE, help="page to write to")
    page: Path = parser.parse_args(arguments).to
    with TemporaryDirectory() as name:
        folder = Path(name)
        with demonstrate(_options(folder), tell=_say) as demo:
            parts = {REPORT: report(demo), BESIDE: beside_the_demo(demo)}
        book = folder / "prices.csv"
        write(demo_world(), book)
        with demonstrate(_options(folder, book), tell=_say) as demo:
            parts[PRICES] = with_prices(demo.http.benefit)
    rewrite(page, parts)
    sys.stdout.write(f"{page}\n")
    return 0


_HEAD = (
    "| column | packages | unfilled units | cash | lost margin | difference per order | 95 % |",
    "|---|---:|---:|---:|---:|---:|---:|",
)


def _options(folder: Path, price_book: Path | None = None) -> DemoOptions:
    return DemoOptions(folder / "demo.db", LOOPBACK, free_port(LOOPBACK), price_book=price_book)


def _say(doing: str) -> None:
    sys.stderr.write(f"{doing}\n")


if __name__ == "__main__":
    sys.exit(main())
