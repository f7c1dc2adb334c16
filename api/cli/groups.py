"""Commands that have commands below them: an unknown one is told alike everywhere."""

from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup

from api.cli.errors import CommandError
from fulfillment.nearest import did_you_mean


def no_command(name: str, among: Sequence[str], *, fix: str) -> CommandError:
    return CommandError(f'no command named "{name}"{did_you_mean(name, among)}', fix=fix)


class Verbs(TyperGroup):
    """The commands below a command, as `scenario run`."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            raise no_command(
                cmd_name, self.list_commands(ctx), fix=f"{ctx.command_path} --help shows what it takes"
            )
        return super().get_command(ctx, cmd_name)
