"""`--holidays`, and the drivers and attributes that a backtest takes."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from api.cli.forecast_sources import history_of, source
from tests.cli.terminal import Ran, rows_of

Run = Callable[..., Ran]
FIRST = date(2026, 1, 5)
WEEKS = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dated sales and a ready frame of the same weeks, the last of which starts on 18 May 2026."""
    folder = tmp_path_factory.mktemp("drivers")
    days = [FIRST + timedelta(weeks=week) for week in range(WEEKS)]
    dated = [f"K,{place},{day},{5 + day.day % 3}" for place in ("north", "south") for day in days]
    ready = [f"K|north,{day},{5 + day.day % 3},{day.day % 2}" for day in days]
    (folder / "dated.csv").write_text("\n".join(["sku,place,day,units", *dated]) + "\n")
    (folder / "frame.csv").write_text("\n".join(["unique_id,ds,y,price", *ready]) + "\n")
    (folder / "colors.csv").write_text("sku,color\nK,red\n")
    return folder


def test_holidays_reach_sales_with_all_steps_to_come_and_no_file_of_them(folder: Path) -> None:
    end = datetime.combine(FIRST + timedelta(weeks=WEEKS), time.min)
    asked = source([folder / "dated.csv"], end, "week", holidays="GB-ENG")
    history = history_of(asked, horizon=2)
    assert history.drivers is not None
    assert (history.drivers.names, history.drivers.ahead) == (("holiday_share", "days_to_holiday"), 2)
    weeks = [FIRST + timedelta(weeks=week) for week in range(WEEKS + 2)]
    bank_holidays = (date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25))
    share = [sum(0 <= (day - week).days < 7 for day in bank_holidays) / 7 for week in weeks]
    assert history.drivers.values[:, 0].tolist() == share * 2


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ("ZZ", 'no holidays are known of country "ZZ"'),
        ("gb-ENG", 'no holidays are known of country "gb"; did you mean GB?'),
        ("GB-ENGL", 'no holidays are known of "ENGL" in GB; did you mean ENG?'),
    ],
)
def test_holidays_of_no_country_are_refused_with_a_near_one(
    run_in: Run, folder: Path, of: str, said: str
) -> None:
    done = run_in("forecast", "--sales", "dated.csv", "--holidays", of, cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert f'--holidays "{of}": {said}' in done.err


def test_a_look_with_holidays_says_as_much_as_one_without(run_in: Run, folder: Path) -> None:
    asked = ("forecast", "--sales", "dated.csv", "--horizon", "2")
    done = run_in(*asked, "--holidays", "GB-ENG", "--json", cwd=folder)
    assert done.code == 0, done.err
    assert len(json.loads(done.out)) == 4


def test_a_backtest_takes_drivers_attributes_and_holidays_without_those_to_come(
    run_in: Run, folder: Path
) -> None:
    more = ("--drivers", "price", "--attributes", "colors.csv", "--holidays", "GB-ENG")
    asked = ("--sales", "frame.csv", "--horizon", "2", "--windows", "2", *more)
    done = run_in("forecast", "backtest", *asked, cwd=folder)
    assert done.code in {0, 1}, done.err
    assert {"forecast", "seasonal_naive"} <= {row["model"] for row in rows_of(done)}
