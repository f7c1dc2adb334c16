"""Starting the command line loads nothing heavy, and nothing it does not need."""

import subprocess
import sys

import pytest

from api.cli.app import COMMANDS
from tests.cli.terminal import environment

HEAVY = ("pandas", "statsforecast", "ortools", "numba", "scipy", "numpy", "fastapi", "sqlalchemy")
LIST_LOADED = (
    "import sys\n"
    "from api.cli.app import run\n"
    "code = run(sys.argv[2:])\n"
    "loaded = [name for name in sys.argv[1].split(',') if name in sys.modules]\n"
    "sys.stderr.write(f'{code} {loaded}')\n"
)


def loaded_by(*arguments: str, among: tuple[str, ...] = HEAVY) -> str:
    """Exit code and the heavy packages that a command has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LIST_LOADED, ",".join(among), *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stderr


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), *((name, "--help") for name in COMMANDS)])
def test_no_heavy_package_is_loaded_before_a_command_needs_it(arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments, among=(*HEAVY, "rich", "httpx")) == "0 []"


def test_a_command_that_asks_the_service_loads_neither_solver_nor_frames() -> None:
    told = loaded_by(
        "explain", "1", "--url", "http://127.0.0.1:9", among=("ortools", "pandas", "numba", "sqlalchemy")
    )
    assert told.endswith("4 []")


def test_the_listing_imports_no_module_of_a_command() -> None:
    modules = tuple(f"api.cli.commands.{name}" for name in COMMANDS)
    assert loaded_by("--help", among=modules) == "0 []"
