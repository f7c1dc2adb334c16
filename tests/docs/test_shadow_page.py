"""The page on shadow mode: its order can be sent, its tables name everything, its report adds up."""

import json
import re
from pathlib import Path

import pytest

from api.cli import shadow_page
from api.marked_pages import part_of
from api.orders.schemas import Mode, OrderIn
from fulfillment.shadow import Against
from tests.docs.pages import ROOT, blocks, text_of

PAGE = ROOT / "docs" / "shadow.md"


def rows(section: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| ")
    ]


def amounts(row: list[str]) -> list[int]:
    """Pennies of the OMS's choice, of Nodewise's and of the difference."""
    return [int(re.sub(r"[£,.]", "", cell).replace("−", "-")) for cell in row[1:4]]


def test_the_order_on_the_page_is_one_and_has_the_mode_shadow() -> None:
    ((_, text),) = [block for block in blocks(text_of(PAGE)) if block[0] == "json"]
    order = OrderIn.model_validate(json.loads(text))
    assert order.mode == "shadow"
    assert order.baseline is not None


def test_every_mode_and_all_that_a_choice_goes_against_has_its_row() -> None:
    first_cells = {row[0] for row in rows(text_of(PAGE))}
    assert {f"`{against.value}`" for against in Against} <= first_cells
    named = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert set(Mode.__args__) <= named


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_the_page_is_what_its_command_writes(tmp_path: Path) -> None:
    page = tmp_path / "shadow.md"
    page.write_text(text_of(PAGE), encoding="utf-8")
    assert shadow_page.main(["--to", str(page)]) == 0
    assert text_of(page) == text_of(PAGE)


def test_the_report_on_the_page_adds_up() -> None:
    report = part_of(text_of(PAGE), shadow_page.REPORT)
    table = {row[0]: amounts(row) for row in rows(report)[1:]}
    terms = ("Packages", "Weight", "Picking and packing")
    for column in range(3):
        assert sum(table[term][column] for term in terms) == table["Cash"][column]
        both = table["Cash"][column] + table["Lost margin"][column]
        assert both == table["Cash and lost margin"][column]
    for baseline, nodewise, difference in table.values():
        assert difference == nodewise - baseline
