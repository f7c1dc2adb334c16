"""Runs `nodewise` as people do: in a process of its own, piped or on a terminal of 80 columns."""

import os
import pty
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# A shell that starts the tests in the background lets them ignore Ctrl-C, and so their children: not these.
NODEWISE = (
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from api.cli import main; main()",
)
COLUMNS = 80


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str = ""


def rows_of(done: Ran) -> list[dict[str, str]]:
    """The rows of a table that was piped."""
    header, *lines = [line.split("\t") for line in done.out.splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NODEWISE_")}
    kept.pop("NO_COLOR", None)
    return kept | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **more}


def nodewise(*arguments: str, cwd: Path, stdin: str = "", **variables: str) -> Ran:
    """Piped: stdout and stderr apart."""
    done = subprocess.run(
        [*NODEWISE, *arguments],
        cwd=cwd,
        env=environment(**variables),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def on_a_terminal(*arguments: str, cwd: Path, **variables: str) -> Ran:
    """On a terminal of 80 columns: what a person sees, escapes included."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*NODEWISE, *arguments],
        cwd=cwd,
        env=environment(COLUMNS=str(COLUMNS), LINES="50", **variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    seen = b""
    while True:
        ready, _, _ = select.select([ours], [], [], 600)
        try:
            part = os.read(ours, 65536) if ready else b""
        except OSError:  # how Linux says that the other end was closed
            part = b""
        if not part:
            break
        seen += part
    os.close(ours)
    return Ran(process.wait(), seen.decode().replace("\r\n", "\n"))
