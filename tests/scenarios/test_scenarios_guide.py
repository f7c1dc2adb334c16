"""The guide to scenarios: its code runs, and it names every measure and field."""

import re
from pathlib import Path

import pytest

from scenarios.measures import MEASURES, Measure

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")


def test_the_code_of_the_guide_runs_and_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    exec("".join(blocks), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Nodewise saves £")
    assert second.startswith("Close Livingston leaves ")
    assert second.endswith(" is no saving")


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.id)
def test_every_measure_stands_in_the_guide(measure: Measure) -> None:
    row = f"| `{measure.id}` | {measure.name} | {measure.unit} | {measure.better} |"
    assert row in GUIDE
