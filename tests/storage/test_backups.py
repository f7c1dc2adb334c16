"""Backup and restore: what went through is what it was, in either database; all of it, or nothing."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from fulfillment.errors import InvalidInput, Refused
from fulfillment.events import Event, EventType
from fulfillment.ids import OrderId, SkuId
from fulfillment.ledger.protocol import Selection
from storage.backups import Manifest, container, read_manifest, restore, save, values
from storage.backups.restoring import SEQUENCES_LEFT_OUT
from storage.database import Database, open_database
from storage.jobs import JobRun, JobState
from storage.schema import metadata
from storage.upgrading import Fit
from tests.postgres import Server

ROOT = Path(__file__).parents[2]
DUMP = Path(__file__).parent / "data" / "schema_0001.sql"
NewAddress = Callable[[], str]


def silent(_table: str) -> None:
    """Nobody listens."""


def opened(url: str) -> Database:
    return open_database(url, durable=False, key_hours=1_000_000)


@pytest.fixture(scope="module")
def first_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the database that the first version wrote, of its schema."""
    folder = tmp_path_factory.mktemp("first")
    file, made = folder / "first.db", folder / "first.backup"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
    database = opened(f"sqlite:///{file}")
    save(database, made, tell=silent)
    database.close()
    return made


@pytest.fixture
def first(first_made: Path, tmp_path: Path) -> Path:
    """The same, to do with as a test likes."""
    return shutil.copy(first_made, tmp_path / "first.backup")


def restored(url: str, backup: Path) -> None:
    database = opened(url)
    assert restore(database, backup, replace=False, tell=silent).complaints == []
    database.close()


@pytest.fixture(scope="module")
def filled_file(first_made: Path) -> Path:
    """An SQLite database with orders in every state, brought up to date: to be copied."""
    file = first_made.parent / "filled.db"
    restored(f"sqlite:///{file}", first_made)
    return file


@pytest.fixture(scope="module")
def filled_schema(first_made: Path, postgres: Server) -> Iterator[str]:
    """The same on PostgreSQL."""
    with postgres.database() as url:
        restored(url, first_made)
        yield url


