"""Commands that ask the service: import, quote, explain; what they write, and how they end."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from nodewise_client.caller import path
from tests.api.support import FILES, key, order
from tests.cli.conftest import Shop
from tests.cli.terminal import Ran

Run = Callable[..., Ran]
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


# --- import --------------------------------------------------------------------------------------------
def test_a_network_is_imported_file_by_file(empty: Shop, files: Path, run_here: Run) -> None:
    for name in FILES:
        done = run_here("import", name, str(files / f"{name}.csv"), "--url", empty.url)
        rows = FILES[name].count("\n") - 1
        assert (done.code, done.out) == (0, f"rows\twritten\tbad_rows\n{rows}\t{rows}\t0\n"), done.err
    quoted = run_here("quote", "--line", "K-17=2", "--zone", "UK-SE", "--url", empty.url)
    assert quoted.code == 0


def test_a_json_file_is_imported_as_json(shop: Shop, tmp_path: Path, run_here: Run) -> None:
    file = tmp_path / "zones.json"
    file.write_text(json.dumps([{"id": "N", "name": "North", "latitude": 55.0, "longitude": -3.0}]))
    assert run_here("import", "zones", str(file), "--url", shop.url).code == 0
    assert "N" in [zone["id"] for zone in shop.client.get("/v1/zones").json()["items"]]


def test_a_price_book_is_imported_with_its_name_and_end(shop: Shop, tmp_path: Path, run_here: Run) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("node,sku,steps\nDC1,K-17,5:2.00;20:0.50\n")
    head = ("--version", "a", "--valid-until", "2199-01-01T00:00:00Z")
    done = run_here("import", "price-book", str(file), *head, "--url", shop.url)
    assert (done.code, done.out) == (0, "rows\twritten\tbad_rows\n1\t1\t0\n"), done.err
    assert shop.client.get("/v1/price-books/active").json()["version"] == "a"
    nameless = run_here("import", "price-book", str(file), "--url", shop.url)
    assert nameless.code == 2
    assert "--version" in nameless.err
    skipping = run_here("import", "price-book", str(file), *head, "--skip-bad-rows", "--url", shop.url)
    assert "loaded whole" in skipping.err
    other = run_here("import", "zones", str(file), "--version", "a", "--url", shop.url)
    assert "--version is of a price book, not of zones" in other.err


def test_all_bad_rows_are_named_at_once_and_nothing_is_written(
    shop: Shop, tmp_path: Path, run_here: Run
) -> None:
    file = tmp_path / "supply.csv"
    file.write_text("sku,node,quantity,safety_stock\nK-17,DC1,-3,0\nK-17,DC9,5,0\nM-01,DC1,7,0\n")
    done = run_here("import", "supply", str(file), "--url", shop.url)
    assert (done.code, done.out) == (2, "")
    lines = done.err.splitlines()
    assert lines[0].startswith(f"error: {file}: 2 of 3 rows are bad")
    assert "nothing was written" in lines[0]
    assert lines[1].startswith("  line 2  column quantity  is -3")
    assert lines[2] == '  line 3  column node  no node named "DC9"; did you mean DC1?'
    assert lines[3] == "  fix: Correct the rows above, or give --skip-bad-rows to write the others"
    held = shop.client.get("/v1/supply", params={"sku": "M-01", "node": "DC1"}).json()["items"]
    assert held == []


def test_a_workbook_is_told_from_a_csv_file_with_what_to_do(
    shop: Shop, tmp_path: Path, run_here: Run
) -> None:
    file = tmp_path / "zones.xlsx"
    with zipfile.ZipFile(file, "w") as workbook:
        workbook.writestr("xl/workbook.xml", "<workbook/>")
    done = run_here("import", "zones", str(file), "--url", shop.url)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        f"error: {file}: this is no CSV file: its first bytes are those of an Excel workbook",
        "  fix: Save it as CSV UTF-8, in Excel with Save As, and send that file",
    ]


def test_good_rows_are_written_when_bad_ones_may_be_skipped(
    shop: Shop, tmp_path: Path, run_here: Run
) -> None:
    file = tmp_path / "skus.csv"
    file.write_text("id,name,weight_grams,price,unit_cost\nN-1,New,100,2.00,1.00\nN-2,Bad,0,2.00,1.00\n")
    done = run_here("import", "skus", str(file), "--skip-bad-rows", "--url", shop.url)
    assert (done.code, done.out.splitlines()[1]) == (0, "2\t1\t1")
    assert done.err.startswith("line 3  column weight_grams  is 0;")
    known = {sku["id"] for sku in shop.client.get("/v1/skus").json()["items"]}
    assert "N-1" in known
    assert "N-2" not in known


def test_a_check_writes_nothing(shop: Shop, tmp_path: Path, run_here: Run) -> None:
    file = tmp_path / "zones.csv"
    file.write_text("id,name,latitude,longitude\nCHECKED,Nowhere,50,0\n")
    done = run_here("import", "zones", str(file), "--check", "--url", shop.url)
    assert (done.code, done.out.splitlines()[1]) == (0, "1\t0\t0")
    assert "CHECKED" not in shop.client.get("/v1/zones").text


@pytest.mark.parametrize(("rows", "code"), [("GOOD,Here,50,0\nBAD,There,91,0\n", 0), ("BAD,There,91,0\n", 1)])
def test_the_answer_is_no_only_if_every_row_is_bad_checked_or_not(
    shop: Shop, tmp_path: Path, run_here: Run, rows: str, code: int
) -> None:
    file = tmp_path / "zones.csv"
    file.write_text(f"id,name,latitude,longitude\n{rows}")
    done = run_here("import", "zones", str(file), "--check", "--skip-bad-rows", "--url", shop.url)
    assert done.code == code


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"sku;node;quantity\nK-17;DC1;3\n", "header of the CSV is wrong"),
        ("sku,node\nK–17,DC1\n".encode("latin-1", "replace") + b"\xe9", "is not UTF-8"),
        (b"[1, 2", "is not JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_your_input(
    shop: Shop, tmp_path: Path, run_here: Run, content: bytes, said: str
) -> None:
    file = tmp_path / "supply.csv"
    file.write_bytes(content)
    done = run_here("import", "supply", str(file), "--url", shop.url)
    assert done.code == 2
    assert said in done.err
    assert "\n  fix: " in done.err


def test_a_file_that_is_not_there_and_a_kind_that_is_none(run_here: Run) -> None:
    assert run_here("import", "nodes", "nowhere.csv").code == 2
    done = run_here("import", "warehouses", "nowhere.csv")
    assert done.code == 2
    assert "error: KIND: 'warehouses' is not one of 'nodes'" in done.err
    assert "did you mean nodes?" in run_here("import", "nodez", "nowhere.csv").err


# --- quote ---------------------------------------------------------------------------------------------
def test_a_quote_is_a_row_per_planned_line(shop: Shop, run_here: Run) -> None:
    done = run_here("quote", "--line", "K-17=2", "--line", "M-01=1", "--zone", "UK-SE", "--url", shop.url)
    header, *rows = done.out.splitlines()
    assert header == "node\tservice\tline\tsku\tquantity\tarrives_p90"
    assert sorted(row.split("\t")[2:] for row in rows) == [["1", "K-17", "2", ""], ["2", "M-01", "1", ""]]
    assert "no plan that fills as much costs a penny less" in done.err
    assert shop.client.get("/v1/orders/quote").status_code == 404


def test_a_quote_reads_a_file_or_standard_input_and_never_reserves(
    shop: Shop, tmp_path: Path, run_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(order("never", ("K-17", 1), mode="commit"))
    (tmp_path / "order.json").write_text(text)
    from_file = run_here("quote", str(tmp_path / "order.json"), "--url", shop.url)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    piped = run_here("quote", "-", "--url", shop.url)
    assert (from_file.code, from_file.out) == (0, piped.out)
    assert shop.client.get("/v1/orders/never").status_code == 404


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--line", "K-17=1"], "--zone is missing"),
        (["--zone", "UK-SE"], "--line is missing"),
        (["order.json", "--zone", "UK-SE"], "an order as JSON and --zone were given"),
        (["order.json", "--line", "K-17=1", "--zone", "x"], "an order as JSON and --line and --zone were"),
        (["--line", "K-17=-3", "--zone", "UK-SE"], '--line "K-17=-3": units are 1 or more'),
        (["--line", "K-17=0", "--zone", "UK-SE"], '--line "K-17=0": units are 1 or more'),
    ],
)
def test_a_quote_says_what_is_missing_or_too_much(run_here: Run, arguments: list[str], said: str) -> None:
    done = run_here("quote", *arguments, "--url", NOBODY)
    assert (done.code, done.err.splitlines()[0].startswith(f"error: {said}")) == (2, True)


def test_what_is_piped_in_is_called_standard_input(run_here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("["))
    assert run_here("quote", "-", "--url", NOBODY).err.startswith("error: standard input is not JSON")


def test_what_json_has_no_number_for_is_your_input(tmp_path: Path, run_here: Run) -> None:
    (tmp_path / "order.json").write_text('{"id": NaN}')
    done = run_here("quote", str(tmp_path / "order.json"), "--url", NOBODY)
    assert (done.code, done.err.splitlines()[0].endswith("is not JSON: NaN is no JSON number")) == (2, True)


def test_a_quote_that_could_not_be_reserved_answers_no(shop: Shop, tmp_path: Path, run_here: Run) -> None:
    (tmp_path / "order.json").write_text(json.dumps(order("all", ("M-01", 900), accept_partial=False)))
    assert run_here("quote", str(tmp_path / "order.json"), "--url", shop.url).code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no order was given"),
        (["--line", "K-17=2"], "--zone is missing"),
        (["--line", "K-17", "--zone", "UK-SE"], "is not of the form SKU=UNITS"),
        (["--line", "K-17=-2", "--zone", "UK-SE"], "units are 1 or more"),
        (["nowhere.json"], "cannot be read"),
        (["nowhere.json", "--line", "K-17=2"], "an order as JSON and --line were given"),
        (["--line", "K-71=2", "--zone", "UK-SE"], "did you mean K-17?"),
        (["--line", "K-17=0", "--zone", "UK-SE"], '--line "K-17=0": units are 1 or more'),
        (["--line", "K-17=1", "--zone", "UK-SX"], "did you mean"),
        (["--line", "K-17=1", "--zone", "UK-SE", "--service", "grund"], "did you mean ground?"),
        (["--line", "K-17=1", "--zone", "UK-SE", "--wanted-by", "tomorrow"], "/wanted_by"),
    ],
)
def test_a_quote_says_what_is_wrong_with_the_order(
    shop: Shop, run_here: Run, arguments: list[str], said: str
) -> None:
    done = run_here("quote", *arguments, "--url", shop.url)
    assert done.code == 2
    assert said in done.err


# --- explain -------------------------------------------------------------------------------------------
def test_an_explanation_has_cost_lines_that_add_up(shop: Shop, run_here: Run) -> None:
    shop.client.post("/v1/orders", json=order("told", ("K-17", 2), ("M-01", 2)), headers=key())
    done = run_here("explain", "told", "--url", shop.url)
    assert done.code == 0
    lines = [row.split("\t") for row in done.out.splitlines()[1:]]
    *parts, total = [int(line[2]) for line in lines]
    assert lines[-1][0] == "total"
    assert sum(parts) == total
    assert "Total £" in done.err


def test_json_is_the_answer_byte_for_byte_also_of_a_refusal(shop: Shop, run_here: Run) -> None:
    shop.client.post("/v1/orders", json=order("bytes", ("K-17", 1)), headers=key())
    answer = shop.client.get("/v1/orders/bytes/explanation").text
    assert run_here("explain", "bytes", "--json", "--url", shop.url).out == answer + "\n"
    refused = run_here("explain", "nobody", "--json", "--url", shop.url)
    assert refused.code == 2
    assert json.loads(refused.out)["type"] == "/problems/not-found"
    told = "error: order nobody was never decided, or the decision was purged\n  fix: "
    assert refused.err.startswith(told)


@pytest.mark.parametrize("given", ["../nodes", "a/b", "..", "a?b#c", "%2E"])
def test_an_id_stays_one_part_of_the_path(given: str) -> None:
    asked = httpx.URL("http://127.0.0.1:9").join(path("orders", given, "decision"))
    _, version, kind, sent, verb = asked.raw_path.decode().split("/")
    assert (version, kind, unquote(sent), verb) == ("v1", "orders", given, "decision")


@pytest.mark.parametrize("given", ["../nodes", "a/b", ".."])
def test_an_id_that_looks_like_a_path_names_no_other_thing(shop: Shop, run_here: Run, given: str) -> None:
    done = run_here("explain", given, "--url", shop.url)
    assert (done.code, done.out) == (2, "")


def test_an_explanation_answers_nine_questions_and_as_markdown_all_of_them_whole(
    shop: Shop, run_here: Run
) -> None:
    shop.client.post("/v1/orders", json=order("nine", ("K-17", 2), ("M-01", 2)), headers=key())
    done = run_here("explain", "nine", "--url", shop.url)
    assert done.err.count("?") >= 9
    assert "Why this node? " in done.err
    text = run_here("explain", "nine", "--markdown", "--url", shop.url)
    assert text.out == shop.client.get("/v1/orders/nine/explanation?format=markdown").text
    assert text.out.startswith("# Order nine\n")
    assert run_here("explain", "nine", "--markdown", "--json", "--url", shop.url).code == 2


# --- what-if -------------------------------------------------------------------------------------------
def test_a_what_if_tells_what_differs_by_kind_of_cost_and_adds_up(shop: Shop, run_here: Run) -> None:
    shop.client.post("/v1/orders", json=order("if", ("K-17", 2), ("M-01", 2)), headers=key())
    done = run_here("what-if", "if", "--more-stock", "DC1:M-01:2", "--url", shop.url)
    assert done.code == 0, done.err
    head, *rows = [row.split("\t") for row in done.out.splitlines()]
    assert head == ["kind", "amount_micros"]
    *parts, (total, amount) = rows
    assert total == "total"
    assert sum(int(micros) for _, micros in parts) == int(amount) < 0
    assert "Nothing was written." in done.err


def test_every_option_of_a_what_if_becomes_a_change(shop: Shop, run_here: Run) -> None:
    done = run_here(
        *("what-if", "1", "--policy", "default", "--node-off", "DC1", "--node-on", "BRS1"),
        *("--more-stock", "LON1:K-17:-2", "--capacity", "LON1:5", "--without-rule", "any rule"),
        *("--free-splits", "--force", "LON1", "--force", "BRS1:2", "--as-curl", "--url", shop.url),
    )
    body = json.loads(done.out.split("-d '")[1].rsplit("'", 1)[0])
    assert body["changes"] == [
        {"kind": "policy", "version": "default"},
        {"kind": "node_off", "node": "DC1"},
        {"kind": "node_on", "node": "BRS1"},
        {"kind": "more_stock", "node": "LON1", "sku": "K-17", "units": -2},
        {"kind": "capacity", "node": "LON1", "units": 5},
        {"kind": "without_rule", "rule": "any rule"},
        {"kind": "free_splits"},
        {"kind": "forced_node", "node": "LON1"},
        {"kind": "forced_node", "node": "BRS1", "line": "2"},
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing was changed"),
        (["--more-stock", "LON1:2"], "is not of the form NODE:SKU:UNITS"),
        (["--more-stock", "LON1:K-17:two"], '"two" is no number of units'),
        (["--capacity", "5"], "is not of the form NODE:UNITS"),
        (["--node-off", "DC9"], 'no node named "DC9"'),
    ],
    ids=["nothing", "no sku", "no number", "no node", "unknown"],
)
def test_a_what_if_that_cannot_be_meant_is_your_input(
    shop: Shop, run_here: Run, arguments: list[str], said: str
) -> None:
    shop.client.post("/v1/orders", json=order("input", ("K-17", 1)), headers=key())
    done = run_here("what-if", "input", *arguments, "--url", shop.url)
    assert done.code == 2
    assert said in done.err


# --- ends ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "arguments",
    [["explain", "1"], ["quote", "--line", "K-17=1", "--zone", "UK-SE"]],
    ids=["explain", "quote"],
)
def test_a_service_that_does_not_answer_ends_with_4(run_here: Run, arguments: list[str]) -> None:
    done = run_here(*arguments, "--url", NOBODY)
    assert done.code == 4
    assert done.err == (
        f"error: no service answers at {NOBODY} (connection refused)\n"
        "  fix: Start one with nodewise serve, or name its address with --url\n"
    )


@pytest.mark.parametrize(
    "url", ["nowhere", "", "http://", "ftp://127.0.0.1", "http://[::1", "http://a:99999"]
)
def test_an_address_that_is_none_is_your_input(run_here: Run, url: str) -> None:
    assert run_here("explain", "1", "--url", url).code == 2


@pytest.mark.parametrize(
    ("status", "code"), [(400, 2), (403, 3), (404, 2), (409, 3), (422, 2), (500, 70), (503, 4)]
)
def test_every_answer_of_the_service_has_its_exit_code(status: int, code: int) -> None:
    from api.cli.client import ProblemAnswered

    assert ProblemAnswered(status, "{}").code == code


def test_a_service_that_is_something_else_is_said_so(run_here: Run) -> None:
    from api.cli.client import ProblemAnswered

    error = ProblemAnswered(404, "<html>nothing here</html>")
    assert error.detail == "the service answered 404: <html>nothing here</html>"
    assert error.fix == "Check that --url is the address of a Nodewise service"
