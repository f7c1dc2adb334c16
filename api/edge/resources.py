"""What the app holds for its routes: the database, the settings and the counts, as dependencies.

They are `async` because the framework runs others in a thread of the pool: a hop for each, and a wait for a
free thread.
"""

from typing import Annotated

from fastapi import Depends, Request

from api.counting.instruments import Instruments
from api.settings import Settings
from storage.database import Database


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _counts(request: Request) -> Instruments:
    counts: Instruments = request.app.state.counts
    return counts


OpenDatabase = Annotated[Database, Depends(_database)]
CurrentSettings = Annotated[Settings, Depends(_settings)]
Counts = Annotated[Instruments, Depends(_counts)]