@pytest.fixture
def filled(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[tuple[str, Database]]:
    """A database with orders in every state, brought up to date."""
    with ExitStack() as made:
        if backend == "sqlite":
            url = f"sqlite:///{shutil.copy(request.getfixturevalue('filled_file'), tmp_path / 'filled.db')}"
        else:
            template = request.getfixturevalue("filled_schema")
            url = made.enter_context(request.getfixturevalue("postgres").database(like=template))
        database = opened(url)
        yield url, database
        database.close()


def content(manifest: Manifest) -> dict[str, tuple[int, str]]:
    return {table.name: (table.rows, table.sha256) for table in manifest.tables}


def saved(database: Database, file: Path) -> dict[str, tuple[int, str]]:
    """Everything in the database, as rows and their checksum by table."""
    return content(save(database, file, tell=silent))


def test_every_column_of_the_schema_can_be_backed_up() -> None:
    for table in metadata.sorted_tables:
        for column in table.columns:
            assert values.kind_of(column.type)


def test_a_backup_of_the_first_schema_is_restored_and_brought_up_to_date(
    first: Path, filled: tuple[str, Database]
) -> None:
    assert read_manifest(first).schema == "0001"
    _, database = filled
    assert database.schema().fit is Fit.CURRENT
    with database.reading() as stores:
        assert {claim.state.value for claim in stores.ledger.claims(OrderId("firm"))} == {"allocated"}
        answer = stores.keys.find("POST /v1/orders", "k-soft")
        assert answer is not None
        assert answer.status == 201


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_went_from_one_database_into_another_is_the_same_to_the_last_row(
    filled: tuple[str, Database], kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    _, source = filled
    file = tmp_path / "a.backup"
    before = saved(source, file)
    assert sum(rows for rows, _ in before.values()) > 90
    other = f"sqlite:///{tmp_path / 'other.db'}" if kind == "sqlite" else request.getfixturevalue("empty_url")
    target = opened(other)
    try:
        done = restore(target, file, replace=False, tell=silent)
        assert done.complaints == []
        after = saved(target, tmp_path / "b.backup")
        assert after.pop("outbox_sequence") != before.pop("outbox_sequence")  # goes on further up
        assert after == before
        # Numbers that the database gives go on where they ended.
        with target.writing() as stores:
            last = max(entry.sequence for entry in stores.ledger.entries())
            stores.ledger.cancel(Selection(OrderId("firm")), now=stores.now)
            assert (
                min(e.sequence for e in stores.ledger.entries() if e.verb == "cancel" and e.sequence > last)
                > last
            )
            stores.decisions.put(OrderId("firm"), 9, {"again": True})
            assert stores.decisions.latest(OrderId("firm")) == {"again": True}
            assert list(stores.ledger.reconcile()) == []
    finally:
        target.close()


@pytest.fixture
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A PostgreSQL database without a schema."""
    with request.getfixturevalue("postgres").database() as address:
        yield address


def test_text_of_any_script_and_awkward_values_survive(database: Database, tmp_path: Path) -> None:
    awkward = 'tab\t line\n quote" back\\slash \\N {,} 东京 é \U0001f600'
    with database.writing() as stores:
        stores.decisions.put(OrderId(awkward), 1, {"a": [1.5, None, True, awkward], "big": 2**53})
    before = saved(database, tmp_path / "a.backup")
    with database.writing() as stores:
        stores.decisions.put(OrderId("later"), 1, {})
    restore(database, tmp_path / "a.backup", replace=True, tell=silent)
    after = saved(database, tmp_path / "b.backup")
    assert {**after, "outbox_sequence": None} == {**before, "outbox_sequence": None}
    with database.reading() as stores:
        assert stores.decisions.latest(OrderId(awkward)) == {"a": [1.5, None, True, awkward], "big": 2**53}


def test_a_database_with_rows_is_left_alone_unless_it_is_to_be_replaced(
    filled: tuple[str, Database], first: Path, tmp_path: Path
) -> None:
    _, database = filled
    before = saved(database, tmp_path / "a.backup")
    with pytest.raises(Refused, match="not empty: there are rows in capacity"):
        restore(database, first, replace=False, tell=silent)
    assert saved(database, tmp_path / "a.backup") == before
    with database.writing() as stores:
        stores.ledger.cancel(Selection(OrderId("firm")), now=stores.now)
    restore(database, tmp_path / "a.backup", replace=True, tell=silent)
    after = saved(database, tmp_path / "b.backup")
    assert {**after, "outbox_sequence": None} == {**before, "outbox_sequence": None}


def test_a_database_that_was_only_made_is_empty_to_a_restore(first: Path, new_address: NewAddress) -> None:
    database = opened(new_address())
    database.upgrade()
    assert restore(database, first, replace=False, tell=silent).complaints == []
    with database.reading() as stores:
        assert stores.orders.list(after=None, limit=1)
    database.close()


def test_nothing_is_restored_under_a_service_that_is_connected(
    filled: tuple[str, Database], first: Path, tmp_path: Path
) -> None:
    url, database = filled
    before = saved(database, tmp_path / "a.backup")
    service = opened(url)
    assert service.is_current()  # its connection stays open from here on
    try:
        with pytest.raises(Refused, match="1 connected to the database"):
            restore(database, first, replace=True, tell=silent)
    finally:
        service.close()
    assert saved(database, tmp_path / "a.backup") == before
    assert restore(database, first, replace=True, tell=silent).complaints == []


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-2_000])


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:700])


def change_a_byte(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 3] ^= 0x40
    file.write_bytes(bytes(whole))


def rewrite(file: Path, member: str, change: Callable[[bytes], bytes]) -> None:
    """As somebody would who edits the file with a tool for zips, which sets its own checksums right."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, change(data) if name == member else data)


def change_a_row(file: Path) -> None:
    rewrite(file, "supply.jsonl", lambda data: data.replace(b"[1,", b"[9,", 1))


def lose_a_row(file: Path) -> None:
    rewrite(file, "claim.jsonl", lambda data: b"".join(data.splitlines(keepends=True)[:-1]))


def change_the_manifest(file: Path) -> None:
    rewrite(file, container.MANIFEST, lambda data: data.replace(b'"schema": "0001"', b'"schema": "0007"'))


def lose_a_table(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != "claim.jsonl"}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def be_something_else(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(container.MANIFEST, json.dumps(["not", "a", "manifest"]))


@pytest.mark.parametrize(
    "spoil",
    [
        cut,
        cut_short,
        change_a_byte,
        change_a_row,
        lose_a_row,
        change_the_manifest,
        lose_a_table,
        be_something_else,
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_refused_and_nothing_is_changed(
    filled: tuple[str, Database], first: Path, spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    _, database = filled
    before = saved(database, tmp_path / "a.backup")
    spoil(first)
    with pytest.raises(InvalidInput, match=f"{first.name} is no whole backup"):
        restore(database, first, replace=True, tell=silent)
    assert saved(database, tmp_path / "a.backup") == before


def test_a_backup_of_a_newer_version_is_refused(
    filled: tuple[str, Database], first: Path, tmp_path: Path
) -> None:
    _, database = filled
    newer = tmp_path / "newer.backup"
    with container.writing(newer) as writer:
        writer.finish(schema="9999", taken_at="2026-11-22T09:00:00.000+00:00", left_out=[])
    with pytest.raises(Refused, match="schema 9999, which is not known to this version"):
        restore(database, newer, replace=True, tell=silent)
    with database.reading() as stores:
        assert stores.ledger.claims(OrderId("firm"))


def test_rows_that_do_not_fit_leave_everything_as_it_was(
    filled: tuple[str, Database], tmp_path: Path
) -> None:
    _, database = filled
    file = tmp_path / "a.backup"
    manifest = save(database, file, tell=silent)
    before = content(manifest)
    broken = tmp_path / "broken.backup"
    with container.reading(file) as source, container.writing(broken) as writer:
        for table in manifest.tables:
            rows = list(source.rows(table))
            if table.name == "entry":
                rows.append(rows[0])  # a number twice
            writer.table(table.name, table.columns, rows)
        writer.finish(schema=manifest.schema, taken_at=manifest.taken_at, left_out=[])
    with pytest.raises(Refused, match="table entry does not take the rows"):
        restore(database, broken, replace=True, tell=silent)
    assert saved(database, file) == before


def run_to_the_middle(verb: str, url: str, file: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.storage.backups_by_hand", verb, url, str(file)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "in the middle\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def test_a_restore_that_is_killed_leaves_what_was_there(filled: tuple[str, Database], tmp_path: Path) -> None:
    url, database = filled
    before = saved(database, tmp_path / "a.backup")
    with database.writing() as stores:
        stores.ledger.cancel(Selection(OrderId("firm")), now=stores.now)
    later = saved(database, tmp_path / "b.backup")
    assert later != before
    database.close()
    kill(run_to_the_middle("restore", url, tmp_path / "a.backup"))
    assert saved(database, tmp_path / "c.backup") == later
    with database.reading() as stores:
        assert list(stores.ledger.reconcile()) == []
        assert stores.ledger.supply([SkuId("T-03")], now=stores.now)


def test_a_backup_that_is_killed_leaves_the_file_that_was_there(
    filled: tuple[str, Database], tmp_path: Path
) -> None:
    url, database = filled
    file = tmp_path / "a.backup"
    before = saved(database, file)
    kill(run_to_the_middle("save", url, file))
    assert content(read_manifest(file)) == before
    with container.reading(file) as backup:
        backup.verify()


def test_writers_do_not_wait_for_a_backup(filled: tuple[str, Database], tmp_path: Path) -> None:
    url, database = filled
    before = saved(database, tmp_path / "a.backup")

    def write(table: str) -> None:
        if table == "entry":  # the snapshot is older than this
            other = opened(url)
            with other.writing() as stores:
                stores.ledger.cancel(Selection(OrderId("firm")), now=stores.now)
            other.close()

    assert content(save(database, tmp_path / "b.backup", tell=write)) == before
    assert saved(database, tmp_path / "c.backup") != before


def test_after_a_restore_no_event_has_a_number_that_was_given_before(
    filled: tuple[str, Database], tmp_path: Path
) -> None:
    _, source = filled

    def tell(database: Database, subject: str) -> int:
        with database.writing() as stores:
            stores.outbox.put(Event(EventType.ORDER_CONFIRMED, subject))
            return stores.outbox.publish(limit=100)[1]

    backed_up = tell(source, "in the backup")
    save(source, tmp_path / "a.backup", tell=silent)
    seen = tell(source, "after it")
    target = opened(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        restore(target, tmp_path / "a.backup", replace=False, tell=silent)
        assert tell(target, "after the restore") == backed_up + SEQUENCES_LEFT_OUT + 1
        with target.reading() as stores:
            assert [one.subject for one in stores.outbox.after(seen, limit=10)] == ["after the restore"]
    finally:
        target.close()


def test_after_a_restore_open_jobs_wait_to_be_given_to_the_queue_of_that_database(
    filled: tuple[str, Database], tmp_path: Path
) -> None:
    _, source = filled
    with source.writing() as stores:
        jobs = [stores.jobs.create("reconcile-ledger", "{}", total=1).id for _ in range(3)]
        handed, begun, ended = (JobRun(job, 1) for job in jobs)
        stores.jobs.submitted([handed, begun, ended])
        stores.jobs.stamp("worker")
        for run in (begun, ended):
            stores.jobs.start(run, worker="worker")
        stores.jobs.finish(ended, JobState.DONE)
    save(source, tmp_path / "a.backup", tell=silent)
    target = opened(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        restore(target, tmp_path / "a.backup", replace=False, tell=silent)
        with target.reading() as stores:
            waiting = {JobRun(handed.job, 2), JobRun(begun.job, 2)}
            assert waiting <= set(stores.jobs.unsubmitted(limit=100))
            assert stores.jobs.unseen(seconds=0) == []
            left = stores.jobs.get(ended.job)
            assert left is not None
            assert (left.state, left.run) == (JobState.DONE, 1)
    finally:
        target.close()


def test_schemas_of_others_are_left_out_and_told(postgres_url: str, tmp_path: Path) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA nodewise_jobs"))
    engine.dispose()
    database = opened(postgres_url)
    database.upgrade()
    assert save(database, tmp_path / "a.backup", tell=silent).left_out == ("nodewise_jobs.*",)
    database.close()


def test_tables_of_others_are_left_out_and_told(filled: tuple[str, Database], tmp_path: Path) -> None:
    url, database = filled
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE of_somebody_else (id INTEGER)"))
    engine.dispose()
    assert save(database, tmp_path / "a.backup", tell=silent).left_out == ("of_somebody_else",)


@pytest.mark.parametrize("path", ["none/a.backup", "."])
def test_a_backup_that_cannot_be_written_or_read_says_so(
    filled: tuple[str, Database], path: str, tmp_path: Path
) -> None:
    _, database = filled
    with pytest.raises(InvalidInput, match="cannot be written"):
        save(database, tmp_path / path, tell=silent)
    with pytest.raises(InvalidInput, match="cannot be read"):
        restore(database, tmp_path / path, replace=True, tell=silent)
    assert [found.name for found in tmp_path.glob(".*.part")] == []
