"""One table value, three ways to write it; errors in two lines; nothing wider than the terminal."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.cli.errors import CommandError, ExitCode, from_nodewise
from api.cli.output import Output
from api.cli.table import Column, Figure, Report, Table
from fulfillment.errors import InvalidInput, NodewiseError, UnknownReference
from tests.cli.terminal import COLUMNS, Ran, nodewise, on_a_terminal

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TABLE = Table(
    [
        Column("sku", "sku"),
        Column("units", "units", right=True),
        Column("cost", "cost", right=True, show=lambda cost: f"£{cost:.2f}"),
        Column("at", "at", show=str),
        Column("odd", "odd", show=str),
    ],
    [
        {"sku": "K-17", "units": 12345, "cost": 1 / 3, "at": NOON, "odd": Figure(0.5, "half")},
        {"sku": "a\tb\nc", "units": None, "cost": 2.0, "at": NOON, "odd": True},
    ],
)
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_a_pipe_gets_tabs_a_header_full_precision_and_iso_times(capsys: pytest.CaptureFixture[str]) -> None:
    Output().report(Report([TABLE], sentence="Never piped.", notes=["Never lost."], following="next"))
    out, err = capsys.readouterr()
    assert out == (
        "sku\tunits\tcost\tat\todd\n"
        "K-17\t12345\t0.3333333333333333\t2026-11-21T12:00:00+00:00\t0.5\n"
        "a b c\t\t2.0\t2026-11-21T12:00:00+00:00\ttrue\n"
    )
    assert err == "Never lost.\n"


def test_json_without_a_body_is_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).report(Report([TABLE]))
    first = json.loads(capsys.readouterr().out)[0]
    assert first == {
        "sku": "K-17",
        "units": 12345,
        "cost": 1 / 3,
        "at": "2026-11-21T12:00:00+00:00",
        "odd": 0.5,
    }


def test_json_with_a_body_is_the_body_as_it_came(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).report(Report([TABLE], body='{"a":1.50,  "b":2}'))
    assert capsys.readouterr().out == '{"a":1.50,  "b":2}\n'


def test_an_error_is_two_lines_with_every_bad_row_between(capsys: pytest.CaptureFixture[str]) -> None:
    Output().fail(CommandError("2 rows are bad", fix="Correct them", lines=["line 3  column sku", "line 9"]))
    assert capsys.readouterr() == (
        "",
        "error: 2 rows are bad\n  line 3  column sku\n  line 9\n  fix: Correct them\n",
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput("x"), ExitCode.INPUT),
        (UnknownReference("sku", "K", ["K-17"]), ExitCode.INPUT),
        (NodewiseError("the server is gone"), ExitCode.UNREACHABLE),
    ],
)
def test_an_error_of_the_core_ends_with_the_code_of_its_kind(error: NodewiseError, code: ExitCode) -> None:
    assert from_nodewise(error).code is code


def test_a_terminal_gets_color_and_words_and_nothing_wider_than_it_is(tmp_path: Path) -> None:
    seen = on_a_terminal("doctor", "--port", "0", cwd=tmp_path)
    assert seen.code == 0, seen.out
    assert "\x1b[32mok" in seen.out
    assert "Everything is in place." in seen.out
    assert "Next: nodewise demo" in seen.out
    widest = max(len(line) for line in ESCAPE.sub("", seen.out).splitlines())
    assert widest <= COLUMNS


@pytest.mark.parametrize("how", ["option", "variable"])
def test_no_color_means_no_escape_at_all(tmp_path: Path, how: str) -> None:
    option = ["--no-color"] if how == "option" else []
    variable = {"NO_COLOR": "1"} if how == "variable" else {}
    seen = on_a_terminal("nonesuch", *option, cwd=tmp_path, **variable)
    assert seen.code == 2
    assert "\x1b" not in seen.out
    assert seen.out.startswith('error: no command named "nonesuch"')


def test_an_error_on_a_terminal_is_red(tmp_path: Path) -> None:
    assert "\x1b[1;31merror" in on_a_terminal("nonesuch", cwd=tmp_path).out


def test_a_piped_command_writes_its_table_as_tsv(tmp_path: Path) -> None:
    done = nodewise("doctor", "--port", "0", cwd=tmp_path)
    assert done.code == 0
    assert done.out.startswith("what\tstate\tdetail\tfix\npython\tok\t")


def test_what_takes_long_says_so_line_by_line_when_piped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cli.output.SAY_AFTER_SECONDS", 0.02)
    monkeypatch.setattr("api.cli.output.SAY_EVERY_SECONDS", 0.02)
    told = ""

    def wait_for(words: str) -> None:
        nonlocal told
        began = time.monotonic()
        while words not in told:
            assert time.monotonic() - began < 60
            time.sleep(0.01)
            told += capsys.readouterr().err

    with Output().progress("counting") as progress:
        wait_for("counting")
        progress.update("adding")
        wait_for("adding")
    told += capsys.readouterr().err
    assert {re.sub(r"\d+ s$", "n s", line) for line in told.splitlines()} == {"counting, n s", "adding, n s"}


def test_what_is_quick_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().progress("counting"):
        pass
    assert capsys.readouterr() == ("", "")


def test_a_fault_of_ours_ends_with_70_and_its_traceback(
    run_here: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("api.cli.checkup.findings", broken)
    done = run_here("doctor")
    assert done.code == 70
    assert "Traceback" in done.err
    assert done.err.endswith(
        "error: a fault of Nodewise: RuntimeError: out of order\n  fix: Report it with the lines above\n"
    )
