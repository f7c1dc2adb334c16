"""Demand through the API: laid over what is kept, whole or not at all, with every bad row named."""

from typing import Any

import httpx
import pytest

from tests.api.demand_files import MONDAY, give_demand, rows, send, week
from tests.api.support import key

CSV = {"Content-Type": "text/csv"}


def import_csv(client: httpx.Client, text: str, kind: str = "history", **query: Any) -> httpx.Response:
    return client.post(f"/v1/demand/{kind}", content=text, headers={**CSV, **key()}, params=query)


def series(client: httpx.Client, sku: str = "K-17", place: str = "LON1", **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/demand/history/{sku}/{place}", params=query).json()
    return found


def row(number: int, *units: int, **more: Any) -> dict[str, Any]:
    return {"sku": "K-17", "place": "LON1", "first": week(number), "units": list(units), **more}


def errors_of(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["detail"]) for error in answer.json()["errors"]]


def test_what_was_sent_is_shown_and_can_be_sent_again(client: httpx.Client) -> None:
    flags = [False, True, False]
    sent = send(client, [row(0, 3, 0, 2, stocked_out=flags, sold_out=[False, False, True])])
    assert sent.json() == {"rows": 1, "written": 1, "bad_rows": 0, "checked_only": False, "errors": []}
    found = series(client)
    assert found == {
        "sku": "K-17",
        "place": "LON1",
        "first": week(0),
        "last": week(2),
        "grain": "week",
        "units": [3, 0, 2],
        "stocked_out": flags,
        "sold_out": [False, False, True],
    }
    again = {name: found[name] for name in ("sku", "place", "first", "units", "stocked_out", "sold_out")}
    assert send(client, [again]).status_code == 200
    assert series(client) == found


def test_a_csv_has_a_step_in_each_row_or_several_in_a_cell(client: httpx.Client) -> None:
    single = f"sku,place,first,units,stocked_out\nK-17,LON1,{week(0)},3,\nK-17,LON1,{week(1)},0,true\n"
    assert import_csv(client, single).json()["written"] == 2
    assert (series(client)["units"], series(client)["stocked_out"]) == ([3, 0], [False, True])
    several = f"sku,place,first,units,stocked_out\nK-17,LON1,{week(2)},7;8;9,false;false;true\n"
    assert import_csv(client, several).status_code == 200
    assert series(client)["units"] == [3, 0, 7, 8, 9]
    assert series(client)["stocked_out"] == [False, True, False, False, True]


def test_steps_are_laid_over_those_that_are_kept_and_lengthen_both_ends(
    client: httpx.Client,
) -> None:
    send(client, [row(2, 5, 5, 5)])
    send(client, [row(1, 1), row(4, 9, 9)])
    assert (series(client)["first"], series(client)["units"]) == (week(1), [1, 5, 5, 9, 9])
    send(client, [row(7, 4)], replace=True)
    assert (series(client)["first"], series(client)["units"]) == (week(7), [4])


def test_days_and_weeks_are_kept_apart(client: httpx.Client) -> None:
    send(client, [row(0, 7)])
    send(client, [row(0, 1, 2, 3)], grain="day")
    assert series(client)["units"] == [7]
    assert (series(client, grain="day")["units"], series(client, grain="day")["last"]) == (
        [1, 2, 3],
        "2025-01-08",
    )


def test_series_are_listed_by_pages_and_by_sku_and_place(client: httpx.Client) -> None:
    give_demand(client)
    page = client.get("/v1/demand/history", params={"limit": 10}).json()
    rest = client.get("/v1/demand/history", params={"limit": 10, "cursor": page["next_cursor"]}).json()
    found = [(one["sku"], one["place"]) for one in (*page["items"], *rest["items"])]
    assert found == [(one["sku"], one["place"]) for one in rows()]
    assert rest["next_cursor"] is None
    assert rest["items"][0]["last"] == week(39)
    of_one = client.get("/v1/demand/history", params={"sku": "M-01", "place": "DC1"}).json()["items"]
    assert [(one["sku"], one["place"]) for one in of_one] == [("M-01", "DC1")]


@pytest.mark.parametrize(
    ("sent", "pointer", "detail"),
    [
        ([row(0, -1)], "/0/units/0", "is -1; must be at least 0"),
        ([{**row(0, 1), "units": [1.5]}], "/0/units/0", "must be an integer"),
        ([{**row(0, 1), "units": ["3"]}], "/0/units/0", "must be an integer"),
        ([row(0)], "/0/units", "has 0 items"),
        ([row(0, 1, 2, stocked_out=[True])], "/0", "stocked_out has 1 values, units has 2"),
        ([row(0, 1, stocked_out=[True], sold_out=[True])], "/0", "step 1 is stocked out and sold out"),
        ([{**row(0, 1), "sku": "K-18"}], "/0/sku", 'no sku named "K-18"; did you mean K-17?'),
        ([{**row(0, 1), "place": "LON2"}], "/0/place", 'no node or zone named "LON2"; did you mean LON1?'),
        ([row(0, 1), row(0, 2)], "/1/sku", "the same key as /0"),
        ([row(0, 1, 2, 3), row(2, 4)], "/1/first", "another row has K-17 at LON1 in this step, too"),
        ([row(0, 1), row(3, 4)], "/1/first", f"the series has no steps from {week(1)} to {week(2)}"),
        ([row(0, 1), {**row(1, 4), "first": "2025-01-14"}], "/1/first", "is not whole weeks from 2025-01-06"),
        ([{**row(0, 1), "first": "2025-01-06T09:00:00Z"}], "/0/first", "should have zero time"),
    ],
)
def test_bad_rows_are_named_and_nothing_is_written(
    client: httpx.Client, sent: list[dict[str, Any]], pointer: str, detail: str
) -> None:
    ((at, said),) = errors_of(send(client, sent))
    assert at == pointer
    assert detail in said
    assert client.get("/v1/demand/history").json()["items"] == []


