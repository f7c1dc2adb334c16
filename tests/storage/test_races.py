"""A race as a race: real processes on one file, scarce units, and a kill in the middle."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.ledger.claims import HOLDING, ClaimState
from fulfillment.supply import SupplyKey, SupplyRow
from storage.database import Database
from storage.stores import Stores

ROOT = Path(__file__).parents[2]
SKUS = [SkuId(name) for name in ("cup", "lamp", "mat")]
UNITS = 8
PROCESSES = 16


def start(url: str, role: str, name: str, rounds: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.storage.rivals", url, role, name, str(rounds)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def scarce(database: Database) -> Database:
    with database.writing() as stores:
        rows = [SupplyRow(SupplyKey(sku, NodeId("leeds")), UNITS) for sku in SKUS]
        stores.ledger.set_supply(rows, now=stores.now)
    return database


def fight(url: str, *, rounds: int) -> None:
    rivals = [start(url, "race", f"rival{n}", rounds) for n in range(PROCESSES)]
    ends = [(rival.communicate(timeout=1800)[1], rival.returncode) for rival in rivals]
    assert [complaints for complaints, code in ends if code != 0] == []


def assert_every_unit_is_accounted_for(stores: Stores) -> None:
    assert list(stores.ledger.reconcile()) == []
    entries = stores.ledger.entries()
    claims = [c for order in {e.order for e in entries if e.order} for c in stores.ledger.claims(order)]
    most: Counter[SupplyKey] = Counter()
    for row in stores.ledger.supply(SKUS, now=stores.now):
        pegged = [c for c in claims if c.peg == row.key]
        held = sum(c.quantity for c in pegged if c.state in HOLDING and not c.is_expired(stores.now))
        shipped = sum(c.quantity for c in pegged if c.state is ClaimState.SHIPPED)
        assert row.quantity + shipped == UNITS
        assert row.reserved == held
        assert held + shipped <= UNITS
        taken = UNITS  # held or gone at each instant; the opening entry brings it to 0
        for entry in (e for e in entries if e.key == row.key):
            taken += entry.reserved_change - entry.quantity_change
            most[row.key] = max(most[row.key], taken)
    assert UNITS - 2 <= max(most.values()) <= UNITS  # somebody was refused up to 3 units, nobody oversold
    assert list(stores.ledger.shortfalls(now=stores.now)) == []


def test_sixteen_processes_fight_for_scarce_units_and_none_is_oversold(scarce: Database, url: str) -> None:
    fight(url, rounds=12)
    with scarce.reading() as stores:
        assert_every_unit_is_accounted_for(stores)


@pytest.mark.soak
def test_sixteen_processes_fight_for_long_and_none_is_oversold(scarce: Database, url: str) -> None:
    fight(url, rounds=300)
    with scarce.reading() as stores:
        assert_every_unit_is_accounted_for(stores)


def test_a_process_killed_in_the_middle_of_a_transaction_leaves_all_or_nothing(
    scarce: Database, url: str
) -> None:
    victim = start(url, "kill", "victim")
    assert victim.stdout is not None
    assert victim.stdout.readline() == "in the middle\n"
    victim.send_signal(signal.SIGKILL)
    victim.communicate(timeout=30)
    with scarce.writing() as stores:  # the lock died with its owner
        assert [c.state for c in stores.ledger.claims(OrderId("victim-done"))] == [ClaimState.ALLOCATED]
        assert list(stores.ledger.claims(OrderId("victim-half"))) == []
        assert stores.ledger.supply([SKUS[0]], now=stores.now)[0].reserved == 2
        assert list(stores.ledger.reconcile()) == []
