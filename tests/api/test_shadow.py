"""Shadow mode over HTTP: the OMS's own choice beside Nodewise's, what is kept of it, and the report."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from tests.api.support import Server, contents, key, load, order

FROM_LONDON = [{"line": "1", "node": "LON1", "quantity": 2}]
SUMS = ("cash", "lost_margin", "steering", "total")


def shadow(name: str, baseline: list[dict[str, Any]] = FROM_LONDON, **more: Any) -> dict[str, Any]:
    """Two kettles: from DC1 at the least cost, and from London if the OMS has its way."""
    return order(name, ("K-17", 2), **({"mode": "shadow", "baseline": baseline} | more))


def sent(client: httpx.Client, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = client.post("/v1/orders", json=body, headers=key())
    assert answer.status_code == status, answer.text
    given: dict[str, Any] = answer.json()
    return given


def report(client: httpx.Client, **asked: str) -> dict[str, Any]:
    answer = client.get("/v1/benefit", params=asked)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def compared(client: httpx.Client) -> int:
    found = report(client)["nodewise"]
    return found["everything"]["orders"] if found else 0


def test_the_answer_has_both_costs_term_by_term_and_they_add_up(client: httpx.Client) -> None:
    given = sent(client, shadow("1"))
    plain = sent(client, order("1", ("K-17", 2), mode="quote"))
    theirs = given.pop("baseline")
    assert {**given, "seconds": 0, "decided_at": ""} == {**plain, "seconds": 0, "decided_at": ""}
    assert [one["node"] for one in given["shipments"]] == ["DC1"]
    assert [(one["node"], one["lines"][0]["quantity"]) for one in theirs["shipments"]] == [("LON1", 2)]
    assert [term["kind"] for term in theirs["terms"]] == ["packages", "weight", "labor"]
    for unit in ("micros", "minor"):
        for side in ("baseline", "nodewise", "difference"):
            assert sum(term[side][unit] for term in theirs["terms"]) == theirs["total"][side][unit]
            parts = [theirs[name][side][unit] for name in ("cash", "lost_margin", "steering")]
            assert sum(parts) == theirs["total"][side][unit]
        for name in SUMS:
            assert theirs[name]["nodewise"][unit] == given[name][unit]
            both = theirs[name]
            assert both["difference"][unit] == both["nodewise"][unit] - both["baseline"][unit]
    # 2.60 + 1.8 kg at 0.42 + 1.10 + 0.40 + 2 x 0.08 against 3.10 + the same weight + 0.60 + 0.20 + 2 x 0.03
    assert theirs["cash"]["baseline"]["micros"] == 5_016_000
    assert theirs["cash"]["difference"] == {
        "micros": -300_000,
        "minor": theirs["cash"]["difference"]["minor"],
    }
    assert (theirs["counts"], theirs["violations"]) == (True, [])


def test_the_decision_is_not_changed_by_the_baseline_in_any_mode(client: httpx.Client) -> None:
    for mode, status in (("quote", 200), ("shadow", 200), ("reserve", 201), ("commit", 201)):
        with_it = sent(client, shadow(mode, mode=mode), status)
        assert [one["node"] for one in with_it["shipments"]] == ["DC1"]
        assert with_it["baseline"]["packages"] == 1


def test_a_quote_with_a_baseline_compares_and_writes_nothing(client: httpx.Client) -> None:
    before = contents(client), client.get("/v1/audit").json()["items"]
    assert sent(client, shadow("1", mode="quote"))["baseline"]["counts"]
    assert client.post("/v1/orders", json=shadow("1", mode="quote")).status_code == 200
    assert (contents(client), client.get("/v1/audit").json()["items"]) == before
    assert compared(client) == 0


def test_shadow_keeps_the_comparison_and_holds_nothing(client: httpx.Client) -> None:
    before = contents(client)
    assert sent(client, shadow("1"))["state"] == "quoted"
    assert contents(client) == before
    assert compared(client) == 1
    (act, *_) = client.get("/v1/audit").json()["items"]
    assert (act["route"], act["subject"]) == ("/v1/orders", "1")


def test_what_reserve_and_commit_hold_is_compared_as_well_and_kept_with_the_decision(
    client: httpx.Client,
) -> None:
    sent(client, shadow("1", mode="reserve"), 201)
    sent(client, shadow("2", mode="commit"), 201)
    sent(client, order("3", ("K-17", 1), mode="commit"), 201)
    assert compared(client) == 2
    assert client.get("/v1/orders/1/decision").json()["baseline"]["total"]["baseline"]["micros"] == 5_016_000
    assert "baseline" not in client.get("/v1/orders/3/decision").json()


def test_a_refused_reservation_leaves_no_comparison(client: httpx.Client) -> None:
    sent(
        client,
        shadow("1", mode="reserve")
        | {"lines": [{"id": "1", "sku": "M-01", "quantity": 9}], "accept_partial": False, "baseline": []},
        409,
    )
    assert compared(client) == 0


def test_an_order_that_would_be_refused_is_compared_as_one_that_ships_nothing(client: httpx.Client) -> None:
    body = order("1", ("M-01", 9), mode="shadow", accept_partial=False)
    theirs = sent(client, body | {"baseline": [{"line": "1", "node": "BRS1", "quantity": 9}]})["baseline"]
    assert (theirs["nodewise_unfilled_units"], theirs["unfilled_units"], theirs["counts"]) == (9, 0, False)
    assert theirs["cash"]["nodewise"]["micros"] == 0
    assert theirs["lost_margin"]["nodewise"]["micros"] == 9 * 5_200_000
    assert [one["detail"] for one in theirs["violations"]] == ["BRS1 ships 9 of M-01, 5 seen"]
    found = report(client)["nodewise"]
    assert (found["left_out"], found["left_out_units"], found["counted"]["orders"]) == (1, 9, 0)


def test_a_retry_is_answered_as_before_and_the_latest_comparison_of_an_order_counts(
    client: httpx.Client,
) -> None:
    first = client.post("/v1/orders", json=shadow("1"), headers=key("once"))
    again = client.post("/v1/orders", json=shadow("1"), headers=key("once"))
    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
    assert compared(client) == 1
    sent(client, shadow("1", [{"line": "1", "node": "DC1", "quantity": 2}]))
    assert compared(client) == 1
    assert report(client)["nodewise"]["counted"]["both"]["difference"]["micros"] == 0
    late = client.post("/v1/orders", json=shadow("1"), headers=key("once"))
    assert late.text == first.text
    assert report(client)["nodewise"]["counted"]["both"]["difference"]["micros"] == 0
    other = client.post("/v1/orders", json=shadow("1", []), headers=key("once"))
    assert other.json()["type"] == "/problems/idempotency-mismatch"


def test_of_many_at_once_for_one_order_one_comparison_is_left(client: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda _: sent(client, shadow("1")), range(16)))
    assert len({str(answer["baseline"]) for answer in answers}) == 1
    assert compared(client) == 1


def test_two_processes_that_compare_one_order_leave_one_comparison(serve: Callable[..., Server]) -> None:
    first, second = serve(), serve()
    with first.client() as one, second.client() as other:
        load(one)
        with ThreadPoolExecutor(8) as senders:
            list(senders.map(lambda n: sent((one, other)[n % 2], shadow("1")), range(16)))
            same = [c.post("/v1/orders", json=shadow("2"), headers=key("same")).text for c in (one, other)]
        assert same[0] == same[1]
        assert compared(one) == compared(other) == 2


def test_bulk_takes_shadow_and_answers_each_as_the_single_call_does(client: httpx.Client) -> None:
    orders = [shadow("1"), shadow("2", [{"line": "1", "node": "LON9", "quantity": 2}]), shadow("3", [])]
    answer = client.post("/v1/orders/bulk", json={"orders": orders}, headers=key("b"))
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [200, 422, 200]
    assert results[0]["body"]["baseline"] == sent(client, shadow("4"))["baseline"]
    assert results[2]["body"]["baseline"]["unfilled_units"] == 2
    assert compared(client) == 3
    assert client.post("/v1/orders/bulk", json={"orders": orders}, headers=key("b")).text == answer.text
    assert compared(client) == 3


@pytest.mark.parametrize(
    ("baseline", "pointer", "words"),
    [
        ([{"line": "1", "node": "LON2", "quantity": 1}], "/baseline/0/node", "did you mean LON1?"),
        ([{"line": "9", "node": "LON1", "quantity": 1}], "/baseline/0/line", 'no line named "9"'),
        (
            [{"line": "1", "node": "LON1", "quantity": 2}, {"line": "1", "node": "DC1", "quantity": 1}],
            "/baseline/1/quantity",
            "3 units of line 1, of which 2 are ordered",
        ),
        (
            [{"line": "1", "node": "LON1", "quantity": 1, "service": "air"}],
            "/baseline/0/service",
            "LON1 has no rate to zone UK-SE by air",
        ),
        ([{"line": "1", "node": "LON1", "quantity": 0}], "/baseline/0/quantity", "must be at least 1"),
        ([{"line": "1", "node": "LON1"}], "/baseline/0/quantity", "missing"),
        ([{"line": "1", "node": "LON1", "quantity": 1, "name": "Ann"}], "/baseline/0/name", "no such"),
        (None, "", "shadow compares with a baseline"),
    ],
    ids=["node", "line", "too many", "service", "zero", "no quantity", "more than is known", "none"],
)
def test_a_baseline_that_cannot_be_priced_names_the_field_and_the_fix(
    refusing: httpx.Client, baseline: Any, pointer: str, words: str
) -> None:
    answer = refusing.post("/v1/orders", json=shadow("1", baseline), headers=key())
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert words in str(problem["errors"]), problem
    assert problem["fix"]
    assert compared(refusing) == 0


def test_a_node_without_a_rate_to_the_zone_is_refused_with_the_remedy(client: httpx.Client) -> None:
    nodes = client.get("/v1/nodes").json()["items"]
    fourth = {name: value for name, value in nodes[0].items() if name not in ("is_on", "off_reason")}
    answer = client.post("/v1/nodes/import", json=[fourth | {"id": "ABZ1", "name": "Aberdeen"}])
    assert answer.status_code == 200, answer.text
    refused = sent(client, shadow("1", [{"line": "1", "node": "ABZ1", "quantity": 1}]), 422)
    assert "ABZ1 has no rate to zone UK-SE" in refused["detail"]
    assert "Import the rate" in refused["fix"]


def test_two_services_of_one_node_are_refused(client: httpx.Client) -> None:
    extra = "service,origin,zone,per_package,per_kg,package_limit_grams\nair,LON1,UK-SE,9.00,0.42,20000\n"
    done = client.post("/v1/rates/import", content=extra, headers={"Content-Type": "text/csv"})
    assert done.status_code == 200
    parts = [{"line": "1", "node": "LON1", "quantity": 1, "service": name} for name in ("air", "ground")]
    refused = sent(client, shadow("1", parts), 422)
    assert "LON1 ships by ground and by air" in refused["detail"]
    by_air = sent(client, shadow("1", parts[:1]))["baseline"]
    assert by_air["shipments"][0]["service"] == "air"


def test_what_the_oms_may_do_and_nodewise_may_not_is_told_and_counted(client: httpx.Client) -> None:
    turned_off = client.patch("/v1/nodes/LON1", json={"is_on": False, "off_reason": "flood"})
    assert turned_off.status_code == 200, turned_off.text
    more = [{"line": "1", "node": "BRS1", "quantity": 1}, {"line": "1", "node": "LON1", "quantity": 1}]
    theirs = sent(client, shadow("1", more, nodes={"forbidden": ["BRS1"]}))["baseline"]
    assert [(one["against"], one["node"]) for one in theirs["violations"]] == [
        ("stock", "BRS1"),
        ("order", "BRS1"),
        ("off", "LON1"),
    ]
    assert theirs["cash"]["baseline"]["micros"] > 0
    sent(client, shadow("2", [{"line": "1", "node": "DC1", "quantity": 2}]))
    found = report(client)["nodewise"]
    assert (found["counted"]["orders"], found["within"]["orders"], found["violating"]) == (2, 1, 1)
    assert found["goes_against"] == {"off": 1, "order": 1, "stock": 1}


def test_a_service_that_may_not_carry_the_goods_is_told_and_counted(client: httpx.Client) -> None:
    rows = "service,origin,zone,per_package,per_kg,package_limit_grams,carries_hazmat\n"
    rows += "air,LON1,UK-SE,9.00,0.42,20000,no\n"
    goods = "id,name,weight_grams,price,unit_cost,is_hazmat\nK-17,Enamel kettle,900,24.99,9.80,yes\n"
    for kind, rows_of in (("rates", rows), ("skus", goods)):
        done = client.post(f"/v1/{kind}/import", content=rows_of, headers={"Content-Type": "text/csv"})
        assert done.status_code == 200, done.text
    by_air = [{"line": "1", "node": "LON1", "quantity": 2, "service": "air"}]
    theirs = sent(client, shadow("1", by_air))["baseline"]
    (one,) = theirs["violations"]
    assert (one["against"], one["node"]) == ("service", "LON1")
    assert one["detail"] == (
        "LON1 ships goods that its service may not carry: air does not take Enamel kettle (K-17), which is "
        "hazmat; ship them by ground"
    )
    assert theirs["shipments"][0]["service"] == "air"
    by_any = [{"line": "1", "node": "LON1", "quantity": 2}]
    again = sent(client, shadow("2", by_any))["baseline"]
    assert (again["violations"], again["shipments"][0]["service"]) == ([], "ground")
    assert report(client)["nodewise"]["goes_against"] == {"service": 1}


def test_the_report_takes_days_and_a_channel_and_says_that_there_is_no_price_book(
    client: httpx.Client,
) -> None:
    sent(client, shadow("1"))
    sent(client, shadow("2", channel="app"))
    found = report(client)
    assert found["nodewise"]["everything"]["orders"] == 2
    today = date.fromisoformat(found["as_of"][:10])
    day = timedelta(days=1)
    assert report(client, channel="app")["nodewise"]["everything"]["orders"] == 1
    assert report(client, **{"from": str(today), "to": str(today)})["nodewise"]["everything"]["orders"] == 2
    assert report(client, to=str(today - day))["nodewise"] is None
    later = report(client, **{"from": str(today + day)})
    assert (later["nodewise"], later["first"]) == (None, str(today + day))
    assert "send orders with a baseline" in later["sentence"]
    assert found["priced"] is None
    assert any("No order was decided with a price book" in note for note in found["notes"])
    # As amounts are rounded, the terms add up to the sums in both units.
    section = found["nodewise"]["counted"]
    for unit in ("micros", "minor"):
        for side in ("baseline", "nodewise", "difference"):
            assert sum(term[side][unit] for term in section["terms"]) == section["both"][side][unit]
    assert "£0.30 less per order" in found["sentence"]


def test_days_that_cannot_be_meant_are_refused(refusing: httpx.Client) -> None:
    back = refusing.get("/v1/benefit", params={"from": "2026-11-02", "to": "2026-11-01"})
    assert (back.status_code, back.json()["errors"][0]["pointer"]) == (422, "?to")
    for asked in (
        {"from": "yesterday"},
        {"to": "0"},
        {"from": "20261102"},
        {"since": "2026-11-02"},
        {"channel": "a/b"},
    ):
        assert refusing.get("/v1/benefit", params=asked).status_code == 422


def test_while_the_database_is_away_a_quote_still_compares_and_shadow_is_refused(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(client, shadow("1", mode="quote"))
    from storage.database import Database
    from storage.errors import StorageUnavailable

    def away(*_: object, **__: object) -> Any:
        raise StorageUnavailable("the database does not answer: gone")

    monkeypatch.setattr(Database, "reading", away)
    monkeypatch.setattr(Database, "writing", away)
    quoted = client.post("/v1/orders", json=shadow("1", mode="quote"))
    assert quoted.status_code == 200, quoted.text
    assert quoted.json()["degraded"]
    assert quoted.json()["baseline"]["cash"]["baseline"]["micros"] == 5_016_000
    assert client.post("/v1/orders", json=shadow("1"), headers=key()).status_code == 503
