"""What the app holds for its routes: the database and the settings, as dependencies."""

from typing import Annotated

from fastapi import Depends, Request

from api.settings import Settings
from storage.database import Database


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


OpenDatabase = Annotated[Database, Depends(_database)]
CurrentSettings = Annotated[Settings, Depends(_settings)]
