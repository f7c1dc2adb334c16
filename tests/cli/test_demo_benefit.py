"""The demo's own report reconciles with what the demo prints, and with what the rules would have done."""

import json
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cli.ports import LOOPBACK, free_port
from api.cli.shadow_page import with_prices
from api.cli.words import money_of_minor
from api.demo import demo_world
from api.demo.assemble import REPORTING_WINDOW, SEED
from api.demo.over_http import OMS_RULE
from api.demo.price_book import prices_of, steps_of, write
from api.demo.run import DECISIONS_FILE, DemoOptions, demonstrate
from api.demo.sources import load_cities, load_sales
from fulfillment.money import Micros
from fulfillment.network import NodeKind
from scenarios.world import build_world
from tests.cli.terminal import ROOT, environment, nodewise


def test_the_report_adds_up_to_the_replay_and_to_the_rule_in_the_same_state(tmp_path: Path) -> None:
    options = DemoOptions(tmp_path / "demo.db", LOOPBACK, free_port(LOOPBACK), orders=12)
    with demonstrate(options, tell=lambda _: None) as demo:
        report, orders = demo.http.benefit["nodewise"], demo.nodewise.orders
    everything = report["everything"]
    assert everything["orders"] == len(orders) == 12
    for name in ("cash", "lost_margin"):
        ours = sum(getattr(one.plan, name) for one in orders)
        assert everything[name]["nodewise"]["micros"] == ours
    assert everything["unfilled_units"]["nodewise"] == sum(one.plan.unfilled_units for one in orders)
    by_rule = [next(s for s in one.in_state if s.rule == OMS_RULE) for one in orders]
    assert everything["unfilled_units"]["baseline"] == sum(state.unfilled_units for state in by_rule)
    # What the rule would have cost, steering included, was reckoned outside the service.
    decisions = map(json.loads, (tmp_path / DECISIONS_FILE).read_text(encoding="utf-8").splitlines())
    told = [one["baseline"] for one in decisions]
    assert [one["total"]["baseline"]["micros"] for one in told] == [state.objective for state in by_rule]
    assert everything["cash"]["baseline"]["micros"] == sum(o["cash"]["baseline"]["micros"] for o in told)
    assert (report["violating"], report["left_out"]) == (0, 0)
    assert report["counted"] == report["within"] == everything


def test_with_a_price_book_the_report_has_the_third_column_and_it_adds_up_to_what_was_decided(
    tmp_path: Path,
) -> None:
    book = tmp_path / "prices.csv"
    assert write(demo_world(), book) > 1_000
    options = DemoOptions(tmp_path / "demo.db", LOOPBACK, free_port(LOOPBACK), orders=12, price_book=book)
    with demonstrate(options, tell=lambda _: None) as demo:
        benefit, orders, is_sound = demo.http.benefit, demo.nodewise.orders, demo.is_sound
    assert is_sound
    priced, plain = benefit["priced"], benefit["nodewise"]
    assert (priced["everything"]["orders"], plain["everything"]["orders"]) == (12, 12)
    for name in ("cash", "lost_margin"):
        ours = sum(getattr(one.plan, name) for one in orders)
        assert priced["everything"][name]["nodewise"]["micros"] == ours
        baselines = {one["everything"][name]["baseline"]["micros"] for one in (priced, plain)}
        assert len(baselines) == 1
    decisions = map(json.loads, (tmp_path / DECISIONS_FILE).read_text(encoding="utf-8").splitlines())
    assert {one["price_book"]["version"] for one in decisions} == {"prices"}
    shown = [
        [cell.strip() for cell in row.split("|")[1:-1]] for row in with_prices(benefit).splitlines()[2:5]
    ]
    sides = [(plain, "baseline"), (plain, "nodewise"), (priced, "nodewise")]
    for (title, packages, unfilled, cash, *_), (one, side) in zip(shown, sides, strict=True):
        assert ("price book" in title) == (one is priced)
        counted = one["counted"]
        assert int(packages.replace(",", "")) == counted["packages"][side]
        assert int(unfilled.replace(",", "")) == counted["unfilled_units"][side]
        assert cash == money_of_minor(counted["cash"][side]["minor"], "GBP")


def test_the_commands_on_the_page_load_a_book_and_report_with_it(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "shadow.md").read_text(encoding="utf-8")
    section = page.split("### With a price book")[1].split("\n#")[0]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert block is not None
    write_book, run_demo, report = block.group(1).splitlines()
    python, *module = shlex.split(write_book)
    assert python == "python"
    made = subprocess.run(
        [sys.executable, *module], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert "prices of " in made.stdout
    command, *arguments = shlex.split(run_demo)
    assert command == "nodewise"
    ran = nodewise(*arguments, "--orders", "3", "--port", "0", "--exit", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert report == "nodewise benefit --markdown"


def test_a_file_that_is_no_price_book_is_refused_in_words(tmp_path: Path) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text("node,sku,steps\nmoon,10125,1:0.01\n")
    ran = nodewise("demo", "--orders", "1", "--port", "0", "--exit", "--price-book", str(odd), cwd=tmp_path)
    assert ran.code != 0
    assert "is no price book of the demo" in ran.err
    assert "python -m api.demo.price_book" in ran.err


def test_the_book_follows_from_earlier_weeks_alone_and_only_stock_that_a_till_may_miss_has_a_price() -> None:
    world = demo_world()
    prices = prices_of(world)
    dcs = {node.id for node in world.network.nodes.values() if node.kind is NodeKind.DC}
    assert dcs
    assert not {node for node, _ in prices} & dcs
    assert prices.keys() <= world.walk_in_rate.keys()
    assert all(price.steps[0].price < world.network.skus[sku].price for (_, sku), price in prices.items())
    sales = load_sales(until=REPORTING_WINDOW.end)
    replayed = sales.placed_at >= np.datetime64(REPORTING_WINDOW.start)
    other = replace(sales, quantity=np.where(replayed, 3 * sales.quantity, sales.quantity))
    elsewise = build_world(other, load_cities(), window=REPORTING_WINDOW, seed=SEED)
    assert sum(order.units for order in elsewise.orders) == 3 * sum(order.units for order in world.orders)
    assert prices_of(elsewise) == prices


@settings(max_examples=100)
@given(st.integers(0, 50_000_000), st.floats(0.0, 40.0), st.integers(0, 5))
def test_prices_fall_unit_by_unit_and_are_the_margin_times_the_chance_to_miss_it(
    worth: int, wanted: float, safety: int
) -> None:
    steps = list(steps_of(Micros(worth), wanted, safety))
    assert [step.up_to for step in steps] == sorted({step.up_to for step in steps})
    prices = [step.price for step in steps]
    assert prices == sorted(set(prices), reverse=True)
    assert all(0 < price <= worth + 5_000 for price in prices)
