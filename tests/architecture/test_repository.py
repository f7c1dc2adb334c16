"""What no file of the repository may hold, and what its files promise each other."""

import re
import tomllib

import pytest

from tests.architecture.source import PACKAGES, ROOT, files
from tests.conftest import LONG

# Put together here, so that this file does not hold them either.
REGISTRIES = [
    *("py" + "pi.org", "pythonhost" + "ed.org", "registry.npm" + "js.org", "deb.deb" + "ian.org"),
    *("proxy.gol" + "ang.org", "--index" + "-url", "--extra-index" + "-url", "--find" + "-links"),
]
MACHINES = ["/wo" + "rk/", "/tmp/ba" + "sh_jobs", "/ro" + "ot/", "/home" + "/"]
PINNED = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+")
MARKDOWN_COMMAND = re.compile(r"^\s*(?:\$ )?make ((?:[a-z-]+ ?)+)", re.MULTILINE)
BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)


def texts() -> list[tuple[str, str]]:
    """Every text file with its name; what is not UTF-8 is data."""
    found = []
    for path in files():
        try:
            found.append((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    assert len(found) > 200
    return found


@pytest.mark.parametrize("name", REGISTRIES)
def test_no_file_names_a_package_registry(name: str) -> None:
    assert [file for file, text in texts() if name in text] == []


@pytest.mark.parametrize("folder", MACHINES)
def test_no_file_names_a_folder_of_one_machine(folder: str) -> None:
    # After a letter or a dot it is part of an address or of a longer path.
    alone = re.compile(rf"(?<![\w.}}]){re.escape(folder)}")
    assert [file for file, text in texts() if alone.search(text)] == []


def test_the_constraints_are_names_and_versions_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not PINNED.fullmatch(line)] == []
    names = [re.sub(r"[-_.]+", "-", pin.split("==")[0]).lower() for pin in pins]
    assert len(names) == len(set(names)) > 50


def test_everything_the_project_asks_for_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    asked = [*project["project"]["dependencies"], *groups["test"], *groups["build"]]
    wanted = {re.split(r"[^A-Za-z0-9._-]", one)[0].lower() for one in asked}
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower()
    pinned = {line.split("==")[0] for line in pins.splitlines() if "==" in line}
    assert wanted - pinned == set()


def test_every_make_command_shown_to_readers_exists() -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    assert {"demo", "serve", "test", "check", "bench", "soak", "clean"} <= targets
    shown = {
        target
        for file, text in texts()
        if file.endswith(".md")
        for block in BLOCK.findall(text)
        for command in MARKDOWN_COMMAND.findall(block)
        for target in command.split()
    }
    assert shown - targets == set()


def test_every_phony_target_exists_and_every_target_with_a_description_is_phony() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    phony, targets = set(listed.split()), set(TARGET.findall(makefile))
    assert phony == targets


def test_no_package_of_python_is_nested_in_tests_or_notebooks() -> None:
    inits = {str(path.relative_to(ROOT)) for path in files() if path.name == "__init__.py"}
    inits.remove("tests/__init__.py")  # a library brings a package of that name, which would be found instead
    assert {name.split("/")[0] for name in inits} == set(PACKAGES)


def test_the_files_that_begin_first_are_there() -> None:
    assert [name for name in LONG if not (ROOT / "tests" / name).is_file()] == []
