"""`nodewise policy`: versions of the policy of a running service: kept, compared, put in force and back."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.errors import CommandError
from api.cli.groups import Verbs
from api.cli.text_files import read_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.cli.calls import Call
    from api.cli.client import Answer
    from api.cli.table import Report

app = typer.Typer(
    cls=Verbs,
    rich_markup_mode=None,
    add_completion=False,
    help="Policies: the weights and switches of sourcing, in versions; which is in force, and since when.",
)
Version = Annotated[str, typer.Argument(help="Name of a version.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the activation.", show_default=False)]
ExpectedActive = Annotated[
    str | None, typer.Option(help="Refuse if another version is in force than this one.")
]


@app.command(name="list")
def list_policies(
    limit: Annotated[int, typer.Option(help="At most so many versions.", min=1, max=1_000)] = 20,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Versions, the newest first, each with its state."""
    from api.cli.calls import Call, printed
    from api.cli.client import Service, address
    from api.cli.policies import listed

    output = options.output(json, no_color)
    call, where = Call("/v1/policies", query={"limit": str(limit)}), address(url)
    if as_curl or as_python:
        output.data(printed(call, where, as_curl=as_curl, as_python=as_python, with_key=bool(api_key)))
        return
    with Service(where, api_key) as service:
        answer = service.send(call)
        active = None if json else service.send(Call("/v1/policies/active")).body
    output.report(listed(answer.body, active, body=answer.text))


@app.command()
def show(
    version: Version,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """One version: what it says, and when it is and was in force."""
    from api.cli.calls import Call

    _named(version, "VERSION")
    call = Call(_path(version))
    _run(call, _shown, url, api_key, as_curl=as_curl, as_python=as_python, json=json, no_color=no_color)


@app.command()
def diff(
    version: Annotated[str, typer.Argument(metavar="FROM", help="Name of a version.", show_default=False)],
    other: Annotated[str, typer.Argument(metavar="TO", help="Name of another.", show_default=False)],
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """What changes from one version to another, field by field."""
    from api.cli.calls import Call
    from api.cli.policies import compared

    _named(version, "FROM")
    _named(other, "TO")
    _run(
        Call(_path(version, "compare", other)),
        lambda answer: compared(answer.body, body=answer.text),
        url,
        api_key,
        as_curl=as_curl,
        as_python=as_python,
        json=json,
        no_color=no_color,
    )


@app.command()
def create(
    file: Annotated[
        str, typer.Argument(help="A version as TOML or JSON; - reads standard input.", show_default=False)
    ],
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Keep a version. It is a draft until it is activated, and it never changes."""
    call = _writing("/v1/policies", _read(file))
    _run(call, _created, url, api_key, as_curl=as_curl, as_python=as_python, json=json, no_color=no_color)


@app.command()
def activate(
    version: Version,
    reason: Reason,
    at: Annotated[
        str | None, typer.Option(help="From when, such as 2026-12-01T00:00:00Z; now by default.")
    ] = None,
    expected_active: ExpectedActive = None,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Put a version in force, now or from an instant on."""
    _named(version, "VERSION")
    body = options.given(reason=reason, effective_at=at, expected_active=expected_active)
    call = _writing(_path(version, "activate"), body)
    _run(call, _shown, url, api_key, as_curl=as_curl, as_python=as_python, json=json, no_color=no_color)


@app.command()
def back(
    reason: Reason,
    expected_active: ExpectedActive = None,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Step back: put the version in force that was so before the present one. Twice goes two back."""
    body = options.given(reason=reason, expected_active=expected_active)
    call = _writing("/v1/policies/step-back", body)
    _run(call, _shown, url, api_key, as_curl=as_curl, as_python=as_python, json=json, no_color=no_color)


def _run(
    call: "Call",
    report: "Callable[[Answer], Report]",
    url: str | None,
    api_key: str | None,
    *,
    as_curl: bool,
    as_python: bool,
    json: bool,
    no_color: bool,
) -> None:
    """Send the call and report its answer, or print it."""
    from api.cli.calls import printed
    from api.cli.client import Service, address

    output, where = options.output(json, no_color), address(url)
    if as_curl or as_python:
        output.data(printed(call, where, as_curl=as_curl, as_python=as_python, with_key=bool(api_key)))
        return
    with Service(where, api_key) as service:
        answer = service.send(call)
    output.report(report(answer))


def _shown(answer: "Answer") -> "Report":
    from api.cli.policies import shown

    return shown(answer.body, body=answer.text)


def _created(answer: "Answer") -> "Report":
    from api.cli.policies import shown

    version, is_new = answer.body["version"], answer.status == 201
    draft = f"{version} is kept, as a draft." if is_new else f"{version} was there, with this content."
    following = f'nodewise policy activate "{version}" --reason WHY' if is_new else ""
    return shown(answer.body, body=answer.text, sentence=draft, following=following)


def _path(*parts: str) -> str:
    from nodewise_client.caller import path

    return path("policies", *parts)


def _writing(path: str, body: dict[str, Any]) -> "Call":
    import secrets

    from api.cli.calls import Call

    return Call(path, body=body, key=secrets.token_hex(16))


def _named(version: str, argument: str) -> None:
    if not version:
        raise CommandError(
            f"{argument} is empty", fix="Name a version; nodewise policy list names all of them"
        )


def _read(file: str) -> dict[str, Any]:
    """A version from TOML or JSON. Fractions stay as they are written."""
    import json
    import tomllib

    name, text = read_text(file, kind="TOML or JSON")
    is_json = file.endswith(".json") or text.lstrip()[:1] in ("{", "[")
    try:
        read = json.loads(text, parse_float=str) if is_json else tomllib.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if is_json else "TOML"
        raise CommandError(f"{name} is not {kind}: {error}", fix="Correct it") from error
    if not isinstance(read, dict):
        raise CommandError(f"{name} holds no JSON object", fix="Write one version: {version, ...}")
    # Days and instants, which TOML has and JSON has not, go as text.
    plain: dict[str, Any] = json.loads(json.dumps(read, default=str))
    return plain
