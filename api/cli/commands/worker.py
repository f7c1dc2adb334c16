"""`nodewise worker`: runs jobs on this machine, beside the service, until it is stopped."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli import options

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def worker(
    database: Annotated[
        Path | None, typer.Option(help="SQLite file that keeps the state; made if it is not there.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Jobs to run at once.", min=1, max=16)] = None,
) -> None:
    """Run jobs and housekeeping until it is stopped, which Ctrl-C does.

    Options win over settings (docs/settings.md). Any number of workers share the jobs of one database; the
    item at work is finished when a worker is stopped, and its job goes on in another."""
    from api.cli.database_file import refuse_unusable
    from api.settings import load_settings

    given = options.given(
        database_url=f"sqlite:///{database}" if database is not None else None, worker_jobs=jobs
    )
    settings = load_settings(None, **given)
    if settings.database_file is not None:
        refuse_unusable(settings.database_file)

    from api.worker import work

    options.output().say("Nodewise runs jobs. Ctrl-C stops it.")
    work(settings)
