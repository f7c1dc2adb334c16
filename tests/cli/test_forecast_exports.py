"""`nodewise forecast export`: a run of the service as a file, from the service or from its database."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest

from forecasting.demand import QuantileForecast
from forecasting.history import sku_and_place
from storage.forecast_documents import document_of
from storage.forecasts import Chunk
from tests.api.support import database_of, key, start_server
from tests.cli.terminal import Ran, rows_of
from tests.cli.test_calls import INTERPRETERS, in_both_forms
from tests.storage.demand_series import LEVELS, MONDAY, new_run, put, sold

Run = Callable[..., Ran]
HORIZON = 4


@dataclass(frozen=True)
class Runs:
    """A service, its database, a run of it that is done and one that is not."""

    url: str
    database: str
    done: int
    open: int


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("runs")
    server = start_server(folder, NODEWISE_EMBEDDED_WORKER="off")
    with database_of(server.database_url) as database:
        put(database, sold(10))
        done, still_open = new_run(database), new_run(database)
        forecast = said()
        kept = document_of(forecast)
        with database.writing() as stores:
            chunk = Chunk(0, forecast.ids[0], forecast.ids[-1], 10, (), "h", kept.digest, kept.content)
            stores.forecasts.keep_chunk(done, chunk)
            stores.forecasts.finish(done)
    yield Runs(server.url, server.database_url.removeprefix("sqlite:///"), done, still_open)
    server.process.terminate()
    server.process.wait(timeout=30)


def said() -> QuantileForecast:
    rng = np.random.default_rng(7)
    return QuantileForecast(
        ids=tuple(sorted(one.id for one in sold(10))),
        periods=tuple(MONDAY.fromordinal(MONDAY.toordinal() + 7 * k) for k in range(HORIZON)),
        levels=LEVELS,
        mean=rng.gamma(1.0, 5.0, (10, HORIZON)),
        dispersion=rng.gamma(1.0, 1.0, (10, HORIZON)),
        quantiles=rng.integers(0, 100, (10, HORIZON, len(LEVELS))),
        left_out=(),
    )


@pytest.mark.parametrize("name", ["run.parquet", "run.csv"])
def test_a_run_from_the_service_and_from_its_database_is_the_file_of_the_api(
    runs: Runs, run_in: Run, tmp_path: Path, name: str
) -> None:
    number = str(runs.done)
    asked = run_in("forecast", "export", number, "--out", name, "--url", runs.url, cwd=tmp_path)
    (row,) = rows_of(asked)
    content = (tmp_path / name).read_bytes()
    assert (asked.code, row) == (0, {"run": number, "bytes": str(len(content)), "file": name})
    form = name.rpartition(".")[2]
    assert content == httpx.get(f"{runs.url}/v1/forecasts/runs/{number}/export?format={form}").content
    taken = run_in("forecast", "export", number, "--out", "b", "--database", runs.database, cwd=tmp_path)
    assert taken.code == 0, taken.err
    if form == "csv":
        assert (tmp_path / "b").read_bytes() == content


def test_the_latest_run_is_found_and_holds_every_figure(runs: Runs, run_in: Run, tmp_path: Path) -> None:
    for source in (("--url", runs.url), ("--database", runs.database)):
        out = tmp_path / "latest.parquet"
        done = run_in("forecast", "export", "latest", "--out", str(out), *source, cwd=tmp_path)
        assert (done.code, rows_of(done)[0]["run"]) == (0, str(runs.done)), done.err
        written = pd.read_parquet(out)
        assert written["mean"].tolist() == said().mean.ravel().tolist()
        out.unlink()


def test_what_is_planned_has_the_override_that_holds(runs: Runs, run_in: Run, tmp_path: Path) -> None:
    sku, place = sku_and_place(said().ids[0])
    first = str(said().periods[1])
    body = {"sku": sku, "place": place, "first": first, "last": first, "kind": "replace", "value": 777}
    body["expires_at"] = "2199-01-01T00:00:00Z"
    answer = httpx.post(
        f"{runs.url}/v1/forecasts/overrides", json={**body, "reason": "a fair"}, headers=key()
    )
    assert answer.status_code == 201, answer.text
    for source in (("--url", runs.url), ("--database", runs.database)):
        for options, expected in (((), said().mean[0, 1]), (("--planned",), 777.0)):
            done = run_in(
                "forecast", "export", str(runs.done), "--out", "planned.csv", *options, *source, cwd=tmp_path
            )
            assert done.code == 0, done.err
            assert pd.read_csv(tmp_path / "planned.csv", float_precision="round_trip")["mean"][1] == expected


@in_both_forms
def test_an_export_printed_and_run_saves_the_same_file(
    runs: Runs, run_in: Run, tmp_path: Path, form: str
) -> None:
    asked = ("forecast", "export", str(runs.done), "--out", "it's.parquet", "--url", runs.url)
    printed = run_in(*asked, form, cwd=tmp_path)
    assert (printed.code, list(tmp_path.iterdir())) == (0, [])
    subprocess.run([*INTERPRETERS[form], printed.out], cwd=tmp_path, check=True, timeout=60)
    saved = (tmp_path / "it's.parquet").read_bytes()
    run_in(*asked, cwd=tmp_path)
    assert (tmp_path / "it's.parquet").read_bytes() == saved


@pytest.mark.parametrize("source", ["--url", "--database"])
def test_a_run_that_is_not_done_or_not_there_leaves_the_file_as_it_was(
    runs: Runs, run_in: Run, tmp_path: Path, source: str
) -> None:
    out = tmp_path / "run.csv"
    out.write_text("precious")
    where = {"--url": runs.url, "--database": runs.database}[source]
    for number, code in ((runs.open, 3), (999, 2)):
        done = run_in("forecast", "export", str(number), "--out", str(out), source, where, cwd=tmp_path)
        assert (done.code, done.out) == (code, ""), done.err
        assert str(number) in done.err
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("run.csv", "precious")]


@pytest.mark.parametrize(
    ("arguments", "said_of_it"),
    [
        (["newest", "--out", "x.csv"], 'RUN: "newest" is no number of a run'),
        (["0", "--out", "x.csv"], 'RUN: "0" is no number of a run'),
        (["latest", "--out", "x.csv", "--as-curl"], "RUN: latest takes two calls"),
        (["1", "--out", "x.csv", "--database", "x.db", "--as-curl"], "--database is given beside an option"),
        (["1", "--out", "x.csv", "--database", "x.db"], "database x.db is not there"),
    ],
)
def test_an_export_says_what_is_wrong(
    run_in: Run, tmp_path: Path, arguments: list[str], said_of_it: str
) -> None:
    done = run_in("forecast", "export", *arguments, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert said_of_it in done.err
