"""`nodewise serve`: the service on this machine, until it is stopped."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; loopback by default.")] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=options.LARGEST_PORT),
    ] = None,
    database: Annotated[
        Path | None, typer.Option(help="SQLite file that keeps the state; made if it is not there.")
    ] = None,
    demo_mode: Annotated[
        bool, typer.Option("--demo-mode", help="Let the clock be set through /v1/demo/clock.")
    ] = False,
) -> None:
    """Run the service until it is stopped, which Ctrl-C does.

    Options win over settings (docs/settings.md)."""
    from api.cli.database_file import refuse_unusable
    from api.cli.ports import refuse_taken
    from api.settings import load_settings

    given = options.given(
        host=host,
        port=port,
        database_url=f"sqlite:///{database}" if database is not None else None,
        demo_mode=demo_mode or None,
    )
    settings = load_settings(None, **given)
    refuse_taken(settings.host, settings.port)
    if settings.database_file is not None:
        refuse_unusable(settings.database_file)

    from api.access.first_key import HOW, lacks_key
    from api.server import serve as run

    if settings.port:
        where = f"http://{settings.host}:{settings.port}"
        options.output().say(f"Nodewise serves at {where}, its reference at {where}/docs. Ctrl-C stops it.")
    if lacks_key(settings):
        options.output().say(f"Every request needs an API key, and there is none yet. Make one: {HOW}")
    with suppress(KeyboardInterrupt):  # its proper end
        run(settings)
