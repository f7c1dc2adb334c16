"""Policies kept: documents of any age are read, the timeline only once, and what was there before goes on."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from fulfillment.activations import Activation, PolicyState
from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, PolicyVersion, SkuId, ZoneId
from fulfillment.money import Micros
from fulfillment.network import NodeKind
from fulfillment.node_rules import MaximumDistance, NeverShipsTo, NodeSet, OnlyFrom, ShipsOnlyTo
from fulfillment.policy import DEFAULT_POLICY, Policy
from fulfillment.policy_rules import PolicyRule
from fulfillment.split_rules import MaximumNodes, MaximumNodesPerLine
from fulfillment.tier_rules import HeldForTiers
from storage import upgrading
from storage.audit import Actor
from storage.backups.restoring import restore
from storage.backups.saving import save
from storage.database import Database, open_database
from storage.policy_documents import document_of, policy_of
from storage.stores import Stores
from storage.unit_of_work import decide_and_write
from tests.storage.test_first_database import DUMP

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
PLANNER = Actor("3f9a0c51d2e84b76", "planner")
GENEROUS = replace(DEFAULT_POLICY, version=PolicyVersion("generous"), may_give_up=True)


def keep(database: Database, policy: Policy = GENEROUS) -> None:
    with database.writing() as stores:
        stores.catalog.policies().add(policy, note="Try", author=PLANNER, now=stores.now)


def activate(database: Database, at: datetime, policy: Policy = GENEROUS) -> Activation:
    made = Activation(0, policy.version, at, NOW, PLANNER.id, PLANNER.name, "Try")
    with database.writing() as stores:
        return stores.catalog.policies().activate(made)


def set_clock(database: Database, now: datetime) -> None:
    with database.writing() as stores:
        stores.clock.set(now)


# --- documents ----------------------------------------------------------------------------------------
@given(
    st.integers(0, 10**15),
    st.integers(0, 10**15),
    st.booleans(),
    st.integers(1, 10**6),
    st.none() | st.integers(0, 10**10),
)
def test_a_policy_is_the_one_that_its_document_was_made_of(
    shipment: int, line: int, may_give_up: bool, minutes: int, late: int | None
) -> None:
    policy = Policy(
        PolicyVersion("x"),
        Micros(shipment),
        Micros(line),
        may_give_up,
        minutes,
        late_day_penalty=None if late is None else Micros(late),
    )
    document = json.loads(json.dumps(document_of(policy)))
    assert "version" not in document
    assert policy_of(policy.version, document) == policy


def test_a_document_of_before_a_field_has_its_default_and_one_of_after_is_read_as_far_as_it_is_known() -> (
    None
):
    old = {"extra_shipment_penalty": 1, "split_line_penalty": 2}
    wanted = Policy(PolicyVersion("old"), Micros(1), Micros(2))
    assert policy_of(PolicyVersion("old"), old) == wanted
    assert policy_of(PolicyVersion("old"), {**old, "of_a_later_version": [1]}) == wanted


STORES = NodeSet((NodeId("DC1"),), (NodeKind.STORE,))
RULES: tuple[PolicyRule, ...] = (
    MaximumDistance("near", 300, STORES, ("web",), Micros(5)),
    ShipsOnlyTo("region", STORES, (ZoneId("UK-SE"),)),
    NeverShipsTo("blocked", STORES, (ZoneId("UK-SE"), ZoneId("UK-SW")), penalty=Micros(0)),
    OnlyFrom("online", STORES, ("web", "app"), unless_chosen=True),
    MaximumNodes("small orders", 1, Micros(40_000_000)),
    MaximumNodesPerLine("kettles", 2, (SkuId("K-17"),), penalty=Micros(9)),
    HeldForTiers("last two", 1, 2, STORES, ("web",)),
)


def test_rules_of_every_kind_are_kept_as_they_are() -> None:
    assert {type(rule) for rule in RULES} == set(get_args(PolicyRule))
    policy = replace(DEFAULT_POLICY, version=PolicyVersion("ruled"), rules=RULES)
    assert policy_of(policy.version, json.loads(json.dumps(document_of(policy)))) == policy


# --- versions and activations -------------------------------------------------------------------------
def test_a_version_is_read_back_as_it_was_kept_and_never_changes(database: Database) -> None:
    keep(database)
    with database.writing() as stores:
        store = stores.catalog.policies()
        kept, is_new = store.add(GENEROUS, note="other", author=PLANNER, now=NOW)
        assert (kept.policy, kept.note, kept.author, is_new) == (GENEROUS, "Try", PLANNER, False)
        assert store.get(GENEROUS.version) == kept
        assert store.get(PolicyVersion("nobody")) is None
        with pytest.raises(InvalidInput) as refused:
            store.add(replace(GENEROUS, reservation_minutes=5), note="", author=PLANNER, now=NOW)
        assert refused.value.pointer == "/version"
        assert store.versions() == ["default", "generous"]
        assert [one.policy.version for one in store.list(before=None, limit=9)] == ["generous", "default"]
        assert [one.policy.version for one in store.list(before=kept.number, limit=9)] == ["default"]


def test_a_draft_changes_nothing_of_the_catalog_and_an_activation_does(database: Database) -> None:
    with database.reading() as stores:
        before = stores.catalog.version()
    keep(database)
    with database.reading() as stores:
        assert stores.catalog.version() == before
        assert stores.catalog.policy() == DEFAULT_POLICY
    made = activate(database, NOW)
    with database.reading() as stores:
        assert stores.catalog.version() == before + 1
        assert stores.catalog.timeline().activations[-1] == made


def test_a_scheduled_policy_is_in_force_at_its_instant_without_a_write_or_a_read(database: Database) -> None:
    keep(database)
    set_clock(database, NOW)
    later = NOW + timedelta(hours=1)
    activate(database, later)
    with database.reading() as stores:
        cached, version = stores.catalog._contents(), stores.catalog.version()
        assert stores.catalog.policy() == DEFAULT_POLICY
        assert stores.catalog.timeline().state(GENEROUS.version, stores.now) is PolicyState.SCHEDULED
    set_clock(database, later - timedelta(microseconds=1000))
    with database.reading() as stores:
        assert stores.catalog.policy() == DEFAULT_POLICY
    set_clock(database, later)
    with database.reading() as stores:
        assert stores.catalog.policy() == GENEROUS
        assert (stores.catalog._contents(), stores.catalog.version()) == (cached, version)


def test_an_activation_that_was_undone_is_never_seen(database: Database) -> None:
    def fail() -> None:
        with database.writing() as stores:
            stores.catalog.put_policy(GENEROUS)
            assert stores.catalog.policy() == GENEROUS
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.reading() as stores:
        assert stores.catalog.policy() == DEFAULT_POLICY
        assert stores.catalog.policies().get(GENEROUS.version) is None


def decide(database: Database, meanwhile: Callable[[], object], made: list[PolicyVersion]) -> PolicyVersion:
    """Decide as the service does, on the policy that was read; once something happens before the write."""

    def read(stores: Stores) -> tuple[int, Policy]:
        return stores.catalog.version(), stores.catalog.policy()

    def by_policy(seen: tuple[int, Policy], /, *, last: bool) -> tuple[int, Policy]:
        made.append(seen[1].version)
        if len(made) == 1:
            meanwhile()
        return seen

    def write(stores: Stores, decided: tuple[int, Policy]) -> PolicyVersion:
        stores.catalog.expect_version(decided[0])
        return decided[1].version

    return decide_and_write(database, read=read, decide=by_policy, write=write)


def test_an_activation_overtakes_a_decision_and_an_instant_that_passes_does_not(
    url: str, database: Database
) -> None:
    other = open_database(url, durable=False)
    set_clock(database, NOW)
    keep(database)
    made: list[PolicyVersion] = []
    assert decide(database, lambda: activate(other, NOW), made) == "generous"
    assert made == ["default", "generous"]
    later = NOW + timedelta(hours=1)
    activate(database, later, DEFAULT_POLICY)
    made = []
    assert decide(database, lambda: set_clock(other, later), made) == "generous"
    assert made == ["generous"]
    with database.reading() as stores:
        assert stores.catalog.policy() == DEFAULT_POLICY
    other.close()


# --- older databases, backups -------------------------------------------------------------------------
def test_what_the_version_before_had_in_force_is_so_from_the_beginning_and_its_table_stays(
    url: str,
) -> None:
    database = open_database(url, durable=False)
    with database.rebuilding() as connection:
        upgrading.upgrade(connection, to="0008")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE policy SET is_active = false"))
        connection.execute(text("INSERT INTO policy VALUES ('mine', 7, 8, true, 45, true)"))
        connection.execute(text("INSERT INTO policy VALUES ('kept', 9, 9, false, 30, false)"))
    database.upgrade()
    mine = Policy(PolicyVersion("mine"), Micros(7), Micros(8), may_give_up=True, reservation_minutes=45)
    with database.reading() as stores:
        assert stores.catalog.policy() == mine
        timeline = stores.catalog.timeline()
        assert [(one.version, one.effective_at) for one in timeline.activations] == [("mine", BEGINNING)]
        assert sorted(stores.catalog.policies().versions()) == ["default", "kept", "mine"]
        assert timeline.before(stores.now) is None
    with engine.connect() as connection:  # a process of the version before reads what it always did
        active = connection.execute(text("SELECT version FROM policy WHERE is_active")).scalars().all()
    assert active == ["mine"]
    engine.dispose()
    database.close()


def test_the_first_database_goes_on_with_its_policy(tmp_path: Path) -> None:
    file = tmp_path / "first.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
    database = open_database(f"sqlite:///{file}", durable=False)
    database.upgrade()
    with database.reading() as stores:
        assert stores.catalog.policy() == DEFAULT_POLICY
        assert stores.catalog.timeline().at(stores.now).made_by == "database"
    database.close()


def test_a_backup_brings_the_timeline_back_and_numbers_go_on(
    database: Database, new_address: Callable[[], str], tmp_path: Path
) -> None:
    keep(database)
    activate(database, NOW)
    with database.reading() as stores:
        before = stores.catalog.timeline()
    save(database, tmp_path / "a.backup", tell=lambda _: None)
    other = open_database(new_address(), durable=False)
    restore(other, tmp_path / "a.backup", replace=False, tell=lambda _: None)
    with other.reading() as stores:
        assert stores.catalog.timeline() == before
    assert activate(other, NOW, DEFAULT_POLICY).number == before.activations[-1].number + 1
    other.close()
