"""`nodewise import`: a file of nodes, zones, skus, rates, supply or a price book, whole or not at all."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.errors import STANDARD_INPUT, CommandError, ExitCode
from api.cli.table import Column, Report, Table
from api.cli.words import count

if TYPE_CHECKING:
    from api.cli.client import Answer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Kind(StrEnum):
    """What the rows of a file are."""

    NODES = "nodes"
    ZONES = "zones"
    SKUS = "skus"
    RATES = "rates"
    SUPPLY = "supply"
    PRICE_BOOK = "price-book"

    @property
    def rows(self) -> str:
        """What the rows are called."""
        return "prices" if self is Kind.PRICE_BOOK else self.value

    @property
    def address(self) -> str:
        return "price-books" if self is Kind.PRICE_BOOK else self.value


@app.command(name="import")
def import_file(
    kind: Annotated[Kind, typer.Argument(help="What the rows are.")],
    file: Annotated[
        str, typer.Argument(help="CSV in UTF-8 with a header, or a JSON array; - reads standard input.")
    ],
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Write the good rows and name the bad ones.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Check every row and write nothing.")] = False,
    version: Annotated[
        str | None, typer.Option("--version", help="Of a price book: its name, which no other has.")
    ] = None,
    valid_until: Annotated[
        str | None,
        typer.Option("--valid-until", help="Of a price book: after this instant it is not used."),
    ] = None,
    made_at: Annotated[
        str | None, typer.Option("--made-at", help="Of a price book: when it was made; now, if left out.")
    ] = None,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Import a file: all rows, or none if one is bad. Rows replace those with the same id."""
    from api.cli.calls import Call, File, printed
    from api.cli.client import ProblemAnswered, Service, address
    from nodewise_client.caller import JSON_TYPE, path

    head = _head(kind, version=version, valid_until=valid_until, made_at=made_at)
    if head and skip_bad_rows:
        raise CommandError(
            "a price book is loaded whole: what has no price is free",
            fix="Correct the rows, and leave out --skip-bad-rows",
        )
    content, where = _read(file), address(url)
    name = STANDARD_INPUT if file == "-" else file
    is_json = file.endswith(".json") or content.lstrip()[:1] in (b"[", b"{")
    call = Call(
        path(kind.address, "import"),
        query={
            **head,
            **{switch: "true" for switch, on in (("check", check), ("skip_bad_rows", skip_bad_rows)) if on},
        },
        body=File(file, JSON_TYPE if is_json else "text/csv", content),
        timeout=600,
    )
    output = options.output(json, no_color)
    if as_curl or as_python:
        output.data(printed(call, where, as_curl=as_curl, as_python=as_python, with_key=bool(api_key)))
        return
    with Service(where, api_key) as service, output.progress(f"importing {name}"):
        try:
            answer = service.send(call)
        except ProblemAnswered as error:
            raise _in_our_words(error, name) from error
    output.report(_report(answer, kind, name))
    if answer.body["rows"] and answer.body["bad_rows"] == answer.body["rows"]:
        raise typer.Exit(ExitCode.NO)


def _head(kind: Kind, *, version: str | None, valid_until: str | None, made_at: str | None) -> dict[str, str]:
    """What a price book is called and until when it is valid; empty for every other kind."""
    given = {"version": version, "valid_until": valid_until, "made_at": made_at}
    named = {name: value for name, value in given.items() if value is not None}
    if kind is not Kind.PRICE_BOOK and named:
        option = "--" + next(iter(named)).replace("_", "-")
        raise CommandError(f"{option} is of a price book, not of {kind.value}", fix=f"Leave out {option}")
    if kind is Kind.PRICE_BOOK and not (version and valid_until):
        raise CommandError(
            "a price book has a name, and an end",
            fix="Give --version 2026-11-21 --valid-until 2026-11-22T06:00:00Z",
        )
    return named


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(
            f"{file} cannot be read: {error.strerror}", fix="Name a CSV or JSON file"
        ) from error


def _in_our_words(error: Any, file: str) -> CommandError:
    """The service's refusal, with the file's name and the option instead of the query."""
    skippable = "skip_bad_rows" in error.fix
    return CommandError(
        f"{file}: {error.detail}",
        fix="Correct the rows above, or give --skip-bad-rows to write the others" if skippable else error.fix,
        code=error.code,
        lines=error.lines,
        body=error.body,
    )


def _report(answer: "Answer", kind: Kind, file: str) -> Report:
    from api.cli.client import field_lines

    body = answer.body
    rows, written, bad = body["rows"], body["written"], body["bad_rows"]
    if body["checked_only"]:
        good = count(rows - bad, f"good row of {kind.rows}", f"good rows of {kind.rows}")
        sentence = f"{file} has {good}; nothing was written."
    else:
        sentence = f"{count(written, f'row of {kind.rows}', f'rows of {kind.rows}')} written from {file}."
    if bad:
        sentence += f" {count(bad, 'bad row was', 'bad rows were')} left out."
    return Report(
        tables=[_summary(body)],
        sentence=sentence,
        notes=field_lines(body["errors"]),
        following=_following(kind, written),
        body=answer.text,
    )


def _summary(body: dict[str, Any]) -> Table:
    columns = [Column(key, key.replace("_", " "), right=True) for key in ("rows", "written", "bad_rows")]
    return Table(columns, [body])


def _following(kind: Kind, written: int) -> str:
    """The file that is usually imported next."""
    if not written:
        return ""
    kinds = list(Kind)
    later = [one for one in kinds[kinds.index(kind) + 1 :] if one is not Kind.PRICE_BOOK]
    return (
        f"nodewise import {later[0].value} FILE" if later else "nodewise quote --line SKU=UNITS --zone ZONE"
    )
