"""Bad usage: what was wrong, where, and the fix, on two lines; nothing is written, and the code is 2."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.app import COMMANDS
from tests.cli.terminal import Ran

Run = Callable[..., Ran]


def told(ran: Ran) -> str:
    """The error without its word, having a fix below it."""
    error, fix = ran.err.splitlines()[-2:]
    assert (ran.code, ran.out, fix[:7]) == (2, "", "  fix: ")
    return error.removeprefix("error: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["demo", "--orders", "0"], '--orders: "0" is too small'),
        (["demo", "--seed", "-5"], '--seed: "-5" is too small'),
        (["serve", "--port", "99999"], '--port: "99999" is too large'),
        (["doctor", "--port", "http"], '--port: "http" is no whole number'),
        (["replay", "--extra-shipment", "inf"], '--extra-shipment: "inf" is too large'),
        (["replay", "--split-line", "cheap"], '--split-line: "cheap" is no number'),
        (["replay", "--start", "2011"], '--start: "2011" is no day'),
        (["scenario", "rnu", "x"], 'no command named "rnu"; did you mean run?'),
        (["forecast", "bakctest"], 'no command named "bakctest"; did you mean backtest?'),
        (["demmo"], 'no command named "demmo"; did you mean demo?'),
        (["demo", "--ordrs", "3"], "no such option: --ordrs; did you mean --orders?"),
        (["explain"], "ORDER is missing"),
        (["explain", ""], "ORDER is empty"),
        (["scenario"], "missing command"),
        (["serve", "now"], "got unexpected extra argument(s) (now)"),
    ],
)
def test_wrong_usage_names_the_place_the_value_and_the_nearest(
    run_here: Run, arguments: list[str], said: str
) -> None:
    assert told(run_here(*arguments)) == said


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        (["demo", "--orders", "0"], "Give 1 or more"),
        (["replay", "--extra-shipment", "inf"], "Give 1,000,000 or less"),
        (["replay", "--start", "2011"], "Write it as 2011-03-07"),
        (["explain", "1", "--json=yes"], "nodewise explain --help shows what it takes"),
        (["demmo"], f"nodewise --help lists all {len(COMMANDS)}"),
    ],
)
def test_the_fix_names_the_bound_the_form_or_the_help_of_that_command(
    run_here: Run, arguments: list[str], fix: str
) -> None:
    assert run_here(*arguments).err.splitlines()[1] == f"  fix: {fix}"


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(
    tmp_path: Path, run_here: Run, command: str
) -> None:
    file = tmp_path / "letters.txt"
    file.write_text("precious")
    said = told(run_here(command, "--port", "0", "--database", str(file)))
    assert said == f"database {file} is no SQLite database"
    assert file.read_text() == "precious"


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_database_that_cannot_be_made_is_told_before_anything_starts(
    tmp_path: Path, run_here: Run, command: str
) -> None:
    (tmp_path / "file").touch()
    for database, why in ((tmp_path, "is a folder"), (tmp_path / "file" / "x.db", "cannot be written: ")):
        said = told(run_here(command, "--port", "0", "--database", str(database)))
        assert said.startswith(f"database {database} {why}")


def test_doctor_names_a_file_that_is_no_database(tmp_path: Path, run_here: Run) -> None:
    (tmp_path / "letters.txt").write_text("precious")
    done = run_here("doctor", "--port", "0", "--database", str(tmp_path / "letters.txt"))
    assert done.code == 1
    assert "letters.txt is no SQLite database\tName another file with --database" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["forecast", "--sku", "85123AA"],
            '--sku: no sku with sales is named "85123AA"; did you mean 85123A?',
        ),
        (["forecast", "--end", "2031-01-01"], "--end: nothing was sold in the year before 2031-01-01"),
        (["forecast", "--end", "2009-01-01"], "--end: nothing was sold in the year before 2009-01-01"),
    ],
)
def test_a_forecast_of_nothing_names_the_option(run_here: Run, arguments: list[str], said: str) -> None:
    assert told(run_here(*arguments)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "{file}: /x is no field"),
        (
            'title = "t"\n[nodes]\noff = ["dc-livingstone"]',
            '{file}: /nodes/off: no node named "dc-livingstone"; did you mean dc-livingston?',
        ),
        (None, "{file} cannot be read: No such file or directory"),
    ],
)
def test_a_wrong_what_if_is_told_with_its_file_and_field(
    tmp_path: Path, run_here: Run, text: str | None, said: str
) -> None:
    file = tmp_path / "asked.toml"
    if text is not None:
        file.write_text(text)
    assert told(run_here("scenario", "run", str(file), "--orders", "1")) == said.format(file=file)
