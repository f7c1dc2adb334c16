"""Errors of the command line: what is said, and the exit code that a script can rely on."""

from collections.abc import Sequence
from enum import IntEnum

from api.errors import NotFound
from fulfillment.errors import InvalidInput, NodewiseError, Refused

STANDARD_INPUT = "standard input"  # what `-` is called


class ExitCode(IntEnum):
    """How a command ended. Every one stands in `docs/command_line.md`."""

    DONE = 0
    NO = 1  # done, but the answer is no
    INPUT = 2  # something you gave cannot be meant
    REFUSED = 3  # meant well, but the present state does not allow it
    UNREACHABLE = 4  # the service or its database does not answer
    FAULT = 70  # a fault of Nodewise itself
    INTERRUPTED = 130


class CommandError(Exception):
    """Ends a command: `error:` with the detail, a line per bad thing, then `fix:`.

    `body` is what the service answered, for `--json`.
    """

    def __init__(
        self,
        detail: str,
        *,
        fix: str,
        code: ExitCode = ExitCode.INPUT,
        lines: Sequence[str] = (),
        body: str = "",
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fix = fix
        self.code = code
        self.lines = tuple(lines)
        self.body = body


def from_nodewise(error: NodewiseError) -> CommandError:
    """The same error as a command's end."""
    kinds = ((InvalidInput, ExitCode.INPUT), (NotFound, ExitCode.INPUT), (Refused, ExitCode.REFUSED))
    code = next((code for kind, code in kinds if isinstance(error, kind)), ExitCode.UNREACHABLE)
    first, *more = error.detail.splitlines() or [""]
    return CommandError(first, fix=error.fix, code=code, lines=more)
