"""The service with one address more: it writes one row to the same database. A process.

What any service pays for an answer that is on the disk: the same server, middleware, threads, pool of
connections and durability, and nothing of Nodewise's own.
"""

from contextlib import nullcontext
from threading import Lock

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from sqlalchemy import Column, MetaData, String, Table, insert

from api.app import create_app
from api.edge.body import StrictRoute
from api.server import serve
from api.settings import Settings, load_settings
from storage.dialects import open_backend

ROW = Table("bare", MetaData(), Column("id", String, primary_key=True), Column("note", String))


class Row(BaseModel):
    id: str
    note: str


def bare_app(settings: Settings) -> FastAPI:
    """The app with `POST /v1/bare`."""
    backend = open_backend(settings.database_url, durable=settings.durable, connections=settings.threads)
    ROW.metadata.create_all(backend.writers)
    queue = Lock() if backend.one_writer else nullcontext()
    router = APIRouter(route_class=StrictRoute)

    @router.post("/v1/bare", status_code=201)
    def write_one_row(body: Row) -> Row:
        """Write one row."""
        with queue, backend.writers.begin() as connection:
            connection.execute(insert(ROW), {"id": body.id, "note": body.note})
        return body

    app = create_app(settings)
    app.include_router(router)
    return app


if __name__ == "__main__":
    serve(load_settings(), bare_app)
