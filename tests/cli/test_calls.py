"""`--as-curl` and `--as-python`: what is printed is run as it stands, and does what the command does."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.support import key, order
from tests.cli.conftest import Shop
from tests.cli.terminal import Ran, on_a_terminal

Run = Callable[..., Ran]
INTERPRETERS = {"--as-curl": ["bash", "-ec"], "--as-python": [sys.executable, "-c"]}
NOBODY = "http://127.0.0.1:9"
AWKWARD = 'it\'s a $HOME; "é".csv'  # a name that a shell would take apart

in_both_forms = pytest.mark.parametrize("form", INTERPRETERS)


def answer_of(printed: Ran, form: str, *, stdin: str = "", cwd: Path | None = None) -> dict[str, Any]:
    """Run what was printed; its answer."""
    assert (printed.code, printed.err) == (0, "")
    done = subprocess.run(
        [*INTERPRETERS[form], printed.out],
        input=stdin,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def without_seconds(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if "seconds" not in name and name != "decided_at"}


@in_both_forms
def test_a_quote_printed_and_run_gives_the_answer_of_the_command(
    shop: Shop, run_here: Run, form: str
) -> None:
    asked = ("quote", "--line", "K-17=2", "--line", "M-01=1", "--zone", "UK-SE", "--url", shop.url)
    answer = answer_of(run_here(*asked, form), form)
    assert answer["state"] == "quoted"
    assert without_seconds(answer) == without_seconds(json.loads(run_here(*asked, "--json").out))


@in_both_forms
def test_an_order_from_a_file_is_quoted_with_all_it_says_and_is_not_reserved(
    shop: Shop, tmp_path: Path, run_here: Run, form: str
) -> None:
    file = tmp_path / "order.json"
    file.write_text(json.dumps(order("large.1", ("K-17", 900), mode="commit", accept_partial=False)))
    answer = answer_of(run_here("quote", str(file), "--url", shop.url, form), form)
    assert (answer["id"], answer["state"], answer["reservable"]) == ("large.1", "quoted", False)
    assert shop.client.get("/v1/orders/large.1").status_code == 404


@in_both_forms
def test_an_explanation_printed_and_run_gives_the_explanation(shop: Shop, run_here: Run, form: str) -> None:
    name = f"told.{form}"
    shop.client.post("/v1/orders", json=order(name, ("K-17", 1)), headers=key())
    shown = answer_of(run_here("explain", name, "--url", shop.url, form), form)
    assert shown["order"] == name
    assert shown == json.loads(run_here("explain", name, "--json", "--url", shop.url).out)


@in_both_forms
def test_an_import_printed_and_run_sends_the_file_and_the_switches(
    shop: Shop, tmp_path: Path, run_here: Run, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"Z{form}"
    Path(AWKWARD).write_text(f"id,name,latitude,longitude\n{name},Là,50,0\nBAD,Nowhere,950,0\n")
    asked = ("import", "zones", AWKWARD, "--skip-bad-rows", "--url", shop.url, form)
    checked = answer_of(run_here(*asked, "--check"), form, cwd=tmp_path)
    assert (checked["rows"], checked["bad_rows"], checked["written"]) == (2, 1, 0)
    assert name not in shop.client.get("/v1/zones").text
    assert answer_of(run_here(*asked), form, cwd=tmp_path)["written"] == 1
    assert name in shop.client.get("/v1/zones").text


@in_both_forms
def test_an_import_from_standard_input_is_printed_to_read_it_again(
    shop: Shop, run_here: Run, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    rows = json.dumps([{"id": "S", "name": "Süd", "latitude": 50.0, "longitude": 0.0}])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(rows.encode())))
    printed = run_here("import", "zones", "-", "--check", "--url", shop.url, form)
    assert answer_of(printed, form, stdin=rows)["rows"] == 1


@in_both_forms
def test_printing_a_call_sends_nothing(run_here: Run, form: str) -> None:
    assert run_here("explain", "1", "--url", NOBODY, form).code == 0


def test_a_call_is_printed_in_one_form_at_a_time(run_here: Run) -> None:
    done = run_here("explain", "1", *INTERPRETERS)
    assert (done.code, done.err) == (
        2,
        "error: --as-curl and --as-python were given\n  fix: Ask for one of them\n",
    )


def test_what_a_quote_names_as_next_reserves_the_order(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text(json.dumps(order("next", ("T-03", 1))))
    seen = on_a_terminal("quote", "order.json", "--url", shop.url, "--no-color", cwd=tmp_path).out
    command = seen.partition("Next: ")[2]
    assert answer_of(Ran(0, command), "--as-curl")["state"] == "reserved"
