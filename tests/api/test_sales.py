"""Sales line by line: added up to steps where they were sold, laid over what is kept, as CSV or Parquet."""

import io
from typing import Any

import httpx
import pandas as pd
import pytest

from tests.api.support import key

ORDERS = (
    "order,sku,zone,placed_at,quantity\n"
    "1,K-17,UK-SE,2026-11-02T10:00:00,3\n"
    "2,K-17,UK-SE,2026-11-16T10:00:00,2\n"
    "1,K-17,UK-SE,2026-11-20T10:00:00,-1\n"
    "3,M-01,UK-SW,2026-11-17T10:00:00,4\n"
)
TILLS = "sku,store,sold_at,quantity\nK-17,LON1,2026-11-17,3\nM-01,BRS1,2026-11-18,1\n"
END = "2026-11-23"


def send(client: httpx.Client, text: str = ORDERS, **query: Any) -> httpx.Response:
    return client.post(
        "/v1/demand/sales",
        content=text,
        params={"kind": "order_lines", "end": END, **query},
        headers={"Content-Type": "text/csv", **key()},
    )


def series(
    client: httpx.Client, sku: str = "K-17", place: str = "UK-SE", grain: str = "week"
) -> dict[str, Any]:
    answer = client.get(f"/v1/demand/history/{sku}/{place}", params={"grain": grain})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_order_lines_are_added_up_to_weeks_with_zeros_and_returns_set_off(client: httpx.Client) -> None:
    assert send(client).json() == {
        "lines": 4,
        "late_lines": 0,
        "first_day": "2026-11-02",
        "last_day": "2026-11-20",
        "units_sold": 9.0,
        "units_returned": 1.0,
        "returns": 1,
        "returns_of_an_order": 1,
        "units_cut": 0.0,
        "series": 2,
        "emptied": 0,
    }
    found = series(client)
    assert (found["first"], found["last"], found["units"]) == ("2026-11-02", "2026-11-16", [2, 0, 2])
    assert series(client, "M-01", "UK-SW")["units"] == [4]


def test_parquet_says_what_csv_says(client: httpx.Client) -> None:
    frame = pd.read_csv(io.StringIO(ORDERS), dtype={"order": str}, parse_dates=["placed_at"])
    sent = client.post(
        "/v1/demand/sales",
        content=frame.to_parquet(),
        params={"kind": "order_lines", "end": END},
        headers={"Content-Type": "application/vnd.apache.parquet", **key()},
    )
    assert sent.status_code == 200, sent.text
    first = series(client)
    assert sent.json() == send(client).json()
    assert series(client) == first


def test_a_night_sends_what_came_since_and_what_has_no_line_has_sold_nothing(client: httpx.Client) -> None:
    send(client)
    night = "order,sku,zone,placed_at,quantity\n9,T-03,UK-SE,2026-11-25T10:00:00,7\n"
    answer = send(client, night, end="2026-11-30", since=END).json()
    assert (answer["series"], answer["emptied"]) == (3, 2)
    assert series(client)["units"] == [2, 0, 2, 0]
    assert series(client, "T-03")["units"] == [7]
    again = "order,sku,zone,placed_at,quantity\n9,K-17,UK-SE,2026-11-25T10:00:00,5\n"
    send(client, again, end="2026-11-30", since=END)
    assert series(client)["units"] == [2, 0, 2, 5]
    assert series(client, "T-03")["units"] == [0]


def test_a_return_on_a_later_night_than_its_sale_is_set_off_if_the_sale_is_sent_with_it(
    client: httpx.Client,
) -> None:
    head = "order,sku,zone,placed_at,quantity\n"
    send(client, f"{head}20,K-17,UK-SE,2026-11-10,2\n")
    sale = "21,K-17,UK-SE,2026-11-24,7\n"
    send(client, head + sale, end="2026-11-30", since=END)
    later = "21,K-17,UK-SE,2026-12-01,-2\n22,K-17,UK-SE,2026-12-02,1\n"
    alone = send(client, head + later, end="2026-12-07", since="2026-11-30").json()
    assert (alone["returns"], alone["returns_of_an_order"], alone["units_cut"]) == (1, 0, 1)
    assert series(client)["units"] == [2, 0, 7, 0]
    both = send(client, head + sale + later, end="2026-12-07", since=END).json()
    assert (both["returns"], both["returns_of_an_order"], both["units_cut"]) == (1, 1, 0)
    assert series(client)["units"] == [2, 0, 5, 1]


@pytest.mark.parametrize("first", ["order_lines", "walk_in_sales"])
def test_order_lines_and_walk_in_sales_of_one_night_leave_each_other_alone(
    client: httpx.Client, first: str
) -> None:
    send(client)
    send(client, TILLS, kind="walk_in_sales")
    night = {
        "order_lines": "order,sku,zone,placed_at,quantity\n9,K-17,UK-SE,2026-11-25,5\n",
        "walk_in_sales": "sku,store,sold_at,quantity\nK-17,LON1,2026-11-25,6\n",
    }
    for kind in sorted(night, key=first.__ne__):
        answer = send(client, night[kind], kind=kind, end="2026-11-30", since=END)
        assert (answer.json()["series"], answer.json()["emptied"]) == (2, 1)
    assert series(client)["units"] == [2, 0, 2, 5]
    assert series(client, "M-01", "UK-SW")["units"] == [4, 0]
    assert series(client, "K-17", "LON1")["units"] == [3, 6]
    assert series(client, "M-01", "BRS1")["units"] == [1, 0]


