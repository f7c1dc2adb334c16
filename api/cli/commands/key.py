"""`nodewise key`: API keys, made, listed and revoked in the database itself. A key is shown once."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options, state
from api.cli.errors import CommandError
from api.cli.groups import Verbs
from api.cli.table import Column, Report, Table

if TYPE_CHECKING:
    from storage.api_keys import ApiKey, Scope

app = typer.Typer(
    cls=Verbs,
    rich_markup_mode=None,
    add_completion=False,
    help="API keys: who may call the service, and for what. A running service follows within five seconds.",
)
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_COLUMNS = [
    Column("id", "id"),
    Column("name", "name", gives_way=True),
    Column("scopes", "scopes"),
    Column("expires_at", "expires", show=lambda at: f"{at:%Y-%m-%d}" if at else "never"),
]
_REVOKED = Column("revoked_at", "revoked", show=lambda at: f"{at:%Y-%m-%d}" if at else "")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is; it stands in the audit log.")],
    scopes: Annotated[
        str,
        typer.Option(help="Any of read, allocate, plan and admin, with commas between.", show_default=False),
    ],
    days: Annotated[
        int | None, typer.Option(help="Days until it expires; never by default.", min=1, max=3650)
    ] = None,
    database: state.File = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Make a key and show it, this once: only a digest of it is kept."""
    if not _NAME.fullmatch(name) or not name.strip():
        raise CommandError(
            f"NAME is {name!r}", fix="Give 1 to 100 characters, none of them a control character"
        )
    chosen = _scopes(scopes)
    with state.opened(database) as opened, opened.writing() as stores:
        expires_at = None if days is None else stores.api_keys.now + timedelta(days=days)
        made, key = stores.api_keys.create(name, chosen, expires_at=expires_at)
        stores.audit.put(state.act("key create", made.id), status=0)
    row = _row(made) | {"key": key}
    options.output(json, no_color).report(
        Report(
            tables=[Table(_COLUMNS, [row])],
            piped=Table([*_COLUMNS, Column("key", "key")], [row]),
            sentence="This is the only time the key is shown.",
            following=f"export NODEWISE_API_KEY={key}",
        )
    )


@app.command(name="list")
def list_keys(
    database: state.File = None, json: options.Json = False, no_color: options.NoColor = False
) -> None:
    """All keys, without what is secret in them."""
    with state.opened(database) as opened, opened.reading() as stores:
        keys = stores.api_keys.list()
        good = sum(key.is_good(stores.api_keys.now) for key in keys)
    options.output(json, no_color).report(
        Report(
            tables=[Table([*_COLUMNS, _REVOKED], [_row(key) for key in keys])],
            sentence=f"{good} of {len(keys)} may be used.",
            following="" if good else "nodewise key create NAME --scopes allocate,plan",
        )
    )


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="Public id of the key, as it is listed.")],
    database: state.File = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Let a key be refused from now on, for good."""
    with state.opened(database) as opened, opened.writing() as stores:
        found = stores.api_keys.revoke(key)
        if found is None:
            # What was given may be a key itself, so it is not repeated.
            raise CommandError("there is no key of that id", fix="nodewise key list names all of them")
        stores.audit.put(state.act("key revoke", found.id), status=0)
    options.output(json, no_color).report(
        Report(
            tables=[Table([*_COLUMNS, _REVOKED], [_row(found)])],
            sentence="Running services refuse it within five seconds.",
        )
    )


def _scopes(text: str) -> "frozenset[Scope]":
    from fulfillment.nearest import did_you_mean
    from storage.api_keys import Scope

    known = [scope.value for scope in Scope]
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise CommandError(
                f'--scopes: no scope named "{name}"{did_you_mean(name, known)}',
                fix=f"Give any of {', '.join(known)}, with commas between",
            )
    return frozenset(map(Scope, names))


def _row(key: "ApiKey") -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": ",".join(sorted(key.scopes)),
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }
