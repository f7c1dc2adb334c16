"""`nodewise forecast run`, `explain` and the files that all of its verbs read."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from api.cli.forecast_sources import history_of, source
from api.demand.files import read_history_file
from forecasting.chunk import forecast_chunk
from forecasting.history import AT_LEAST, OBSERVED, Grain, History
from forecasting.learning.trained import Trained
from fulfillment.errors import InvalidInput
from tests.cli.terminal import NODEWISE, Ran, environment, rows_of

Run = Callable[..., Ran]
FIRST = date(2026, 1, 5)
WEEKS = 30
ONE = ("--workers", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forecasts")


@pytest.fixture(scope="module")
def frame(folder: Path) -> Path:
    """A ready frame of three skus at two places, with a driver; one shelf is empty for a while."""
    lines = ["unique_id,ds,y,promotion"]
    for number in range(6):
        for week in range(WEEKS):
            name = f"K-{number // 2}|{'north' if number % 2 else 'south'}"
            units = (number + 1) * 3 + week % 4
            lines.append(f"{name},{FIRST + timedelta(weeks=week)},{units},{str(week % 5 == 0).lower()}")
    file = folder / "frame.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture(scope="module")
def future(folder: Path) -> Path:
    days = [FIRST + timedelta(weeks=week) for week in range(WEEKS, WEEKS + 8)]
    file = folder / "future.csv"
    file.write_text("ds,promotion\n" + "".join(f"{day},false\n" for day in days))
    return file


@pytest.fixture(scope="module")
def learned(folder: Path, frame: Path, future: Path) -> Path:
    """What a first run has learned from the frame, beside the file that it has written."""
    file = folder / "learned.json"
    done = run_of(folder, frame, "first.parquet", "--trained", str(file), *drivers(future))
    assert done.code == 0, done.err
    return file


def drivers(future: Path) -> tuple[str, ...]:
    return ("--drivers", "promotion", "--future", str(future))


def run_of(folder: Path, frame: Path, out: str, *more: str) -> Ran:
    """A run in a process of its own, as its pool takes."""
    arguments = ["forecast", "run", "--sales", str(frame), "--out", out, "--horizon", "4", *ONE, *more]
    done = subprocess.run(
        [*NODEWISE, *arguments], cwd=folder, env=environment(), capture_output=True, text=True, timeout=200
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def left_behind(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob(".*"))


# --- run -----------------------------------------------------------------------------------------------
def test_a_run_writes_what_was_learned_says_of_every_series(
    folder: Path, frame: Path, future: Path, learned: Path
) -> None:
    history = read_history_file(frame, drivers=["promotion"], future=future, horizon=4)
    said = forecast_chunk(history, Trained.from_json(learned.read_text()), horizon=4)
    written = pd.read_parquet(folder / "first.parquet")
    assert (written["sku"] + "|" + written["place"]).tolist() == [name for name in said.ids for _ in range(4)]
    assert written["mean"].tolist() == said.mean.ravel().tolist()
    assert written["q0.95"].tolist() == said.quantiles[:, :, said.levels.index(0.95)].ravel().tolist()
    assert written["first"].tolist() == list(said.periods) * len(said.ids)
    assert left_behind(folder) == []


def test_a_run_with_what_was_learned_gives_equal_bytes_and_says_so(
    folder: Path, frame: Path, future: Path, learned: Path
) -> None:
    known = learned.read_bytes()
    done = run_of(folder, frame, "second.parquet", "--trained", str(learned), *drivers(future))
    (row,) = rows_of(done)
    assert (done.code, row["series"], row["rows"], row["left_out"]) == (0, "6", "24", "0")
    assert row["training"] == Trained.from_json(known.decode()).digest
    assert (folder / "second.parquet").read_bytes() == (folder / "first.parquet").read_bytes()
    assert learned.read_bytes() == known


def test_a_run_in_small_chunks_says_the_same_as_csv_with_the_levels_asked_for(
    folder: Path, frame: Path, future: Path, learned: Path
) -> None:
    arguments = ["forecast", "run", "--sales", str(frame), "--out", "third.csv", "--horizon", "4", *ONE]
    arguments += ["--levels", "0.5,0.95", "--trained", str(learned), *drivers(future)]
    small = environment(NODEWISE_FORECAST_CHUNK_SERIES="4")
    subprocess.run([*NODEWISE, *arguments], cwd=folder, env=small, check=True, timeout=200)
    written = pd.read_csv(folder / "third.csv", float_precision="round_trip")
    whole = pd.read_parquet(folder / "first.parquet")
    assert list(written) == ["sku", "place", "first", "mean", "dispersion", "q0.5", "q0.95"]
    assert written["mean"].tolist() == whole["mean"].tolist()
    assert written["q0.95"].tolist() == whole["q0.95"].tolist()


def test_ctrl_c_ends_a_run_with_its_processes_and_leaves_the_file_as_it_was(
    tmp_path: Path, frame: Path, future: Path
) -> None:
    out = tmp_path / "forecast.csv"
    out.write_text("precious")
    command = [*NODEWISE, "forecast", "run", "--sales", str(frame), "--out", str(out), *ONE]
    command += drivers(future)
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE) as running:
        watched = psutil.Process(running.pid)
        ends = time.monotonic() + 60
        while not (children := watched.children(recursive=True)):
            assert time.monotonic() < ends
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        said = running.stderr.read().decode()
        assert running.wait(timeout=30) == 130
    assert said.splitlines()[-1] == "interrupted"
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    assert (out.read_text(), left_behind(tmp_path)) == ("precious", [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "x.csv", "--workers", "1", "--dask", "tcp://127.0.0.1:1"], "--workers and --dask were"),
        (["--out", "x.csv", "--dask", "nowhere"], "forecast_cluster"),
        (["--out", "x.csv", "--levels", "0.5,often"], '--levels "0.5,often" are no numbers'),
        (["--out", "x.csv", "--levels", "0.9,0.5"], "levels rise"),
        (["--out", "x.csv", "--horizon", "60"], "a horizon is 1 to 52 weeks"),
        (["--out", "x.csv", "--trained", "frame.csv"], "frame.csv is not what a run has learned"),
        ([], "--out is missing"),
    ],
)
def test_a_run_says_what_is_wrong_and_writes_nothing(
    run_in: Run, folder: Path, frame: Path, future: Path, arguments: list[str], said: str
) -> None:
    done = run_in("forecast", "run", "--sales", str(frame), *drivers(future), *arguments, cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not (folder / "x.csv").exists()


def test_a_training_of_another_grain_or_for_fewer_steps_is_refused(
    run_in: Run, folder: Path, frame: Path, future: Path, learned: Path
) -> None:
    given = ("--sales", str(frame), "--out", "x.csv", "--trained", str(learned), *drivers(future))
    done = run_in("forecast", "run", *given, "--horizon", "6", cwd=folder)
    assert done.code == 2
    assert "was learned by week for 4 steps ahead, not by week for 6" in done.err


def test_a_training_with_other_drivers_is_refused_before_every_series_is_left_out(
    run_in: Run, folder: Path, frame: Path, future: Path, learned: Path
) -> None:
    given = ("--sales", str(frame), "--out", "x.csv", "--trained", str(learned), *drivers(future))
    done = run_in("forecast", "run", *given, "--holidays", "GB-ENG", "--horizon", "4", cwd=folder)
    assert done.code == 2
    assert "drivers: promotion; given are these: promotion, holiday_share, days_to_holiday" in done.err
    assert "Give the same --drivers and --holidays" in done.err


def test_a_file_is_not_begun_where_it_cannot_be_written(
    folder: Path, frame: Path, future: Path, learned: Path
) -> None:
    done = run_of(folder, frame, "nowhere/x.csv", "--trained", str(learned), *drivers(future))
    assert done.code == 2
    assert "forecast nowhere/x.csv cannot be written: No such file or directory" in done.err


# --- explain -------------------------------------------------------------------------------------------
def test_an_explanation_adds_up_to_what_the_run_has_said(
    run_in: Run, folder: Path, frame: Path, future: Path, learned: Path
) -> None:
    asked = ("forecast", "explain", "K-1|north", "--sales", str(frame), "--horizon", "4", *drivers(future))
    done = run_in(*asked, "--trained", str(learned), "--json", cwd=folder)
    assert done.code == 0, done.err
    told = json.loads(done.out)
    whole = pd.read_parquet(folder / "first.parquet").query("sku == 'K-1' and place == 'north'")
    assert told["mean"] == whole["mean"].tolist()
    assert told["training"] == Trained.from_json(learned.read_text()).digest
    says = {model["model"]: model["units"] for model in told["models"]}
    for choice in told["choices"]:
        for step in range(choice["first_step"] - 1, choice["last_step"]):
            units = sum(share * says[name][step] for name, share in choice["weights"])
            made = units * told["alive"][step] * told["season"][step]
            assert made == pytest.approx(told["mean"][step], rel=1e-9)


def test_an_explanation_is_a_row_for_each_step_and_says_why(
    run_in: Run, folder: Path, frame: Path, future: Path, learned: Path
) -> None:
    asked = ("forecast", "explain", "K-1|north", "--sales", str(frame), "--horizon", "4", *drivers(future))
    done = run_in(*asked, "--trained", str(learned), cwd=folder)
    first = FIRST + timedelta(weeks=WEEKS)
    assert [row["week"] for row in rows_of(done)] == [str(first + timedelta(weeks=k)) for k in range(4)]
    assert "Week" in done.err


@pytest.mark.parametrize(
    ("series", "said"),
    [
        ("K-1", 'SERIES: "K-1" sells at 2 places'),
        ("K-1|nort", 'no series is named "K-1|nort"; did you mean K-1|north?'),
    ],
)
def test_a_series_that_is_not_one_is_told_with_the_nearest(
    run_in: Run, folder: Path, frame: Path, future: Path, series: str, said: str
) -> None:
    done = run_in("forecast", "explain", series, "--sales", str(frame), *drivers(future), cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


# --- announced -----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def shops(folder: Path) -> Path:
    """Daily sales of four skus at three shops, of which the one in the north sells twice as much."""
    lines = ["sku,place,day,units"]
    for week in range(WEEKS):
        for number in range(4):
            for place, size in (("north", 2), ("east", 1), ("west", 1)):
                units = size * (3 * (number + 1) + week % 3)
                lines.append(f"K-{number},{place},{FIRST + timedelta(weeks=week)},{units}")
    file = folder / "shops.csv"
    file.write_text("\n".join(lines) + "\n")
    (folder / "announced.csv").write_text("sku,place\nK-3,south\nK-1,east\nK-9,north\n")
    (folder / "sizes.csv").write_text("place,size\nnorth,200\neast,100\nwest,100\nsouth,200\n")
    return file


def test_a_run_forecasts_what_is_announced_and_leaves_what_sells_as_it_is(folder: Path, shops: Path) -> None:
    end = str(FIRST + timedelta(weeks=WEEKS))
    more = ("--end", end, "--announced", "announced.csv", "--attributes", "sizes.csv")
    (row,) = rows_of(run_of(folder, shops, "announced.parquet", *more))
    assert (row["series"], row["left_out"]) == ("14", "0")
    written = pd.read_parquet(folder / "announced.parquet").set_index(["sku", "place"])
    opened = written.loc[("K-3", "south"), "mean"]
    assert opened.between(1.3 * written.loc[("K-3", "east"), "mean"].mean(), 40).all()
    assert (written.loc[("K-9", "north"), "mean"] > 0).all()
    assert len(written.loc[("K-1", "east")]) == 4


def test_an_announced_series_is_explained_by_its_sku_elsewhere_and_the_place(
    run_in: Run, folder: Path, shops: Path
) -> None:
    more = ["--end", str(FIRST + timedelta(weeks=WEEKS)), "--announced", "announced.csv"]
    done = run_in("forecast", "explain", "K-3|south", "--sales", str(shops), *more, cwd=folder)
    assert done.code == 0, done.err
    assert "New at its place: expected is what its sku sells elsewhere" in done.err
    assert "times 1.00 for the place, by what the place is like" in done.err


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("sku,shop\nK,north\n", "column place is missing"),
        ("sku,place\nK,\n", "line 2"),
        ("sku,place\nK|2,north\n", "separates sku and place"),
    ],
)
def test_a_table_of_announced_series_is_refused_with_its_file(tmp_path: Path, table: str, said: str) -> None:
    sales, file = tmp_path / "sales.csv", tmp_path / "announced.csv"
    sales.write_text(f"sku,place,day,units\nK-1,north,{FIRST},2\n")
    file.write_text(table)
    with pytest.raises(InvalidInput, match=said) as caught:
        read(sales, announced=file)
    assert str(file) in caught.value.detail


# --- what all of them read -----------------------------------------------------------------------------
def read(*sales: Path, horizon: int = 0, **more: Any) -> History:
    return history_of(source(list(sales), None, more.pop("grain", "week"), **more), horizon=horizon)


def test_order_lines_and_till_sales_become_one_history_by_day(tmp_path: Path) -> None:
    orders, tills = tmp_path / "orders.csv", tmp_path / "tills.csv"
    orders.write_text(
        "order,sku,zone,placed_at,quantity\n1,K,UK-SE,2026-11-20T10:00Z,3\n2,K,UK-SE,2026-11-21T23:30Z,2\n"
    )
    tills.write_text("sku,store,sold_at,quantity\nK,LON1,2026-11-22,4\n")
    history = read(orders, tills, grain="day", zone=["UK-SE=Europe/Paris"])
    assert (history.ids, history.grain) == (("K|LON1", "K|UK-SE"), Grain.DAY)
    assert (history.units.tolist(), history.last) == ([4.0, 3.0, 0.0, 2.0], date(2026, 11, 22))


def test_stock_outs_mark_steps_of_sales_and_of_a_ready_frame(
    tmp_path: Path, frame: Path, future: Path
) -> None:
    outs = tmp_path / "outs.csv"
    until = FIRST + timedelta(days=20)
    outs.write_text(f"sku,place,from,until,cause\nK-1,north,{FIRST},{until},demand\n")
    ready = read(frame, drivers="promotion", future=future, stock_outs=outs, horizon=8)
    row = ready.ids.index("K-1|north")
    assert ready.state[ready.starts[row] :][:4].tolist() == [AT_LEAST] * 3 + [OBSERVED]
    assert int((ready.state != OBSERVED).sum()) == 3
    sales = tmp_path / "sales.csv"
    sales.write_text(f"sku,place,day,units\nK-1,north,{FIRST},2\nK-1,north,{FIRST + timedelta(days=27)},2\n")
    assert read(sales, stock_outs=outs).state.tolist() == [AT_LEAST] * 3 + [OBSERVED]


def test_attributes_reach_sales_and_a_ready_frame_alike(tmp_path: Path, frame: Path, future: Path) -> None:
    colors = tmp_path / "colors.csv"
    colors.write_text("sku,color\nK-1,red\n")
    ready = read(frame, drivers="promotion", future=future, attributes=[colors], horizon=8)
    assert ready.attributes.texts["color"] == ("", "", "red", "red", "", "")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--end", "2026-03-02"], "--end: {frame} is a ready frame"),
        (["--sales", "{frame}"], "is a ready frame, and 1 more is given beside it"),
        (["--announced", "{frame}"], "--announced goes with files of sales, and {frame} is a ready frame"),
        (["--zone", "Europe/London"], '--zone "Europe/London" is not of the form PLACE=ZONE'),
        (["--drivers", "promotion", "--horizon", "9", "--future", "{future}"], "is not known on 2026-09-28"),
    ],
)
def test_options_that_do_not_go_with_a_ready_frame_are_refused(
    run_in: Run, folder: Path, frame: Path, future: Path, more: list[str], said: str
) -> None:
    given = [one.format(frame=frame, future=future) for one in more]
    done = run_in("forecast", "--sales", str(frame), *given, cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert said.format(frame=frame) in done.err


def test_a_frame_that_tells_of_stock_outs_is_not_told_of_them_again(tmp_path: Path) -> None:
    frame, outs = tmp_path / "frame.csv", tmp_path / "outs.csv"
    frame.write_text("unique_id,ds,y,sold_out\nK|north,2026-01-05,3,true\nK|north,2026-01-12,3,false\n")
    outs.write_text("sku,place,from,until,cause\nK,north,2026-01-05,,demand\n")
    with pytest.raises(InvalidInput, match="it has the column sold_out, and stock-outs are given beside it"):
        read(frame, stock_outs=outs)


def test_drivers_without_a_ready_frame_are_refused(run_in: Run, tmp_path: Path) -> None:
    done = run_in("forecast", "--drivers", "promotion", cwd=tmp_path)
    assert done.code == 2
    assert "--drivers is of a ready frame, and none is given" in done.err
