"""What the README says of layers and import-linter cannot see: the words need the standard library only."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT


def test_the_words_import_the_standard_library_and_each_other_only() -> None:
    allowed = sys.stdlib_module_names | {"fulfillment"}
    files = sorted((ROOT / "fulfillment").rglob("*.py"))
    found = {f"{path.name}: {name}" for path in files for name in _imported(path)}
    assert len(files) > 10
    assert {one for one in found if one.split(": ")[1] not in allowed} == set()


def _imported(path: Path) -> Iterator[str]:
    """Top-level names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield (node.module or "").split(".")[0]
