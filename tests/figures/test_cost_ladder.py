"""The cost ladder: parts that add up, text that is escaped and keeps its size, two themes."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from api.demo import demo_world
from api.figures.cost_ladder import PARTS, cost_ladder_svg, cost_ladder_table
from api.figures.readme_picture import main, question_of
from api.figures.rendering import DARK, LIGHT, Theme, Tokens
from fulfillment.errors import InvalidInput
from fulfillment.ids import LineId, NodeId, ServiceId, SkuId
from fulfillment.money import Micros
from fulfillment.plan import (
    CostKind,
    CostLine,
    Plan,
    PlannedShipment,
    PlannedUnits,
    Unfilled,
    UnfilledReason,
)
from optimizer.sourcing import SolveStatus
from scenarios.alternatives import Alternative

ROOT = Path(__file__).parents[2]
NAMES = {
    NodeId("a"): "Northampton DC",
    NodeId("b"): "Kingston upon Hull store",
    NodeId("c"): "<Leeds & York>",
}
SVG = "{http://www.w3.org/2000/svg}"


def _plan(*costs: tuple[CostKind, int], nodes: str = "a", unfilled: int = 0) -> Plan:
    units = (PlannedUnits(LineId("1"), SkuId("s"), 1),)
    missing = (Unfilled(LineId("1"), SkuId("s"), unfilled, UnfilledReason.NO_STOCK),) if unfilled else ()
    return Plan(
        tuple(PlannedShipment(NodeId(n), ServiceId("parcel"), 1, 100, units) for n in nodes),
        missing,
        tuple(CostLine(kind, Micros(amount)) for kind, amount in costs),
    )


# Three parts of a third of a penny: rounded one by one they would add up to nothing.
CHOSEN = Alternative("chosen", "Nodewise", _plan(*((kind, 3_334) for kind in list(CostKind)[:3])))
DEARER = Alternative(
    "one_node",
    "Best single node",
    _plan((CostKind.PACKAGES, 4_000_000), (CostKind.LOST_MARGIN, 1_000_000), nodes="abc", unfilled=25),
    rules=("Nearest first", "Static priority"),
)


def _svg(*told: Alternative, theme: Theme = Theme.LIGHT) -> str:
    return cost_ladder_svg(told or (CHOSEN, DEARER), currency="£", names=NAMES, theme=theme)


def test_the_amounts_of_a_row_add_up_to_its_total() -> None:
    table = cost_ladder_table((CHOSEN, DEARER), currency="£", names=NAMES)
    for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", table):
        cells = re.findall(r"<td>(.*?)</td>", row)
        *parts, total = (float(cell.removeprefix("£")) for cell in cells[: len(PARTS) + 1])
        assert sum(parts) == pytest.approx(total)
    assert "<td>£0.01</td>" in table


def test_bars_are_as_long_as_their_amounts_and_the_longest_fills_the_width() -> None:
    bars = [
        [
            float(part.attrib["width"].rstrip("%"))
            for part in bar.findall(f"{SVG}rect[@class]")
            if part.find(f"{SVG}title") is not None
        ]
        for bar in ElementTree.fromstring(_svg()).iter(f"{SVG}svg")
        if bar.attrib.get("width") == "97%"
    ]
    assert sum(bars[1]) == pytest.approx(100)
    assert bars[1] == pytest.approx([80, 20])
    assert sum(bars[0]) == pytest.approx(0.2, abs=0.01)


def test_every_cost_kind_belongs_to_exactly_one_part() -> None:
    kinds = [kind for _, kinds in PARTS for kind in kinds]
    assert sorted(kinds) == sorted(CostKind)


def test_missing_units_and_rules_alike_are_said() -> None:
    svg = _svg()
    assert "25 units unfilled" in svg
    assert "Best single node (rule: 2 alike)" in svg
    assert "3 nodes, 3 packages" in svg
    assert "Northampton DC, 1 package" in svg


def test_a_title_too_long_for_a_phone_is_cut_at_the_rule() -> None:
    long = Alternative("x", "Without Kingston upon Hull store", CHOSEN.plan, rules=("One node if possible",))
    assert "Without Kingston upon Hull store (a rule)" in _svg(long)


def test_names_are_escaped() -> None:
    odd = Alternative("x", "<script>alert(1)</script>", _plan((CostKind.PACKAGES, 10_000), nodes="c"))
    for text in (_svg(odd), cost_ladder_table((odd,), currency="£", names=NAMES)):
        assert "<script" not in text
        assert "&lt;Leeds &amp; York&gt;" in text
    ElementTree.fromstring(_svg(odd))


def test_a_plan_that_ships_nothing_has_a_rung() -> None:
    nothing = Alternative("chosen", "Nodewise", _plan(nodes="", unfilled=1))
    assert "nothing ships" in _svg(nothing)
    assert "1 unit unfilled" in _svg(nothing)


def test_text_is_never_scaled() -> None:
    svg = _svg()
    assert "viewBox" not in svg
    assert min(int(size) for size in re.findall(r'font-size="(\d+)"', svg)) >= 13


def test_a_fixed_theme_carries_no_style_and_the_automatic_one_knows_both() -> None:
    light, dark, auto = (_svg(theme=theme) for theme in (Theme.LIGHT, Theme.DARK, Theme.AUTO))
    for svg in (light, dark):
        assert "style" not in svg
    assert (LIGHT.muted in light, DARK.muted in light) == (True, False)
    assert (LIGHT.muted in dark, DARK.muted in dark) == (False, True)
    assert f'fill="{LIGHT.card}"' in auto
    assert f"fill: {DARK.card}" in auto


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_enough_contrast_and_bars_stand_out(tokens: Tokens) -> None:
    for color in (tokens.ink, tokens.muted, tokens.bad):
        assert _contrast(color, tokens.card) >= 4.5  # WCAG 2.2, 1.4.3
    for color in tokens.series:
        assert _contrast(color, tokens.card) >= 3  # WCAG 2.2, 1.4.11


def test_a_ladder_without_alternatives_is_refused() -> None:
    with pytest.raises(InvalidInput, match="without alternatives"):
        cost_ladder_svg((), currency="£", names=NAMES)


def test_the_picture_of_the_readme_is_what_its_command_makes(tmp_path: Path) -> None:
    assert main(["--to", str(tmp_path)]) == 0
    for made in sorted(tmp_path.iterdir()):
        kept = ROOT / "docs" / "images" / made.name
        assert made.read_bytes() == kept.read_bytes(), "run python -m api.figures.readme_picture"


def test_the_order_of_the_picture_is_one_of_the_demo() -> None:
    question = question_of(demo_world())
    assert question.answer().status is SolveStatus.OPTIMAL
    assert len(question.order.lines) == 5


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """Relative luminance of a color written #rrggbb, by WCAG 2.2."""
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_rules_that_come_to_one_plan_are_named_where_there_is_room() -> None:
    pair = Alternative(
        "nearest_first", "Nearest first", CHOSEN.plan, rules=("Nearest first", "Static priority")
    )
    assert "Rules: nearest first, static priority" in _svg(pair)
    three = replace(pair, rules=("Nearest first", "One node if possible", "Static priority"))
    assert "3 rules" in _svg(three)
