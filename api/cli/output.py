"""Writes to the terminal or the pipe: data to stdout, progress and errors to stderr.

On a terminal aligned tables, words and color; piped, TSV with a header and full precision; with
`--json` the API's body as it came, or the rows.
"""

import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, TextIO

from api.cli.errors import CommandError
from api.cli.table import Figure, Report, Table

if TYPE_CHECKING:
    from rich.console import Console

SAY_AFTER_SECONDS = 2.0
SAY_EVERY_SECONDS = 10.0
_TRAILING = re.compile(r"(?:\x1b\[[\d;]*m| )+$", re.MULTILINE)  # blanks, with colors among them


class Output:
    """Where a command writes; `as_json` and `color` come from its options."""

    def __init__(self, *, as_json: bool = False, color: bool = True) -> None:
        self.as_json = as_json
        self._color = color

    @property
    def is_terminal(self) -> bool:
        return sys.stdout.isatty() and not self.as_json

    def report(self, report: Report) -> None:
        """Write a report in the manner of where it goes."""
        if self.as_json:
            body = report.body if report.body is not None else _as_json(report.data)
            self.data(body)
        elif self.is_terminal:
            self._show(report)
        else:
            self.data("\n".join(_as_tsv(report.data)))
        if not self.is_terminal:
            for note in report.notes:
                self.say(note)

    def data(self, text: str) -> None:
        """Text to stdout as it is, with a line's end."""
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()

    def say(self, text: str) -> None:
        """A line to stderr; never broken, so that a command in it can be copied."""
        if sys.stderr.isatty():
            self._console(sys.stderr).print(text, soft_wrap=True, markup=False)
        else:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

    def fail(self, error: CommandError) -> None:
        """`error:`, a line for each bad thing, `fix:`."""
        if sys.stderr.isatty():
            from rich.text import Text

            head = Text("error", style="bold red").append(f": {error.detail}", style="default not bold")
            self._console(sys.stderr).print(head)
        else:
            sys.stderr.write(f"error: {error.detail}\n")
        for line in (*error.lines, *([f"fix: {error.fix}"] if error.fix else ())):
            self.say(f"  {line}")

    @contextmanager
    def progress(self, doing: str) -> Iterator["Progress"]:
        """Says what is being done, if it takes over two seconds; on a terminal it moves."""
        running = Progress(doing, sys.stderr, self._console(sys.stderr) if sys.stderr.isatty() else None)
        try:
            yield running
        finally:
            running.stop()

    def _show(self, report: Report) -> None:
        console = self._console(sys.stdout)
        for number, table in enumerate(report.tables):
            if number:
                console.print()
            if table.title:
                console.print(table.title, style="bold", markup=False)
            with console.capture() as drawn:
                console.print(_rich_table(table))
            console.file.write(_TRAILING.sub(lambda end: end[0].replace(" ", ""), drawn.get()))
        if report.sentence:
            console.print(report.sentence, markup=False)
        for note in report.notes:
            console.print(note, markup=False)
        if report.following:
            console.print(f"Next: {report.following}", style="dim", markup=False, soft_wrap=True)

    def _console(self, stream: TextIO) -> "Console":
        from rich.console import Console

        console = Console(file=stream, highlight=False, emoji=False)
        if self._color and not console.no_color:  # rich looks at NO_COLOR
            return console
        return Console(file=stream, highlight=False, emoji=False, color_system=None)


class Progress:
    """Says in the background what is being done. A spinner on a terminal, else a line every ten seconds."""

    def __init__(self, doing: str, stream: TextIO, console: "Console | None") -> None:
        self._doing = doing
        self._stream = stream
        self._console = console
        self._began = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
        self._thread.start()

    def update(self, doing: str) -> None:
        self._doing = doing

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        if self._stopped.wait(SAY_AFTER_SECONDS):
            return
        if self._console is not None:
            with self._console.status(self._words()) as status:
                while not self._stopped.wait(0.25):
                    status.update(self._words())
            return
        while True:
            self._stream.write(self._words() + "\n")
            self._stream.flush()
            if self._stopped.wait(SAY_EVERY_SECONDS):
                return

    def _words(self) -> str:
        return f"{self._doing}, {time.monotonic() - self._began:.0f} s"


def _rich_table(table: Table) -> Any:
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in table.columns:
        drawn.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
            # The others keep their width: only this one is cut on a narrow terminal.
            min_width=8 if column.gives_way else max(_widths(table, column)),
        )
    for row in table.rows:
        drawn.add_row(
            *(Text(c.show(row.get(c.key)), style=c.style_of(row.get(c.key))) for c in table.columns)
        )
    return drawn


def _widths(table: Table, column: Any) -> Iterator[int]:
    from rich.cells import cell_len

    yield from map(cell_len, column.title.splitlines())
    yield from (cell_len(column.show(row.get(column.key))) for row in table.rows)


def _as_tsv(table: Table) -> Iterator[str]:
    yield "\t".join(column.key for column in table.columns)
    for row in table.rows:
        yield "\t".join(_tsv_cell(row.get(column.key)) for column in table.columns)


def _tsv_cell(value: Any) -> str:
    if isinstance(value, Figure):
        value = value.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):  # an instant is a date, too
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    return " ".join(str(value).split())  # neither tab nor line's end inside a cell


def _as_json(table: Table) -> str:
    keys = [column.key for column in table.columns]
    rows = [{key: _json_cell(row.get(key)) for key in keys} for row in table.rows]
    return json.dumps(rows, ensure_ascii=False, indent=2, default=lambda instant: instant.isoformat())


def _json_cell(value: Any) -> Any:
    return value.value if isinstance(value, Figure) else value
