"""The page on explanations: its three orders are what the code says of them, and its tables are complete."""

import re

from api.demo import demo_world
from api.explanations import three_orders
from api.explanations.change_schemas import MAX_CHANGES, WhatIfIn
from api.marked_pages import part_of
from scenarios.explanation import NodeState
from scenarios.explanation.contents import Topic
from tests.docs.pages import ROOT, text_of

PAGE = ROOT / "docs" / "explanations.md"


def test_the_three_orders_are_explained_as_the_code_explains_them() -> None:
    shown = part_of(text_of(PAGE), three_orders.PART)
    assert shown == three_orders.text(demo_world())
    for topic in Topic:
        assert shown.count(f"#### {topic.question}\n") == 3


def test_one_order_is_simple_one_is_split_and_one_is_not_filled() -> None:
    world = demo_world()
    simple, split, short = [
        three_orders.explained(world, order).decision.plan for order in three_orders.ORDERS
    ]
    assert (len(simple.shipments), simple.unfilled_units) == (1, 0)
    assert (len(split.shipments), split.unfilled_units) == (2, 0)
    assert short.unfilled_units == 1


def test_every_state_of_a_node_every_kind_of_change_and_the_cap_stand_on_the_page() -> None:
    text = text_of(PAGE)
    assert all(f"`{state}`" in text for state in NodeState)
    schema = WhatIfIn.model_json_schema()
    kinds = schema["properties"]["changes"]["items"]["discriminator"]["mapping"]
    assert len(kinds) == 8
    assert all(f"`{kind}`" in text for kind in kinds)
    assert re.search(rf"Up to {MAX_CHANGES} changes", text)
