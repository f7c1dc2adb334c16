"""The door to the compiler: where machine code is kept, and when it is made anew."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from compiled import compiled, inlined

ROOT = Path(__file__).parents[2]
LOOPS = """
from compiled import compiled, inlined

@inlined
def doubled(number):
    return number * {factor}

@compiled
def summed(numbers):
    total = 0
    for number in numbers:
        total += doubled(number)
    return total
"""
CALL = "import numpy, {package}.loops; print({package}.loops.summed(numpy.arange(4)))"


def write(package: Path, *, factor: int) -> None:
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "loops.py").write_text(LOOPS.format(factor=factor))


def said(folder: Path, command: str) -> str:
    """What a process of its own prints, started in this folder."""
    variables = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=folder, env=variables, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def kept(package: Path) -> set[Path]:
    """The files with machine code of a package."""
    return set(package.glob("__pycache__/compiled-*/**/*.nbc"))


def test_an_edit_compiles_its_own_package_anew_and_no_other(tmp_path: Path) -> None:
    edited, other = tmp_path / "edited", tmp_path / "other"
    for package in (edited, other):
        write(package, factor=2)
        assert said(tmp_path, CALL.format(package=package.name)) == "12"
    before = {package: kept(package) for package in (edited, other)}
    assert len(before[edited]) == len(before[other]) > 0

    write(edited, factor=3)
    assert said(tmp_path, CALL.format(package="edited")) == "18"
    assert said(tmp_path, CALL.format(package="other")) == "12"
    assert kept(edited) > before[edited]
    assert kept(other) == before[other]


def test_what_is_in_no_package_is_compiled_and_not_kept(tmp_path: Path) -> None:
    script = LOOPS.format(factor=2) + "import numpy; print(summed(numpy.arange(4)))"
    assert said(tmp_path, script) == "12"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("door", [compiled, inlined])
def test_a_compiled_function_gives_what_it_gives_as_plain_python(door) -> None:
    def squares(numbers):
        total = 0.0
        for number in numbers:
            total += number * number
        return total

    numbers = np.array([0.1, 0.2, 0.7])
    assert door(squares)(numbers) == squares(numbers)
