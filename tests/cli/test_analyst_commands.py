"""Commands that need no service: forecast, replenish, scenario, replay, doctor, serve's refusals."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from api.cli.ports import free_port
from fulfillment.policy import DEFAULT_POLICY
from storage.database import open_database
from tests.cli.terminal import NODEWISE, ROOT, Ran, environment, rows_of

Run = Callable[..., Ran]
EXAMPLES = ROOT / "docs" / "examples" / "scenarios"


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Two skus over thirty weeks: a steady one, and one that sells every third week."""
    first = date(2026, 1, 5)
    rows = ["sku,place,day,units"]
    for week in range(30):
        day = first + timedelta(weeks=week)
        rows.append(f"steady,north,{day},{20 + week % 3}")
        if week % 3 == 0:
            rows.append(f"seldom,north,{day},4")
    rows.append(f"seldom,north,{first + timedelta(weeks=29, days=6)},1")
    file = tmp_path / "sales.csv"
    file.write_text("\n".join(rows) + "\n")
    return file


# --- forecast ------------------------------------------------------------------------------------------
def test_a_forecast_has_rising_quantiles_for_every_series_and_week(sales: Path, run_here: Run) -> None:
    done = run_here("forecast", "--csv", str(sales), "--horizon", "3")
    assert done.code == 0, done.err
    rows = rows_of(done)
    assert [(row["sku"], row["week"]) for row in rows[:3]] == [
        ("steady", "2026-08-03"),
        ("steady", "2026-08-10"),
        ("steady", "2026-08-17"),
    ]
    assert len(rows) == 6
    for row in rows:
        quantiles = [float(value) for name, value in row.items() if name.startswith("q0")]
        assert quantiles == sorted(quantiles)
    assert 19 <= float(rows[0]["mean"]) <= 23


def test_a_backtest_scores_every_model_and_answers_no_if_it_is_no_better(sales: Path, run_here: Run) -> None:
    done = run_here("forecast", "backtest", "--csv", str(sales), "--windows", "2")
    rows = rows_of(done)
    best = next(row for row in rows if (row["model"], row["demand_class"]) == ("forecast", "all"))
    assert {"seasonal_naive", "forecast", "tsb", "theta"} <= {row["model"] for row in rows}
    assert done.code == (0 if float(best["skill"]) > 0 else 1)


def test_every_bad_row_of_a_sales_file_is_named(tmp_path: Path, run_here: Run) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("sku,place,day,units\nK,north,21.11.2026,4\n,north,2026-01-05,-1\nK,north,2026-01-05,2\n")
    done = run_here("forecast", "--csv", str(file))
    assert done.code == 2
    assert done.err.splitlines() == [
        f"error: {file}: 3 values cannot be read",
        '  line 2  column day  "21.11.2026": a day is written 2026-11-21',
        "  line 3  column sku  is empty",
        '  line 3  column units  "-1": a number of units, 0 or more',
        "  fix: Correct the rows above",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["forecast", "--csv", "nowhere.csv"], "cannot be read"),
        (["forecast", "--horizon", "3", "backtest"], "options stand before backtest"),
        (["forecast", "--end", "2026"], '--end: "2026" is no day'),
    ],
)
def test_a_forecast_says_what_is_wrong(run_here: Run, arguments: list[str], said: str) -> None:
    done = run_here(*arguments)
    assert done.code == 2
    assert said in done.err


# --- replenish -----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def kept() -> dict[str, Ran]:
    """What took long and is looked at more than once."""
    return {}


@pytest.fixture
def replenished(kept: dict[str, Ran], run_here: Run) -> Ran:
    """All proposals, made once."""
    if "replenish" not in kept:
        kept["replenish"] = run_here("replenish")
    return kept["replenish"]


def test_proposals_are_whole_cases_with_their_reason(replenished: Ran) -> None:
    assert replenished.code == 0, replenished.err
    rows = rows_of(replenished)
    assert len(rows) > 2_000
    assert {row["node"] for row in rows} == {"dc-northampton", "dc-warrington", "dc-livingston"}
    for row in rows:
        assert int(row["units"]) == int(row["cases"]) * int(row["case_pack"])
        assert row["reason"]


def test_the_total_to_order_is_explained_by_figures_that_add_up(replenished: Ran) -> None:
    why = next(line for line in replenished.err.splitlines() if line.startswith("Why "))
    figures = re.findall(r"[\d,]+(?= expected| safety| on hand| on order| above| units)", why)
    expected, safety, on_hand, on_order, rest, total = (int(each.replace(",", "")) for each in figures)
    assert expected + safety - on_hand - on_order + rest == total
    assert total == sum(int(row["units"]) for row in rows_of(replenished))