def test_dated_sales_tell_of_nodes_and_zones(client: httpx.Client) -> None:
    send(client)
    send(client, TILLS, kind="walk_in_sales")
    night = "sku,place,day,units\nK-17,UK-SE,2026-11-25,5\n"
    answer = send(client, night, kind="dated_sales", end="2026-11-30", since=END)
    assert answer.json()["emptied"] == 3
    assert "-0.0" not in answer.text
    assert series(client)["units"] == [2, 0, 2, 5]
    assert series(client, "K-17", "LON1")["units"] == [3, 0]


def test_stock_outs_that_are_kept_of_a_step_stay(client: httpx.Client) -> None:
    send(client)
    row = {"sku": "K-17", "place": "UK-SE", "first": "2026-11-09", "units": [0], "stocked_out": [True]}
    assert client.post("/v1/demand/history", json=[row], headers=key()).status_code == 200
    send(client)
    assert series(client)["stocked_out"] == [False, True, False]
    send(
        client, "order,sku,zone,placed_at,quantity\n9,K-17,UK-SE,2026-11-25,1\n", end="2026-11-30", since=END
    )
    assert series(client)["stocked_out"] == [False, True, False, False]


def test_what_is_announced_stays_so_until_it_sells(client: httpx.Client) -> None:
    send(client)
    row = {"sku": "T-03", "place": "UK-SE", "first": "2026-11-16", "units": [0], "stocked_out": [True]}
    assert client.post("/v1/demand/history", json=[row], headers=key()).status_code == 200
    night = "order,sku,zone,placed_at,quantity\n9,{},UK-SE,{}T10:00:00,7\n"
    send(client, night.format("K-17", "2026-11-25"), end="2026-11-30", since=END)
    assert series(client, "T-03")["stocked_out"] == [True, True]
    send(client, night.format("T-03", "2026-12-02"), end="2026-12-07", since="2026-11-30")
    assert series(client, "T-03")["stocked_out"] == [True, True, False]
    assert series(client, "T-03")["units"] == [0, 0, 7]


def test_walk_in_sales_count_on_the_local_day_of_their_store(client: httpx.Client) -> None:
    text = "sku,store,sold_at,quantity\nK-17,LON1,2026-06-07T23:30:00Z,2\n"  # half past midnight in London
    assert send(client, text, kind="walk_in_sales", end="2026-06-10", grain="day").status_code == 200
    found = series(client, "K-17", "LON1", grain="day")
    assert (found["first"], found["units"]) == ("2026-06-08", [2, 0])


@pytest.mark.parametrize(
    ("text", "query", "pointer", "said"),
    [
        (ORDERS.replace("K-17", "K-99"), {}, "", 'no sku named "K-99"'),
        (ORDERS.replace("UK-SW", "UK-NW"), {}, "", 'no zone named "UK-NW"'),
        (ORDERS.replace("UK-SW", "LON1"), {}, "", 'no zone named "LON1"'),
        (TILLS.replace("LON1", "UK-SE"), {"kind": "walk_in_sales"}, "", 'no node named "UK-SE"'),
        (ORDERS.replace("T10:00:00", "T10:00:00Z"), {}, "?time_zone", "no time zone is known of zone UK-SE"),
        (
            ORDERS.replace("T10:00:00", "T10:00:00Z").replace("UK-SW", "UK-NW"),
            {"time_zone": "Europe/London"},
            None,
            "UK-NW",
        ),
        (ORDERS.replace(",3\n", ",x\n"), {}, "/2/quantity", "line 2"),
        (ORDERS.replace(",3\n", ",1.5\n"), {}, None, "not whole"),
        (ORDERS, {"since": "2026-11-20"}, "?since", "no whole weeks"),
        (ORDERS, {"since": "2026-11-16"}, "?since", "lines of 2026-11-02, before 2026-11-16"),
        (ORDERS, {"kind": "receipts"}, "?kind", "receipts"),
        (ORDERS, {"end": "soon"}, "?end", "soon"),
        (ORDERS, {"time_zone": "London"}, "?time_zone", "no time zone named"),
        ("sku,zone\nK-17,UK-SE\n", {}, None, "the columns"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(
    client: httpx.Client, text: str, query: dict[str, Any], pointer: str | None, said: str
) -> None:
    answer = send(client, text, **query)
    assert answer.status_code == 422, answer.text
    assert said in f"{answer.json()['detail']} {answer.json()['errors']}"
    assert "sales.csv" not in answer.text
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert client.get("/v1/demand/history").json()["items"] == []


def test_an_end_that_is_no_step_of_what_is_kept_and_a_gap_are_refused(client: httpx.Client) -> None:
    send(client)
    off = send(client, end="2026-11-24")
    assert (off.status_code, off.json()["errors"][0]["pointer"]) == (422, "?end")
    later = "order,sku,zone,placed_at,quantity\n9,K-17,UK-SE,2026-12-10T10:00:00,5\n"
    gap = send(client, later, end="2026-12-14", since="2026-12-07")
    assert (gap.status_code, gap.json()["errors"][0]["pointer"]) == (422, "?since")
    assert "the last step kept of K-17 at UK-SE is that of 2026-11-16" in gap.text
    json = client.post("/v1/demand/sales?kind=order_lines&end=2026-11-23", json=[], headers=key())
    assert json.status_code == 415
