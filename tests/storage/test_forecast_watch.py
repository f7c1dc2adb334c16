"""Overrides and watches as kept: in order, withdrawn once, gone with their run or never."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from forecasting.history import Grain
from fulfillment.ids import SkuId
from storage.audit import Actor
from storage.database import Database
from storage.forecast_overrides import NewOverride, StoredOverride
from storage.purging import purge_forecasts
from tests.storage.demand_series import PLANNER, new_run, put, sold

FIRST = date(2026, 1, 5)
OTHER = Actor("77aa", "other")


def add(database: Database, *, hours: float = 24.0, **changes: object) -> int:
    """An override that expires so many hours from now."""
    with database.writing() as stores:
        new = NewOverride(
            grain=Grain.WEEK,
            sku=SkuId("K-17"),
            place="LON1",
            first=FIRST,
            last=FIRST + timedelta(weeks=1),
            kind="multiply",
            value=1.5,
            reason="a fair",
            author=PLANNER,
            expires_at=stores.real_now + timedelta(hours=hours),
        )
        return stores.overrides.add(replace(new, **changes))  # type: ignore[arg-type]


def get(database: Database, number: int) -> StoredOverride:
    with database.reading() as stores:
        found = stores.overrides.get(number)
    assert found is not None
    return found


def test_an_override_is_read_back_as_it_was_kept(database: Database) -> None:
    number = add(database, value=0.1 + 0.2, kind="add")
    found = get(database, number)
    assert (found.made.value, found.made.kind, found.made.author) == (0.1 + 0.2, "add", PLANNER)
    assert (found.made.first, found.made.series, found.withdrawn) == (FIRST, "K-17|LON1", None)
    assert found.holds_at(found.made_at)
    assert not found.holds_at(found.made.expires_at)
    with database.reading() as stores:
        assert stores.overrides.get(number + 1) is None


def test_an_override_is_withdrawn_once_and_only_while_it_holds(database: Database) -> None:
    number, expired = add(database), add(database, hours=-1.0)
    with database.writing() as stores:
        assert stores.overrides.withdraw(number, by=OTHER, reason="called off")
        assert not stores.overrides.withdraw(number, by=PLANNER, reason="again")
        assert not stores.overrides.withdraw(expired, by=OTHER, reason="late")
    taken = get(database, number).withdrawn
    assert taken is not None
    assert (taken.by, taken.reason) == (OTHER, "called off")
    assert get(database, number).ends_at == taken.at
    assert get(database, expired).withdrawn is None


def test_overrides_are_listed_from_the_newest_and_by_what_is_asked(database: Database) -> None:
    numbers = [add(database), add(database, place="BRS1"), add(database, hours=-1.0), add(database)]
    with database.reading() as stores:
        listed = [one.number for one in stores.overrides.list(before=None, limit=3)]
        behind = [one.number for one in stores.overrides.list(before=listed[-1], limit=3)]
        holding = [one.number for one in stores.overrides.list(before=None, limit=9, holding=True)]
        there = [one.number for one in stores.overrides.list(before=None, limit=9, sku="K-17", place="BRS1")]
    assert listed + behind == numbers[::-1]
    assert holding == [numbers[3], numbers[1], numbers[0]]
    assert there == [numbers[1]]


def test_overrides_are_found_by_series_and_days_whether_they_hold_or_not(database: Database) -> None:
    numbers = [
        add(database, hours=-1.0),
        add(database, place="BRS1"),
        add(database, grain=Grain.DAY),
        add(database, first=FIRST + timedelta(weeks=5), last=FIRST + timedelta(weeks=5)),
    ]

    def found(series: tuple[str, str], *, days: tuple[int, int]) -> list[int]:
        between = FIRST + timedelta(days=days[0]), FIRST + timedelta(days=days[1])
        with database.reading() as stores:
            return [one.number for one in stores.overrides.of(Grain.WEEK, series, between)]

    assert found(("A|A", "Z|Z"), days=(0, 7)) == numbers[:2]
    assert found(("K-17|LON1", "K-17|LON1"), days=(7, 30)) == [numbers[0]]
    assert found(("K-17|LON1", "Z|Z"), days=(8, 60)) == [numbers[3]]
    assert found(("K-18|A", "Z|Z"), days=(0, 60)) == []


def test_what_was_found_of_a_run_is_kept_once_and_goes_with_the_run(database: Database) -> None:
    put(database, sold(5))
    runs = [new_run(database) for _ in range(2)]
    with database.writing() as stores:
        for run in runs:
            stores.forecasts.finish(run)
        assert stores.watches.put(runs[0], report={"alerts": [1]}, value_added={"links": []})
        assert not stores.watches.put(runs[0], report={"alerts": [2]}, value_added={})
    with database.reading() as stores:
        found = stores.watches.get(runs[0])
        assert found is not None
        assert (found.report, found.value_added) == ({"alerts": [1]}, {"links": []})
        assert stores.watches.get(runs[1]) is None
    add(database)
    assert purge_forecasts(database, keep_runs=1, demand_days=0)["forecast_runs"] == 1
    with database.reading() as stores:
        assert stores.watches.get(runs[0]) is None
        assert len(stores.overrides.list(before=None, limit=9)) == 1


def test_runs_like_another_are_done_and_before_it_and_the_newest_of_each_cutoff(database: Database) -> None:
    first = sold(5, weeks=60)
    put(database, first)
    early = [new_run(database) for _ in range(2)]
    put(database, sold(5, weeks=61))
    unlike = new_run(database, drivers=("price",))
    undone, last = new_run(database), new_run(database)
    with database.writing() as stores:
        for run in (*early, unlike, last):
            stores.forecasts.finish(run)
    with database.reading() as stores:
        run = stores.forecasts.get(last)
        assert run is not None
        like = [one.number for one in stores.forecasts.like(run, limit=5)]
        assert like == [unlike, early[1]]  # a driver makes no other forecast of something else
        assert [one.number for one in stores.forecasts.like(run, limit=1)] == [unlike]
        oldest = stores.forecasts.get(early[0])
        assert oldest is not None
        assert stores.forecasts.like(oldest, limit=5) == []
    assert undone not in like


@pytest.mark.parametrize(
    ("after", "last", "numbers"),
    [("", None, [0, 1, 2]), ("S0001|P4", "S0003|P4", [1]), ("S0002|P0", None, [1, 2])],
)
def test_chunks_are_found_across_those_of_another_run(
    database: Database, after: str, last: str | None, numbers: list[int]
) -> None:
    from storage.forecasts import Chunk

    put(database, sold(30))
    run = new_run(database)
    names = [f"S{i // 5:04d}|P{i % 5}" for i in range(30)]
    with database.writing() as stores:
        for number in range(3):
            part = names[number * 10 : number * 10 + 10]
            stores.forecasts.keep_chunk(run, Chunk(number, part[0], part[-1], 10, (), "h", "d", b""))
    with database.reading() as stores:
        assert [chunk.number for chunk in stores.forecasts.chunks_across(run, after, last)] == numbers
