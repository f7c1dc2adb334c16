"""The page on the command line names every command, option and exit code, and no other option."""

import re
from collections.abc import Iterator
from importlib import import_module

import pytest
import typer

from api.cli.app import COMMANDS, MODULES, app
from api.cli.errors import ExitCode
from tests.cli.terminal import ROOT

PAGE = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
SECTIONS = {
    section.splitlines()[0].split(" [")[0]: section for section in re.split(r"^### ", PAGE, flags=re.M)[1:]
}
HELP = "--help"


def commands() -> Iterator[tuple[str, set[str]]]:
    """Every command and verb with its options."""
    yield "nodewise", {"--version"}
    for name in COMMANDS:
        module = import_module(f"api.cli.commands.{MODULES.get(name, name)}")
        command = typer.main.get_command(module.app)
        verbs = getattr(command, "commands", {})
        if not verbs or command.invoke_without_command:
            yield f"nodewise {name}", options(command)
        for verb, of_verb in verbs.items():
            yield f"nodewise {name} {verb}", options(of_verb)


def options(command: object) -> set[str]:
    found = (opt for param in command.params for opt in param.opts)  # type: ignore[attr-defined]
    return {opt for opt in found if opt.startswith("--")} - {HELP}


def documented(section: str) -> set[str]:
    """The options in the first cells of the section's table."""
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `--")]
    return {option for cell in cells for option in re.findall(r"`(--[a-z-]+)`", cell)}


@pytest.mark.parametrize(("name", "taken"), list(commands()), ids=[name for name, _ in commands()])
def test_every_option_of_a_command_is_documented_and_no_other(name: str, taken: set[str]) -> None:
    section = next(text for title, text in SECTIONS.items() if re.fullmatch(f"{name}( [A-Z. ]+)?", title))
    assert documented(section) == taken


def test_the_page_has_no_command_that_is_not_there() -> None:
    known = {name for name, _ in commands()}
    assert {re.sub(r" [A-Z][A-Z. ]*$", "", title) for title in SECTIONS} == known


def test_every_exit_code_is_documented() -> None:
    table = PAGE.split("## Exit codes")[1].split("## ")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, flags=re.M)} == {
        int(c) for c in ExitCode
    }


def test_every_command_is_listed_in_its_order() -> None:
    told = typer.main.get_command(app)
    assert list(told.list_commands(None)) == list(COMMANDS)  # type: ignore[attr-defined]