def test_a_sku_that_is_not_there_is_told_with_the_nearest(run_here: Run) -> None:
    done = run_here("replenish", "85123AA")
    assert done.code == 2
    assert "did you mean 85123A?" in done.err


# --- scenario and replay -------------------------------------------------------------------------------
def test_a_scenario_is_told_beside_the_world_as_it_is(run_here: Run) -> None:
    done = run_here("scenario", "run", str(EXAMPLES / "dearer_carrier.toml"), "--orders", "4")
    assert done.code == 0, done.err
    cash = [row for row in rows_of(done) if row["measure"] == "cash_micros_per_order"]
    assert [row["scenario"] for row in cash] == ["As it is", "Dearer parcels"]
    assert float(cash[1]["difference"]) == pytest.approx(float(cash[1]["value"]) - float(cash[0]["value"]))
    assert cash[1]["verdict"] == "worse"


def test_scenarios_are_compared_as_json_too(run_here: Run) -> None:
    files = [str(EXAMPLES / name) for name in ("dearer_carrier.toml", "close_livingston.toml")]
    done = run_here("scenario", "compare", *files, "--orders", "3", "--json")
    assert {row["scenario"] for row in json.loads(done.out)} == {
        "As it is",
        "Dearer parcels",
        "Close Livingston",
    }


def test_a_wrong_name_in_a_scenario_is_told_before_anything_is_replayed(
    tmp_path: Path, run_here: Run
) -> None:
    file = tmp_path / "close.toml"
    file.write_text('title = "Close"\n[nodes]\noff = ["dc-livingstone"]\n')
    done = run_here("scenario", "run", str(file), "--orders", "1")
    assert done.code == 2
    assert "did you mean dc-livingston?" in done.err


def test_a_replay_of_weeks_without_sales_is_your_input(run_here: Run) -> None:
    done = run_here("replay", "--start", "2012-01-02")
    assert done.code == 2
    assert "Choose weeks between 2010-02-23 and 2011-05-31" in done.err


def test_a_replay_takes_another_window_and_policy(run_here: Run) -> None:
    done = run_here(
        "replay", "--start", "2010-10-11", "--weeks", "1", "--orders", "3", "--extra-shipment", "5"
    )
    assert done.code == 0, done.err
    assert done.out.startswith("measure\tnodewise\tnearest_first\tone_node_first\tstatic_priority\n")


def test_the_default_policy_is_the_one_that_a_new_database_has(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/new.db")
    try:
        database.upgrade()
        with database.reading() as stores:
            assert stores.catalog.policy() == DEFAULT_POLICY
    finally:
        database.close()


# --- doctor and serve ----------------------------------------------------------------------------------
def test_doctor_answers_no_when_something_fails(
    tmp_path: Path, run_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").write_text("in the way")
    done = run_here("doctor", "--port", "0")
    states = {row["what"]: row["state"] for row in rows_of(done)}
    assert done.code == 1
    assert {name for name, state in states.items() if state == "fail"} == {"var/"}
    assert "fix var/: " in done.err


def test_doctor_looks_at_the_schema_of_the_database(
    tmp_path: Path, run_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.db").touch()
    done = run_here("doctor", "--port", "0", "--database", str(tmp_path / "old.db"))
    found = next(row for row in rows_of(done) if row["what"] == "database")
    assert (done.code, found["state"]) == (0, "warn")


def test_serve_without_keys_does_not_listen_beyond_loopback(
    run_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODEWISE_AUTHENTICATION", "off")
    done = run_here("serve", "--demo-mode", "--host", "0.0.0.0", "--port", "0")
    assert done.code == 2
    assert "authentication is off" in done.err
    assert "fix: " in done.err


def test_serve_refuses_a_port_that_is_taken(run_here: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run_here("serve", "--port", str(taken.getsockname()[1])).code == 3


def test_doctor_makes_no_folder(tmp_path: Path, run_here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    states = {row["what"]: row["state"] for row in rows_of(run_here("doctor", "--port", "0"))}
    assert states["var/"] == "ok"
    assert list(tmp_path.iterdir()) == []


def test_serve_answers_until_ctrl_c_and_ends_cleanly(tmp_path: Path) -> None:
    port = free_port("127.0.0.1")
    command = [*NODEWISE, "serve", "--port", str(port), "--database", "shop.db"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE) as serving:
        assert serving.stderr is not None
        assert f"Nodewise serves at http://127.0.0.1:{port}," in serving.stderr.readline().decode()
        while b"Uvicorn running on" not in serving.stderr.readline():
            assert serving.poll() is None
        assert httpx.get(f"http://127.0.0.1:{port}/ready").is_success
        assert (tmp_path / "shop.db").exists()
        serving.send_signal(signal.SIGINT)
        rest = serving.stderr.read().decode()
        assert serving.wait(timeout=30) == 0
        assert "Traceback" not in rest
