"""The map of a decision: each node once, by what came of it, named without overlaps, never scaled."""

import re
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pytest

from api.demo import demo_world
from api.explanations.three_orders import ORDERS, explained
from api.figures.node_map import Projection, node_map_svg
from api.figures.rendering import DARK, LIGHT, Theme
from fulfillment.errors import InvalidInput
from fulfillment.network import Place
from scenarios.explanation import Explanation, NodeState, explain_without_instance

SVG = "{http://www.w3.org/2000/svg}"
WIDTH = 360  # pixels that a phone has room for


@pytest.fixture(scope="module")
def told() -> list[Explanation]:
    world = demo_world()
    return [explained(world, order) for order in ORDERS]


def drawn(explanation: Explanation, theme: Theme = Theme.LIGHT) -> ElementTree.Element:
    return ElementTree.fromstring(node_map_svg(explanation, theme=theme))


def titles(picture: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in picture.iter(f"{SVG}title")]


def test_every_node_is_drawn_once_with_its_reason(told: list[Explanation]) -> None:
    for explanation in told:
        said = titles(drawn(explanation))
        for one in explanation.nodes:
            assert sum(title.startswith(f"{one.name}, ") for title in said) == 1
            assert any(title.endswith(one.words) for title in said)
        assert "Destination" in said


def test_marks_say_what_came_of_a_node(told: list[Explanation]) -> None:
    picture = drawn(told[1])
    circles = [one for one in picture.iter(f"{SVG}circle") if one.find(f"{SVG}title") is not None]
    crosses = [one for one in picture.iter(f"{SVG}g") if one.find(f"{SVG}title") is not None]
    states = [one.state for one in told[1].nodes]
    assert len([one for one in circles if one.get("class") == "used"]) == states.count(NodeState.USED) == 2
    assert len([one for one in circles if one.get("class") == "feasible"]) == sum(
        state.is_feasible for state in states
    )
    assert len(crosses) == states.count(NodeState.NO_STOCK) > 0


def test_names_of_nodes_that_ship_do_not_overlap_and_stay_inside(told: list[Explanation]) -> None:
    crowd = [
        replace(one, state=NodeState.USED, words="ships 1 unit")
        for one in told[1].nodes
        if one.state.is_feasible or one.state is NodeState.USED
    ][:5]
    for explanation in (*told, replace(told[1], nodes=tuple(crowd))):
        names = [
            (float(one.get("x", 0)), float(one.get("y", 0)), one.text or "")
            for one in drawn(explanation).iter(f"{SVG}text")
            if one.get("class") == "ink halo"
        ]
        used = [one.name for one in explanation.nodes if one.state is NodeState.USED]
        assert sorted(name for *_, name in names) == sorted(["Destination", *used])
        boxes = [(x, y - 12, x + 8.6 * len(name), y + 3) for x, y, name in names]
        assert all(left >= 0 and right <= WIDTH for left, _, right, _ in boxes)
        for one, other in combinations(boxes, 2):
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_text_is_never_scaled(told: list[Explanation]) -> None:
    text = node_map_svg(told[0])
    assert "viewBox" not in text
    assert {int(size) for size in re.findall(r'font-size="(\d+)"', text)} == {13}


def test_a_fixed_theme_carries_no_style_and_the_automatic_one_knows_both(told: list[Explanation]) -> None:
    light, dark, auto = (
        node_map_svg(told[0], theme=theme) for theme in (Theme.LIGHT, Theme.DARK, Theme.AUTO)
    )
    assert "<style" not in light + dark
    assert LIGHT.accent in light
    assert DARK.accent in dark
    assert LIGHT.accent in auto
    assert DARK.accent in auto
    assert " style=" not in light + dark + auto


def test_names_are_escaped(told: list[Explanation]) -> None:
    odd = tuple(replace(one, name="<Leeds & York>") for one in told[0].nodes)
    assert "<Leeds" not in node_map_svg(replace(told[0], nodes=odd))


def test_a_map_goes_the_shorter_way_around_the_earth_and_is_true_to_scale() -> None:
    fiji, tonga, samoa = Place(-18.0, 178.0), Place(-21.0, -175.0), Place(-14.0, -172.0)
    project = Projection(fiji, [tonga, samoa])
    (x0, y0), (x1, y1), (x2, y2) = project(fiji), project(tonga), project(samoa)
    assert x0 < x1 < x2  # eastward, over the date line
    assert y2 < y0 < y1  # north is up
    assert (x2 - x1) / (y1 - y2) == pytest.approx(3 * 0.953 / 7, abs=0.01)


def test_places_that_are_one_have_a_map() -> None:
    here = Place(51.5, -0.1)
    project = Projection(here, [here])
    x, y = project(here)
    assert 0 < x < WIDTH
    assert 0 < y < project.height


def test_without_nodes_there_is_no_map(told: list[Explanation]) -> None:
    nothing = explain_without_instance(told[0].decision, currency="£")
    with pytest.raises(InvalidInput, match="a map without nodes"):
        node_map_svg(nothing)
