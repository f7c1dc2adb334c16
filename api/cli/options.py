"""Options that commands share, so that one name means one thing everywhere."""

from typing import Annotated, Any

import typer

from api.cli.output import Output

Json = Annotated[
    bool, typer.Option("--json", help="Write JSON: the service's answer as it came, or the rows.")
]
NoColor = Annotated[bool, typer.Option("--no-color", help="No color; so does NO_COLOR.")]
Url = Annotated[
    str | None,
    typer.Option("--url", help="Address of the service; by default host and port of the settings."),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        envvar="NODEWISE_API_KEY",
        show_default=False,
        help="Key to call it with; better in the variable, as a command can be seen by others.",
    ),
]

AsCurl = Annotated[bool, typer.Option("--as-curl", help="Print the call as a curl command; send nothing.")]
AsPython = Annotated[bool, typer.Option("--as-python", help="Print the call as Python; send nothing.")]
Seed = Annotated[int | None, typer.Option(help="Seed of everything made in the demo world.", min=0)]
LARGEST_PORT = 65_535


def output(json: bool = False, no_color: bool = False) -> Output:
    return Output(as_json=json, color=not no_color)


def given(**values: object) -> dict[str, Any]:
    """What was given, without the options that were left out: those are for the settings to say."""
    return {name: value for name, value in values.items() if value is not None}
