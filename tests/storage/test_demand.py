"""Demand as kept: read back as it was, in order of code points, and at the revision of a run."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.history import AT_LEAST, MASKED, OBSERVED, Grain, History
from fulfillment.ids import SkuId
from storage.backups import restore, save
from storage.database import Database, open_database
from storage.demand import Extent, Selection
from storage.demand_context import ALL, Wanted, read_page, read_series
from storage.demand_documents import DemandSeries, DriverValues, digest_of, history_of
from storage.jobs import JobRun, JobState
from tests.storage.demand_series import MONDAY, new_run, put, sold

WEEK = Grain.WEEK


def everything(database: Database, **named: object) -> Selection:
    with database.reading() as stores:
        return replace(Selection(WEEK, stores.demand.revision), **named)


def history(database: Database, wanted: Wanted, *, limit: int = 1_000, after: str = "") -> History:
    with database.reading() as stores:
        return history_of(read_page(stores.demand, stores.demand_context, wanted, after=after, limit=limit))


def whole(database: Database) -> History:
    with database.reading() as stores:
        last = stores.demand.extent(Selection(WEEK, stores.demand.revision)).latest_end
    assert last is not None
    return history(database, Wanted(everything(database), last))


def series(units: list[int], *, sku: str = "K-17", place: str = "LON1", first: date = MONDAY) -> DemandSeries:
    return DemandSeries(SkuId(sku), place, first, np.array(units), np.zeros(len(units), dtype=np.uint8))


def test_series_are_read_back_as_they_were_and_make_one_history(database: Database) -> None:
    kept = sold(40)
    put(database, kept)
    with database.reading() as stores:
        found = stores.demand.get(WEEK, [one.id for one in kept])
    for one in kept:
        assert np.array_equal(found[one.id].units, one.units)
        assert np.array_equal(found[one.id].states, one.states)
        assert (found[one.id].id, found[one.id].first) == (one.id, one.first)
    read, ordered = whole(database), sorted(kept, key=lambda one: one.id)
    assert read.ids == tuple(one.id for one in ordered)
    assert np.array_equal(read.units, np.concatenate([one.units for one in ordered]))
    assert np.array_equal(read.state, np.concatenate([one.states for one in ordered]))
    assert read.lengths.tolist() == [len(one.units) for one in ordered]
    assert set(np.unique(read.state)) == {OBSERVED, MASKED, AT_LEAST}


def test_series_are_in_order_of_code_points_on_either_database(database: Database) -> None:
    names = ["a", "B", "A-1", "A", "A 1", "a.b", "Z", "b", "A1"]
    put(database, [series([1], sku=name) for name in names])
    with database.reading() as stores:
        ids = list(stores.demand.ids(Selection(WEEK, stores.demand.revision)))
    assert ids == sorted(f"{name}|LON1" for name in names)


def test_pages_join_to_the_whole(database: Database) -> None:
    put(database, sold(23))
    read, pages, after = whole(database), [], ""
    wanted = Wanted(everything(database), read.last)
    while len(page := history(database, wanted, limit=5, after=after)):
        pages.append(page)
        after = page.ids[-1]
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    assert tuple(name for page in pages for name in page.ids) == read.ids
    assert np.array_equal(np.concatenate([page.units for page in pages]), read.units)


def test_a_selection_has_only_its_skus_places_and_ends(database: Database) -> None:
    put(database, [series([1, 2]), series([3, 4], place="DC1"), series([5], sku="M-01")])
    with database.reading() as stores:
        revision = stores.demand.revision
        both = Selection(WEEK, revision, skus=("K-17",), places=("DC1", "LON1"))
        assert list(stores.demand.ids(both)) == ["K-17|DC1", "K-17|LON1"]
        extent = stores.demand.extent(Selection(WEEK, revision))
        assert extent == Extent(3, MONDAY, MONDAY + timedelta(weeks=1))
        assert stores.demand.ending_before(Selection(WEEK, revision), date(2024, 1, 8), limit=9) == [
            ("M-01|LON1", MONDAY)
        ]
        assert stores.demand.extent(Selection(WEEK, revision, last=MONDAY)).series == 1
        assert stores.demand.extent(Selection(Grain.DAY, revision)).series == 0


def test_a_run_reads_what_was_there_when_it_was_asked_for_until_it_has_ended(database: Database) -> None:
    put(database, [series([1, 1])])
    before = everything(database)
    number = new_run(database)
    with database.writing() as stores:
        job = stores.jobs.create("forecast-run", "{}", total=1)
        stores.forecasts.of_job(number, job.id)
    wanted = Wanted(before, MONDAY + timedelta(weeks=1))
    first = history(database, wanted)
    put(database, [series([9, 9]), series([5, 5], sku="M-01")])
    put(database, [series([7, 7])])
    assert np.array_equal(history(database, wanted).units, first.units)
    assert whole(database).units.tolist() == [7, 7, 5, 5]
    with database.writing() as stores:
        assert stores.demand.forget_past() == 0
        assert stores.jobs.start(JobRun(job.id, 1), worker="w") is not None
        assert stores.jobs.finish(JobRun(job.id, 1), JobState.FAILED)
        assert stores.demand.forget_past() == 2
    assert len(history(database, wanted)) == 0


def test_what_no_run_may_read_any_more_is_forgotten_at_once(database: Database) -> None:
    put(database, [series([1, 1])])
    before = everything(database)
    put(database, [series([2, 2])])
    assert len(history(database, Wanted(before, MONDAY + timedelta(weeks=1)))) == 0


def test_series_that_ended_long_ago_are_forgotten(database: Database) -> None:
    put(database, [series([1] * 60), series([1], sku="M-01")])
    with database.writing() as stores:
        assert stores.demand.forget_ended(WEEK, before=MONDAY) == 0
        assert stores.demand.forget_ended(WEEK, before=MONDAY + timedelta(days=1)) == 1
        assert stores.demand.forget_ended(WEEK, before=MONDAY + timedelta(days=1)) == 0
    assert whole(database).ids == ("K-17|LON1",)


def test_drivers_lie_beside_their_steps_a_series_own_before_that_of_all(database: Database) -> None:
    put(database, [series([1, 2, 3]), series([4, 5], sku="M-01", first=MONDAY + timedelta(weeks=1))])
    with database.writing() as stores:
        shared = DriverValues("holiday", MONDAY - timedelta(weeks=1), np.arange(6.0))
        own = DriverValues("holiday", MONDAY, np.array([9.0, 8.0, 7.0, 6.0, 5.0]))
        price = DriverValues("price", MONDAY + timedelta(weeks=1), np.array([2.5, 2.5, 3.5, 3.5]))
        stores.demand_context.put_drivers(WEEK, [(ALL, shared), ("M-01|LON1", own), (ALL, price)])
    last = MONDAY + timedelta(weeks=2)
    read = history(database, Wanted(everything(database), last, ahead=2, drivers=("holiday", "price")))
    assert read.drivers is not None
    assert (read.drivers.names, read.drivers.ahead) == (("holiday", "price"), 2)
    assert read.drivers.values[:, 0].tolist() == [1, 2, 3, 4, 5, 8, 7, 6, 5]
    assert np.array_equal(
        read.drivers.values[:, 1],
        [np.nan, 2.5, 2.5, 3.5, 3.5, 2.5, 2.5, 3.5, 3.5],
        equal_nan=True,
    )
    with database.reading() as stores:
        context, until = stores.demand_context, last + timedelta(weeks=2)
        assert context.uncovered(everything(database), "holiday", until=until) is None
        found = context.uncovered(everything(database), "price", until=until)
        assert found is not None
        assert (found.series, found.first) == ("K-17|LON1", MONDAY)
        later = until + timedelta(weeks=1)
        assert context.uncovered(everything(database), "holiday", until=later) is not None


def test_attributes_are_texts_or_numbers_and_those_of_the_sku_come_first(database: Database) -> None:
    put(database, [series([1]), series([1], sku="M-01", place="DC1")])
    with database.writing() as stores:
        kettle = {"category": "kitchen", "price": 24.99, "area": 7.0}
        stores.demand_context.put_attributes("sku", {"K-17": kettle})
        stores.demand_context.put_attributes("place", {"DC1": {"area": 900.0}, "LON1": {"area": 40.0}})
        names = stores.demand_context.attribute_names(stores.demand.revision)
    assert names == (("category",), ("area", "price"))
    read = history(database, Wanted(everything(database), MONDAY, attributes=names))
    assert read.attributes.texts == {"category": ("kitchen", "")}
    assert read.attributes.numbers["area"].tolist() == [7.0, 900.0]
    assert np.array_equal(read.attributes.numbers["price"], [24.99, np.nan], equal_nan=True)


def test_the_digest_of_a_history_tells_every_change_of_it(database: Database) -> None:
    last = MONDAY + timedelta(weeks=1)

    def digest(*kept: DemandSeries) -> str:
        put(database, kept)
        with database.reading() as stores:
            wanted = Wanted(Selection(WEEK, stores.demand.revision), last)
            return digest_of(
                read_series(stores.demand, stores.demand_context, wanted, [one.id for one in kept])
            )

    first = series([1, 2])
    masked = replace(first, states=np.array([OBSERVED, MASKED], dtype=np.uint8))
    longer = series([0, 1, 2], first=MONDAY - timedelta(weeks=1))
    digests = [digest(one) for one in (first, series([1, 3]), masked, longer)]
    assert len(set(digests)) == 4
    assert digest(first) == digests[0]


def test_a_backup_carries_demand(database: Database, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("backup")
    put(database, sold(12))
    save(database, folder / "a.backup", tell=lambda _: None)
    other = open_database(f"sqlite:///{folder / 'other.db'}", durable=False)
    restore(other, folder / "a.backup", replace=False, tell=lambda _: None)
    assert np.array_equal(whole(other).units, whole(database).units)
    other.close()
