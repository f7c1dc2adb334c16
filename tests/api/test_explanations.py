"""Explanations over HTTP: made from what was kept, the same for ever; what-ifs that really solve again."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any
from xml.etree import ElementTree

import httpx
import numpy as np
import pytest
from sqlalchemy import create_engine, select, update

from api.explanations import service
from api.explanations.kept import read_kept
from api.explanations.remembered import Remembered
from api.orders import keeping, sourcing
from api.orders.deciding import Decided
from api.settings import Settings
from optimizer.sourcing import SourcingInstance
from scenarios.explanation import Decision, Explanation, explain
from scenarios.explanation.contents import Topic
from scenarios.question import Question
from storage.schema.orders import decision
from tests.api.support import contents, database_of, key, order, tamper

OTHER_WORLD = {
    "nodes": (
        "id,name,kind,latitude,longitude,time_zone,labor_per_order,labor_per_line,labor_per_unit,"
        "units_per_day,priority\n"
        "DC1,Renamed,dc,55.0,-3.0,Europe/London,9.60,2.20,1.03,1,9\n"
        "NEW,New,store,51.0,-0.5,Europe/London,0,0,0,400,1\n"
    ),
    "rates": (
        "service,origin,zone,per_package,per_kg,package_limit_grams\n"
        "ground,LON1,UK-SE,99.00,9.00,500\nground,NEW,UK-SE,0.01,0.00,90000\n"
    ),
    "skus": "id,name,weight_grams,price,unit_cost,case_pack\nK-17,Other,90000,1.00,0.80,6\n",
    "supply": "sku,node,quantity,safety_stock\nK-17,NEW,900,0\nM-01,NEW,900,0\n",
}


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> dict[str, Decided]:
    """What was really decided, by order, as it is kept."""
    found: dict[str, Decided] = {}
    kept = keeping.keep_decision

    def remember(stores: Any, given: Any, made: Decided) -> None:
        found[given.id] = made
        kept(stores, given, made)

    monkeypatch.setattr(sourcing, "keep_decision", remember)
    monkeypatch.setattr("api.orders.reassigning.keep_decision", remember)
    return found


def sent(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/v1/orders", json=body, headers=key())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def change_the_world(client: httpx.Client) -> None:
    """Nodes, rates, skus and stock are others now, and a node is off."""
    for name, rows in OTHER_WORLD.items():
        answer = client.post(f"/v1/{name}/import", content=rows, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 200, answer.text
    turn_off(client, "BRS1")


def turn_off(client: httpx.Client, node: str) -> None:
    answer = client.patch(f"/v1/nodes/{node}", json={"is_on": False, "off_reason": "flood"})
    assert answer.status_code == 200, answer.text


def kept_question(settings: Settings, name: str) -> tuple[Question, Any]:
    with database_of(settings.database_url) as database, database.reading() as stores:
        kept = read_kept(stores, name)
    assert kept.question is not None
    return kept.question, kept.decision


def assert_same(one: SourcingInstance, other: SourcingInstance) -> None:
    for field in fields(SourcingInstance):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if field.name == "shared" and left is not None:
            assert np.array_equal(left.need, right.need)
            assert np.array_equal(left.held, right.held)
        elif isinstance(left, np.ndarray):
            assert np.array_equal(left, right), field.name
            assert left.dtype == right.dtype
        else:
            assert left == right, field.name


ORDERS = {
    "simple": order("simple", ("K-17", 1)),
    "split": order("split", ("K-17", 2), ("M-01", 2), ("K-17", 3)),
    "short": order("short", ("M-01", 7), ("T-03", 500)),
    "chosen": order("chosen", ("K-17", 3), ("M-01", 2), nodes={"forbidden": ["LON1"], "at_most": 2}),
    "placed": order(
        "placed",
        ("M-01", 6),
        channel="app",
        destination={"zone": "UK-SE", "latitude": 51.2, "longitude": -0.6},
        limits={"branches": 50, "deterministic_seconds": 0.0},
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_what_is_kept_gives_the_same_instance_and_plan_whatever_has_changed_since(
    client: httpx.Client, settings: Settings, decided: dict[str, Decided], name: str
) -> None:
    sent(client, ORDERS[name])
    change_the_world(client)
    question, decision = kept_question(settings, name)
    assert_same(question.instance, decided[name].instance)
    assert question.answer() == decided[name].outcome
    assert decision.plan == decided[name].outcome.plan


def test_a_kit_is_kept_with_its_components(
    client: httpx.Client, settings: Settings, decided: dict[str, Decided]
) -> None:
    kit = {"id": "SET", "name": "Set", "weight_grams": 1500, "price": "30", "unit_cost": "12", "case_pack": 1}
    parts = {"K-17": 1, "M-01": 2}
    answer = client.post("/v1/skus/import", json=[kit | {"components": parts}], headers=key())
    assert answer.status_code == 200, answer.text
    more = "sku,node,quantity,safety_stock\nK-17,BRS1,4,0\n"
    client.post("/v1/supply/import", content=more, headers={"Content-Type": "text/csv"})
    sent(client, order("kit", ("SET", 2), ("K-17", 2), ("M-01", 1)))
    change_the_world(client)
    question, decision = kept_question(settings, "kit")
    assert_same(question.instance, decided["kit"].instance)
    assert question.answer().plan == decision.plan == decided["kit"].outcome.plan
    told = client.get("/v1/orders/kit/explanation").json()
    assert told["is_complete"]
    changes = [{"kind": "more_stock", "node": "BRS1", "sku": "SET", "units": 1}]
    refused = client.post("/v1/orders/kit/what-if", json={"changes": changes})
    assert refused.json()["errors"][0]["pointer"] == "/changes/0"
    assert "SET is a kit and has no stock of its own" in refused.json()["detail"]
    changes = [{"kind": "more_stock", "node": "BRS1", "sku": "M-01", "units": -5}]
    fewer = client.post("/v1/orders/kit/what-if", json={"changes": changes}).json()
    assert fewer["more_unfilled"] > 0


def test_a_part_that_was_decided_again_is_explained_with_what_has_begun(
    client: httpx.Client, settings: Settings, decided: dict[str, Decided]
) -> None:
    sent(client, order("part", ("K-17", 2), ("M-01", 2), mode="commit", nodes={"at_most": 2}))
    shipped = client.post("/v1/orders/part/ship", json={"units": {"2": 1}}, headers=key())
    assert shipped.status_code == 200, shipped.text
    node = next(
        claim["node"] for claim in shipped.json()["claims"] if claim["line"] == "1" and claim["quantity"]
    )
    turn_off(client, node)
    done = client.post("/v1/orders/part/reassign", json={}, headers=key())
    assert done.status_code == 200, done.text
    assert done.json()["moved"]
    question, decision = kept_question(settings, "part")
    assert question.order.placed is not None
    assert_same(question.instance, decided["part"].instance)
    assert question.answer().plan == decision.plan
    told = client.get("/v1/orders/part/explanation").json()
    assert told["revision"] > 1
    assert next(one for one in told["nodes"] if one["node"] == node)["words"] == "is off: flood"


def test_a_decision_by_a_rule_is_explained_and_says_so(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("api.orders.deciding.source", fails)
    sent(client, order("rule", ("K-17", 2), ("M-01", 2)))
    monkeypatch.undo()
    told = client.get("/v1/orders/rule/explanation").json()
    assert told["is_complete"]
    assert "A rule decided, and not the solver" in told["sentence"]
    assert {one["state"] for one in told["nodes"]} <= {"used", "better", "dearer", "as_good", "no_stock"}


def test_a_backordered_line_is_told_as_promised(client: httpx.Client) -> None:
    sent(client, order("later", ("K-17", 70), ("M-01", 1), allow_backorder=True))
    told = client.get("/v1/orders/later/explanation").json()
    (line,) = told["missing"]
    assert [one["reason"] for one in line["reasons"]] == ["backordered"]
    assert "promised from what is on its way" in told["answers"][-1]["points"][0]


def test_an_explanation_is_the_same_bytes_for_ever_remembered_or_made_anew(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for body in (ORDERS["split"], ORDERS["short"]):
        sent(client, body)
    addresses = [
        f"/v1/orders/{name}/explanation{rest}"
        for name in ("split", "short")
        for rest in ("", "?format=markdown", "/ladder.svg", "/map.svg?theme=dark")
    ]
    before = [client.get(address).content for address in addresses]
    change_the_world(client)
    assert [client.get(address).content for address in addresses] == before
    assert len(set(before)) == len(before)
    monkeypatch.setattr(Remembered, "explanation", lambda self, digest, make: make())
    assert [client.get(address).content for address in addresses] == before


def test_one_explanation_serves_the_text_the_pictures_and_a_second_look_and_a_new_decision_has_its_own(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def counted(question: Question, decision: Decision, **more: Any) -> Explanation:
        made.append(decision.order)
        return explain(question, decision, **more)

    monkeypatch.setattr(service, "explain", counted)
    sent(client, order("looked-at", ("K-17", 2)))
    addresses = [
        f"/v1/orders/looked-at/explanation{rest}"
        for rest in ("", "?format=markdown", "/ladder.svg", "/map.svg", "")
    ]
    first = [client.get(address).content for address in addresses]
    assert made == ["looked-at"]
    canceled = client.post("/v1/orders/looked-at/cancel", json={}, headers=key())
    assert canceled.status_code == 200, canceled.text
    sent(client, order("looked-at", ("K-17", 3)))
    assert client.get(addresses[0]).content != first[0]
    assert made == ["looked-at"] * 2


def test_all_nine_questions_are_answered_and_every_node_stands_there_once(client: httpx.Client) -> None:
    sent(client, ORDERS["short"])
    told = client.get("/v1/orders/short/explanation").json()
    assert [one["topic"] for one in told["answers"]] == [topic.value for topic in Topic]
    assert all(one["answer"].endswith(".") for one in told["answers"])
    assert sorted(one["node"] for one in told["nodes"]) == ["BRS1", "DC1", "LON1"]
    chosen = told["alternatives"][0]
    decision = client.get("/v1/orders/short/decision").json()
    assert chosen["total"] == decision["total"]
    assert sum(one["minor"] for one in chosen["costs"]) == chosen["total"]["minor"]
    assert sum(one["minor"] for one in chosen["costs"] if one["is_cash"]) == decision["cash"]["minor"]
    assert {one["id"] for one in told["alternatives"]} <= {
        "chosen",
        "one_node",
        "whole_lines",
        "next_best",
        "nearest_first",
    }
    assert told["missing"][0]["remedies"]


def test_markdown_is_text_and_pictures_are_pictures(client: httpx.Client) -> None:
    sent(client, ORDERS["split"])
    text = client.get("/v1/orders/split/explanation", params={"format": "markdown"})
    assert text.headers["content-type"].startswith("text/markdown")
    assert all(f"## {topic.question}" in text.text for topic in Topic)
    for name in ("ladder", "map"):
        for theme in ("light", "dark", "auto"):
            picture = client.get(f"/v1/orders/split/explanation/{name}.svg", params={"theme": theme})
            assert picture.headers["content-type"] == "image/svg+xml"
            assert ElementTree.fromstring(picture.text).tag.endswith("svg")
            assert ("<style>" in picture.text) is (theme == "auto")


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({"kind": "node_off", "node": "DC1"}, lambda found: "DC1" not in nodes_of(found)),
        (
            {"kind": "more_stock", "node": "DC1", "sku": "M-01", "units": 2},
            lambda found: nodes_of(found) == ["DC1"] and found["more_cost"]["micros"] < 0,
        ),
        (
            {"kind": "more_stock", "node": "BRS1", "sku": "M-01", "units": -100},
            lambda found: found["unfilled_units"] == 2 and found["more_unfilled"] == 2,
        ),
        ({"kind": "free_splits"}, lambda found: not any(one["is_steering"] for one in found["cost_lines"])),
        ({"kind": "forced_node", "node": "LON1"}, lambda found: nodes_of(found) == ["LON1"]),
        (
            {"kind": "forced_node", "node": "LON1", "line": "1"},
            lambda found: lines_of(found, "LON1") == ["1"],
        ),
        ({"kind": "capacity", "node": "BRS1", "units": 1}, lambda found: found["unfilled_units"] == 1),
        ({"kind": "policy", "version": "dear"}, lambda found: found["policy"] == "dear"),
        ({"kind": "node_on", "node": "BRS1"}, lambda found: found["more_cost"]["micros"] == 0),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_what_if_solves_again_and_writes_nothing(
    client: httpx.Client, change: dict[str, Any], holds: Callable[[dict[str, Any]], bool]
) -> None:
    policy = {"version": "dear", "extra_shipment_penalty": "9.00", "split_line_penalty": "0"}
    client.post("/v1/policies", json=policy, headers=key())
    sent(client, order("asked", ("K-17", 2), ("M-01", 2)))
    before = contents(client), client.get("/v1/orders/asked/decision").json()
    answer = client.post("/v1/orders/asked/what-if", json={"changes": [change]})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert holds(found), found
    decided = client.get("/v1/orders/asked/decision").json()
    assert found["total"]["micros"] - decided["total"]["micros"] == found["more_cost"]["micros"]
    assert sum(one["micros"] for one in found["by_kind"]) == found["more_cost"]["micros"]
    assert found["bound"]["micros"] <= found["total"]["micros"]
    assert found["sentence"].startswith("Then ")
    assert (contents(client), decided) == before


def test_a_rule_and_a_choice_can_be_taken_away(client: httpx.Client) -> None:
    rule = {"kind": "only_from", "name": "DCs only", "nodes": {"kinds": ["dc"]}}
    policy = {"version": "ruled", "extra_shipment_penalty": "0", "split_line_penalty": "0", "rules": [rule]}
    client.post("/v1/policies", json=policy, headers=key())
    client.post("/v1/policies/ruled/activate", json={"reason": "try"}, headers=key())
    sent(client, order("ruled", ("K-17", 2), ("M-01", 2), nodes={"forbidden": ["LON1"]}))
    told = client.get("/v1/orders/ruled/explanation").json()
    kept_out = {one["node"]: one["rule"] for one in told["nodes"] if one["state"] == "kept_out"}
    assert kept_out == {"LON1": "the order's own choice of nodes", "BRS1": "DCs only"}
    (binding,) = [one for one in told["binding"] if one["kind"] == "rule"]
    assert (binding["name"], binding["fewer_unfilled"], binding["fills"]) == ("DCs only", 2, {"2": 2})
    changes = [{"kind": "without_rule", "rule": name} for name in ("DCs only", kept_out["LON1"])]
    free = client.post("/v1/orders/ruled/what-if", json={"changes": changes}).json()
    assert free["unfilled_units"] == 0


@pytest.mark.parametrize(
    ("change", "pointer", "said"),
    [
        ({"kind": "node_off", "node": "DC2"}, "/changes/1/node", "did you mean DC1?"),
        ({"kind": "node_on", "node": "X"}, "/changes/1/node", 'no node named "X"'),
        (
            {"kind": "more_stock", "node": "DC1", "sku": "K-71", "units": 1},
            "/changes/1/sku",
            "did you mean K-17?",
        ),
        ({"kind": "capacity", "node": "LON2", "units": 1}, "/changes/1/node", "did you mean LON1?"),
        ({"kind": "forced_node", "node": "DC1", "line": "9"}, "/changes/1/line", 'no order line named "9"'),
        ({"kind": "without_rule", "rule": "any"}, "/changes/1/rule", 'no rule named "any"'),
        ({"kind": "policy", "version": "defalt"}, "/changes/1/version", "did you mean default?"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_name_that_is_not_known_is_pointed_at(
    client: httpx.Client, change: dict[str, Any], pointer: str, said: str
) -> None:
    sent(client, ORDERS["simple"])
    answer = client.post("/v1/orders/simple/what-if", json={"changes": [{"kind": "free_splits"}, change]})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-reference")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert said in error["detail"]
    assert answer.json()["fix"]


def test_a_decision_kept_before_instances_tells_its_costs_and_what_it_cannot(
    client: httpx.Client, settings: Settings
) -> None:
    sent(client, ORDERS["short"])
    tamper(settings, "DELETE FROM decision_instance")
    told = client.get("/v1/orders/short/explanation").json()
    assert not told["is_complete"]
    answers = {one["topic"]: one["answer"] for one in told["answers"]}
    assert answers["cost"].startswith("Shipping cost ")
    assert answers["rejected"].startswith("That cannot be told")
    assert client.get("/v1/orders/short/explanation?format=markdown").status_code == 200
    for address in ("ladder.svg", "map.svg"):
        assert client.get(f"/v1/orders/short/explanation/{address}").status_code == 404
    asked = client.post("/v1/orders/short/what-if", json={"changes": [{"kind": "free_splits"}]})
    assert (asked.status_code, asked.json()["type"]) == (404, "/problems/not-found")


def test_costs_that_a_later_release_kept_are_told_as_other_costs(
    client: httpx.Client, settings: Settings
) -> None:
    sent(client, ORDERS["short"])
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        document = connection.execute(select(decision.c.document)).scalar_one()
        document["cost_lines"][0]["kind"] = "duty"
        connection.execute(update(decision).values(document=document))
    engine.dispose()
    kept = client.get("/v1/orders/short/decision").json()["cost_lines"]
    assert kept[0]["kind"] == "duty"
    told = client.get("/v1/orders/short/explanation")
    assert told.status_code == 200, told.text
    (cost,) = (one for one in told.json()["answers"] if one["topic"] == "cost")
    assert any(point.startswith("Other costs: £") for point in cost["points"])
    assert client.get("/v1/orders/short/explanation/ladder.svg").status_code == 200


def test_an_order_never_decided_has_no_explanation(client: httpx.Client) -> None:
    for answer in (
        client.get("/v1/orders/nobody/explanation"),
        client.get("/v1/orders/nobody/explanation/map.svg"),
        client.post("/v1/orders/nobody/what-if", json={"changes": [{"kind": "free_splits"}]}),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("order nobody was never decided")


def nodes_of(found: dict[str, Any]) -> list[str]:
    return [shipment["node"] for shipment in found["shipments"]]


def lines_of(found: dict[str, Any], node: str) -> list[str]:
    return [
        part["line"]
        for shipment in found["shipments"]
        if shipment["node"] == node
        for part in shipment["lines"]
    ]


def test_what_a_kit_takes_of_a_scarce_sku_is_counted_as_wanted_of_it(client: httpx.Client) -> None:
    kit = (
        "id,name,weight_grams,price,unit_cost,components\nK-17,Kettle,900,24.99,9.80,\n"
        "SET,Set,1000,40,12,K-17:1;M-01:1\n"
    )
    stock = "sku,node,quantity,safety_stock\nK-17,BRS1,10,0\n"
    for name, rows in (("skus", kit), ("supply", stock)):
        answer = client.post(f"/v1/{name}/import", content=rows, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 200, answer.text
    sent(client, order("kit", ("M-01", 3), ("SET", 6)))
    told = client.get("/v1/orders/kit/explanation").json()
    scarce = {one["name"]: one for one in told["binding"] if one["kind"] == "stock"}
    more = scarce["M-01"]
    assert more["units"] > 0
    assert "had " in more["words"]
    change = {"kind": "more_stock", "node": more["node"], "sku": "M-01", "units": more["units"]}
    asked = client.post("/v1/orders/kit/what-if", json={"changes": [change]}).json()
    assert asked["more_unfilled"] == -more["fewer_unfilled"]
    assert asked["more_cost"]["micros"] == -more["saved"]["micros"]


def test_what_was_held_for_higher_tiers_is_told_and_not_guessed(client: httpx.Client) -> None:
    rule = {"kind": "held_for_tiers", "name": "last ones", "tier": 2, "units": 10}
    policy = {"extra_shipment_penalty": "0.50", "split_line_penalty": "0.25", "rules": [rule]}
    made = client.post("/v1/policies", json={"version": "held-1", **policy}, headers=key())
    assert made.status_code == 201, made.text
    active = client.post("/v1/policies/held-1/activate", json={"reason": "gold first"}, headers=key())
    assert active.status_code == 200, active.text
    sent(client, order("held", ("T-03", 95)))
    told = client.get("/v1/orders/held/explanation").json()
    (bristol,) = [one for one in told["nodes"] if one["node"] == "BRS1"]
    assert bristol["words"] == "has none of what was ordered beyond the last 10, held for higher tiers"
    for change in ({"kind": "without_rule", "rule": "last ones"}, {"kind": "policy", "version": "default"}):
        refused = client.post("/v1/orders/held/what-if", json={"changes": [change]})
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == "/changes/0"
        assert "more_stock" in refused.json()["fix"]


def test_the_choice_of_the_oms_stands_among_the_alternatives_as_it_was_priced(client: httpx.Client) -> None:
    chosen = [{"line": "1", "node": "LON1", "quantity": 12}]
    given = sent(client, order("own", ("K-17", 12), baseline=chosen))
    change_the_world(client)
    told = client.get("/v1/orders/own/explanation").json()
    (own,) = [one for one in told["alternatives"] if one["id"] == "baseline"]
    assert own["shipments"] == given["baseline"]["shipments"]
    assert own["total"] == given["baseline"]["total"]["baseline"]
    assert "LON1 ships 12 of K-17, 11 seen" in own["note"]
    same = [{"line": "1", "node": "LON1", "quantity": 1}]
    sent(client, order("same", ("K-17", 1), baseline=[{**same[0], "node": "NEW"}]))
    told = client.get("/v1/orders/same/explanation").json()
    assert "Your own choice" in told["alternatives"][0]["rules"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "more_stock", "node": None, "sku": "K-17", "units": 1}, "/changes/1/node"),
        ({"kind": "capacity", "node": "DC1", "units": -1}, "/changes/1/units"),
        ({"kind": "policy"}, "/changes/1/version"),
        ({"kind": "free_splits", "policy": "x"}, "/changes/1/policy"),
        ({"kind": "other"}, "/changes/1/kind"),
    ],
    ids=["node", "capacity", "policy", "no such field", "kind"],
)
def test_a_change_that_cannot_be_read_is_pointed_at(
    client: httpx.Client, change: dict[str, Any], pointer: str
) -> None:
    changes = [{"kind": "free_splits"}, change]
    refused = client.post("/v1/orders/any/what-if", json={"changes": changes})
    assert refused.status_code == 422, refused.text
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]
