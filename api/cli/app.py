"""The command `nodewise`: finds a command's module by name, runs it, turns its end into an exit code."""

import contextlib
import os
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from api.cli.errors import CommandError, ExitCode, from_nodewise
from api.cli.groups import no_command
from api.cli.output import Output
from api.cli.usage import usage_error
from api.interrupts import hear_every_end, was_interrupted
from fulfillment.errors import NodewiseError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: Mapping[str, str] = {
    "demo": "Two weeks of real orders, sourced over HTTP beside three rules",
    "serve": "Run the service until it is stopped",
    "worker": "Run jobs until it is stopped",
    "import": "Import nodes, zones, skus, rates or supply from a file",
    "quote": "Where an order would ship from, and what it would cost",
    "benefit": "What Nodewise would have saved against the OMS's own choices",
    "explain": "Why an order ships from where it does",
    "what-if": "What would have been decided if something were otherwise",
    "replay": "The demo's orders in process: Nodewise beside the rules",
    "forecast": "Demand per sku and place, why so much, and how good that was",
    "replenish": "What to order for which node, and why",
    "scenario": "What-if files: run one, or compare several",
    "policy": "Policies: keep versions, put one in force, step back",
    "webhooks": "See the service's events here, while developing a receiver",
    "ledger": "Whether the books balance",
    "key": "API keys: who may call the service, and for what",
    "audit": "Who wrote what, the newest first",
    "db": "The database: its schema, backups, and the way back",
    "purge": "Forget orders that have ended: by age, or one by name",
    "doctor": "Check that everything Nodewise needs is in place",
}
"""Name and one line of every command; the module is `api.cli.commands.<name>`."""

MODULES = {"import": "import_files", "what-if": "what_if"}  # what cannot name a module


class _Commands(TyperGroup):
    """Imports a command's module when the command is called, not when it is listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            raise no_command(cmd_name, list(COMMANDS), fix=f"nodewise --help lists all {len(COMMANDS)}")
        module = import_module(f"api.cli.commands.{MODULES.get(cmd_name, cmd_name)}")
        return typer.main.get_command(module.app)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(
    name="nodewise",
    cls=_Commands,
    add_completion=False,
    rich_markup_mode=None,
    help="Decides where each order ships from, and proves it.",
    epilog="Every command has --help. Exit codes: 0 done, 1 the answer is no, 2 your input, 3 refused, "
    "4 service unreachable, 130 interrupted.",
)


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        with contextlib.suppress(PackageNotFoundError):
            sys.stdout.write(f"nodewise {version('nodewise')}\n")
            raise typer.Exit
        sys.stdout.write("nodewise (not installed)\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Decides where each order ships from, and proves it."""


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Run the command line and end the process with its exit code."""
    hear_every_end()
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run one command; returns its exit code, having said what went wrong."""
    output = Output(color="--no-color" not in arguments)
    try:
        code = app(args=arguments or ["--help"], prog_name="nodewise", standalone_mode=False)
        if code == ExitCode.INTERRUPTED:  # what typer makes of Ctrl-C inside a command
            return _interrupted(output)
        return int(code or ExitCode.DONE)
    except CommandError as error:
        if error.body and "--json" in arguments:
            output.data(error.body)
        return _fail(output, error)
    except NodewiseError as error:
        return _fail(output, from_nodewise(error))
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(output)
    except BrokenPipeError:  # `| head` has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the interpreter flushes it at exit
        return ExitCode.DONE
    except TyperException as error:
        return _fail(output, usage_error(error, arguments, list(COMMANDS)))
    except Exception as error:  # whatever it is, a script gets a code, and we the traceback
        if was_interrupted(error):
            return _interrupted(output)
        traceback.print_exc()
        fault = f"a fault of Nodewise: {type(error).__name__}: {error}"
        return _fail(output, CommandError(fault, fix="Report it with the lines above", code=ExitCode.FAULT))


def _interrupted(output: Output) -> int:
    output.say("interrupted")
    return ExitCode.INTERRUPTED


def _fail(output: Output, error: CommandError) -> int:
    output.fail(error)
    return error.code
