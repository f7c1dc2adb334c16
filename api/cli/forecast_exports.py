"""Runs of the service as files, from it or from the database that it keeps them in. Makes none."""

from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.calls import Call
from api.cli.errors import CommandError
from api.cli.forecast_sources import Step
from api.demand.parquet_tables import is_parquet
from nodewise_client.caller import path

if TYPE_CHECKING:
    from api.cli.client import Service
    from storage.database import Database

LATEST = "latest"
LARGEST_RUN = 2**53 - 1
_SECONDS = 600.0  # a file of all skus takes its time

Exported = tuple[int, int]
"""The run, and the bytes of its file."""


def number_of(run: str) -> int | None:
    """The number of a run; None is the latest.

    Raises
    ------
    CommandError
        It is neither.
    """
    if run == LATEST:
        return None
    if not (run.isascii() and run.isdigit() and 1 <= int(run) <= LARGEST_RUN):
        raise CommandError(
            f'RUN: "{run}" is no number of a run', fix=f"Give a number such as 17, or {LATEST}"
        )
    return int(run)


def call_of(number: int | None, out: Path, *, planned: bool) -> Call:
    """The call that answers with the file.

    Raises
    ------
    CommandError
        The run has no number yet: one call alone cannot tell which is the latest.
    """
    if number is None:
        raise CommandError(f"RUN: {LATEST} takes two calls", fix="Name the run by its number")
    form = "parquet" if is_parquet(out) else "csv"
    target = path("forecasts", "runs", str(number), "export")
    query = {"format": form} | ({"planned": "true"} if planned else {})
    return Call(target, query=query, timeout=_SECONDS, saved_as=str(out))


def from_service(
    service: "Service", number: int | None, out: Path, *, grain: Step, planned: bool
) -> Exported:
    """Ask for the file and save it, whole or not at all."""
    from storage.whole_files import whole_file

    if number is None:
        number = int(service.send(Call("/v1/forecasts/runs/latest", query={"grain": grain})).body["run"])
    content = service.send(call_of(number, out, planned=planned)).content
    with whole_file(out, what="forecast") as file:
        file.write(content)
    return number, len(content)


def from_database(
    database: "Database", number: int | None, out: Path, *, grain: Step, planned: bool
) -> Exported:
    """Read the chunks of the run and write the file, whole or not at all.

    Raises
    ------
    NotFound
        There is no such run.
    RunUnfinished
        It is not done.
    """
    from api.cli.forecast_files import form_of, write
    from api.forecasts.export import file_of
    from api.forecasts.service import done, get_latest
    from forecasting.history import Grain

    if number is None:
        number = get_latest(database, Grain(grain)).run
    with database.reading() as stores:
        run = done(stores, number)
    return number, write(file_of(database, run, form_of(out), planned=planned), out)
