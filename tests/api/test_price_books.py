"""Price books over HTTP: loaded whole or not at all, told in every decision, and withdrawn."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from api.edge.pages import encode_cursor
from api.explanations.kept import read_kept
from api.settings import Settings
from optimizer.sourcing import SourcingInstance, build_instance
from tests.api.support import database_of, key, load, order, running, tamper

CSV = "node,sku,steps\nDC1,K-17,10:3.00;40:1.00\nLON1,K-17,5:2.00;20:0.50\nDC1,T-03,50:0.10\nBRS1,M-01,5:0\n"
ROWS = [
    {"node": "DC1", "sku": "K-17", "steps": [{"up_to": 10, "price": "3.00"}, {"up_to": 40, "price": "1.00"}]}
]
FOREVER = "2199-01-01T00:00:00Z"
ACTIVE = "/v1/price-books/active"


def loaded(
    client: httpx.Client, version: str = "a", content: str | list[Any] = CSV, **asked: str
) -> httpx.Response:
    sent: dict[str, Any] = (
        {"content": content, "headers": {"Content-Type": "text/csv"}}
        if isinstance(content, str)
        else {"json": content}
    )
    query = {"version": version, "valid_until": FOREVER} | asked
    return client.post("/v1/price-books/import", params=query, **sent)


def load_book(client: httpx.Client, version: str = "a", content: str = CSV, **asked: str) -> None:
    answer = loaded(client, version, content, **asked)
    assert answer.status_code == 200, answer.text


def withdrawn(client: httpx.Client, version: str) -> dict[str, Any]:
    body = {"reason": "Made from last week's stock"}
    answer = client.post(f"/v1/price-books/{version}/withdraw", json=body, headers=key())
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def set_clock(client: httpx.Client, now: datetime) -> None:
    answer = client.put("/v1/demo/clock", json={"now": now.isoformat()})
    assert answer.status_code == 200, answer.text


def quoted(client: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/orders", json=order("1", ("K-17", 2), mode="quote", **more))
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def states(client: httpx.Client) -> dict[str, str]:
    return {one["version"]: one["state"] for one in client.get("/v1/price-books").json()["items"]}


def test_a_book_is_loaded_from_csv_and_from_json_and_the_last_one_is_in_force(client: httpx.Client) -> None:
    assert client.get(ACTIVE).status_code == 404
    given = loaded(client, made_at="2026-11-21T02:00:00Z").json()
    assert (given["rows"], given["written"], given["errors"]) == (4, 4, [])
    found = client.get(ACTIVE).json()
    assert (found["version"], found["state"], found["stocks"]) == (
        "a",
        "active",
        3,
    )  # what is free has no row
    assert (found["made_at"], found["valid_until"]) == ("2026-11-21T02:00:00Z", FOREVER)
    assert loaded(client, "b", ROWS).status_code == 200
    assert states(client) == {"b": "active", "a": "superseded"}
    assert client.get(ACTIVE).json() == client.get("/v1/price-books/b").json()


def test_the_prices_of_a_book_are_listed_by_sku_and_node_page_by_page(client: httpx.Client) -> None:
    load_book(client)
    address = "/v1/price-books/a/prices"
    whole = client.get(address).json()["items"]
    assert [(row["sku"], row["node"]) for row in whole] == [
        ("K-17", "DC1"),
        ("K-17", "LON1"),
        ("T-03", "DC1"),
    ]
    assert whole[0]["steps"] == [{"up_to": 10, "price": "3.00"}, {"up_to": 40, "price": "1.00"}]
    pages, cursor = [], None
    while True:
        page = client.get(address, params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        pages += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert pages == whole
    assert client.get(address, params={"sku": "K-17", "node": "LON1"}).json()["items"] == whole[1:2]
    assert client.get(address, params={"node": "DC1"}).json()["items"] == [whole[0], whole[2]]
    again = loaded(client, "b", whole)
    assert again.status_code == 200, again.text
    assert client.get("/v1/price-books/b/prices").json()["items"] == whole


def order_skus_as_a_dictionary_does(settings: Settings) -> None:
    """Give the skus of prices a collation in which "a" comes before "B", as a database may be made with.

    On a PostgreSQL that knows none (one without ICU) they stay as they were.
    """
    if settings.database_file is not None:
        tamper(settings, "DROP TABLE sku_prices")
        columns = "book INTEGER NOT NULL, sku VARCHAR COLLATE NOCASE NOT NULL, prices JSON NOT NULL"
        tamper(settings, f"CREATE TABLE sku_prices ({columns}, PRIMARY KEY (book, sku))")
        return
    engine = create_engine(settings.database_url)
    known = "SELECT collname FROM pg_collation WHERE collprovider = 'i' AND collname LIKE 'en-%' LIMIT 1"
    with engine.begin() as connection:
        if name := connection.execute(text(known)).scalar():
            change = f'ALTER TABLE sku_prices ALTER COLUMN sku TYPE VARCHAR COLLATE "{name}"'
            connection.execute(text(change))
    engine.dispose()


def test_no_page_of_prices_leaves_a_sku_out_whatever_the_collation_of_the_database(
    settings: Settings,
) -> None:
    order_skus_as_a_dictionary_does(settings)
    names = ["B-1", "Z", "a-1", "b-2", "z.9"]
    skus = "id,name,weight_grams,price,unit_cost\n" + "".join(f"{name},S,100,2.00,1.00\n" for name in names)
    with running(settings) as client:
        load(client)
        answer = client.post("/v1/skus/import", content=skus, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 200, answer.text
        rows = "".join(f"{node},{name},5:1.00\n" for node in ("DC1", "LON1") for name in names)
        load_book(client, content=f"node,sku,steps\n{rows}")
        found, cursor = [], None
        while cursor is not None or not found:
            asked = {"limit": 1} | ({"cursor": cursor} if cursor else {})
            page = client.get("/v1/price-books/a/prices", params=asked).json()
            found += [(row["sku"], row["node"]) for row in page["items"]]
            cursor = page["next_cursor"]
    assert sorted(found) == [(name, node) for name in names for node in ("DC1", "LON1")]


def test_the_same_book_again_changes_nothing_and_another_of_its_name_is_refused(client: httpx.Client) -> None:
    load_book(client)
    before = client.get(ACTIVE).json()
    load_book(client)
    assert client.get(ACTIVE).json() == before
    for refused in (
        loaded(client, "a", ROWS),
        loaded(client, valid_until="2198-01-01T00:00:00Z"),
        loaded(client, made_at="2026-11-01T00:00:00Z"),
    ):
        assert refused.status_code == 422
        assert "exists with other content" in refused.json()["detail"]
    assert client.get(ACTIVE).json() == before


def test_a_withdrawn_book_is_not_used_and_the_one_before_it_is_again(client: httpx.Client) -> None:
    load_book(client, "a")
    load_book(client, "b")
    gone = withdrawn(client, "b")
    assert (gone["state"], gone["withdrawn"]["reason"]) == ("withdrawn", "Made from last week's stock")
    assert gone["has_prices"] is False
    assert client.get("/v1/price-books/b/prices").json()["items"] == []
    assert withdrawn(client, "b") == gone
    assert quoted(client)["price_book"]["version"] == "a"
    assert "was withdrawn" in loaded(client, "b").json()["detail"]
    withdrawn(client, "a")
    assert client.get(ACTIVE).status_code == 404
    assert quoted(client)["price_book"] == {
        "state": "none",
        "version": None,
        "made_at": None,
        "valid_until": None,
    }
    (act, *_) = client.get("/v1/audit").json()["items"]
    assert (act["route"], act["subject"]) == ("/v1/price-books/{version}/withdraw", "a")


def test_who_loaded_what_is_in_the_audit_log(client: httpx.Client) -> None:
    load_book(client)
    (act, *_) = client.get("/v1/audit").json()["items"]
    assert (act["route"], act["subject"]) == ("/v1/price-books/import", "a")


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("DC2,K-17,5:1", "node", "did you mean DC1?"),
        ("DC1,K-18,5:1", "sku", "did you mean K-17?"),
        ("DC1,K-17,5", "steps", '"5" is not of the form UNITS:PRICE'),
        ("DC1,K-17,5:1;5:0.5", "steps", "step 2 is up to 5 units, as the one before or fewer"),
        ("DC1,K-17,5:1;9:1", "steps", "step 2 does not lower the price"),
        ("DC1,K-17,5:-1", "steps", "must be at least 0"),
        ("DC1,K-17,0:1", "steps", "must be at least 1"),
        ("DC1,K-17,", "steps", "missing"),
        ("DC1,K-17," + ";".join(f"{n}:{100 - n}" for n in range(1, 23)), "steps", "at most 20"),
        ("DC1,T-03,5:1\nDC1,T-03,5:1", "node", "the same key as line 2"),
    ],
    ids=[
        "node",
        "sku",
        "no pair",
        "not rising",
        "not falling",
        "below 0",
        "no units",
        "empty",
        "many",
        "twice",
    ],
)
def test_a_bad_row_is_named_and_nothing_of_the_book_is_kept(
    refusing: httpx.Client, row: str, column: str, words: str
) -> None:
    answer = loaded(refusing, content=f"node,sku,steps\n{row}\n")
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    (error, *_) = problem["errors"]
    assert error["column"] == column
    assert words in error["detail"]
    assert "skip_bad_rows" not in problem["fix"]
    assert refusing.get("/v1/price-books").json()["items"] == []


def test_a_cursor_or_a_name_that_cannot_be_meant_is_refused(client: httpx.Client) -> None:
    load_book(client)
    for asked in ({"cursor": encode_cursor(["\x00", "x"])}, {"sku": "\x00"}, {"node": "a/b"}):
        answer = client.get("/v1/price-books/a/prices", params=asked)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"?{next(iter(asked))}")


def test_no_row_can_be_left_out(refusing: httpx.Client) -> None:
    assert loaded(refusing, skip_bad_rows="true").json()["errors"][0]["pointer"] == "?skip_bad_rows"


@pytest.mark.parametrize(
    ("asked", "pointer", "words"),
    [
        ({"made_at": "2199-02-01T00:00:00Z"}, "?valid_until", "is not after made_at"),
        (
            {"made_at": "2001-01-01T00:00:00Z", "valid_until": "2002-01-01T00:00:00Z"},
            "?valid_until",
            "is in the past",
        ),
        ({"valid_until": "tomorrow"}, "?valid_until", "must"),
        ({"version": "active"}, "?version", "is an address of the API"),
        ({"version": "a/b"}, "?version", "letters"),
    ],
)
def test_a_head_that_cannot_be_meant_is_refused(
    refusing: httpx.Client, asked: dict[str, str], pointer: str, words: str
) -> None:
    query = {"version": "a", "valid_until": FOREVER} | asked
    answer = refusing.post(
        "/v1/price-books/import", params=query, content=CSV, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"] + error.get("allowed", "")


def test_a_kit_has_no_price_of_its_own(client: httpx.Client) -> None:
    kit = {
        "id": "SET",
        "name": "Set",
        "weight_grams": 1,
        "price": "9.00",
        "unit_cost": "1.00",
        "case_pack": 1,
    }
    made = client.post("/v1/skus/import", json=[kit | {"components": {"K-17": 1}}])
    assert made.status_code == 200, made.text
    answer = loaded(client, content="node,sku,steps\nDC1,SET,5:1.00\n")
    assert answer.json()["errors"][0]["column"] == "sku"


def test_a_file_that_is_only_checked_writes_nothing(client: httpx.Client) -> None:
    given = loaded(client, check="true").json()
    assert (given["checked_only"], given["rows"], given["written"]) == (True, 4, 0)
    assert client.get("/v1/price-books").json()["items"] == []


def test_a_check_refuses_what_loading_would(client: httpx.Client) -> None:
    load_book(client)
    same = loaded(client, check="true")
    assert (same.status_code, same.json()["written"]) == (200, 0)
    others: list[dict[str, Any]] = [
        {"content": ROWS},
        {"valid_until": "2198-01-01T00:00:00Z"},
        {"version": "b", "content": []},
    ]
    for asked in others:
        checked, really = (loaded(client, **asked, **only).json() for only in ({"check": "true"}, {}))
        assert (checked["status"], checked["detail"]) == (422, really["detail"])
    withdrawn(client, "a")
    assert "was withdrawn" in loaded(client, check="true").json()["detail"]


def test_every_decision_says_which_book_it_was_made_by(client: httpx.Client) -> None:
    assert quoted(client)["price_book"]["state"] == "none"
    load_book(client, made_at="2026-11-21T02:00:00Z")
    wanted = {
        "state": "used",
        "version": "a",
        "made_at": "2026-11-21T02:00:00Z",
        "valid_until": FOREVER,
    }
    assert quoted(client)["price_book"] == wanted
    for name, mode in (("2", "reserve"), ("3", "commit")):
        answer = client.post("/v1/orders", json=order(name, ("K-17", 2), mode=mode), headers=key())
        assert answer.json()["price_book"] == wanted
        assert client.get(f"/v1/orders/{name}/decision").json()["price_book"] == wanted


def test_a_stale_book_is_not_used_and_told(client: httpx.Client) -> None:
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)
    set_clock(client, now)
    until = now + timedelta(hours=1)
    load_book(client, "a", valid_until=until.isoformat())
    assert quoted(client)["price_book"]["state"] == "used"
    set_clock(client, until)  # up to and with that instant
    assert quoted(client)["price_book"]["state"] == "used"
    set_clock(client, until + timedelta(seconds=1))
    told = quoted(client)["price_book"]
    assert (told["state"], told["version"]) == ("stale", "a")
    assert states(client) == {"a": "stale"}
    load_book(client, "b")
    assert states(client) == {"b": "active", "a": "superseded"}
    assert client.get("/v1/price-books/a").json()["has_prices"] is False
    withdrawn(client, "b")
    assert states(client) == {"b": "withdrawn", "a": "stale"}
    assert quoted(client)["price_book"]["state"] == "stale"


def test_a_decision_is_made_from_the_prices_of_its_skus_and_explained_from_the_same(
    client: httpx.Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []

    def build(*arguments: Any, **named: Any) -> SourcingInstance:
        seen.append(named)
        return build_instance(*arguments, **named)

    monkeypatch.setattr("api.orders.deciding.build_instance", build)
    load_book(client)
    made = client.post("/v1/orders", json=order("1", ("K-17", 2)), headers=key())
    assert made.status_code == 201, made.text
    load_book(client, "b", "node,sku,steps\nDC1,K-17,40:900.00\n")
    (given,) = seen
    assert set(given["prices"].prices) == {("DC1", "K-17"), ("LON1", "K-17")}
    assert given["now"].isoformat() == made.json()["decided_at"].replace("Z", "+00:00")
    with database_of(settings.database_url) as database, database.reading() as stores:
        question = read_kept(stores, "1").question
    assert question is not None
    assert (question.prices, question.now) == (given["prices"], given["now"])
    answer = client.get("/v1/orders/1/explanation")
    assert answer.status_code == 200, answer.text


def test_a_shadow_order_is_decided_with_and_without_the_book_and_the_report_has_both(
    client: httpx.Client,
) -> None:
    def shadow(name: str) -> dict[str, Any]:
        baseline = [{"line": "1", "node": "LON1", "quantity": 2}]
        body = order(name, ("K-17", 2), mode="shadow", baseline=baseline)
        answer = client.post("/v1/orders", json=body, headers=key())
        assert answer.status_code == 200, answer.text
        given: dict[str, Any] = answer.json()
        return given

    def report() -> dict[str, Any]:
        found: dict[str, Any] = client.get("/v1/benefit").json()
        return found

    shadow("before")
    assert report()["priced"] is None
    assert any("No order was decided with" in note for note in report()["notes"])
    load_book(client)
    given = shadow("after")
    found = report()
    assert found["nodewise"]["everything"]["orders"] == 2
    assert found["priced"]["everything"]["orders"] == 1
    assert not any("No order was decided with" in note for note in found["notes"])
    assert any("1 order of 2" in note for note in found["notes"])
    cash = found["priced"]["counted"]["cash"]["nodewise"]["micros"]
    assert cash == given["cash"]["micros"]
    # Without prices the two orders are alike, whatever was loaded.
    assert found["nodewise"]["counted"]["cash"]["difference"]["micros"] == 2 * -300_000


def test_orders_that_are_decided_again_are_so_by_the_book_in_force(client: httpx.Client) -> None:
    client.post("/v1/orders", json=order("1", ("K-17", 2)), headers=key())
    load_book(client)
    turned_off = client.patch("/v1/nodes/DC1", json={"is_on": False, "off_reason": "flood"})
    assert turned_off.status_code == 200, turned_off.text
    answer = client.post("/v1/orders/1/reassign", json={}, headers=key())
    assert answer.status_code == 200, answer.text
    assert answer.json()["moved"] == 2
    assert client.get("/v1/orders/1/decision").json()["price_book"]["version"] == "a"


def test_a_book_is_refused_before_the_network_is_there(
    empty: httpx.Client,
) -> None:
    unknown = loaded(empty)
    assert unknown.status_code == 422
    load(empty)
    load_book(empty)


def test_a_file_without_prices_is_no_book(client: httpx.Client) -> None:
    answer = loaded(client, "empty", [])
    assert answer.status_code == 422
    assert "the file has no prices" in answer.text
    assert states(client) == {}


def test_a_superseded_book_is_not_put_in_force_by_loading_it_again(client: httpx.Client) -> None:
    load_book(client, "a")
    load_book(client, "b")
    again = loaded(client, "a")
    assert again.status_code == 422
    assert "withdraw b" in again.text
    assert states(client) == {"b": "active", "a": "superseded"}
    withdrawn(client, "b")
    assert loaded(client, "a").status_code == 200
