"""What typer found wrong with the words of a command, said in our manner: the option, the value, the fix."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from api.cli.errors import CommandError
from fulfillment.nearest import did_you_mean

if TYPE_CHECKING:
    from typer.exceptions import TyperException

_NOT_OF_ITS_KIND: Mapping[str, tuple[str, str]] = {
    # kind of pydantic's error: (what is wrong with the value, the fix with the limits in it)
    "int_parsing": ("is no whole number", "Give a whole number"),
    "int_parsing_size": ("is too large", "Give a smaller number"),
    "float_parsing": ("is no number", "Give a number"),
    "greater_than_equal": ("is too small", "Give {ge:,.10g} or more"),
    "less_than_equal": ("is too large", "Give {le:,.10g} or less"),
}


def usage_error(error: "TyperException", arguments: Sequence[str], commands: Sequence[str]) -> CommandError:
    """The same error as a command's end; `arguments` tell the command where the error does not."""
    context = getattr(error, "ctx", None)
    named = [word for word in arguments[:1] if word in commands]
    command = context.command_path if context is not None else " ".join(["nodewise", *named])
    fix = f"{command} --help shows what it takes"
    said = (str(error.message) or error.format_message()).rstrip(".").removeprefix("Value error, ")
    detail = said[:1].lower() + said[1:]
    parameter = getattr(error, "param", None)
    if parameter is not None:
        is_option = parameter.param_type_name == "option"
        name = max(parameter.opts, key=len) if is_option else str(parameter.name).upper()
        if not error.message:
            return CommandError(f"{name} is missing", fix=fix)
        wrong = _wrong_value(error)
        if wrong is not None:
            return CommandError(f"{name}: {wrong[0]}", fix=wrong[1])
        detail = f"{name}: {detail}"
    choices = re.match(r"'(.*)' is not one of (.*)", said)
    if choices is not None:
        detail += did_you_mean(choices[1], re.findall("'([^']*)'", choices[2]))
    near = getattr(error, "possibilities", None) or ()
    hint = f"; did you mean {sorted(near)[0]}?" if near else ""
    return CommandError(detail + hint, fix=fix)


def _wrong_value(error: "TyperException") -> tuple[str, str] | None:
    """The value with what is wrong with it, and the fix; None if it is not about one value."""
    problems: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
    if len(problems) != 1:
        return None
    (problem,) = problems
    if "does not match the formats" in problem["msg"]:
        return f'"{problem["input"]}" is no day', "Write it as 2011-03-07"
    if problem["type"] not in _NOT_OF_ITS_KIND:
        return None
    what, fix = _NOT_OF_ITS_KIND[problem["type"]]
    return f'"{problem["input"]}" {what}', fix.format(**problem.get("ctx", {}))
