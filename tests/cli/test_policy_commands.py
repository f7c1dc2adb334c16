"""`nodewise policy`: from a file to a version in force, and back; what it prints, and how it ends."""

import io
import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shop
from tests.cli.terminal import Ran, on_a_terminal

Run = Callable[..., Ran]
NOBODY = "http://127.0.0.1:9"
TOML = """version = "{version}"
note = "Fewer parcels"
extra_shipment_penalty = 2.10
split_line_penalty = "0.25"
"""


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], str]:
    def write(version: str) -> str:
        path = tmp_path / f"{version}.toml"
        path.write_text(TOML.format(version=version))
        return str(path)

    return write


def rows(ran: Ran) -> list[list[str]]:
    assert ran.code == 0, ran.err
    return [line.split("\t") for line in ran.out.splitlines()]


def test_a_version_goes_from_a_file_into_force_and_back(
    empty: Shop, run_here: Run, file: Callable[[str], str]
) -> None:
    at = ("--url", empty.url)
    made = dict(rows(run_here("policy", "create", file("a"), *at))[1:])
    assert (made["version"], made["state"], made["note"]) == ("a", "draft", "Fewer parcels")
    assert (made["extra_shipment_penalty"], made["may_give_up"]) == ("2.10", "false")
    assert run_here("policy", "create", file("a"), *at).code == 0
    assert rows(run_here("policy", "diff", "default", "a", *at)) == [
        ["pointer", "from", "to"],
        ["/extra_shipment_penalty", "0.50", "2.10"],
    ]
    given = run_here("policy", "activate", "a", "--reason", "try", "--expected-active", "default", *at)
    assert dict(rows(given))["state"] == "active"
    refused = run_here("policy", "activate", "a", "--reason", "x", "--expected-active", "default", *at)
    assert refused.code == 3
    assert refused.err.startswith("error: policy a is in force, since ")
    assert "\n  fix: " in refused.err
    listed = rows(run_here("policy", "list", *at))
    assert [row[:2] for row in listed] == [["version", "state"], ["a", "active"], ["default", "retired"]]
    assert dict(rows(run_here("policy", "back", "--reason", "too dear", *at)))["version"] == "default"
    assert run_here("policy", "back", "--reason", "x", *at).code == 3
    assert json.loads(run_here("policy", "show", "a", "--json", *at).out)["state"] == "retired"


def test_a_version_is_scheduled_and_the_list_says_what_follows(
    empty: Shop, run_here: Run, file: Callable[[str], str], tmp_path: Path
) -> None:
    at = ("--url", empty.url)
    run_here("policy", "create", file("later"), *at)
    when = ("--at", "2199-12-01T00:00:00Z")
    assert dict(rows(run_here("policy", "activate", "later", "--reason", "x", *when, *at)))["state"] == (
        "scheduled"
    )
    seen = on_a_terminal("policy", "list", *at, cwd=tmp_path, NO_COLOR="1")
    assert seen.code == 0, seen.out
    assert "default is in force since " in seen.out  # the beginning, or the step back of a test before
    assert "later follows at 2199-12-01 00:00." in " ".join(seen.out.split())
    assert "Activations" in on_a_terminal("policy", "show", "later", *at, cwd=tmp_path).out


def test_json_and_standard_input_are_read_and_the_answer_is_written_as_it_came(
    empty: Shop, run_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"version": "j", "extra_shipment_penalty": 0.1, "split_line_penalty": 0, "may_give_up": True}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(sent)))
    done = run_here("policy", "create", "-", "--json", "--url", empty.url)
    assert json.loads(done.out) == empty.client.get("/v1/policies/j").json()


def test_a_penalty_that_is_null_is_told_as_hard(
    empty: Shop, run_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"version": "h", "extra_shipment_penalty": "0.50", "split_line_penalty": "0.25"}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(sent | {"late_day_penalty": None})))
    at = ("--url", empty.url)
    assert dict(rows(run_here("policy", "create", "-", *at)))["late_day_penalty"] == "hard"
    assert ["/late_day_penalty", "0.00", "hard"] in rows(run_here("policy", "diff", "default", "h", *at))


def test_a_printed_call_does_what_the_command_does(
    empty: Shop, run_here: Run, file: Callable[[str], str]
) -> None:
    printed = run_here("policy", "create", file("curled"), "--as-curl", "--url", empty.url)
    answer = subprocess.run(shlex.split(printed.out), capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["version"] == "curled"
    python = run_here("policy", "show", "curled", "--as-python", "--url", empty.url)
    assert "httpx.request(" in python.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "defualt"], "did you mean default?"),
        (["show", ""], "VERSION is empty"),
        (["activate", "default"], "--reason is missing"),
        (["activate", "default", "--reason", "x", "--at", "tomorrow"], "/effective_at"),
        (["activate", "default", "--reason", "x", "--at", "2020-01-01T00:00:00Z"], "is in the past"),
        (["create", "nowhere.toml"], "cannot be read"),
        (["create", "{folder}/bad.toml"], "is not TOML"),
        (["create", "{folder}/bad.json"], "is not JSON"),
        (["create", "{folder}/list.json"], "holds no JSON object"),
        (["create", "{folder}/unknown.toml"], "/weight"),
        (["create", "{folder}/day.toml"], "/extra_shipment_penalty"),
        (["create", "{folder}/nan.toml"], "/extra_shipment_penalty"),
    ],
)
def test_what_cannot_be_meant_is_your_input(
    empty: Shop, run_here: Run, tmp_path: Path, arguments: list[str], said: str
) -> None:
    rest = 'version = "x"\nsplit_line_penalty = 1\n'
    for name, text in {
        "bad.toml": "version = ",
        "bad.json": "{",
        "list.json": "[]",
        "unknown.toml": rest + "extra_shipment_penalty = 1\nweight = 3\n",
        "day.toml": rest + "extra_shipment_penalty = 2026-12-01\n",
        "nan.toml": rest + "extra_shipment_penalty = nan\n",
    }.items():
        (tmp_path / name).write_text(text)
    done = run_here("policy", *(word.format(folder=tmp_path) for word in arguments), "--url", empty.url)
    assert (done.code, done.out) == (2, ""), done.err
    assert said in done.err
    assert done.err.startswith("error: ")
    assert "  fix: " in done.err


def test_a_service_that_does_not_answer_ends_with_4(run_here: Run) -> None:
    assert run_here("policy", "list", "--url", NOBODY).code == 4