def test_a_step_away_from_those_that_are_kept_is_refused_on_either_side(client: httpx.Client) -> None:
    send(client, [row(5, 1, 1)])
    ((at, said),) = errors_of(send(client, [row(9, 1)]))
    assert (at, said) == ("/0/first", f"the series has no steps from {week(7)} to {week(8)}")
    ((at, said),) = errors_of(send(client, [row(3, 1)]))
    assert (at, said) == ("/0/first", f"the series has no steps from {week(4)} to {week(4)}")
    ((at, said),) = errors_of(send(client, [{**row(3, 1), "first": "2025-03-04"}], replace=True))
    assert "is not whole weeks from" in said


def test_bad_rows_may_be_left_out_and_rows_that_leaned_on_them_are_too(client: httpx.Client) -> None:
    sent = send(client, [row(0, 1), row(1, -5), row(2, 3), {**row(0, 8), "sku": "M-01"}], skip_bad_rows=True)
    assert (sent.json()["written"], sent.json()["bad_rows"]) == (2, 2)
    assert [error["pointer"] for error in sent.json()["errors"]] == ["/1/units/0", "/2/first"]
    assert series(client)["units"] == [1]


def test_a_check_writes_nothing(client: httpx.Client) -> None:
    assert send(client, [row(0, 1)], check=True).json()["checked_only"] is True
    assert client.get("/v1/demand/history/K-17/LON1").status_code == 404


def test_a_repeated_request_is_answered_as_the_first(client: httpx.Client) -> None:
    first = client.post("/v1/demand/history", json=[row(0, 1)], headers=key("k"))
    again = client.post("/v1/demand/history", json=[row(0, 1)], headers=key("k"))
    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
    other = client.post("/v1/demand/history", json=[row(0, 2)], headers=key("k"))
    assert other.json()["type"] == "/problems/idempotency-mismatch"


def test_drivers_are_of_a_series_or_of_all_and_replace_those_of_their_name(client: httpx.Client) -> None:
    text = f"driver,first,values,sku,place\nholiday,{week(0)},0;0;1,,\nprice,{week(0)},2.5;3,K-17,LON1\n"
    assert import_csv(client, text, "drivers").json()["written"] == 2
    import_csv(client, f"driver,first,values\nholiday,{week(0)},0;0;1;0\n", "drivers")
    page = client.get("/v1/demand/drivers", params={"limit": 1}).json()
    rest = client.get("/v1/demand/drivers", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert page["items"] + rest["items"] == [
        {"driver": "holiday", "sku": None, "place": None, "first": week(0), "last": week(3)},
        {"driver": "price", "sku": "K-17", "place": "LON1", "first": week(0), "last": week(1)},
    ]


@pytest.mark.parametrize(
    ("bad", "pointer", "detail"),
    [
        ({"values": ["x"]}, "/0/values/0", "must be a number"),
        ({"values": []}, "/0/values", "has 0 items"),
        ({"sku": "K-17"}, "/0", "sku and place go together"),
        ({"sku": "K-17", "place": "LON9"}, "/0/place", 'no node or zone named "LON9"'),
        ({"first": "2025-01-07"}, "/0/first", "is not whole weeks from 2025-01-06"),
    ],
)
def test_bad_drivers_are_named(client: httpx.Client, bad: dict[str, Any], pointer: str, detail: str) -> None:
    send(client, [row(0, 1)])
    sent = {"driver": "promotion", "first": MONDAY.isoformat(), "values": [1], **bad}
    ((at, said),) = errors_of(client.post("/v1/demand/drivers", json=[sent], headers=key()))
    assert at == pointer
    assert detail in said


def test_attributes_are_texts_or_numbers_of_skus_and_places(client: httpx.Client) -> None:
    text = "subject,id,name,value\nsku,K-17,category,kitchen\nsku,K-17,price,24.99\nplace,LON1,area,40\n"
    assert import_csv(client, text, "attributes").json()["written"] == 3
    listed = client.get("/v1/demand/attributes").json()["items"]
    assert listed == [
        {"subject": "place", "id": "LON1", "attributes": {"area": 40.0}},
        {"subject": "sku", "id": "K-17", "attributes": {"category": "kitchen", "price": 24.99}},
    ]
    import_csv(client, "subject,id,name,value\nsku,K-17,category,garden\n", "attributes")
    assert client.get("/v1/demand/attributes").json()["items"][1]["attributes"] == {"category": "garden"}
    ((at, said),) = errors_of(import_csv(client, "subject,id,name,value\nsku,K-99,a,b\n", "attributes"))
    assert (at, 'no sku named "K-99"' in said) == ("/0/id", True)
