"""The repository as the architecture tests see it: its files, and the imports of its modules."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "fulfillment",
    "compiled",
    "optimizer",
    "forecasting",
    "storage",
    "scenarios",
    "api",
    "nodewise_client",
)
PURE = ("fulfillment", "compiled", "optimizer", "forecasting", "scenarios")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is in the repository, or would be with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def modules(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    """Each module of these packages, relative to the root, and its syntax tree."""
    for path in files():
        name = path.relative_to(ROOT)
        if name.suffix == ".py" and name.parts[0] in packages:
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Top-level names of what a module imports, anywhere in it, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield (node.module or "").split(".")[0], node.lineno
