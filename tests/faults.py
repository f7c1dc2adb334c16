"""Real faults of databases: a file locked by another process, a locked table, a frozen server, a cut wire."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from sqlalchemy import make_url

_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked_file(url: str) -> Iterator[None]:
    """Another process holds an SQLite file for writing."""
    path = make_url(url).database or ""
    command = [sys.executable, "-c", _HOLD, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.stdin.close()


@contextmanager
def locked_table(url: str, table: str) -> Iterator[None]:
    """Another session of a PostgreSQL server holds a table, as some migrations do."""
    with psycopg.connect(url) as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """A PostgreSQL server on this machine that takes connections and answers nothing."""
    with psycopg.connect(url, autocommit=True) as asking:
        (folder,) = asking.execute("SHOW data_directory").fetchone() or ("",)
        rows = asking.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        sessions = [pid for (pid,) in rows.fetchall() if pid != asking.info.backend_pid]
    postmaster = int(Path(folder, "postmaster.pid").read_text().split()[0])
    stopped = [postmaster, *sessions]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


class Wire:
    """A proxy before a PostgreSQL server that can cut the wire at the moment of a COMMIT."""

    def __init__(self, url: str) -> None:
        self._server = make_url(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        query = {name: value for name, value in self._server.query.items() if name != "host"}
        self.url = self._server.set(host="127.0.0.1", port=port, query=query).render_as_string(
            hide_password=False
        )
        self._cut = ""
        self._passing = 0
        self._is_committed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, when: str, *, passing: int = 0) -> None:
        """Cut at the next COMMIT but so many, `before` it gets through or `after` the server has done it."""
        self._cut, self._passing = when, passing

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = self._connect()
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, target, client), daemon=True).start()

    def _connect(self) -> socket.socket:
        host = self._server.query.get("host") or self._server.host or ""
        if isinstance(host, str) and host.startswith("/"):
            inner = socket.socket(socket.AF_UNIX)
            inner.connect(f"{host}/.s.PGSQL.{self._server.port or 5432}")
            return inner
        return socket.create_connection((str(host), self._server.port or 5432))

    def _pump(self, source: socket.socket, target: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if source is not client and self._is_committed:
                    self._is_committed = False
                    break  # the server's answer to the COMMIT, which nobody gets to see
                when = self._when() if source is client and b"COMMIT\x00" in data else ""
                self._is_committed |= when == "after"
                if when == "before":
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _when(self) -> str:
        """What to do at this COMMIT; the cut is made once."""
        self._passing -= 1
        if self._passing >= 0:
            return ""
        when, self._cut = self._cut, ""
        return when
